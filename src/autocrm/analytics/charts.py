"""Charts: one description, drawn here as SVG for pages without script, mail and print.

Widths and places are shares of the whole, heights are pixels, text keeps its size: the drawing fits any width without
being scaled. Every bar is a link with words; a table beside the drawing says the same to who cannot see it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from autocrm.ui import formatting

# Columns: room above for the number, below for the label, at the start for the scale; all of the drawing.
COLUMNS_HEIGHT, COLUMNS_TOP, COLUMNS_FOOT = 224, 22, 24
SCALE_SHARE = 7.0
# Bars: one row each; the label, the track, the number, and at the very end its share of all.
ROW_HEIGHT, BAR_HEIGHT = 42, 26
TRACK_START, TRACK_SHARE, NUMBER_AT = 24.0, 52.0, 78.0

EMPTY = SafeString("")
_ids = count(1)


@dataclass(frozen=True, slots=True)
class Point:
    """One bar: its label, its number, where it leads, and in `words` what a screen reader says of it."""

    label: str
    value: int
    url: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows. Columns stand side by side (times), bars lie under each other (names)."""

    kind: Literal["columns", "bars"]
    title: str
    description: str
    axis: str
    unit: str
    points: tuple[Point, ...]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(point.value for point in self.points)

    def to_json(self) -> dict[str, Any]:
        """The description for other drawers."""
        points = [{"label": each.label, "value": each.value, "url": each.url} for each in self.points]
        return {"kind": self.kind, "title": self.title, "axis": self.axis, "unit": self.unit, "points": points}

    @property
    def svg(self) -> SafeString:
        """The drawing."""
        ident = f"chart-{next(_ids) % 1_000_000}"
        height = COLUMNS_HEIGHT if self.kind == "columns" else ROW_HEIGHT * len(self.points)
        inside = _columns(self) if self.kind == "columns" else _bars(self)
        return format_html(
            '<svg class="viz {}" width="100%" height="{}" role="group" aria-labelledby="{}-t" aria-describedby="{}-d">'
            '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}</svg>',
            self.kind,
            height,
            *(ident,) * 3,
            self.title,
            ident,
            self.description,
            format_html_join("", "{}", ((part,) for part in inside)),
        )

    @property
    def table(self) -> SafeString:
        """The same as a table, for screen readers."""
        rows = format_html_join(
            "", '<tr><th scope="row">{}</th><td>{}</td></tr>', ((each.label, _said(each.value)) for each in self.points)
        )
        return format_html(
            '<table class="sr"><caption>{}</caption><thead><tr><th scope="col">{}</th><th scope="col">{}</th></tr>'
            "</thead><tbody>{}</tbody></table>",
            self.title,
            self.axis,
            self.unit,
            rows,
        )


def spark(values: list[int]) -> SafeString:
    """A small line without words, beside the number it belongs to."""
    if len(values) < 2:
        return EMPTY
    low, high = min(values), max(values)
    step, span = 96 / (len(values) - 1), (high - low) or 1
    points = [(at * step, 28 - 24 * (value - low) / span) for at, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return format_html(
        '<svg class="spark" viewBox="0 0 96 32" aria-hidden="true"><polygon class="band" points="0,32 {} 96,32"/>'
        '<polyline class="l1" points="{}"/><circle class="f1" cx="94" cy="{}" r="2.5"/></svg>',
        line,
        line,
        f"{points[-1][1]:.1f}",
    )


def scale_of(highest: int) -> list[int]:
    """The lines of a scale from 0 to `highest` or just above: whole round numbers, 3 to 5 of them."""
    top = max(highest, 4)
    size = 10 ** (len(str(top)) - 1)
    steps = sorted({max(1, size * tenths // 10) for tenths in (1, 2, 5, 10, 20, 25, 50)})
    step = next(step for step in steps if step * 4 >= top)
    return [step * at for at in range(-(-top // step) + 1)]


def _columns(chart: Chart) -> Iterator[SafeString]:
    lines = scale_of(max((point.value for point in chart.points), default=0))
    floor = COLUMNS_HEIGHT - COLUMNS_FOOT
    room = floor - COLUMNS_TOP
    for value in lines:
        y = floor - room * value / lines[-1]
        yield format_html(
            '<g aria-hidden="true"><line class="{}" x1="{}%" x2="100%" y1="{}" y2="{}"/>'
            '<text x="{}%" y="{}" text-anchor="end">{}</text></g>',
            "g" if value else "ax",
            SCALE_SHARE,
            *(f"{y:.1f}",) * 2,
            SCALE_SHARE - 1.2,
            f"{y + 4:.1f}",
            formatting.compact_number(value),
        )
    slot = (100 - SCALE_SHARE) / max(len(chart.points), 1)
    for at, point in enumerate(chart.points):
        height = room * point.value / lines[-1]
        # Of two neighbours only one keeps its words where there is little room; the last always does.
        dense = "alt" if (len(chart.points) - at) % 2 == 0 else ""
        middle = f"{SCALE_SHARE + slot * (at + 0.5):.2f}%"
        yield _link(
            point,
            format_html(
                '<rect class="hit" x="{}%" y="0" width="{}%" height="{}"/>'
                '<rect class="f1" x="{}%" y="{}" width="{}%" height="{}" rx="2"/>'
                '<text class="v {}" x="{}" y="{}" text-anchor="middle">{}</text>',
                f"{SCALE_SHARE + slot * at:.2f}",
                f"{slot:.2f}",
                floor,
                f"{SCALE_SHARE + slot * (at + 0.24):.2f}",
                f"{floor - height:.1f}",
                f"{slot * 0.52:.2f}",
                f"{height:.1f}",
                dense,
                middle,
                f"{floor - height - 6:.1f}",
                formatting.compact_number(point.value),
            ),
        )
        yield format_html(
            '<text class="{}" aria-hidden="true" x="{}" y="{}" text-anchor="middle">{}</text>',
            dense,
            middle,
            COLUMNS_HEIGHT - 6,
            point.label,
        )


def _bars(chart: Chart) -> Iterator[SafeString]:
    highest = max((point.value for point in chart.points), default=0) or 1
    for at, point in enumerate(chart.points):
        top = at * ROW_HEIGHT + (ROW_HEIGHT - BAR_HEIGHT) / 2
        base = f"{top + 17:.0f}"
        share = formatting.percent(100 * point.value / chart.total) if chart.total else ""
        yield _link(
            point,
            format_html(
                '<rect class="hit" x="0" y="{}" width="100%" height="{}"/><text x="0" y="{}">{}</text>'
                '<rect class="fm" x="{}%" y="{}" width="{}%" height="{}" rx="3"/>'
                '<rect class="f1" x="{}%" y="{}" width="{}%" height="{}" rx="3"/>'
                '<text class="v" x="{}%" y="{}">{}</text><text x="100%" y="{}" text-anchor="end">{}</text>',
                at * ROW_HEIGHT,
                ROW_HEIGHT,
                base,
                point.label,
                TRACK_START,
                f"{top:.0f}",
                TRACK_SHARE,
                BAR_HEIGHT,
                TRACK_START,
                f"{top:.0f}",
                f"{TRACK_SHARE * point.value / highest:.2f}",
                BAR_HEIGHT,
                NUMBER_AT,
                base,
                formatting.number(point.value),
                base,
                share,
            ),
        )


def _link(point: Point, inside: SafeString) -> SafeString:
    words = point.words or _("%(label)s: %(value)s") % {"label": point.label, "value": _said(point.value)}
    if not point.url:
        return format_html('<g role="img" aria-label="{}">{}</g>', words, inside)
    return format_html('<a href="{}" aria-label="{}">{}</a>', point.url, words, inside)


def _said(value: int) -> str:
    return formatting.number(value)
