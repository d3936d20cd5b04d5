import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_devops_emulator.sanitizing import sanitize_html


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("plain", "plain"),
        ("<P>a<!-- marker -->b</P>", "<p>ab</p>"),
        ("a<script>alert(1)</script> b", "a b"),
        ("<a href='javascript:alert(1)' onclick=x>go</a>", "<a>go</a>"),
        ("<a href='java&#10;script:alert(1)'>go</a>", "<a>go</a>"),
        ("<img src='https://host/a.png?x=1&y=2' onerror=x />", '<img src="https://host/a.png?x=1&amp;y=2">'),
        ("one  two\n\nthree", "one two three"),
        ("a <script>x</script> b", "a b"),
        ("<pre>a  b\n c</pre>", "<pre>a  b\n c</pre>"),
        ("&quot;a&#39;s&quot; &lt;b&gt; &amp;amp;", '"a\'s" &lt;b&gt; &amp;amp;'),
        ("a\xa0b&nbsp;c", "a&nbsp;b&nbsp;c"),
        ("<unknown>text</unknown>", "text"),
        (
            '<a href="#" data-vss-mention="version:2.0,1">@Ann</a>',
            '<a href="#" data-vss-mention="version:2.0,1">@Ann</a>',
        ),
    ],
)
def test_html_is_kept_in_one_spelling_without_what_is_dangerous(written: str, kept: str) -> None:
    assert sanitize_html(written) == kept


PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<br/>",
        "<pre>",
        "</pre>",
        "<!--c-->",
        "<script>",
        "</script>",
        "<b",
        "<",
        ">",
        "&",
        "&lt;",
        "&amp;",
        "&nbsp;",
        "<svg/>",
        "<iframe>",
        "]]>",
    ]
) | st.sampled_from([" ", "\n", '<a href="x y">', "</a>", "<img alt='\"'>", "</iframe>"])


@given(st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join))
def test_sanitizing_twice_changes_nothing(text: str) -> None:
    once = sanitize_html(text)
    assert sanitize_html(once) == once
