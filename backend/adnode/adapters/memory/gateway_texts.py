"""What the service in memory makes of text that is written: read back, it is spelled another way."""

import html
import re

from adnode.domain.rich_text import TextFormat

_DROPPED = re.compile(r"<!--.*?(?:-->|$)|<(script|style|iframe|object)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"(<[A-Za-z/][^<>]*>)")
_TAG_PARTS = re.compile(r"<(/?)\s*([A-Za-z][A-Za-z0-9]*)((?:[\s/][^<>]*)?)>")
_ATTRIBUTE = re.compile(r"""([A-Za-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_SPACE = re.compile(r"[ \t\r\n]+")


def normalize(text: str, text_format: TextFormat) -> str:
    """Return text as the service stores it; normalizing again changes nothing."""
    if text_format is TextFormat.MARKDOWN:
        return re.sub(r"<!--.*?-->", "", text.replace("\r\n", "\n"), flags=re.DOTALL).rstrip()
    previous, kept = text, _DROPPED.sub("", text)
    while kept != previous:
        previous, kept = kept, _DROPPED.sub("", kept)
    return "".join(_normalize_piece(piece) for piece in _TAG.split(kept)).strip()


def _normalize_piece(piece: str) -> str:
    match = _TAG_PARTS.fullmatch(piece)
    if match is None:
        text = _SPACE.sub(" ", html.unescape(piece))
        return html.escape(text, quote=False).replace("\u00a0", "&nbsp;")
    slash, name, rest = match.groups()
    return f"<{slash}{name.lower()}{'' if slash else _normalize_attributes(rest)}>"


def _normalize_attributes(text: str) -> str:
    kept = []
    for match in _ATTRIBUTE.finditer(text):
        name = match.group(1).lower()
        value = html.unescape(next(group for group in match.groups()[1:] if group is not None))
        if not name.startswith("on") and not value.strip().lower().startswith("javascript:"):
            kept.append(f' {name}="{html.escape(value)}"')
    return "".join(kept)
