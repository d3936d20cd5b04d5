"""Telling texts apart."""

import hashlib

from adnode.domain.rich_text import RichText, TextFormat
from adnode.sync.rich_text import html_text
from adnode.sync.rich_text.conversion import markdown_to_html


def is_equivalent(first: RichText, second: RichText) -> bool:
    """Say whether two canonical texts say the same."""
    return first.text == second.text and (first.format is second.format or not first.text)


def fingerprint(text: str, text_format: TextFormat) -> str:
    """Return a hash of the visible words and images: finds again what we wrote after the service normalized it."""
    source = markdown_to_html(text) if text_format is TextFormat.MARKDOWN else text
    return hashlib.sha256(html_text.visible_text(source).encode()).hexdigest()


def hash_form(text: str, text_format: TextFormat) -> str:
    """Return the hash of a text exactly as Azure DevOps gave it back."""
    return hashlib.sha256(f"{text_format}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()
