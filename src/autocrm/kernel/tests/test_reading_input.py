"""Reading JSON and numbers that came from outside."""

import pytest

from autocrm.kernel.json_text import DEEPEST, read_json
from autocrm.kernel.text import LARGEST_COUNT, read_count


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "NaN",
        "[Infinity]",
        '"\\ud800"',
        '"\ud800"',
        b"\xff",
        "[" * 9_000,
        '{"a":' * 9_000,
        "[" * 100 + "]" * 100,
    ],
    ids=repr,
)
def test_what_is_no_json_to_work_with_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_json(text)


def test_json_may_be_nested_as_deep_as_anybody_needs() -> None:
    assert read_json("[" * DEEPEST + "]" * DEEPEST)
    assert read_json('{"a": [1, "\\u0000", null]}') == {"a": [1, "\x00", None]}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        (" 17 ", 17),
        ("007", 7),
        ("9" * 5_000, LARGEST_COUNT),
        ("-1", None),
        ("", None),
        ("²", None),
        ("٣", None),
    ],
)
def test_counts_are_read_within_bounds(text: str, number: int | None) -> None:
    assert read_count(text) == number
