"""The columns of a list: which, in which order, how wide; from the declaration and the URL's `columns`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.encoding import force_str

from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import NUMERIC_KINDS, FieldKind
from autocrm.kernel.text import read_count
from autocrm.records.fields import Field
from autocrm.records.hops import find_hop, list_hops
from autocrm.records.listing import Sort
from autocrm.records.orders import ordered_by
from autocrm.records.schema import RecordSchema

_WIDTHS = {
    FieldKind.SELECT: 120,
    FieldKind.BOOLEAN: 88,
    FieldKind.NUMBER: 132,
    FieldKind.PERCENT: 104,
    FieldKind.CURRENCY: 152,
    FieldKind.DATE: 112,
    FieldKind.DATETIME: 120,
    FieldKind.EMAIL: 212,
    FieldKind.URL: 212,
    FieldKind.LONG_TEXT: 260,
}
MOST_PINS = 3
_KEY_WIDTH, _WIDTH, _LEAST, _MOST = 216, 168, 64, 800
_CORNERS = {
    "p-sub": frozenset({FieldKind.RELATION, FieldKind.TEXT}),
    "p-end": frozenset({FieldKind.DATE, FieldKind.CURRENCY}),
    "p-end2": frozenset({FieldKind.SELECT, FieldKind.USER, FieldKind.NUMBER}),
}
_QUIET = frozenset({FieldKind.PHONE, FieldKind.EMAIL, FieldKind.URL, FieldKind.TEXT})


@dataclass(frozen=True)
class Column:
    """One column. `css` says how it is set and which corner of a phone's two-line row it takes."""

    field: Field
    width: int
    css: str
    is_key: bool = False
    sortable: bool = False
    sorted: str = ""
    pin: int = 0

    @property
    def is_money(self) -> bool:
        """Whether the heading names the currency."""
        return self.field.kind is FieldKind.CURRENCY

    @property
    def head_css(self) -> str:
        """How the heading is set: it keeps the alignment and the place of its column, not its colour."""
        css = "key" if self.is_key else "num" if self.field.kind in NUMERIC_KINDS else ""
        return f"{css} {self.pin_css}".strip()

    @property
    def pin_css(self) -> str:
        """The place of a column that stays in sight beside the name."""
        return f"pin pin-{self.pin}" if self.pin else ""

    @property
    def label(self) -> str:
        """The heading."""
        return force_str(self.field.label)


def find_column(key: str, schema: RecordSchema) -> Field:
    """The field that a column shows, of the record or one hop away. Raises Invalid for an unknown or hidden one."""
    return find_hop(key, schema) if "." in key else schema.readable([key])[0]


def read_columns(text: str, schema: RecordSchema, sorts: Sequence[Sort], pins: int = 0) -> tuple[Column, ...]:
    """The columns that "name:240,company,company.sector" asks for, the type's own when it is empty.

    The first column of the declaration, the record's name, always stands first and in sight; the next `pins` stay in
    sight with it. Raises Invalid for a field that is unknown or hidden; of the type's own columns the hidden ones are
    left out.
    """
    record_type = schema.record_type
    key = record_type.list_columns[0]
    widths = dict(_read(part) for part in text.split(",") if part.strip())
    if widths:
        fields = [find_column(each, schema) for each in widths if each != key]
    else:
        fields = [field for each in record_type.list_columns[1:] if schema.can_read(field := record_type.by_key[each])]
    first = record_type.by_key[key]
    directions = {sort.field.key: "descending" if sort.descending else "ascending" for sort in sorts}
    corners = _phone_corners(fields)
    return (
        Column(
            first,
            widths.get(key) or _KEY_WIDTH,
            "key",
            is_key=True,
            sortable=first.sortable,
            sorted=directions.get(key, ""),
        ),
        *(
            Column(
                field,
                widths.get(field.key) or _WIDTHS.get(field.kind, _WIDTH),
                f"{_css(field)} {corners.get(field.key, '')}".strip(),
                sortable=ordered_by(field, schema) is not None,
                sorted=directions.get(field.key, ""),
                pin=at if at <= pins else 0,
            )
            for at, field in enumerate(fields, start=1)
        ),
    )


def list_choices(schema: RecordSchema, shown: Iterable[Column]) -> list[dict[str, object]]:
    """What the columns chooser offers: the shown ones in their order, then all others the actor may see."""
    on = [column.field for column in shown if not column.is_key]
    off = [
        field
        for field in schema.record_type.all_fields
        if schema.can_read(field) and field not in on and field.key != schema.record_type.list_columns[0]
    ]
    keys = {field.key for field in on}
    hops = [hop for hop in list_hops(schema) if hop.key not in keys]
    return [{"key": field.key, "label": field.label, "on": field.key in keys} for field in (*on, *off, *hops)]


def _read(part: str) -> tuple[str, int]:
    key, _colon, width = part.strip().partition(":")
    if width and not width.isascii():
        raise Invalid(fields={"columns": [width]})
    wished = read_count(width, most=_MOST)
    return key, 0 if wished is None else max(wished, _LEAST)


def _css(field: Field) -> str:
    if field.kind in NUMERIC_KINDS:
        return "num"
    if field.kind is FieldKind.DATETIME:
        return "mute"
    return "soft" if field.kind in _QUIET else ""


def _phone_corners(fields: Iterable[Field]) -> dict[str, str]:
    """Which columns a two-line row keeps: below the name, at the end, and below that."""
    found: dict[str, str] = {}
    fields = list(fields)
    for corner, kinds in _CORNERS.items():
        field = next((each for each in fields if each.kind in kinds and each.key not in found), None)
        if field is not None:
            found[field.key] = corner
    return found
