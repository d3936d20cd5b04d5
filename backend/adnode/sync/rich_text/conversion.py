"""HTML to Markdown and back, for organizations that hold the same text in different formats."""

import re

from bs4 import Tag
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdownify import MarkdownConverter

from adnode.sync.rich_text import html_text, markdown_text
from adnode.sync.rich_text.html_text import TICKED, UNTICKED

_TASK = re.compile(r"\[([ xX])\] ")
_BACKTICKS = re.compile(r"`+")
_UNSAFE_IN_URL = re.compile(r"[\s()<>\\]")
_PIPE = re.compile(r"(?<!\\)\|")
_ESCAPED_PIPE = r"\\|"
_SAME_MARKS = (["b", "strong"], ["i", "em"], ["s", "del"])
"""Elements that Markdown marks alike."""
_ALWAYS_MARKUP = re.compile(r"([\\`*\[\]]|~|(?<![^\W_])_|_(?![^\W_]))")
_MARKUP_AT_START = re.compile(r"^(\s*)([-+>=]|#{1,6}(?=\s|$)|(?:\d{1,9})(?=[.)](?:\s|$)))", re.MULTILINE)
_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_LANGUAGE = re.compile(r"language-([\w+#-]{1,30})")


def html_to_markdown(text: str) -> str:
    """Return safe HTML as Markdown (tables, lists, code and images kept; colours lost)."""
    # The element around it keeps the parser from taking a text that is a mere URL for a mistake.
    markdown = str(_Converter().convert(f"<div>{text}</div>")).strip()
    return markdown_text.rewrite(markdown, lambda url: url)


def markdown_to_html(text: str) -> str:
    """Return Markdown as safe HTML."""
    return html_text.sanitize(str(_renderer.render(text)))


class _Converter(MarkdownConverter):
    """HTML to Markdown as Azure DevOps writes it: words stay words, cells, code and images keep what they hold."""

    def __init__(self) -> None:
        super().__init__(heading_style="ATX")
        self._numbers: dict[int, int] = {}

    def convert_soup(self, soup: Tag) -> str:
        """Convert the parsed document; an image among code is worth more than the look of the code."""
        for code in soup.find_all(["pre", "code", "kbd", "samp"]):
            if code.find("img") is not None:
                code.name = "div" if code.name == "pre" else "span"
        for struck in soup.find_all("strike"):
            struck.name = "del"
        for kind in _SAME_MARKS:
            _join_marks(soup, kind)
        return str(super().convert_soup(soup))

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """Escape what Markdown would take for markup, HTML included."""
        escaped = _ALWAYS_MARKUP.sub(r"\\\1", text)
        escaped = _ENTITY.sub("&amp;", escaped).replace("<", "&lt;")
        return _MARKUP_AT_START.sub(_escape_start, escaped)

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep pipes inside their cell."""
        return _cell(el, text, parent_tags)

    def convert_th(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep pipes inside their cell."""
        return _cell(el, text, parent_tags)

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Show a table inside a cell as words: Markdown has no such thing."""
        is_inside = not parent_tags.isdisjoint(("td", "th"))
        return text if is_inside else str(super().convert_tr(el, text, parent_tags))  # type: ignore[misc]

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep code as it is, behind a fence longer than any inside."""
        if not text or "_inline" in parent_tags:
            return text
        longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
        fence = "`" * max(3, longest + 1)
        language = _LANGUAGE.search(" ".join(_classes(el)))
        return f"\n\n{fence}{language.group(1) if language else ''}\n{text.removesuffix(chr(10))}\n{fence}\n\n"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep images everywhere, in cells and headings too."""
        alternative = self.escape(_words(el.get("alt")), parent_tags)
        return f"![{alternative}]({_destination(el.get('src'))}{_title(el)})"

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep links whose text is more than a blank."""
        target = _destination(el.get("href"))
        if "_noformat" in parent_tags or not target or not text.strip():
            return text
        before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        return f"{before}[{text.strip()}]({target}{_title(el)}){after}"

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Number items by their place, and tick boxes as Markdown does."""
        text = text.strip()
        if not text or "_noformat" in parent_tags:
            return text
        if el.parent is None or el.parent.name not in ("ul", "ol"):
            return f"\n\n{text}\n\n"
        for box, mark in ((TICKED, "[x]"), (UNTICKED, "[ ]")):
            if text.startswith(box):
                text = f"{mark} {text.removeprefix(box).strip()}"
        bullet = self._bullet(el)
        return bullet + text.replace("\n", "\n" + " " * len(bullet)).replace(" " * len(bullet) + "\n", "\n") + "\n"

    def _bullet(self, el: Tag) -> str:
        parent = el.parent
        if parent is None or parent.name != "ol":
            return "- "
        start = str(parent.get("start") or "")
        number = self._numbers.get(id(parent), int(start) if start.isdecimal() and len(start) < 10 else 1)
        self._numbers[id(parent)] = number + 1
        return f"{number}. "


def _join_marks(soup: Tag, kind: list[str]) -> None:
    """Make one of elements of a kind that stand inside or right beside each other: their marks would run together."""
    for element in soup.find_all(kind):
        if element.find_parent(kind) is not None:
            element.unwrap()
            continue
        while isinstance(beside := element.next_sibling, Tag) and beside.name in kind:
            element.extend(list(beside.contents))
            beside.extract()


def _cell(element: Tag, text: str, parent_tags: set[str]) -> str:
    if not parent_tags.isdisjoint(("td", "th")):
        return f" {text.strip()} "
    span = str(element.get("colspan") or "1")
    columns = min(100, max(1, int(span))) if span.isdecimal() and len(span) < 5 else 1
    return f" {_PIPE.sub(_ESCAPED_PIPE, ' '.join(text.split()))} " + "|" * columns


def _escape_start(match: re.Match[str]) -> str:
    space, mark = match.groups()
    return f"{space}{mark}\\" if mark[0].isdecimal() else f"{space}\\{mark}"


def _classes(element: Tag) -> list[str]:
    inner = element.find("code")
    names = [element.get("class"), inner.get("class") if isinstance(inner, Tag) else None]
    return [str(each) for name in names if isinstance(name, list) for each in name]


def _words(value: object) -> str:
    return " ".join(str(value or "").split())


def _destination(url: object) -> str:
    return _UNSAFE_IN_URL.sub(lambda match: "".join(f"%{byte:02X}" for byte in match.group().encode()), str(url or ""))


def _title(element: Tag) -> str:
    title = _words(element.get("title")).replace("\\", "\\\\").replace('"', '\\"').replace("<", "&lt;")
    return f' "{title}"' if title else ""


def _tick_boxes(state: StateCore) -> None:
    """Show task list items with a box: HTML of Azure DevOps has no check boxes."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        is_item = item.type == "list_item_open" and paragraph.type == "paragraph_open"
        if is_item and inline.children and (task := _TASK.match(inline.children[0].content)):
            box = UNTICKED if task.group(1) == " " else TICKED
            inline.children[0].content = f"{box} {inline.children[0].content[task.end() :]}"


_renderer = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_renderer.core.ruler.push("task_boxes", _tick_boxes)
