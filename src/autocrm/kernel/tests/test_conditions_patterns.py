"""Patterns: what is allowed means what `re` means, what is not is refused, and none can hold a worker."""

import re
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocrm.kernel.conditions.folding import fold
from autocrm.kernel.conditions.patterns import LONGEST_TEXT, BadPatternError, read_pattern

ATOMS = ["a", "b", "ä", "1", " ", ".", "[ab]", "[^a]", "[a-c1]", r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", r"\.", r"\n",
         r"[\d\-]", r"[\]a]", "(a|b)", "(?:ab|1)", "(a)"]  # fmt: skip
COUNTS = ["", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "{1,3}"]
branches = st.tuples(
    st.sampled_from(["", "^"]),
    st.lists(st.tuples(st.sampled_from(ATOMS), st.sampled_from(COUNTS)).map("".join), min_size=1, max_size=4).map(
        "".join
    ),
    st.sampled_from(["", "$"]),
).map("".join)
patterns = st.lists(branches, min_size=1, max_size=2).map("|".join)


@given(pattern=patterns, text=st.text("abc1 .ä-]\n", max_size=8))
@settings(max_examples=500, deadline=None)
def test_a_pattern_finds_what_re_finds(pattern: str, text: str) -> None:
    expected = re.search(pattern.replace("$", r"\Z"), text, re.DOTALL | re.ASCII) is not None

    assert read_pattern(pattern).found_in(text) is expected
    rewritten = read_pattern(pattern).postgresql.replace("$", r"\Z")
    assert (re.search(rewritten, text, re.DOTALL) is not None) is expected


@pytest.mark.parametrize("pattern", [
    "", "a|", "()", "[]", "a**", "a{2}{3}", "(a+)+", "(a|b*)*", r"(a)\1", r"\bword", r"\x41", r"\u0041", "(?=a)",
    "(?!a)", "(?<=a)", "(?i)a", "(?P<n>a)", "a*?", "a+?", "a??", "a{51}", "a{3,2}", "a{0}", "a{,2}", "a{x}", "(a", "a)",
    "[a", "[z-a]", "[[:alpha:]]", "a^b", "a$b", "(^a)", "(a$)", "*a", "+", "?", "{1}", "\\", "[a\\", "***:a", "a" * 201,
    "(?:abcdefghij){50}(?:abcdefghij){50}",
])  # fmt: skip
def test_what_is_not_safe_or_not_the_same_everywhere_is_refused(pattern: str) -> None:
    with pytest.raises(BadPatternError) as caught:
        read_pattern(pattern)

    assert str(caught.value)


@pytest.mark.parametrize(
    "pattern", [".*.*.*.*.*x", "[ab]*a[ab]{40}c", "(?:a|b|ab)*c", "a?a?a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaaaac"]
)
def test_no_pattern_takes_long_on_any_text(pattern: str) -> None:
    text = "ab" * LONGEST_TEXT
    started = perf_counter()

    found = read_pattern(pattern).found_in(text)

    assert not found
    assert perf_counter() - started < 5


def test_a_second_search_uses_what_the_first_learned() -> None:
    pattern = read_pattern(r"^\d{3}-[A-Z]+$")

    assert [pattern.found_in(text) for text in ("123-AB", "123-ab", "123-AB", "x123-AB", "123-AB\n")] == [
        True, False, True, False, False,
    ]  # fmt: skip


def test_folding_takes_away_case_and_nothing_else() -> None:
    assert fold("ÄPFEL Straße ΣΊΣΥΦΟς ПРИВЕТ ẸN") == "äpfel straße σίσυφοσ привет ẹn"
    assert fold("İß") == "İß"


@given(st.text())
def test_folding_keeps_length_and_is_done_after_once(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)
