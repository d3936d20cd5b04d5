"""Canonical form: safe, normalized, independent of the organization that holds the text."""

from adnode.domain.rich_text import RichText, TextFormat
from adnode.sync.rich_text import html_text, markdown_text
from adnode.sync.rich_text.files import FindFile, file_url
from adnode.sync.rich_text.urls import FILE_SCHEME, without_credentials


def canonicalize(text: str, text_format: TextFormat, find_file: FindFile) -> RichText:
    """Return text as read from Azure DevOps in canonical form: safe, normalized, independent of the organization.

    ``find_file`` tells for a URL which file of this organization it shows, or None for any other URL. Other URLs lose
    the credentials that somebody may have left in them.
    """

    def rewrite_url(url: str) -> str:
        reference = find_file(url)
        return file_url(reference) if reference else without_credentials(url)

    if text_format is TextFormat.MARKDOWN:
        # Nobody but us may write a reference to a file; typed by a person it is no more than words.
        foreign = text.replace(FILE_SCHEME + ":", FILE_SCHEME + "&#58;")
        return RichText(markdown_text.rewrite(foreign, rewrite_url), TextFormat.MARKDOWN)
    return RichText(html_text.rewrite(text, rewrite_url), TextFormat.HTML)
