"""The value of a field in SQL: the one place that knows where it stands, for conditions, order, groups and sums.

A column for declared fields, a column of the typed value table for indexed custom fields (joined when the expression
is used, once for a query however often it is), else a cast out of the record's `custom` JSON that is safe for whatever
stands there. To be used in filter, order_by, annotate and aggregate of a query on the records themselves.
"""

from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    DateField,
    DateTimeField,
    F,
    Func,
    IntegerField,
    JSONField,
    Model,
    Q,
    TextField,
    UUIDField,
    Value,
    When,
)
from django.db.models import Field as Column
from django.db.models.expressions import Col, Combinable, Expression
from django.db.models.functions import Collate
from django.db.models.lookups import Exact, LessThanOrEqual
from django.db.models.sql.constants import LOUTER
from django.db.models.sql.datastructures import Join
from django.db.models.sql.query import Query
from django.db.models.sql.where import WhereNode
from typing_extensions import override

from autocrm.kernel.conditions.folding import fold
from autocrm.kernel.conditions.schema import DEFAULT_STORAGE, Storage
from autocrm.kernel.field_kinds import TEXT_KINDS, FieldKind
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.records.custom_json import DATE_PATTERN, MOMENT_PATTERN, MOST_DIGITS, UUID_PATTERN
from autocrm.records.fields import Field
from autocrm.records.models import FieldValue

COLUMNS = {
    Storage.TEXT: "text",
    Storage.INTEGER: "number",
    Storage.DATE: "day",
    Storage.DATETIME: "moment",
    Storage.UUID: "reference",
    Storage.BOOLEAN: "flag",
}


def storage_of(field: Field) -> Storage:
    """The type in which the value of a field is compared."""
    return field.storage or DEFAULT_STORAGE[field.kind]


def value_expression(field: Field, prefix: str = "") -> Expression | F:
    """The value as it is stored, NULL (or the column's own) when empty; `prefix` leads to a related record."""
    if not field.custom:
        return F(prefix + field.attribute)
    # Texts stand in the value table in the form that is compared; as written they are in the JSON alone.
    if field.indexed and not prefix and field.kind not in TEXT_KINDS:
        return indexed_expression(field)
    return json_expression(field, prefix)


def has_value(field: Field, value: Any) -> Q:
    """The records whose field is exactly this stored value."""
    if not field.custom:
        return Q(**{field.attribute: value})
    return Q(Exact(value_expression(field), typed_place(field, value)))


def sort_expression(field: Field) -> Expression | F:
    """What lists are ordered by: for texts without their case. `sort_value` is the same in Python."""
    if not field.custom:
        return F(field.sort_path)
    if field.indexed:
        return indexed_expression(field)
    value = json_expression(field, "")
    if storage_of(field) is not Storage.TEXT:
        return value
    return Func(Collate(value, "C"), function="lower", output_field=TextField())


def sort_value(field: Field, record: Any) -> Any:
    """What `record` is ordered by, as `sort_expression` has it."""
    if not field.custom:
        return getattr(record, field.sort_path)
    value = field.read(record)
    if value is None or storage_of(field) is not Storage.TEXT:
        return value
    if field.indexed:
        return indexed_text(field, value)
    return value.translate(_ASCII_LOWER)


def indexed_text(field: Field, value: str) -> str:
    """A text as the typed value table keeps it: what people write in the form that conditions compare."""
    return fold(value) if field.kind in TEXT_KINDS else value


def typed_place(field: Field, value: Any) -> Value:
    """A value to be compared with an expression of the field."""
    return Value(value, output_field=_OUTPUT[storage_of(field)])


def indexed_expression(field: Field) -> Expression:
    """The column of the typed value table."""
    return _IndexedValue(custom_id(field), COLUMNS[storage_of(field)])


def custom_id(field: Field) -> UUID:
    """The id by which the typed value table knows a custom field."""
    if field.custom_id is None:
        raise ValueError(f"{field.key} is no custom field")
    return field.custom_id


def json_expression(field: Field, prefix: str) -> Expression | F:
    """The value out of the record's JSON; what is no value of the field's kind is NULL, and nothing ever raises."""
    inside = (F(f"{prefix}custom"), Value(field.key))
    kind = Func(_Part(*inside), function="jsonb_typeof", output_field=TextField())
    text = _PartAsText(*inside)
    if field.kind is FieldKind.MULTI_SELECT:
        return _where(Q(Exact(kind, Value("array"))), _Texts(_Part(*inside)), ArrayField(TextField()))
    storage = storage_of(field)
    if storage is Storage.TEXT:
        is_text = Q(Exact(kind, Value("string"))) & ~Q(Exact(text, Value("")))
        return _where(is_text, text, TextField())
    if storage is Storage.BOOLEAN:
        return _where(Q(Exact(kind, Value("boolean"))), _cast(text, "boolean", BooleanField()), BooleanField())
    if storage is Storage.INTEGER:
        is_number = Q(Exact(kind, Value("number"))) & _is_whole(text)
        return _where(is_number, _cast(text, "bigint", BigIntegerField()), BigIntegerField())
    pattern, sql_type, column = _CASTS[storage]
    fits = Q(Exact(kind, Value("string"))) & Q(_Matches(text, Value(pattern)))
    return _where(fits, _cast(text, sql_type, column), column)


def _is_whole(text: Combinable) -> Q:
    """Whether the text of a JSON number has no fraction and few enough digits; a pattern would cost far more."""
    point = Func(text, Value("."), function="strpos", output_field=IntegerField())
    digits = Func(Func(text, Value("-"), function="ltrim"), function="length", output_field=IntegerField())
    return Q(Exact(point, Value(0))) & Q(LessThanOrEqual(digits, Value(MOST_DIGITS)))


def _where(condition: Q, value: Combinable, column: "Column[Any, Any]") -> Case:
    """Only a CASE promises that the cast is not tried where the condition does not hold."""
    return Case(When(condition, then=value), default=None, output_field=column)


def _cast(text: Combinable, sql_type: str, column: "Column[Any, Any]") -> Func:
    return Func(text, template=f"(%(expressions)s)::{sql_type}", output_field=column)


_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_OUTPUT: "dict[Storage, Column[Any, Any]]" = {
    Storage.TEXT: TextField(),
    Storage.INTEGER: BigIntegerField(),
    Storage.DATE: DateField(),
    Storage.DATETIME: DateTimeField(),
    Storage.UUID: UUIDField(),
    Storage.BOOLEAN: BooleanField(),
}
_CASTS: "dict[Storage, tuple[str, str, Column[Any, Any]]]" = {
    Storage.DATE: (DATE_PATTERN, "date", DateField()),
    Storage.DATETIME: (MOMENT_PATTERN, "timestamptz", DateTimeField()),
    Storage.UUID: (UUID_PATTERN, "uuid", UUIDField()),
}


class _Part(Func):
    """What stands under a key of a JSON object."""

    template = "(%(expressions)s::text)"
    arg_joiner = " -> "
    output_field = JSONField()


class _PartAsText(Func):
    """The same as text."""

    template = "(%(expressions)s::text)"
    arg_joiner = " ->> "
    output_field = TextField()


class _Matches(Func):
    template = "(%(expressions)s)"
    arg_joiner = " ~ "
    output_field = BooleanField()


class _Texts(Func):
    """The texts of a JSON array, as an array; NULL when there are none."""

    template = (
        "NULLIF(ARRAY(SELECT e.v #>> '{}' FROM jsonb_array_elements(%(expressions)s) AS e(v)"
        " WHERE jsonb_typeof(e.v) = 'string'), '{}')"
    )
    output_field = ArrayField(TextField())


class _IndexedValue(Expression):
    """A column of the typed value table for one field. Joined when the query resolves it; an empty value is NULL."""

    def __init__(self, field_id: UUID, column: str) -> None:
        super().__init__(output_field=_value_column(column))
        self.field_id, self.column = field_id, column

    @override
    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        whole: Query = query
        by: Any = _ValueOf(whole.model, self.field_id)
        alias = whole.join(Join(FieldValue._meta.db_table, whole.get_initial_alias(), None, LOUTER, by, nullable=True))
        return Col(alias, _value_column(self.column))


class _ValueOf:
    """How a record is joined with its value of one field; equal for equal fields, so that a query joins it once."""

    # Asked for when a query with such a join becomes part of another one.
    related_model = FieldValue

    def __init__(self, model: type[Model] | None, field_id: UUID) -> None:
        self.model, self.field_id = model, field_id

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ValueOf) and (self.model, self.field_id) == (other.model, other.field_id)

    @override
    def __hash__(self) -> int:
        return hash(self.field_id)

    def get_joining_fields(self) -> Any:
        """The id of the record on both sides."""
        assert self.model is not None  # noqa: S101 - a query on records has a model
        return ((self.model._meta.pk, _value_column("record_id")),)

    def get_extra_restriction(self, alias: str, _related_alias: str) -> WhereNode:
        """The field, and the tenant by name: the index begins with it."""
        restrictions: list[Any] = [
            Exact(Col(alias, _value_column("tenant_id")), Value(current_tenant_id())),
            Exact(Col(alias, _value_column("field_id")), Value(self.field_id, output_field=UUIDField())),
        ]
        return WhereNode(restrictions)


def _value_column(name: str) -> "Column[Any, Any]":
    column: Any = FieldValue._meta.get_field(name)
    typed: Column[Any, Any] = column
    return typed
