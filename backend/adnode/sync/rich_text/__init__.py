"""Formatted text between organizations: canonical form, localization, conversion, and telling texts apart.

Large text fields are HTML or, per field, Markdown. The service sanitizes what is written, so comparisons never use what
was sent. https://learn.microsoft.com/azure/devops/boards/queries/work-item-field-index
"""

from adnode.sync.rich_text.canonical import canonicalize
from adnode.sync.rich_text.comments import attribute, is_attributed, strip_attribution
from adnode.sync.rich_text.comparison import fingerprint, hash_form, is_equivalent
from adnode.sync.rich_text.conversion import html_to_markdown, markdown_to_html
from adnode.sync.rich_text.files import FindFile, FindUrl, list_files
from adnode.sync.rich_text.lengths import clean_title, cut_title
from adnode.sync.rich_text.localization import localize
from adnode.sync.rich_text.urls import FILE_SCHEME
from adnode.sync.rich_text.words import cut_line, list_lines, list_words

__all__ = [
    "FILE_SCHEME",
    "FindFile",
    "FindUrl",
    "attribute",
    "canonicalize",
    "clean_title",
    "cut_line",
    "cut_title",
    "fingerprint",
    "hash_form",
    "html_to_markdown",
    "is_attributed",
    "is_equivalent",
    "list_files",
    "list_lines",
    "list_words",
    "localize",
    "markdown_to_html",
    "strip_attribution",
]
