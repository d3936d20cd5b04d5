"""Canonical form, localization and comparison of formatted text."""

import html as html_entities
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adnode.domain.rich_text import FileReference, RichText, TextFormat
from adnode.domain.sync_state import CommentValue
from adnode.sync import rich_text

HTML, MARKDOWN = TextFormat.HTML, TextFormat.MARKDOWN
ROOT = "https://dev.azure.com/contoso/p/_apis/wit/attachments/"


def find_file(url: str) -> FileReference | None:
    """Files of the organization have URLs that begin with ROOT."""
    if not url.startswith(ROOT):
        return None
    number, _, name = url.removeprefix(ROOT).partition("?fileName=")
    return FileReference(f"org-a:{number}", name)


def find_url(key: str) -> str | None:
    return f"{ROOT}{key.removeprefix('org-a:')}?fileName=pic.png" if key.startswith("org-a:") else None


def canonical(text: str, text_format: TextFormat = HTML) -> str:
    return rich_text.canonicalize(text, text_format, find_file).text


def local(text: str, text_format: TextFormat = HTML, target: TextFormat | None = None) -> str:
    return rich_text.localize(RichText(text, text_format), target or text_format, find_url)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", ""),
        ("<div><br></div>", ""),
        ("<p>&nbsp;</p>", ""),
        ("  plain  text\n", "plain text"),
        ("<DIV>a</DIV>", "<div>a</div>"),
        ("<div> a </div>\n<div>b</div>", "<div>a</div><div>b</div>"),
        ("<p>a <b>b</b> c</p>", "<p>a <b>b</b> c</p>"),
        ("<p>two&nbsp; blanks</p>", "<p>two&nbsp; blanks</p>"),
        ("<p>&lt;b&gt; &amp; &quot;&eacute;&quot;</p>", '<p>&lt;b&gt; &amp; "é"</p>'),
        ('<p title="b" align="left">x</p>', '<p align="left" title="b">x</p>'),
        ('<p class="MsoNormal big">x</p>', "<p>x</p>"),
        ('<code class="language-py x">x</code>', '<code class="language-py">x</code>'),
        ('<span style="color:red;position:fixed">x</span>', '<span style="color:red">x</span>'),
        ("<pre>  a\n    b</pre>", "<pre>  a\n    b</pre>"),
        ("<pre>\n\n  a</pre>", "<pre>\n\n  a</pre>"),
        ("<b>open <i>tags", "<b>open <i>tags</i></b>"),
        ("<!-- hidden -->shown", "shown"),
        ("a\x00b\x07c\ud83d", "abc\ufffd"),
        ("<p>שלום עולם</p><p dir='rtl'>مرحبا 👩‍👩‍👧‍👦</p>", '<p>שלום עולם</p><p dir="rtl">مرحبا 👩‍👩‍👧‍👦</p>'),
        ('<input type="checkbox" checked> done', "☑ done"),
        ('<li><input type="checkbox">open</li>', "<li>☐ open</li>"),
        ("<input type='password' value='x'>a", "a"),
        ('<img src="https://x.example/a.png">', '<img src="https://x.example/a.png">'),
        (f'<img src="{ROOT}7?fileName=pic.png" alt="A">', '<img alt="A" src="adnode-file:org-a%3A7/pic.png">'),
        (f'<a href="{ROOT}7?fileName=a b.pdf">file</a>', '<a href="adnode-file:org-a%3A7/a%20b.pdf">file</a>'),
        (f'text with src="{ROOT}7" in it', f'text with src="{ROOT}7" in it'),
        ('<a href="#" data-vss-mention="version:2.0,1234">@Jo Doe</a>, look', "@Jo Doe, look"),
        ('<A HREF="#" DATA-VSS-MENTION="version:2.0,{x}">@<b>Jo</b></A>', "@<b>Jo</b>"),
        ('<a href="/relative">x</a>', '<a href="/relative">x</a>'),
    ],
)
def test_html_has_one_canonical_form(raw: str, expected: str) -> None:
    assert canonical(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("", ""),
        ("\n\nplain *text*\r\nnext\r\n\n", "plain *text*\nnext"),
        ("    indented code\n\ntext", "    indented code\n\ntext"),
        ("a < b && c > d", "a < b && c > d"),
        ("`<b>` and <https://x.example/>", "`<b>` and <https://x.example/>"),
        ("line<br>break <u>u</u>", "line<br>break <u>u</u>"),
        ("what <foo> is", "what &lt;foo> is"),
        ("@<12345678-abcd-1234-abcd-123456789012> look", "@unknown person look"),
        ("`@<12345678-abcd-1234-abcd-123456789012>`", "`@<12345678-abcd-1234-abcd-123456789012>`"),
        (f"![A]({ROOT}7?fileName=pic.png)", "![A](adnode-file:org-a%3A7/pic.png)"),
        (f"![A]({ROOT}7?fileName=pic.png =100x50)", "![A](adnode-file:org-a%3A7/pic.png =100x50)"),
        (f"![A]({ROOT}7?fileName=a(1).png)", "![A](adnode-file:org-a%3A7/a%281%29.png)"),
        (f"![A](<{ROOT}7?fileName=a b.png>)", "![A](adnode-file:org-a%3A7/a%20b.png)"),
        (f"[file]({ROOT}7?fileName=it's.pdf)", "[file](adnode-file:org-a%3A7/it%27s.pdf)"),
        (f"[file]: {ROOT}7?fileName=a.pdf", "[file]: adnode-file:org-a%3A7/a.pdf"),
        (f"see {ROOT}7?fileName=a.pdf", "see adnode-file:org-a%3A7/a.pdf"),
        (f"<img src='{ROOT}7?fileName=a.png' width=5>", '<img src="adnode-file:org-a%3A7/a.png" width="5">'),
        (f"```\n![A]({ROOT}7?fileName=pic.png)\n```", f"```\n![A]({ROOT}7?fileName=pic.png)\n```"),
        ("| a \\| b | c |\n|---|---|\n| 1 | 2 |", "| a \\| b | c |\n|---|---|\n| 1 | 2 |"),
        ("- [ ] open\n- [x] done\n  - nested", "- [ ] open\n- [x] done\n  - nested"),
        ("[x](https://a.example/b_(c)) \\<tag>", "[x](https://a.example/b_(c)) \\<tag>"),
        ("[note]: not a link", "[note]: not a link"),
        ("שלום **עולם** 👩‍👩‍👧‍👦", "שלום **עולם** 👩‍👩‍👧‍👦"),
    ],
)
def test_markdown_is_left_as_written_but_for_what_belongs_to_one_organization(raw: str, expected: str) -> None:
    assert canonical(raw, MARKDOWN) == expected


SAMPLES = [
    "<p>a <b>b</b></p><ul><li>x<ul><li>y</li></ul></li></ul>",
    "<table><tbody><tr><th>a|b</th></tr><tr><td>1</td></tr></tbody></table>",
    '<div>x<br><img alt="A" src="adnode-file:org-a%3A7/pic.png"> y</div><pre>\n\n  code  &lt;b&gt;\n</pre>',
    '<p dir="rtl">مرحبا</p>two&nbsp; blanks',
]


@pytest.mark.parametrize("text", SAMPLES)
def test_html_that_goes_there_and_back_does_not_change(text: str) -> None:
    assert canonical(local(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "# T\n\n- a\n  - b\n\n| a \\| b |\n|---|\n| `x` |\n\n```py\n<b>\n```",
        "![A](adnode-file:org-a%3A7/pic.png) [l](adnode-file:org-a%3A8/pic.png) <u>x</u>",
        "- [ ] open 👍\n- [x] done",
    ],
)
def test_markdown_that_goes_there_and_back_does_not_change(text: str) -> None:
    assert canonical(local(text, MARKDOWN), MARKDOWN) == text


PIECES = [
    *("<p>", "</p>", "<b>", "</b>", "<ul>", "<li>", "</ul>", "<pre>", "</pre>", "<br>", "&nbsp;", "&lt;", "&amp;"),
    *(" ", "\n", "word", "😀", "<table><tr><td>", "</table>", "<img src='https://x.example/a.png'>", "<a href='/x'>"),
    *("</a>", "<span style='color:red'>", "</span>", f"<img src='{ROOT}7?fileName=p.png'>", "<h1>", "</h1>", "<div>"),
    *(
        "`",
        "```\n",
        "[a](https://x.example/?a=b&c)",
        "*",
        "_",
        "- ",
        "\n\n",
        "| a |\n|---|\n",
        "    ",
        "&",
        "&#38;",
        "\t",
    ),
]
formatted = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)


@given(formatted, st.sampled_from(TextFormat))
def test_any_text_that_goes_there_and_back_does_not_change(raw: str, text_format: TextFormat) -> None:
    once = canonical(raw, text_format)
    there = rich_text.localize(RichText(once, text_format), text_format, find_url)
    back = canonical(there, text_format)
    # Names of files belong to the organization: find_url above calls every file pic.png.
    assert canonical(local(back, text_format), text_format) == back
    assert back == once.replace("/p.png", "/pic.png")


def element(*tags: str) -> st.SearchStrategy[str]:
    return st.sampled_from(tags)


def wrapped(tags: st.SearchStrategy[str], content: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(tags, content).map(lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>")


words = st.lists(
    st.sampled_from(
        ["one", "two 😀", "a|b", "x*y", "&lt;b&gt;", "`", "# no", "1. no", "snake_case", "&amp;lt;", "\\", "[x](y)"]
    ),
    min_size=1,
    max_size=3,
).map(" ".join)
inline = st.recursive(
    words | st.just("<img src='https://x.example/a_(b).png'>"),
    lambda inner: (
        wrapped(
            element("b", "strong", "i", "em", "u", "s", "strike", "code", "span", "a href='https://x.example/?a=b'"),
            inner,
        )
        | st.lists(inner, min_size=2, max_size=3).map(" ".join)
    ),
    max_leaves=4,
).map(lambda text: re.sub(r"</a [^>]*>", "</a>", text))
blocks = st.recursive(
    wrapped(element("p", "h2", "pre", "div"), inline) | inline,
    lambda inner: (
        wrapped(element("div", "blockquote"), inner)
        | st.lists(inner, min_size=1, max_size=3).map(lambda items: "".join(f"<p>x</p>{item}" for item in items))
        | st.lists(wrapped(element("li"), inner), min_size=1, max_size=3).map(
            lambda items: f"<ul>{''.join(items)}</ul>"
        )
        | st.lists(wrapped(element("td"), inline), min_size=1, max_size=3).map(
            lambda cells: f"<table><tr>{''.join(cells)}</tr><tr>{''.join(cells)}</tr></table>"
        )
    ),
    max_leaves=5,
)


@given(blocks)
def test_the_words_are_the_same_as_markdown_and_as_html(raw: str) -> None:
    html = local(canonical(raw))
    markdown = rich_text.html_to_markdown(html)
    assert rich_text.fingerprint(markdown, MARKDOWN) == rich_text.fingerprint(html, HTML)


@given(st.text(alphabet="ab*_`~#-+>1.)[]()!|\\&;<=:/ ", max_size=40))
def test_plain_words_stay_the_same_words_as_markdown(words: str) -> None:
    written = canonical(f"<p>{html_entities.escape(words)}</p>")
    markdown = rich_text.html_to_markdown(written)
    assert rich_text.fingerprint(markdown, MARKDOWN) == rich_text.fingerprint(written, HTML)


def test_files_that_a_text_shows_are_listed_once_and_in_order() -> None:
    html = (
        '<img src="adnode-file:o%3A2/b.png"><a href="adnode-file:o%3A1/a%20b">x</a><img src="adnode-file:o%3A2/b.png">'
    )
    expected = (FileReference("o:2", "b.png"), FileReference("o:1", "a b"))
    assert rich_text.list_files(RichText(html)) == expected
    markdown = "![x](adnode-file:o%3A2/b.png) [y](adnode-file:o%3A1/a%20b) `adnode-file:o%3A3/c`"
    assert rich_text.list_files(RichText(markdown, MARKDOWN)) == expected
    assert rich_text.list_files(RichText("words about adnode-file:o%3A2/b.png")) == ()


@pytest.mark.parametrize(
    ("text", "text_format", "target", "expected"),
    [
        ('a <img alt="z" src="adnode-file:o%3A2/b%20c.png">', HTML, HTML, "a [b c.png]"),
        ('<a href="adnode-file:o%3A2/b.pdf">plan</a>', HTML, HTML, "plan"),
        ("a ![z](adnode-file:o%3A2/b.png)", MARKDOWN, MARKDOWN, "a \\[b.png\\]"),
        ("[plan](adnode-file:o%3A2/b.pdf)", MARKDOWN, MARKDOWN, "[plan](#b.pdf)"),
        ("a ![z](adnode-file:o%3A2/b.png)", MARKDOWN, HTML, "<p>a [b.png]</p>"),
        ('a <img src="adnode-file:o%3A2/b_c.png">', HTML, MARKDOWN, "a \\[b_c.png\\]"),
    ],
)
def test_files_that_are_not_here_are_named(
    text: str, text_format: TextFormat, target: TextFormat, expected: str
) -> None:
    assert local(text, text_format, target) == expected


def test_files_that_are_here_get_their_local_url_in_either_format() -> None:
    html, markdown = '<img alt="z" src="adnode-file:org-a%3A2/b.png">', "![z](adnode-file:org-a%3A2/b.png)"
    url = f"{ROOT}2?fileName=pic.png"
    assert local(html) == f'<img alt="z" src="{url}">'
    assert local(html, HTML, MARKDOWN) == f"![z]({url})"
    assert local(markdown, MARKDOWN) == f"![z]({url})"
    assert local(markdown, MARKDOWN, HTML) == f'<p><img alt="z" src="{url}"></p>'


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>T</h2><p>a <b>b</b> <i>c</i> <s>d</s></p>", "## T\n\na **b** *c* ~~d~~"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ol start='3'><li>a</li><li>b</li></ol>", "3. a\n4. b"),
        ("<ul><li>☑ done</li><li>☐ open</li></ul>", "- [x] done\n- [ ] open"),
        (
            "<table><tr><th>a|b</th><th>c</th></tr><tr><td>1</td><td>2<br>3</td></tr></table>",
            "| a\\|b | c |\n| --- | --- |\n| 1 | 2 3 |",
        ),
        ('<pre><code class="language-py">a = "```"\n</code></pre>', '````py\na = "```"\n````'),
        ("<p>a &lt;b&gt; &amp;lt; *c* snake_case_name</p>", "a &lt;b> &amp;lt; \\*c\\* snake_case_name"),
        ("<p><b>a</b><strong>b</strong> <s><strike>c</strike></s> ~~d~~</p>", "**ab** ~~c~~ \\~\\~d\\~\\~"),
        ("<p># no heading</p><p>1. no list</p>", "\\# no heading\n\n1\\. no list"),
        ('<a href="https://x.example/a b(c)">t</a>', "[t](https://x.example/a%20b%28c%29)"),
    ],
)
def test_html_becomes_readable_markdown(html: str, markdown: str) -> None:
    assert rich_text.html_to_markdown(canonical(html)) == markdown


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("- [x] done\n- [ ] open", "<ul><li>☑ done</li><li>☐ open</li></ul>"),
        ("a\\|b `c`", "<p>a|b <code>c</code></p>"),
        (
            "| a\\|b |\n|---|\n| 1 |",
            "<table><thead><tr><th>a|b</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>",
        ),
        ("```py\na < b\n```", '<pre><code class="language-py">a &lt; b\n</code></pre>'),
        ("x<br>y <u>z</u>", "<p>x<br>y <u>z</u></p>"),
        ("- a\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"),
    ],
)
def test_markdown_becomes_html(markdown: str, html: str) -> None:
    assert rich_text.markdown_to_html(markdown) == html


def test_text_over_the_limit_is_cut_and_says_so() -> None:
    item = "<li>" + "word 😀 " * 20 + "</li>"
    long_html = "<ul>" + item * (1_200_000 // len(item)) + "</ul>"
    for text, text_format in ((long_html, HTML), ("```\n" + "line 😀\n" * 200_000, MARKDOWN)):
        written = local(text, text_format)
        assert len(written.encode("utf-16-le")) // 2 <= 1_000_000
        assert "was cut here" in written
        assert "was cut here" in rich_text.canonicalize(written, text_format, find_file).text
    assert local(long_html).endswith(
        "</li></ul><div>[The text is longer than Azure DevOps takes and was cut here.]</div>"
    )


def test_text_of_the_allowed_length_is_not_cut() -> None:
    text = "word " * 199_000
    assert "was cut here" not in local(text)


def test_elements_nested_without_end_lose_their_tags_and_keep_their_words() -> None:
    for depth in (150, 100_000):
        text = canonical("<div>" * depth + "deep" + "</div>" * depth + "<p>after</p>")
        assert "deep" in text
        assert "after" in text
        assert text.count("<div>") <= 100
        assert "deep" in rich_text.html_to_markdown(text)


@pytest.mark.parametrize(
    ("written", "read_back"),
    [
        ("<p>a &nbsp;b</p>", "<p>a \u00a0b</p>"),
        ("<div>a<!-- x --> &quot;b&quot;</div>", '<div>a "b"</div>'),
        ("<p>a</p>\n<p>b</p>", "<p>a</p><p>b</p>"),
        ("a<script>x</script>b", "ab"),
    ],
)
def test_a_fingerprint_survives_what_the_service_does_to_text(written: str, read_back: str) -> None:
    assert rich_text.fingerprint(written, HTML) == rich_text.fingerprint(read_back, HTML)


def test_a_fingerprint_tells_words_and_images_apart() -> None:
    texts = ["<p>a</p>", "<p>b</p>", "<p>a<img src='https://x.example/1.png'></p>", ""]
    assert len({rich_text.fingerprint(text, HTML) for text in texts}) == len(texts)


def test_a_form_is_the_text_to_the_letter() -> None:
    forms = {rich_text.hash_form(text, HTML) for text in ("a", "a ", "<p>a</p>", "a\ud83d")}
    assert len(forms) == 4
    assert rich_text.hash_form("a", HTML) != rich_text.hash_form("a", MARKDOWN)


def test_empty_texts_say_the_same_in_any_format() -> None:
    assert rich_text.is_equivalent(RichText("", HTML), RichText("", MARKDOWN))
    assert not rich_text.is_equivalent(RichText("a", HTML), RichText("a", MARKDOWN))


@pytest.mark.parametrize(
    ("title", "expected", "was_cut"),
    [
        ("  two \n lines\t", "two lines", False),
        ("x" * 255, "x" * 255, False),
        ("x" * 256, "x" * 252 + "...", True),
        ("😀" * 127 + "x", "😀" * 127 + "x", False),
        ("😀" * 128, "😀" * 126 + "...", True),
        ("x" * 251 + "😀" + "y" * 10, "x" * 251 + "...", True),
        ("x" * 250 + "👩‍👩‍👧" + "y" * 10, "x" * 250 + "...", True),
        ("x" * 251 + "e\u0301" + "y" * 10, "x" * 251 + "...", True),
        ("x" * 251 + "👍🏽" + "y" * 10, "x" * 251 + "...", True),
        ("a\x00b\ud83dc", "ab\ufffdc", False),
    ],
)
def test_a_title_is_cut_on_a_character_boundary(title: str, expected: str, was_cut: bool) -> None:
    assert rich_text.cut_title(title) == (expected, was_cut)


@given(st.text(alphabet=st.sampled_from("x😀é\u0301\u200d🏽 👩"), max_size=400))
def test_a_title_always_fits_and_is_always_whole(title: str) -> None:
    cut, _ = rich_text.cut_title(title)
    assert len(cut.encode("utf-16-le")) // 2 <= 255
    assert rich_text.cut_title(cut) == (cut, False)


AUTHORS = ["Jo Doe", "O'Neill & <Sons>", "*Star* _under_ [x]", "جو", "x" * 500, "a\nb", "", "~~~Tilde~~~", "`tick`"]


@pytest.mark.parametrize("author", AUTHORS)
@pytest.mark.parametrize("text_format", TextFormat)
def test_the_attribution_names_the_author_and_can_be_taken_off_again(author: str, text_format: TextFormat) -> None:
    text = RichText("<p>Fine.</p>" if text_format is HTML else "Fine.\n\n- yes", text_format)
    value = CommentValue(author, datetime(2026, 1, 5, 9, 30, tzinfo=UTC), text)
    attributed = rich_text.attribute(value)
    assert "wrote on 2026-01-05 09:30 UTC:" in attributed.text
    read_back = rich_text.canonicalize(rich_text.localize(attributed, text_format, find_url), text_format, find_file)
    assert rich_text.strip_attribution(read_back) == text
    assert rich_text.is_attributed(read_back, value)
    assert not rich_text.is_attributed(read_back, replace(value, author="Somebody else"))
    assert not rich_text.is_attributed(text, value)


@pytest.mark.parametrize(
    ("edited", "expected"),
    [
        ("<div><i>Jo wrote on 2026-01-05 09:30 UTC:</i> more</div><p>x</p>", "<div>more</div><p>x</p>"),
        ("<div><em>Jo wrote on 2026-01-05 09:30 UTC:</em></div><br>x", "<br>x"),
        ("<p><em>Jo wrote on 2026-01-05 09:30 UTC:</em></p><p>x</p>", "<p>x</p>"),
        ("<i>Jo wrote on 2026-01-05 09:30 UTC:</i><br>x", "x"),
        ("<p>x</p>", "<p>x</p>"),
        (
            "<p>x</p><div><i>Jo wrote on 2026-01-05 09:30 UTC:</i></div>",
            "<p>x</p><div><i>Jo wrote on 2026-01-05 09:30 UTC:</i></div>",
        ),
    ],
)
def test_the_attribution_is_taken_off_where_it_still_stands(edited: str, expected: str) -> None:
    assert rich_text.strip_attribution(RichText(edited)).text == expected
