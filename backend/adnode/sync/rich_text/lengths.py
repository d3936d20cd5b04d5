"""Limits of texts in Azure DevOps, in UTF-16 units as the service counts, and characters that no text may hold."""

import re
import unicodedata

from adnode.domain.work_item import TITLE_LIMIT

TEXT_LIMIT = 1_000_000
"""Characters of a large text field at most. https://learn.microsoft.com/azure/devops/organizations/settings/work/object-limits"""
CUT_NOTE = "[The text is longer than Azure DevOps takes and was cut here.]"

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_LONGEST_CLUSTER = 32
"""Code points that may make up one character as people see it; longer runs of marks are torn."""
_JOINERS = "\u200d\ufe0e\ufe0f"


def utf16_length(text: str) -> int:
    """Return the length as Azure DevOps counts it."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean_characters(text: str) -> str:
    """Return the text without control characters and halves of surrogate pairs; line ends are line feeds."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _CONTROLS.sub("", text)


def clean_title(title: str) -> str:
    """Return a title as it is exchanged: one line, single blanks."""
    return " ".join(clean_characters(title).split())


def cut_title(title: str) -> tuple[str, bool]:
    """Return a title of at most 255 characters and whether it was cut; a cut one ends with '...'."""
    title = clean_title(title)
    if utf16_length(title) <= TITLE_LIMIT:
        return title, False
    return _shorten(title, TITLE_LIMIT - 3).rstrip() + "...", True


def shorten(text: str, limit: int) -> str:
    """Return the first characters of a text, none of them halved."""
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * limit]
    return units.decode("utf-16-le", "ignore")


def _shorten(text: str, limit: int) -> str:
    """Shorten without tearing a character from the marks and joined characters that belong to it."""
    cut = shorten(text, limit)
    end = len(cut)
    while end > len(cut) - _LONGEST_CLUSTER and end and (_continues(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end].rstrip(_JOINERS)


def _continues(character: str) -> bool:
    is_skin_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    return character in _JOINERS or is_skin_tone or unicodedata.combining(character) > 0
