"""Formatted text between organizations: canonical form, localization, and telling texts apart.

Large text fields are HTML or, per field, Markdown. The service sanitizes what is written, so comparisons never use what
was sent. https://learn.microsoft.com/azure/devops/boards/queries/work-item-field-index
"""

import hashlib
import html
import re
from collections.abc import Callable
from datetime import UTC
from urllib.parse import quote, unquote

import nh3
from markdown_it import MarkdownIt
from markdownify import MarkdownConverter

from adnode.domain.rich_text import FileReference, RichText, TextFormat
from adnode.domain.sync_state import CommentValue
from adnode.domain.work_item import TITLE_LIMIT

FILE_SCHEME = "adnode-file"
FindFile = Callable[[str], FileReference | None]
FindUrl = Callable[[str], str | None]

_TAGS = set(nh3.ALLOWED_TAGS) | {"font", "input", "section", "u", "s", "strike"} - {"input"}
_ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": {"style", "class", "dir", "align", "title"},
    "font": {"color", "face", "size"},
    "a": {"href", "hreflang"},
    "img": {"src", "alt", "width", "height", "title"},
}
_STYLES = {
    "color",
    "background-color",
    "font-weight",
    "font-style",
    "text-decoration",
    "text-align",
    "font-family",
    "font-size",
    "direction",
    "margin",
    "margin-left",
    "padding",
    "padding-left",
    "border",
    "border-collapse",
    "width",
    "white-space",
    "vertical-align",
    "list-style-type",
}
_SCHEMES = {"http", "https", "mailto", FILE_SCHEME}
_MENTION_HTML = re.compile(r"<a\b[^>]*\bdata-vss-mention\b[^>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL)
_MENTION_MARKDOWN = re.compile(r"@<[0-9A-Fa-f-]{36}>")
_LINK_ATTRIBUTE = re.compile(r"""\b(src|href)=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_MARKDOWN_TARGET = re.compile(r"(\]\()\s*(<[^<>\n]+>|[^\s()<>]+(?:\([^\s()]*\)[^\s()<>]*)*)")
_FILE_HTML = re.compile(rf'(src|href)="{FILE_SCHEME}:([^"/]*)/([^"]*)"')
_FILE_MARKDOWN = re.compile(rf"\]\({FILE_SCHEME}:([^\s()/]*)/([^\s()]*)")
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")
_TAG = re.compile(r"<[^>]*>")
_UNKNOWN_PERSON = "@unknown person"
_ATTRIBUTION = re.compile(r"^\s*(?:<div>\s*)?(?:<(?:i|em)>|\*)[^\n<]{1,300}? wrote on \d{4}-\d\d-\d\d \d\d:\d\d UTC:(?:</(?:i|em)>|\*)(?:\s*</div>)?\s*(?:<br\s*/?>\s*)?", re.IGNORECASE)  # fmt: skip

_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


# canonical form ------------------------------------------------------------------------------------------------------


def canonicalize(text: str, text_format: TextFormat, find_file: FindFile) -> RichText:
    """Return text as read from Azure DevOps in canonical form: safe, normalized, independent of the organization.

    ``find_file`` tells for a URL which file of this organization it shows, or None for any other URL.
    """
    if text_format is TextFormat.MARKDOWN:
        return RichText(_canonicalize_markdown(text, find_file), TextFormat.MARKDOWN)
    return RichText(_canonicalize_html(text, find_file), TextFormat.HTML)


def _canonicalize_html(text: str, find_file: FindFile) -> str:
    plain_mentions = _MENTION_HTML.sub(lambda match: _TAG.sub("", match.group(1)), text)

    def rewrite(match: re.Match[str]) -> str:
        url = html.unescape(match.group(2) if match.group(2) is not None else match.group(3))
        reference = find_file(url)
        target = _file_url(reference) if reference else url
        return f'{match.group(1).lower()}="{html.escape(target, quote=True)}"'

    return _sanitize(_LINK_ATTRIBUTE.sub(rewrite, plain_mentions))


def _sanitize(text: str) -> str:
    clean = nh3.clean(
        text,
        tags=_TAGS,
        clean_content_tags={"script", "style", "iframe", "object", "embed", "form"},
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        filter_style_properties=_STYLES,
        link_rel=None,
        strip_comments=True,
    )
    return _collapse_space(clean)


def _collapse_space(text: str) -> str:
    """Fold white space outside of preformatted blocks, where it has no meaning."""
    parts = re.split(r"(<pre\b.*?</pre>)", text, flags=re.DOTALL)
    folded = [part if part.startswith("<pre") else _fold(part) for part in parts]
    return "".join(folded).strip()


def _fold(text: str) -> str:
    spaced = _SPACE.sub(" ", text.replace("&nbsp;", " "))
    return re.sub(
        r" ?(</?(?:div|p|ul|ol|li|table|tbody|thead|tr|td|th|h[1-6]|blockquote|hr|br)\b[^>]*>) ?", r"\1", spaced
    )


def _canonicalize_markdown(text: str, find_file: FindFile) -> str:
    def rewrite(match: re.Match[str]) -> str:
        url = match.group(2).strip("<>")
        reference = find_file(url)
        return match.group(1) + (_file_url(reference) if reference else match.group(2))

    named = _MENTION_MARKDOWN.sub(_UNKNOWN_PERSON, text.replace("\r\n", "\n"))
    linked = _MARKDOWN_TARGET.sub(rewrite, named)
    return _escape_raw_html(linked).strip()


def _escape_raw_html(text: str) -> str:
    """Make raw HTML inside Markdown harmless outside of code: it is shown, not run."""
    parts = re.split(r"(```.*?```|~~~.*?~~~|`[^`\n]+`)", text, flags=re.DOTALL)
    return "".join(part if index % 2 else _escape_tags(part) for index, part in enumerate(parts))


def _escape_tags(text: str) -> str:
    shown = re.sub(r"<(?=[A-Za-z/!?])(?!https?://[^\s<>]+>)", "&lt;", text)
    return re.sub(r"\]\(\s*(?:javascript|vbscript|data):[^)]*\)", "](#)", shown, flags=re.IGNORECASE)


def _file_url(reference: FileReference) -> str:
    return f"{FILE_SCHEME}:{quote(reference.key, safe='')}/{quote(reference.name, safe='')}"


# localization --------------------------------------------------------------------------------------------------------


def localize(text: RichText, target: TextFormat, find_url: FindUrl) -> str:
    """Return canonical text as it is written to an organization, in the wanted format.

    ``find_url`` gives the local URL of a file's key; a file that is not here is named in words.
    """
    if text.format is TextFormat.MARKDOWN:
        local = _FILE_MARKDOWN.sub(lambda match: f"]({_local_url(match.group(1), match.group(2), find_url)}", text.text)
        return local if target is TextFormat.MARKDOWN else markdown_to_html(local)

    def rewrite(match: re.Match[str]) -> str:
        url = _local_url(match.group(2), match.group(3), find_url)
        return f'{match.group(1)}="{html.escape(url, quote=True)}"'

    local = _FILE_HTML.sub(rewrite, _name_missing_images(text.text, find_url))
    return local if target is TextFormat.HTML else html_to_markdown(local)


def _local_url(quoted_key: str, quoted_name: str, find_url: FindUrl) -> str:
    url = find_url(unquote(quoted_key))
    return url if url is not None else f"#{quoted_name}"


def _name_missing_images(text: str, find_url: FindUrl) -> str:
    def rewrite(match: re.Match[str]) -> str:
        reference = _FILE_HTML.search(match.group(0))
        if reference is None or find_url(unquote(html.unescape(reference.group(2)))) is not None:
            return match.group(0)
        return f"[{html.escape(unquote(reference.group(3)))}]"

    return re.sub(r"<img\b[^>]*>", rewrite, text)


def list_files(text: RichText) -> tuple[FileReference, ...]:
    """Return the files that a canonical text shows, each once, in order."""
    pattern = _FILE_MARKDOWN if text.format is TextFormat.MARKDOWN else _FILE_HTML
    found = [match.groups()[-2:] for match in pattern.finditer(text.text)]
    references = [FileReference(unquote(html.unescape(key)), unquote(html.unescape(name))) for key, name in found]
    return tuple(dict.fromkeys(references))


# conversion ----------------------------------------------------------------------------------------------------------


class _Converter(MarkdownConverter):
    """HTML to Markdown as Azure DevOps writes it: pipes inside table cells keep their column."""

    def convert_td(self, el: object, text: str, parent_tags: object) -> str:
        return str(super().convert_td(el, text.replace("|", "\\|"), parent_tags))  # type: ignore[misc]

    def convert_th(self, el: object, text: str, parent_tags: object) -> str:
        return str(super().convert_th(el, text.replace("|", "\\|"), parent_tags))  # type: ignore[misc]


def html_to_markdown(text: str) -> str:
    """Return HTML as Markdown (tables, lists, code and images kept; colours lost)."""
    return str(_Converter(heading_style="ATX", bullets="-").convert(text)).strip()


def markdown_to_html(text: str) -> str:
    """Return Markdown as sanitized HTML."""
    return _sanitize(str(_markdown.render(text)))


# comparison ----------------------------------------------------------------------------------------------------------


def is_equivalent(first: RichText, second: RichText) -> bool:
    """Say whether two canonical texts say the same."""
    return first.format is second.format and first.text == second.text


def fingerprint(text: str, text_format: TextFormat) -> str:
    """Return a hash of the visible words: finds again what we wrote after the service normalized it."""
    source = markdown_to_html(text) if text_format is TextFormat.MARKDOWN else text
    words = html.unescape(_TAG.sub(" ", source))
    return hashlib.sha256("".join(words.split()).encode()).hexdigest()


def hash_form(text: str, text_format: TextFormat) -> str:
    """Return the hash of a text exactly as Azure DevOps gave it back."""
    return hashlib.sha256(f"{text_format}\n{text}".encode()).hexdigest()


# comments and titles -------------------------------------------------------------------------------------------------


def attribute(value: CommentValue) -> RichText:
    """Return a comment's text preceded by who wrote it and when; authors can't be impersonated."""
    time = value.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    if value.text.format is TextFormat.MARKDOWN:
        author = re.sub(r"([\\`*_\[\]<>])", r"\\\1", value.author)
        return RichText(f"*{author} wrote on {time} UTC:*\n\n{value.text.text}", TextFormat.MARKDOWN)
    line = f"<div><i>{html.escape(value.author, quote=False)} wrote on {time} UTC:</i></div>"
    return RichText(line + value.text.text, TextFormat.HTML)


def strip_attribution(text: RichText) -> RichText:
    """Return a comment's text without the line that ``attribute`` put there, when it still stands."""
    return RichText(_ATTRIBUTION.sub("", text.text, count=1), text.format)


def cut_title(title: str) -> tuple[str, bool]:
    """Return a title of at most 255 characters (UTF-16 units) and whether it was cut; a cut one ends with '...'."""
    title = " ".join(title.split())
    if _utf16_length(title) <= TITLE_LIMIT:
        return title, False
    cut = title[:TITLE_LIMIT]
    while _utf16_length(cut) > TITLE_LIMIT - 3:
        cut = cut[:-1]
    return cut.rstrip("\u200d\ufe0f ") + "...", True


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
