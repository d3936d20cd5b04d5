"""What Azure DevOps makes of HTML written to a large text field or a comment.

Comments, scripts and event handlers are dropped, spaces and entities are spelled anew, so that what is read back
differs from what was written. The result is deterministic, and sanitizing it again changes nothing.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

_DROPPED_WITH_CONTENT = frozenset(
    re.findall(
        r"\w+", "script style iframe object noscript template title textarea xmp plaintext noembed head svg math"
    )
)
_KEPT = frozenset(
    re.findall(
        r"\w+",
        "a abbr b blockquote br code col colgroup dd del details div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd"
        " li mark ol p pre q s samp small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul",
    )
)
_VOID = frozenset({"br", "col", "hr", "img"})
_URL_ATTRIBUTES = frozenset({"href", "src", "cite"})
_KEPT_ATTRIBUTES = frozenset(
    re.findall(
        r"\w+",
        "align alt bgcolor border cellpadding cellspacing cite class color colspan face height href id name rel rowspan"
        " size src start style target title type valign width",
    )
)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_INVISIBLE = re.compile(r"[\x00-\x20\x7f]+")
_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SAFE_SCHEMES = frozenset({"http", "https", "mailto", "ftp", "tel", "vstfs", "file"})


class _Sanitizer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._text: list[str] = []
        self._dropping: str | None = None
        self._depth = 0
        self._preformatted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropping:
            self._depth += tag == self._dropping
        elif tag in _DROPPED_WITH_CONTENT:
            self._dropping, self._depth = tag, 1
        elif tag in _KEPT:
            self._flush()
            self._preformatted += tag == "pre"
            self._pieces.append(f"<{tag}{_attributes(attrs)}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _DROPPED_WITH_CONTENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            self._leave(tag)
        elif tag in _KEPT and tag not in _VOID:
            self._flush()
            self._preformatted = max(0, self._preformatted - (tag == "pre"))
            self._pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self._text.append(data)

    def _leave(self, tag: str) -> None:
        if tag == self._dropping:
            self._depth -= 1
            if not self._depth:
                self._dropping = None

    def _flush(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        if not self._preformatted:
            text = _SPACES.sub(" ", text)
        self._pieces.append(html.escape(text, quote=False).replace("\xa0", "&nbsp;"))

    def result(self) -> str:
        self._flush()
        return "".join(self._pieces).strip(" \t\r\n\f")


def _attributes(attributes: list[tuple[str, str | None]]) -> str:
    kept: dict[str, str] = {}
    for name, value in attributes:
        if (name in _KEPT_ATTRIBUTES or name.startswith("data-")) and _harmless(name, value or ""):
            kept.setdefault(name, value or "")
    return "".join(f' {name}="{html.escape(value)}"' for name, value in kept.items() if re.fullmatch(r"[\w-]+", name))


def _harmless(name: str, value: str) -> bool:
    bare = _INVISIBLE.sub("", value)
    if name == "style":
        return not re.search(r"expression\(|javascript:|@import", bare, re.IGNORECASE)
    scheme = _SCHEME.match(bare)
    if name not in _URL_ATTRIBUTES or scheme is None:
        return True
    return scheme.group(1).lower() in _SAFE_SCHEMES or bare.lower().startswith("data:image/")


def sanitize_html(text: str) -> str:
    """The HTML a work item keeps of `text`: safe tags only, one spelling of spaces and entities."""
    sanitizer = _Sanitizer()
    sanitizer.feed(text)
    sanitizer.close()
    return sanitizer.result()
