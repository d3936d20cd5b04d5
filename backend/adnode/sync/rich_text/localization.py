"""Localization: canonical text as one organization can hold it."""

from adnode.domain.rich_text import RichText, TextFormat
from adnode.sync.rich_text import html_text, markdown_text
from adnode.sync.rich_text.conversion import html_to_markdown, markdown_to_html
from adnode.sync.rich_text.files import FindUrl, read_file_url
from adnode.sync.rich_text.lengths import CUT_NOTE, TEXT_LIMIT, shorten, utf16_length
from adnode.sync.rich_text.urls import FILE_SCHEME, Missing

_FILES = frozenset({FILE_SCHEME})
_CLOSING_TAGS = 2_000
"""Characters that closing the elements of a cut text may take."""


def localize(text: RichText, target: TextFormat, find_url: FindUrl) -> str:
    """Return canonical text as it is written to an organization, in the wanted format.

    ``find_url`` gives the local URL of a file's key; a file that is not here is named in words. What comes from a peer
    is made safe once more. Text over the limit of Azure DevOps is cut, and says so.
    """

    def rewrite_url(url: str) -> str | Missing:
        reference = read_file_url(url)
        if reference is None:
            return url
        local = find_url(reference.key)
        return local if local is not None else Missing(reference.name)

    if text.format is TextFormat.MARKDOWN:
        local = markdown_text.rewrite(text.text, rewrite_url, _FILES)
        local = local if target is TextFormat.MARKDOWN else markdown_to_html(local)
    else:
        local = html_text.rewrite(text.text, rewrite_url, _FILES)
        local = local if target is TextFormat.HTML else html_to_markdown(local)
    return local if utf16_length(local) <= TEXT_LIMIT else _cut(local, target)


def _cut(text: str, text_format: TextFormat) -> str:
    kept = shorten(text, TEXT_LIMIT - _CLOSING_TAGS)
    if text_format is TextFormat.MARKDOWN:
        return f"{_whole_blocks(kept)}\n\n{CUT_NOTE}"
    opened = kept.rpartition("<")
    whole = kept if ">" in opened[2] else opened[0]
    return f"{html_text.sanitize(whole[: _end_of_entities(whole)])}<div>{CUT_NOTE}</div>"


def _end_of_entities(text: str) -> int:
    """Return where a text ends that may stop in the middle of an entity."""
    start = text.rfind("&", len(text) - 10)
    return len(text) if start < 0 or ";" in text[start:] else start


def _whole_blocks(text: str) -> str:
    """Return Markdown up to its last line break, an open block of code closed."""
    whole = text.rpartition("\n")[0] or text
    fences = [line.lstrip()[:3] for line in whole.splitlines() if line.lstrip()[:3] in ("```", "~~~")]
    return f"{whole}\n{fences[-1]}" if len(fences) % 2 else whole
