"""Charts are drawn without a script, say everything in words as well, and never leave their frame."""

import re
from itertools import pairwise

import pytest

from autocrm.analytics.charts import Chart, Point, scale_of, spark


def columns(*values: int) -> Chart:
    points = tuple(Point(f"{at} Nov", value, f"/contacts/?week={at}") for at, value in enumerate(values, 1))
    return Chart("columns", "New contacts", "The most, 4.", "Week of", "New contacts", points)


@pytest.mark.parametrize(
    "highest", [0, 1, 4, 5, 7, 9, 10, 13, 40, 97, 99, 100, 101, 999, 1_000, 123_456, 999_999, 10**7]
)
def test_the_scale_reaches_over_the_highest_value_in_few_round_steps(highest: int) -> None:
    lines = scale_of(highest)

    assert lines[0] == 0
    assert lines[-1] >= highest
    assert 3 <= len(lines) <= 5
    assert {after - before for before, after in pairwise(lines)} == {lines[1]}


def test_a_chart_has_title_description_and_a_table() -> None:
    chart = columns(1, 4)

    assert "<title" in chart.svg
    assert "The most, 4." in chart.svg
    assert "<caption>New contacts</caption>" in chart.table
    assert '<th scope="row">2 Nov</th><td>4</td>' in chart.table


@pytest.mark.parametrize("kind", ["columns", "bars"])
def test_every_bar_is_a_link_with_words(kind: str) -> None:
    chart = Chart(kind, "By type", "", "Type", "Contacts", (Point("Lead", 2, "/contacts/?type=lead"), Point("None", 0)))

    assert '<a href="/contacts/?type=lead" aria-label="Lead: 2">' in chart.svg
    assert '<g role="img" aria-label="None: 0">' in chart.svg


@pytest.mark.parametrize("values", [(0, 0, 0), (1, 2, 3), (7, 1_000_000, 12)])
def test_bars_stay_within_the_drawing(values: tuple[int, ...]) -> None:
    for y, height in re.findall(
        r'class="f1" x="[\d.]+%" y="([\d.]+)" width="[\d.]+%" height="([\d.]+)"', columns(*values).svg
    ):
        assert 0 <= float(y) <= 224
        assert float(y) + float(height) <= 224


def test_words_from_people_are_escaped_and_nothing_is_styled_inline() -> None:
    chart = Chart("bars", "<b>", "", "", "", (Point('"><script>', 1, "/x/?a=1&b=2"),))

    assert "<script>" not in chart.svg + chart.table
    assert "<b>" not in chart.svg
    assert "style=" not in chart.svg
    assert "/x/?a=1&amp;b=2" in chart.svg


def test_the_description_alone_is_enough_to_draw_it_elsewhere() -> None:
    assert columns(3).to_json() == {
        "kind": "columns",
        "title": "New contacts",
        "axis": "Week of",
        "unit": "New contacts",
        "points": [{"label": "1 Nov", "value": 3, "url": "/contacts/?week=1"}],
    }


def test_a_line_of_one_point_is_not_drawn() -> None:
    assert spark([]) == spark([3]) == ""
    assert "polyline" in spark([3, 3])
