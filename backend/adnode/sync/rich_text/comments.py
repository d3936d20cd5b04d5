"""Comments carry the name of who wrote them first: authors can't be impersonated."""

import html
import re
from datetime import UTC

from adnode.domain.rich_text import RichText, TextFormat
from adnode.domain.sync_state import CommentValue
from adnode.sync.rich_text.lengths import clean_title

_WORDS = r"(?P<words>[^\n<]{1,600}? wrote on \d{4}-\d\d-\d\d \d\d:\d\d UTC:)"
_HTML_LINE = re.compile(
    rf"(?P<before>(?:<(?:div|p|span)(?: [^<>]*)?>)*)<(?P<mark>i|em)(?: [^<>]*)?>{_WORDS}\s*</(?P=mark)>"
    r"(?P<after>(?:</(?:div|p|span)>)+|(?:<br>)?)\s*"
)
_MARKDOWN_LINE = re.compile(rf"\s*[*_]{_WORDS}[*_][ \t]*\n*")
_TAG = re.compile(r"<[^<>]*>")
_BACKSLASH = re.compile(r"\\([!-/:-@\[-`{-~])")
_MARKUP = re.compile(r"([\\`*_\[\]<>~])")


def attribute(value: CommentValue) -> RichText:
    """Return a comment's text preceded by who wrote it and when."""
    line = _attribution(value)
    if value.text.format is TextFormat.MARKDOWN:
        words = _MARKUP.sub(r"\\\1", line.replace("&", "&amp;")).replace("\\<", "&lt;").replace("\\>", "&gt;")
        return RichText(f"*{words}*\n\n{value.text.text}", TextFormat.MARKDOWN)
    return RichText(f"<div><i>{html.escape(line, quote=False)}</i></div>{value.text.text}", TextFormat.HTML)


def is_attributed(text: RichText, value: CommentValue) -> bool:
    """Say whether a canonical text begins with the line that ``attribute`` puts before that comment."""
    line = _MARKDOWN_LINE if text.format is TextFormat.MARKDOWN else _HTML_LINE
    match = line.match(text.text)
    if match is None:
        return False
    words = html.unescape(_BACKSLASH.sub(r"\1", match["words"]))
    return words.strip() == _attribution(value)


def _attribution(value: CommentValue) -> str:
    time = value.created_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    author = clean_title(value.author)[:200] or "Somebody"
    return f"{author} wrote on {time} UTC:"


def strip_attribution(text: RichText) -> RichText:
    """Return a comment's canonical text without the line that ``attribute`` put there, where it still stands."""
    if text.format is TextFormat.MARKDOWN:
        return RichText(_strip(text.text, _MARKDOWN_LINE), text.format)
    match = _HTML_LINE.match(text.text)
    if match is None:
        return text
    # A person may have written on in the very line: then the elements around it stay open.
    opened, closed = _TAG.findall(match["before"]), _TAG.findall(match["after"])
    still_open = "".join(opened[: len(opened) - len(closed)])
    return RichText(still_open + text.text[match.end() :].lstrip(), text.format)


def _strip(text: str, line: re.Pattern[str]) -> str:
    match = line.match(text)
    return text[match.end() :] if match else text
