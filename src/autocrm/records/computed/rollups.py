"""Rollup fields: a figure over the records of another type whose relation leads here, as the database has them now.

Records in the bin do not count. Figures are exact: sums of whole units, an average rounded once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.sql import to_q
from autocrm.kernel.conditions.tree import fields_of, to_json
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import DATE_KINDS, NUMERIC_KINDS, TEXT_KINDS, FieldKind
from autocrm.kernel.formulas.arithmetic import EXACT
from autocrm.kernel.permissions import visible_filter
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.records.computed.names import stored, tenant_zone
from autocrm.records.custom_json import LARGEST_NUMBER
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType, record_types
from autocrm.records.schema import RecordSchema, condition_context
from autocrm.records.sql_values import value_expression

ROLLUP = "rollup"
COUNT, SUM, AVG, MIN, MAX, LATEST = "count", "sum", "avg", "min", "max", "latest"
# What each function takes; counting takes no field.
TAKES: Mapping[str, frozenset[FieldKind]] = {
    COUNT: frozenset(),
    SUM: NUMERIC_KINDS - {FieldKind.PERCENT},
    AVG: NUMERIC_KINDS,
    MIN: NUMERIC_KINDS | DATE_KINDS,
    MAX: NUMERIC_KINDS | DATE_KINDS,
    LATEST: NUMERIC_KINDS | DATE_KINDS | TEXT_KINDS - {FieldKind.LONG_TEXT} | {FieldKind.SELECT, FieldKind.BOOLEAN},
}
# Decimal places that an average has beyond those of what it is made of.
MORE_PLACES = 2
MOST_PLACES = 6
_PARENT, _VALUE = "rollup_parent", "rollup_value"


def read_rollup(record_type: RecordType, given: Mapping[str, Any], actor: Actor) -> tuple[dict[str, Any], FieldKind]:
    """The definition of a rollup field, checked: what is kept of it, and the kind of its result. Raises Invalid."""
    source = record_types.find(str(given.get("record_type") or ""))
    if source is None or visible_filter(actor, source.key):
        raise Invalid(fields={"record_type": [_("Choose what is looked at, of records that you may all see.")]})
    schema = RecordSchema(source, actor)
    relation = source.by_key.get(str(given.get("relation") or ""))
    if relation is None or relation not in relations_to(record_type, source) or not schema.can_read(relation):
        raise Invalid(fields={"relation": [_("Choose the field that leads to these records.")]})
    function = str(given.get("function") or "")
    if function not in TAKES:
        raise Invalid(fields={"function": [_("Choose what is worked out.")]})
    field = None if function == COUNT else _read_field(function, given.get("field"), schema)
    kept: dict[str, Any] = {"record_type": source.key, "relation": relation.key, "function": function}
    if field is not None:
        kept["field"] = field.key
    condition = _read_filter(given.get("filter"), schema)
    if condition:
        kept["filter"] = condition
    kind = FieldKind.NUMBER if field is None else _result_kind(field)
    if kind in NUMERIC_KINDS:
        kept["places"] = _places(function, field)
    return kept, kind


def relations_to(record_type: RecordType, source: RecordType) -> list[Field]:
    """The fields of `source` that lead to records of `record_type`."""
    return [each for each in source.all_fields if each.relation == record_type.key]


def fields_for(function: str, source: RecordType) -> list[Field]:
    """The fields of `source` that a function takes."""
    kinds = TAKES[function]
    return [each for each in source.all_fields if each.kind in kinds and not each.currency_path]


def _read_field(function: str, key: Any, schema: RecordSchema) -> Field:
    field = schema.record_type.by_key.get(str(key or ""))
    if field is None or not schema.can_read(field):
        raise Invalid(fields={"field": [_("Choose a field.")]})
    if field.kind not in TAKES[function]:
        raise Invalid(fields={"field": [_("This cannot be worked out of this kind of field.")]})
    if field.currency_path:
        raise Invalid(fields={"field": [_("These amounts may be in different currencies.")]})
    return field


def _read_filter(given: Any, schema: RecordSchema) -> Any:
    if not given:
        return None
    try:
        return to_json(parse(given, schema))
    except Invalid as error:
        said = [text for texts in error.fields.values() for text in texts]
        raise Invalid(fields={"filter": said}) from error


def _result_kind(field: Field) -> FieldKind:
    return FieldKind.TEXT if field.kind in {FieldKind.SELECT, *TEXT_KINDS} else field.kind


def _places(function: str, field: Field | None) -> int:
    if field is None:
        return 0
    more = MORE_PLACES if function == AVG and field.kind is not FieldKind.CURRENCY else 0
    return min(field.places + more, MOST_PLACES)


@dataclass(frozen=True)
class RollupPlan:
    """A rollup field that can be worked out. `watched` are the fields of the source that it looks at."""

    field: Field
    source: str
    relation: str
    function: str
    value: str
    condition: Mapping[str, Any] | None
    watched: frozenset[str]
    named: frozenset[str]

    @property
    def nothing(self) -> Any:
        """The stored value where there are no records: none of them are none, and come to nothing."""
        return 0 if self.function in {COUNT, SUM} else None


def plan_rollup(record_type: RecordType, field: Field) -> RollupPlan | None:
    """The plan of a rollup field; None when what it names is gone, and then its values stay as they are."""
    config = field.extra.get("config", {})
    source = record_types.find(config.get("record_type", ""))
    relation = source.by_key.get(config.get("relation", "")) if source else None
    value = config.get("field", "")
    if source is None or relation not in relations_to(record_type, source) or (value and value not in source.by_key):
        return None
    condition = config.get("filter")
    try:
        named = frozenset(fields_of(parse(condition, RecordSchema(source, _system())))) if condition else frozenset()
    except Invalid:
        return None
    keys = {config["relation"], *(name.partition(".")[0] for name in named)} | ({value} if value else set())
    return RollupPlan(
        field, source.key, config["relation"], config["function"], value, condition, frozenset(keys), named
    )


def _system() -> Actor:
    return replace(Actor.system(current_tenant_id()), zone=tenant_zone())


def work_out(plan: RollupPlan, ids: Iterable[UUID]) -> dict[UUID, Any]:
    """The stored values of a rollup for records, by their id; one query."""
    wanted = list(ids)
    found = _members(plan, wanted)
    values = _FUNCTIONS[plan.function](plan, found)
    return {each: values.get(each, plan.nothing) for each in wanted}


def count_members(plan: RollupPlan, ids: Iterable[UUID], *, most: int) -> int:
    """How many records of the source lead to these, counted up to `most`."""
    source = record_types.get(plan.source)
    parent = value_expression(source.by_key[plan.relation])
    found = source.rows().annotate(**{_PARENT: parent}).filter(**{f"{_PARENT}__in": list(ids)})
    return len(found.order_by().values_list("pk")[:most])


def _members(plan: RollupPlan, ids: list[UUID]) -> QuerySet[Any]:
    source = record_types.get(plan.source)
    found: QuerySet[Any] = source.rows().filter(archived_at__isnull=True)
    found = found.annotate(**{_PARENT: value_expression(source.by_key[plan.relation])})
    found = found.filter(**{f"{_PARENT}__in": ids})
    if plan.condition:
        actor = _system()
        schema = RecordSchema(source, actor)
        found = found.filter(to_q(parse(plan.condition, schema), schema, condition_context(actor)))
    if plan.value:
        found = found.annotate(**{_VALUE: value_expression(source.by_key[plan.value])})
    return found.order_by()


def _counted(_plan: RollupPlan, found: QuerySet[Any]) -> dict[UUID, Any]:
    return dict(found.values(_PARENT).annotate(figure=Count("pk")).values_list(_PARENT, "figure"))


def _summed(plan: RollupPlan, found: QuerySet[Any]) -> dict[UUID, Any]:
    rows = found.values(_PARENT).annotate(figure=Sum(_VALUE)).values_list(_PARENT, "figure")
    # Records of which none has a value come to nothing, too.
    return {parent: _whole(figure or 0) for parent, figure in rows}


def _averaged(plan: RollupPlan, found: QuerySet[Any]) -> dict[UUID, Any]:
    rows = found.values(_PARENT).annotate(figure=Sum(_VALUE), count=Count(_VALUE))
    shift = plan.field.places - record_types.get(plan.source).by_key[plan.value].places
    return {
        parent: _whole(_quotient(figure, count, shift))
        for parent, figure, count in rows.values_list(_PARENT, "figure", "count")
        if count
    }


def _quotient(figure: Any, count: int, shift: int) -> Decimal:
    exact = EXACT.divide(Decimal(figure).scaleb(shift, EXACT), Decimal(count))
    return exact.to_integral_value(ROUND_HALF_EVEN, EXACT)


def _whole(figure: Any) -> int | None:
    return None if figure is None or abs(figure) > LARGEST_NUMBER else int(figure)


def _extreme(choose: type[Min] | type[Max]) -> Callable[[RollupPlan, QuerySet[Any]], dict[UUID, Any]]:
    def extreme(_plan: RollupPlan, found: QuerySet[Any]) -> dict[UUID, Any]:
        return dict(found.values(_PARENT).annotate(figure=choose(_VALUE)).values_list(_PARENT, "figure"))

    return extreme


def _latest(plan: RollupPlan, found: QuerySet[Any]) -> dict[UUID, Any]:
    """The value of the newest record that has one."""
    source = record_types.get(plan.source).by_key[plan.value]
    given = found.filter(~Q(**{_VALUE: ""})) if source.kind in {FieldKind.SELECT, *TEXT_KINDS} else found
    given = given.filter(**{f"{_VALUE}__isnull": False})
    rows = given.order_by(_PARENT, "-created_at", "-pk").distinct(_PARENT).values_list(_PARENT, _VALUE)
    if source.kind is FieldKind.SELECT:
        return {parent: stored(plan.field, str(source.option_label(value))) for parent, value in rows}
    return {parent: stored(plan.field, value) if isinstance(value, str) else value for parent, value in rows}


_FUNCTIONS: Mapping[str, Callable[[RollupPlan, QuerySet[Any]], dict[UUID, Any]]] = {
    COUNT: _counted,
    SUM: _summed,
    AVG: _averaged,
    MIN: _extreme(Min),
    MAX: _extreme(Max),
    LATEST: _latest,
}
