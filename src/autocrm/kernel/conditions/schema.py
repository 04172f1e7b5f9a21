"""What a record type declares about its fields, so that a condition may name them.

Responsibilities: the contract between `records` (implements `FieldSchema`) and the two compilers. Everything that
reaches the ORM - paths, expressions, related rows - comes from here and never from a caller.

So that an index serves under row-level security, declare: money as bigint minor units; a normalised column for text
that is filtered often; `through` rows for typed custom field values. See docs/adr/0004.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol

from django.db.models import Model, QuerySet
from django.db.models.expressions import Combinable

from autocrm.kernel.conditions.context import Row
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import FieldKind


class Storage(StrEnum):
    """The type of the column; the compilers compare in exactly this type."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    UUID = "uuid"


DEFAULT_STORAGE: Mapping[FieldKind, Storage] = MappingProxyType(
    {
        FieldKind.TEXT: Storage.TEXT,
        FieldKind.LONG_TEXT: Storage.TEXT,
        FieldKind.EMAIL: Storage.TEXT,
        FieldKind.PHONE: Storage.TEXT,
        FieldKind.URL: Storage.TEXT,
        FieldKind.NUMBER: Storage.DECIMAL,
        FieldKind.PERCENT: Storage.DECIMAL,
        FieldKind.CURRENCY: Storage.INTEGER,
        FieldKind.DATE: Storage.DATE,
        FieldKind.DATETIME: Storage.DATETIME,
        FieldKind.BOOLEAN: Storage.BOOLEAN,
        FieldKind.SELECT: Storage.TEXT,
        FieldKind.MULTI_SELECT: Storage.TEXT,
        FieldKind.USER: Storage.UUID,
        FieldKind.RELATION: Storage.UUID,
    }
)


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select. A retired option may stand in old conditions but is no longer offered."""

    value: str
    label: Text
    active: bool = True


@dataclass(frozen=True, slots=True)
class RelatedRows:
    """Values that live in rows of their own: tags, or a typed value table for custom fields.

    `rows` is called while compiling (so inside a tenant) and is already narrowed to the field; `link` is the column
    that names the record, `outer` what it is compared with on the record; `value` (and `normalised`) hold the value.
    """

    rows: Callable[[], QuerySet[Model]]
    link: str
    value: str
    normalised: str = ""
    outer: str = "pk"


@dataclass(frozen=True, kw_only=True)
class ConditionField:
    """One field a condition may name.

    `path`             ORM path of the column, as declared by the record type.
    `normalised_path`  column that keeps `normalise(value)` ("" keeps plain text); text is compared there.
    `decimal_places`   scale of an INTEGER column (amount in minor units; default 2 for currency, else 0).
    `currency`         fixed currency of the column; None is the base currency of the tenant.
    `options`          the choices of a select; None accepts any text.
    `is_choice`        whether a text is one of the choices, where these are too many to be listed.
    `array`            a PostgreSQL array column (multi select).
    `through`          the value lives in related rows instead of a column.
    `expression`       SQL for a value without a column; called with the path prefix ("" or "company__").
    `normalised_expression` the same for `normalise(value)`, where that stands in no column of the record.
    `getter`           reads the value from a row in Python; default: by id from a mapping, by path from an object.
    `related`          the fields of the record a relation leads to; `related_path` is the ORM prefix to it.
    `value_label`      says a stored value in words (the name of a user or a related record) for `describe`.
    """

    id: str
    label: Text
    kind: FieldKind
    path: str = ""
    nullable: bool = True
    readable: bool = True
    storage: Storage | None = None
    decimal_places: int | None = None
    currency: str | None = None
    options: tuple[Option, ...] | None = None
    is_choice: Callable[[str], bool] | None = None
    normalised_path: str = ""
    normalise: Callable[[str], str] | None = None
    array: bool = False
    through: RelatedRows | None = None
    expression: Callable[[str], Combinable] | None = None
    normalised_expression: Callable[[str], Combinable] | None = None
    getter: Callable[[Row], Any] | None = None
    related: "FieldSchema | None" = None
    related_path: str = ""
    value_label: Callable[[Any], str] | None = None

    def __post_init__(self) -> None:
        if not (self.path or self.through or self.expression):
            raise ValueError(f"field {self.id} has no path, related rows or expression")
        key = self.normalised_path or self.normalised_expression or (self.through.normalised if self.through else "")
        if bool(key) != bool(self.normalise):
            raise ValueError(f"field {self.id}: a normalised column and `normalise` go together")
        if self.kind is FieldKind.MULTI_SELECT and not (self.array or self.through):
            raise ValueError(f"field {self.id}: several choices are an array or related rows")

    @property
    def stored_as(self) -> Storage:
        """The type of the column, by default that of the kind."""
        return self.storage or DEFAULT_STORAGE[self.kind]

    @property
    def places(self) -> int:
        """Decimal places an INTEGER column carries."""
        if self.decimal_places is not None:
            return self.decimal_places
        return 2 if self.kind is FieldKind.CURRENCY else 0

    @property
    def prefix_to_related(self) -> str:
        """ORM prefix that leads from the record to the related one, as "company__"."""
        return f"{self.related_path or self.path.removesuffix('_id')}__"


class FieldSchema(Protocol):
    """The fields of one record type, as one actor may see them."""

    def get(self, field_id: str) -> ConditionField | None:
        """The field with this id, or None."""

    def fields(self) -> Iterable[ConditionField]:
        """Every field, in the order to offer them."""


@dataclass(frozen=True)
class BoundField:
    """A field as reached from the record: directly, or over the relation `hop`."""

    field: ConditionField
    hop: ConditionField | None = None

    @property
    def id(self) -> str:
        return f"{self.hop.id}.{self.field.id}" if self.hop else self.field.id

    @property
    def prefix(self) -> str:
        return self.hop.prefix_to_related if self.hop else ""

    @property
    def label(self) -> str:
        """The label in words, with the relation in front: "Company: Sector"."""
        return f"{self.hop.label}: {self.field.label}" if self.hop else str(self.field.label)


def find_field(schema: FieldSchema, field_id: str) -> BoundField | None:
    """The readable field called `field_id` ("sector" or "company.sector"); None hides the unreadable as unknown."""
    direct = schema.get(field_id)
    if direct is not None:
        return BoundField(direct) if direct.readable else None
    head, dot, tail = field_id.partition(".")
    hop = schema.get(head) if dot else None
    if hop is None or not hop.readable or hop.related is None or "." in tail:
        return None
    field = hop.related.get(tail)
    return BoundField(field, hop) if field is not None and field.readable else None
