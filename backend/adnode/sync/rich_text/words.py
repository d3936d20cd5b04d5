"""The words of formatted text, for lists and histories where no format is shown."""

from html.parser import HTMLParser

from adnode.domain.rich_text import RichText, TextFormat
from adnode.sync.rich_text.lengths import shorten

_READ_PER_CHARACTER = 20
"""How much markup is read for each character wanted: the text of a long page is cut anyway."""
_INLINE = frozenset({"img", "a", "b", "strong", "i", "em", "u", "s", "span", "code", "font", "sub", "sup"})
_IMAGE = "[image]"


class _Words(HTMLParser):
    """Collects text; whatever stands in a block of its own begins a new line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.parts.append(_IMAGE)
        elif tag not in _INLINE:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _INLINE:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def list_words(text: RichText, limit: int) -> str:
    """Return the text in one line without its markup, of at most that many characters; a cut one ends with '…'."""
    return cut_line(_read(text, limit), limit)


def list_lines(text: RichText, limit: int) -> str:
    """Return the text line by line without its markup, of at most that many characters; a cut one ends with '…'."""
    lines = (" ".join(line.split()) for line in _read(text, limit).splitlines())
    shown = "\n".join(line for line in lines if line)
    return shown if len(shown) <= limit else shorten(shown, limit - 1).rstrip() + "…"


def _read(text: RichText, limit: int) -> str:
    source = shorten(text.text, limit * _READ_PER_CHARACTER)
    if text.format is not TextFormat.HTML:
        return source
    words = _Words()
    words.feed(source)
    words.close()
    return "".join(words.parts)


def cut_line(text: str, limit: int) -> str:
    """Return a text as one line of at most that many characters; a cut one ends with '…'."""
    line = " ".join(text.split())
    return line if len(line) <= limit else shorten(line, limit - 1).rstrip() + "…"
