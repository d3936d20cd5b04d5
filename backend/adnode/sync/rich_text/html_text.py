"""HTML made safe and written in one way: parsed and cleaned by nh3, then serialized anew with its URLs rewritten."""

import html
import re
from html.parser import HTMLParser

import nh3

from adnode.sync.rich_text.lengths import clean_characters
from adnode.sync.rich_text.urls import SCHEMES, Missing, RewriteUrl, is_harmless

DEPTH_LIMIT = 100
"""Elements inside each other at most; deeper ones lose their tags and keep their text."""
_PARSER_DEPTH_LIMIT = 500
"""Nesting from which the time of an HTML parser grows with its square: such text is read as plain words."""

TICKED, UNTICKED = "☑", "☐"
MENTION_ATTRIBUTE = "data-vss-mention"

_DROPPED_WITH_CONTENT = {"script", "style", "iframe", "object", "embed", "noscript", "template", "svg", "math"}
_TAGS = set(nh3.ALLOWED_TAGS) - {"area", "map"} | {"font", "section", "input", "tfoot"}
_ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": {"style", "class", "dir", "align", "title"},
    "font": {"color", "face", "size"},
    "a": {"href", "hreflang", MENTION_ATTRIBUTE},
    "img": {"src", "alt", "width", "height"},
    "input": {"type", "checked"},
}
_STYLES = set(
    re.findall(
        r"\S+",
        "color background-color font-weight font-style font-family font-size text-decoration text-align direction"
        " margin margin-left padding padding-left border border-collapse width white-space vertical-align"
        " list-style-type",
    )
)
_BLOCKS = frozenset(
    re.findall(
        r"\S+",
        "article aside blockquote br caption center col colgroup dd details div dl dt figcaption figure footer h1 h2 h3"
        " h4 h5 h6 header hgroup hr li nav ol p section summary table tbody td tfoot th thead tr ul",
    )
)
_VOID = frozenset({"br", "col", "hr", "img", "input", "wbr"})
_CLOSE_THEMSELVES = _VOID | {"p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option"}
_URL_ATTRIBUTES = frozenset({"href", "src", "cite"})
_VISIBLE = frozenset({"img", "hr", "table", "input"})
_STYLE = re.compile(r"[a-z-]+:(?:[^()\\<>]|(?:rgb|hsl)a?\([\d.,%/\s-]*\))*", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_TAG_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")


def rewrite(text: str, rewrite_url: RewriteUrl, extra_schemes: frozenset[str] = frozenset()) -> str:
    """Return safe, normalized HTML with every URL replaced by what ``rewrite_url`` gives; '' when nothing is visible.

    Mentions become plain names, an image that is missing becomes its name. Doing it again changes nothing.
    """
    serializer = _Serializer(rewrite_url, SCHEMES | extra_schemes)
    serializer.feed(_clean(text, extra_schemes))
    serializer.close()
    return serializer.result()


def sanitize(text: str) -> str:
    """Return safe, normalized HTML; URLs stay."""
    return rewrite(text, lambda url: url)


def rewrite_tag(tag: str, rewrite_url: RewriteUrl, extra_schemes: frozenset[str] = frozenset()) -> str | None:
    """Return a single start tag made safe, what stands for it, or None when it is none that may stay."""
    serializer = _Serializer(rewrite_url, SCHEMES | extra_schemes)
    serializer.feed(_clean(tag, extra_schemes))
    serializer.close()
    written = serializer.opening()
    return written or None


def visible_text(text: str) -> str:
    """Return the words of HTML, with a mark for every image, without their white space."""
    clean = nh3.clean(_parseable(text), tags={"img"}, attributes={}, clean_content_tags=_DROPPED_WITH_CONTENT)
    return "".join(html.unescape(clean.replace("<img>", "\ufffc")).split())


def _clean(text: str, extra_schemes: frozenset[str]) -> str:
    return nh3.clean(
        _parseable(text),
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        url_schemes=set(SCHEMES | extra_schemes),
        filter_style_properties=_STYLES,
        link_rel=None,
        strip_comments=True,
    )


def _parseable(text: str) -> str:
    """Return the text in a form that every step takes in linear time."""
    text = clean_characters(text)
    return _flatten(text) if _depth(text) > _PARSER_DEPTH_LIMIT else text


def _depth(text: str) -> int:
    if text.count("<") <= _PARSER_DEPTH_LIMIT:
        return 0
    depth = deepest = 0
    for slash, name in _TAG_NAME.findall(text):
        if name.lower() not in _CLOSE_THEMSELVES:
            depth = max(0, depth - 1) if slash else depth + 1
            deepest = max(deepest, depth)
    return deepest


class _WordCollector(HTMLParser):
    """Reads the words of HTML and nothing else."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the breaks between blocks."""
        if tag in _BLOCKS and self.pieces and self.pieces[-1] != "<br>":
            self.pieces.append("<br>")

    def handle_data(self, data: str) -> None:
        """Keep what people read."""
        if self.cdata_elem is None and data.strip():
            self.pieces.append(html.escape(data, quote=False))


def _flatten(text: str) -> str:
    collector = _WordCollector()
    collector.feed(text)
    collector.close()
    return "".join(collector.pieces)


class _Serializer(HTMLParser):
    """Writes clean HTML in one way: attributes in order, white space without meaning folded, entities spelled alike."""

    def __init__(self, rewrite_url: RewriteUrl, schemes: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self._schemes = schemes
        self._rewrite_url = rewrite_url
        self._pieces: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._depth = 0
        self._preformatted = 0
        self._ends_with_space = True
        self._is_visible = False
        self._is_start_of_pre = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write the tag, or what stands for it."""
        attributes = dict(attrs)
        if tag == "input":
            self._write_box(attributes)
        elif tag == "img":
            self._write_image(attributes)
        elif tag in _VOID:
            self._write_tag(tag, attributes)
        else:
            self._open_element(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        """Close the element that is open."""
        if not self._open or tag in _VOID:
            return
        name, was_written = self._open.pop()
        self._preformatted -= name == "pre"
        if was_written:
            self._depth -= 1
            self._fold_before(name)
            self._pieces.append(f"</{name}>")

    def handle_data(self, data: str) -> None:
        """Write text."""
        if self._preformatted:
            if self._is_start_of_pre and data.startswith("\n"):
                data = "\n" + data
            self._append_text(data)
        else:
            folded = _SPACE.sub(" ", data)
            self._append_text(folded[1:] if self._ends_with_space and folded.startswith(" ") else folded)

    def result(self) -> str:
        """Return everything written, '' when nobody would see anything."""
        return "".join(self._pieces).strip(" ") if self._is_visible else ""

    def opening(self) -> str:
        """Return what was written without the end tag of the element that is still to go on."""
        written = "".join(self._pieces)
        return re.sub(r"</[a-z0-9]+>\Z", "", written)

    def _open_element(self, tag: str, attributes: dict[str, str | None]) -> None:
        is_written = MENTION_ATTRIBUTE not in attributes and self._depth < DEPTH_LIMIT
        if is_written and tag == "a" and "href" in attributes:
            is_written = not isinstance(self._rewrite_url(attributes["href"] or ""), Missing)
        if is_written:
            self._write_tag(tag, attributes)
        self._open.append((tag, is_written))
        self._depth += is_written
        self._preformatted += tag == "pre"
        self._is_start_of_pre = tag == "pre"

    def _write_tag(self, tag: str, attributes: dict[str, str | None]) -> None:
        self._fold_before(tag)
        self._is_visible = self._is_visible or tag in _VISIBLE
        self._is_start_of_pre = False
        self._pieces.append(f"<{tag}{self._attributes(attributes)}>")
        if tag == "img":
            self._ends_with_space = False

    def _attributes(self, attributes: dict[str, str | None]) -> str:
        written = []
        for name, value in sorted(attributes.items()):
            kept = self._attribute(name, value or "")
            if kept is not None:
                written.append(f' {name}="{_quote(kept)}"')
        return "".join(written)

    def _attribute(self, name: str, value: str) -> str | None:
        if name in _URL_ATTRIBUTES:
            url = self._rewrite_url(value)
            return url if isinstance(url, str) and is_harmless(value, self._schemes) else None
        if name == "class":
            return " ".join(each for each in value.split() if each.startswith("language-")) or None
        if name == "style":
            return _harmless_styles(value) or None
        return None if name == MENTION_ATTRIBUTE else value

    def _write_image(self, attributes: dict[str, str | None]) -> None:
        source = attributes.get("src")
        url = Missing("") if not source else self._rewrite_url(source)
        if isinstance(url, Missing):
            self._append_text(f"[{url.name or attributes.get('alt') or 'image'}]")
        else:
            self._write_tag("img", attributes)

    def _write_box(self, attributes: dict[str, str | None]) -> None:
        if (attributes.get("type") or "").lower() == "checkbox":
            self._append_text(f"{TICKED if 'checked' in attributes else UNTICKED} ")

    def _append_text(self, text: str) -> None:
        if not text:
            return
        self._is_start_of_pre = False
        self._is_visible = self._is_visible or bool(text.strip())
        self._ends_with_space = text.endswith(" ") and not self._preformatted
        self._pieces.append(html.escape(text, quote=False).replace("\u00a0", "&nbsp;"))

    def _fold_before(self, tag: str) -> None:
        """Drop white space at the edge of a block, where it has no meaning."""
        if tag not in _BLOCKS or self._preformatted:
            return
        if self._pieces and not self._pieces[-1].startswith("<"):
            self._pieces[-1] = self._pieces[-1].removesuffix(" ")
        self._ends_with_space = True


def _harmless_styles(value: str) -> str:
    """Return the declarations that only say a plain value or a colour."""
    declarations = [each.strip() for each in value.split(";")]
    return ";".join(each for each in declarations if each and _STYLE.fullmatch(each))


def _quote(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
