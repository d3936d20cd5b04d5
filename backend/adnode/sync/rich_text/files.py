"""Files that formatted text shows: how canonical text refers to them."""

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

from adnode.domain.limits import KEY
from adnode.domain.rich_text import FileReference, RichText, TextFormat
from adnode.domain.visible_text import hides_something
from adnode.sync.rich_text import html_text, markdown_text
from adnode.sync.rich_text.urls import FILE_SCHEME, Missing

FindFile = Callable[[str], FileReference | None]
"""Tells for a URL which file of this organization it shows, or None for any other URL."""
FindUrl = Callable[[str], str | None]
"""Gives the local URL of a file's key, None when the file is not here."""

SHOWN_LIMIT = 1_000
"""Files that one text shows at most; what goes beyond is named in words."""
_FILE_URL = re.compile(rf"{FILE_SCHEME}:([^\s/]+)/(\S*)")


def file_url(reference: FileReference) -> str:
    """Return how canonical text refers to a file."""
    return f"{FILE_SCHEME}:{quote(reference.key, safe='')}/{quote(reference.name, safe='')}"


def read_file_url(url: str) -> FileReference | None:
    """Return the file that a URL of canonical text refers to, None for any other URL.

    A key that no file can have comes back as '': nothing is there to show.
    """
    match = _FILE_URL.fullmatch(url)
    if match is None:
        return None
    key = unquote(match.group(1))
    is_key = len(key) <= KEY.maximum and not hides_something(key)
    return FileReference(key if is_key else "", unquote(match.group(2)))


def list_files(text: RichText) -> tuple[FileReference, ...]:
    """Return the files that a canonical text shows, each once, in order."""
    if FILE_SCHEME + ":" not in text.text:
        return ()
    found: list[FileReference] = []

    def note(url: str) -> str | Missing:
        reference = read_file_url(url)
        if reference is not None and reference.key:
            found.append(reference)
        return url

    schemes = frozenset({FILE_SCHEME})
    if text.format is TextFormat.MARKDOWN:
        markdown_text.rewrite(text.text, note, schemes)
    else:
        html_text.rewrite(text.text, note, schemes)
    return tuple(dict.fromkeys(found))[:SHOWN_LIMIT]
