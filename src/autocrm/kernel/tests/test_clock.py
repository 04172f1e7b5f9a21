"""Texts as moments."""

from datetime import UTC, datetime

import pytest

from autocrm.kernel.clock import find_moment


def test_a_moment_is_read_with_its_zone() -> None:
    assert find_moment("2026-02-28T12:30:00+02:00") == datetime(2026, 2, 28, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-02-30T00:00:00Z", "2026-13-45T99:99:99Z", "2026-02-28T12:30:00", "\x00"]
)
def test_what_is_none_or_has_no_zone_is_none(text: str) -> None:
    assert find_moment(text) is None
