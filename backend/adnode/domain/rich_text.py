"""Formatted text as it is exchanged: independent of the organization that holds it."""

from dataclasses import dataclass
from enum import StrEnum


class TextFormat(StrEnum):
    """How a large text field or comment is written."""

    HTML = "html"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class RichText:
    """Canonical formatted text.

    HTML is sanitized and normalized, mentions are plain names, and a reference to a file of Azure DevOps is written
    ``adnode-file:{key}/{percent-encoded name}`` where the key names the file in its organization of origin. Two texts
    that look the same in two organizations are therefore equal.
    """

    text: str
    format: TextFormat = TextFormat.HTML

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to show."""
        return not self.text.strip()


EMPTY_TEXT = RichText("")


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file that a text shows inline: its key (``organization id:attachment id`` of origin) and its name."""

    key: str
    name: str
