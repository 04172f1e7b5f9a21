"""Text across borders: no script comes in, no formula goes out."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrm.kernel.text import csv_safe, plain_text, sanitise_html, unguarded

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVa&#09;script:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    '<iframe src="https://evil.test"></iframe>',
    '<object data="x"></object><embed src="x">',
    '<form action="/x"><input name="a"><button>go</button></form>',
    '<div style="background:url(javascript:alert(1))">x</div>',
    "<style>@import 'https://evil.test'</style>",
    '<base href="https://evil.test/">',
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<p id=x class=y data-hx-get=/logout hx-get=/logout>x</p>",
    "<<script>script>alert(1)<</script>/script>",
    '"><script>alert(1)</script>',
    "<img src='cid:1' srcset='javascript:alert(1)'>",
    "<a href='//evil.test' target=_blank>x</a>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
]


@pytest.mark.parametrize("html", ATTACKS)
def test_nothing_that_runs_survives(html: Any) -> None:
    clean = sanitise_html(html)

    assert not re.search(r"<[^>]*(script|style|iframe|object|embed|form|input|svg|math|base|meta|template)", clean)
    assert not re.search(r"<[^>]+\s(on\w+|style|id|class|hx-\w+|data-[\w-]+|srcset|target)\s*=", clean)
    assert not re.search(r"<[^>]+=\s*[\"']?\s*(java|vb)script:", clean, re.IGNORECASE)
    assert not re.search(r"href=[\"']?data:", clean)
    assert sanitise_html(clean) == clean


def test_what_a_note_is_made_of_stays() -> None:
    note = (
        "<h2>Call</h2><p>Met <strong>Ana</strong> &amp; <em>Bob</em><br>at "
        '<a href="https://acme.test/?a=1" title="site">Acme</a></p>'
        "<ul><li>one</li></ul><blockquote>said</blockquote><pre><code>x &lt; 1</code></pre>"
        '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>'
    )

    clean = sanitise_html(note)

    assert clean.replace(' rel="noopener noreferrer nofollow"', "") == note
    assert 'rel="noopener noreferrer nofollow"' in clean
    assert 'href="mailto:a@b.test"' in sanitise_html('<a href="mailto:a@b.test">x</a>')


@given(st.text(max_size=200) | st.lists(st.sampled_from([*ATTACKS, "<p>", "</", "'", '"', "<!--", "x"])).map("".join))
def test_cleaning_never_fails_and_is_final(html: Any) -> None:
    clean = sanitise_html(html)

    assert sanitise_html(clean) == clean
    assert "<script" not in clean.lower()
    plain_text(html)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello <b>Ana</b>,</p><p>how   are\n you?</p>", "Hello Ana,\nhow are you?"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<ul><li>one<li>two</ul>", "one\ntwo"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
        ("fish &amp; chips &lt;3 &eacute;&#8364;", "fish & chips <3 é€"),
        ("<style>p{}</style><script>x()</script><title>t</title>shown", "shown"),
        ("<svg/>shown", "shown"),
        ("plain", "plain"),
        ("", ""),
        ("<p></p><p>\n</p>", ""),
    ],
)
def test_words_of_html(html: Any, text: Any) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+49 30 1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1+1", "＠x", '=HYPERLINK("http://x")'],
)
def test_no_cell_becomes_a_formula(value: Any) -> None:
    assert csv_safe(value) == f"'{value}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Ana", "Ana"),
        ("a=b", "a=b"),
        ("", ""),
        (None, ""),
        (-5, "-5"),
        (Decimal("-1.50"), "-1.50"),
        (date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_harmless_values_stay_as_they_are(value: Any, text: Any) -> None:
    assert csv_safe(value) == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_text_starts_a_formula_after_a_trip_through_csv(text: Any) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow(["x", csv_safe(text)])
    [row] = list(csv.reader(io.StringIO(buffer.getvalue(), newline="")))

    assert not row[1].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"))
    assert row[1].removeprefix("'") == text.removeprefix("'")


@pytest.mark.parametrize("text", ["'=1", "''=1", "=1", "'a", "a"])
def test_what_goes_out_guarded_comes_back_as_it_was(text: str) -> None:
    """Also what looks guarded already: it is guarded once more."""
    assert unguarded(csv_safe(text)) == text
    assert not csv_safe(text).startswith("=")
