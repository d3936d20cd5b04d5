"""Markdown made safe with its URLs rewritten, everything else left as its author wrote it.

markdown-it tells which lines are code; inside the others a scanner changes only what has to be changed. What comes out
is parsed once more: should anything but harmless HTML and links be found in it, every such start is escaped.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adnode.sync.rich_text import html_text
from adnode.sync.rich_text.lengths import clean_characters
from adnode.sync.rich_text.urls import FILE_SCHEME, SCHEMES, Missing, RewriteUrl, decode_destination, is_harmless

UNKNOWN_PERSON = "@unknown person"
"""What a mention becomes: Markdown holds only the person's id, which says nothing in another organization."""

_DESTINATION = r"(?:<[^<>\n]*>|(?:\\.|\([^\s()]*\)|[^\s<>()\\])*)"
_TOKEN = re.compile(
    r"(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<code>`+)"
    r"|(?P<mention>@<[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}>)"
    rf"|(?P<image>!\[(?P<alternative>[^\[\]\n]*)\]\([ \t]*(?P<source>{_DESTINATION})(?P<title>[^()\n]*)\))"
    rf"|(?P<link>(?P<opening>\][(:]\s*)(?P<target>{_DESTINATION}))"
    r"|(?P<tag><(?=[A-Za-z/!?])[^<>]*>?)"
    r"|(?P<url>(?:https?|adnode-file):(?:[^\s<>()\"'`\\\[\]|*]|\([^\s<>()]*\))+)"
)
_PIPE = re.compile(r"(?<!\\)\|")
_AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*)>")
_MAIL_AUTOLINK = re.compile(r"<[\w.+-]+@[\w-]+(?:\.[\w-]+)+>", re.ASCII)
_RAW_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)\s*/?>")
_RAW_TAGS = frozenset(
    re.findall(
        r"\S+",
        "a abbr b blockquote br center code dd del details div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark"
        " ol p pre q s samp small span strike strong sub summary sup table tbody td tfoot th thead tr tt u ul var",
    )
)
_TAG_START = re.compile(r"<(?=[A-Za-z/!?])")
_LINK_START = re.compile(r"\](?=[(:])")
_DOUBTFUL = re.compile(
    r"<(?=[A-Za-z/!?])(?!https?://|mailto:)|\][(:]\s*(?!\s)<?(?!https?://|mailto:|adnode-file:|[#/\s])", re.IGNORECASE
)
_SCHEMES_AFTER = SCHEMES | {FILE_SCHEME}
"""Schemes that links may have once their URLs are rewritten."""
_TAG = re.compile(r"<[^<>]*>?")
_SPECIAL = re.compile(r"[\\`*_\[\]]")
_BARE_DESTINATION = re.compile(r"(?:\([^\s()]*\)|[^\s<>()\\&])*|<[^<>\n\\&]*>")
_URL_CHARACTERS = "%/:?#[]@!$&'*+,;=~"
_TOUCHED = re.compile(r"[<@]|\][(:]|https?:|adnode-file:")

_parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("inline")
_complete = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_complete.validateLink = lambda url: True  # type: ignore[method-assign]


def rewrite(text: str, rewrite_url: RewriteUrl, extra_schemes: frozenset[str] = frozenset()) -> str:
    """Return Markdown in which nothing can run; URLs outside of code are replaced by what ``rewrite_url`` gives."""
    text = clean_characters(text).strip("\n").rstrip()
    if not _TOUCHED.search(text):
        return text
    schemes = SCHEMES | extra_schemes
    rewritten = "".join(_rewrite_block(block, rewrite_url, schemes) for block in _blocks_of(text))
    return rewritten if _is_safe(rewritten) else _disarm(rewritten)


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that belong together: code, a row of a table, or text in which code spans may reach over lines."""

    text: str
    is_code: bool
    is_row: bool


def _blocks_of(text: str) -> Iterator[_Block]:
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    code, rows, numbers = _layout(_parser.parse(text), len(lines))
    start = 0
    for end in range(1, len(lines) + 1):
        if end == len(lines) or numbers[end] != numbers[start] or numbers[start] < 0:
            yield _Block("".join(lines[start:end]), code[start], rows[start])
            start = end


def _layout(tokens: Sequence[Token], count: int) -> tuple[list[bool], list[bool], list[int]]:
    """Return per line whether it is code, whether it is a table row, and its block's number (-1: the line alone)."""
    code, rows, numbers = [False] * count, [False] * count, [-1] * count
    for number, token in enumerate(tokens):
        lines = range(token.map[0], min(token.map[1], count)) if token.map else range(0)
        for line in lines:
            if token.type in ("fence", "code_block"):
                code[line], numbers[line] = True, number
            elif token.type == "table_open":
                rows[line] = True
            elif token.type == "inline" and not rows[line]:
                numbers[line] = number
    return code, rows, numbers


def _rewrite_block(block: _Block, rewrite_url: RewriteUrl, schemes: frozenset[str]) -> str:
    return block.text if block.is_code else _BlockRewriter(block, rewrite_url, schemes).rewrite()


class _BlockRewriter:
    """Goes once through the text of a block."""

    def __init__(self, block: _Block, rewrite_url: RewriteUrl, schemes: frozenset[str]) -> None:
        self._text = block.text
        self._is_row = block.is_row
        self._rewrite_url = rewrite_url
        self._schemes = schemes
        self._unclosed: set[tuple[int, int]] = set()

    def rewrite(self) -> str:
        """Return the text with everything replaced that has to be."""
        pieces: list[str] = []
        position = 0
        while match := _TOKEN.search(self._text, position):
            pieces.append(self._text[position : match.start()])
            piece, position = self._replace(match)
            pieces.append(piece)
        return "".join(pieces) + self._text[position:]

    def _replace(self, match: re.Match[str]) -> tuple[str, int]:
        """Return what stands for a token, and where to go on."""
        match match.lastgroup:
            case "code":
                end = self._end_of_code(match)
                return self._text[match.start() : end], end
            case "mention":
                return UNKNOWN_PERSON, match.end()
            case "image":
                return self._image(match), match.end()
            case "link":
                return match["opening"] + self._destination(match["target"]), match.end()
            case "tag":
                return self._tag(match)
            case "url":
                return self._plain_url(match.group()), match.end()
        return match.group(), match.end()

    def _end_of_code(self, match: re.Match[str]) -> int:
        """Return where the code span ends that begins here; right after its marks when nothing closes it."""
        marks = match.group()
        limit = self._end_of_cell(match.end())
        if (len(marks), limit) in self._unclosed:
            return match.end()
        closing = re.compile(rf"(?<!`){marks}(?!`)").search(self._text, match.end(), limit)
        if closing is None:
            self._unclosed.add((len(marks), limit))
            return match.end()
        return closing.end()

    def _end_of_cell(self, position: int) -> int:
        pipe = _PIPE.search(self._text, position) if self._is_row else None
        return pipe.start() if pipe else len(self._text)

    def _image(self, match: re.Match[str]) -> str:
        source = match["source"]
        url = self._rewritten(source)
        if isinstance(url, Missing):
            return f"\\[{_escape(url.name or match['alternative'] or 'image')}\\]"
        return f"![{self._words(match['alternative'])}]({url}{self._words(match['title'])})"

    def _words(self, text: str) -> str:
        """Return text in which only raw HTML could do harm."""
        return _TAG_START.sub("&lt;", text)

    def _destination(self, target: str) -> str:
        url = self._rewritten(target)
        return f"#{quote(url.name, safe='')}" if isinstance(url, Missing) else url

    def _rewritten(self, destination: str) -> str | Missing:
        """Return the destination of a link as it may stand; one that changes nothing keeps its spelling."""
        url = decode_destination(destination)
        if not is_harmless(url, self._schemes):
            return Missing("") if url.strip().lower().startswith("data:") else "#"
        rewritten = self._rewrite_url(url)
        if isinstance(rewritten, Missing) or rewritten == url:
            return rewritten if isinstance(rewritten, Missing) else destination
        return rewritten if _BARE_DESTINATION.fullmatch(rewritten) else quote(rewritten, safe=_URL_CHARACTERS)

    def _plain_url(self, url: str) -> str:
        rewritten = self._rewrite_url(url)
        if isinstance(rewritten, Missing):
            return _escape(f"[{rewritten.name}]")
        return rewritten

    def _tag(self, match: re.Match[str]) -> tuple[str, int]:
        tag = match.group()
        if link := _AUTOLINK.fullmatch(tag):
            if not is_harmless(link.group(1), self._schemes):
                return "&lt;", match.start() + 1
            url = self._rewrite_url(link.group(1))
            return (_escape(f"[{url.name}]") if isinstance(url, Missing) else f"<{url}>"), match.end()
        if _MAIL_AUTOLINK.fullmatch(tag):
            return tag, match.end()
        kept = self._raw_tag(tag)
        return (kept, match.end()) if kept is not None else ("&lt;", match.start() + 1)

    def _raw_tag(self, tag: str) -> str | None:
        """Return a tag that Markdown may hold, None for one that must be shown instead."""
        if bare := _RAW_TAG.fullmatch(tag):
            return tag if bare.group(1).lower() in _RAW_TAGS else None
        if not tag.endswith(">") or tag.startswith("</"):
            return None
        kept = html_text.rewrite_tag(tag, self._rewrite_url, self._schemes - SCHEMES)
        return kept if kept is not None and "\n" not in kept else None


def _escape(text: str) -> str:
    """Return text as Markdown that shows just that."""
    return _SPECIAL.sub(r"\\\g<0>", text.replace("&", "&amp;").replace("<", "&lt;"))


def _is_safe(text: str) -> bool:
    """Say whether a renderer that lets raw HTML through finds nothing but harmless tags and links in it."""
    if not _DOUBTFUL.search(text):
        return True
    return all(_is_safe_token(token) for token in _walk(_complete.parse(text)))


def _walk(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _walk(token.children or ())


def _is_safe_token(token: Token) -> bool:
    if token.type in ("html_inline", "html_block"):
        starts = list(_TAG_START.finditer(token.content))
        tags = [_TAG.match(token.content, start.start()) for start in starts]
        return all(tag is not None and _is_safe_tag(tag.group()) for tag in tags)
    if token.type in ("link_open", "image"):
        return is_harmless(str(token.attrGet("href") or token.attrGet("src") or ""), _SCHEMES_AFTER)
    return True


def _is_safe_tag(tag: str) -> bool:
    if bare := _RAW_TAG.fullmatch(tag):
        return bare.group(1).lower() in _RAW_TAGS
    return html_text.rewrite_tag(tag, lambda url: url, frozenset({FILE_SCHEME})) == tag


def _disarm(text: str) -> str:
    """Escape the start of every tag and link, in code too: what looks like an attack loses its looks only."""
    return _LINK_START.sub(r"\]\\", _TAG_START.sub("&lt;", text))
