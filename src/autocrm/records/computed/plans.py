"""All computed fields of a tenant: in which order they are worked out, what each looks at, whom a change concerns.

Made once for each state of the tenant's data model. A field that names something that is gone, or stands in a circle,
has no plan: its values stay as they are until it is mended.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

from django.utils.translation import gettext as _

from autocrm.kernel.errors import Invalid
from autocrm.kernel.tenancy import find_tenant_id
from autocrm.records.computed.formulas import FORMULA, FormulaPlan, plan_formula
from autocrm.records.computed.rollups import ROLLUP, RollupPlan, plan_rollup
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType, record_types
from autocrm.tenants.selectors import find_tenant

MOST_KEPT = 2_000

# A field of a record type: (type, field).
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Watch:
    """Records of `record_type` look at ours: a formula over its `relation`, or a rollup over our field `relation`."""

    record_type: str
    relation: str
    field: str
    watched: frozenset[str]


@dataclass
class TypePlan:
    """The computed fields of one type, and which fields elsewhere look at its records."""

    formulas: tuple[FormulaPlan, ...] = ()
    rollups: tuple[RollupPlan, ...] = ()
    formulas_over: list[Watch] = field(default_factory=list)
    rollups_of: list[Watch] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        """All computed fields."""
        return [*(each.field.key for each in self.rollups), *(each.field.key for each in self.formulas)]

    @property
    def hops(self) -> dict[str, frozenset[str]]:
        """The relations that formulas follow, with what they read there."""
        found: dict[str, frozenset[str]] = {}
        for each in self.formulas:
            for relation, keys in each.over.items():
                found[relation] = found.get(relation, frozenset()) | keys
        return found

    @property
    def watched(self) -> frozenset[str]:
        """The fields whose change means something to any computed field, here or elsewhere."""
        found = {key for each in self.formulas for key in each.own}
        found |= {key for each in (*self.formulas_over, *self.rollups_of) for key in each.watched}
        return frozenset(found)


@dataclass
class Plans:
    """Of a whole tenant. `inputs` are what the value of each computed field tells something of."""

    by_type: dict[str, TypePlan] = field(default_factory=dict)
    inputs: dict[Place, frozenset[Place]] = field(default_factory=dict)


NOTHING = Plans()
NO_PLAN = TypePlan()
_kept: dict[int, tuple[str, Plans]] = {}
_lock = Lock()


def plans() -> Plans:
    """The plans of the tenant in force; none where nobody made a field."""
    tenant_id = find_tenant_id()
    tenant = None if tenant_id is None else find_tenant(tenant_id)
    if tenant is None or not tenant.data_model:
        return NOTHING
    kept = _kept.get(tenant.id)
    if kept is not None and kept[0] == tenant.data_model:
        return kept[1]
    made = _make(list(record_types))
    with _lock:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[tenant.id] = tenant.data_model, made
    return made


def plan_of(record_type: RecordType) -> TypePlan:
    """The plan of one type."""
    return plans().by_type.get(record_type.key, NO_PLAN)


def _make(types: Sequence[RecordType]) -> Plans:
    formulas: dict[Place, FormulaPlan] = {}
    rollups: dict[Place, RollupPlan] = {}
    for record_type in types:
        for each in record_type.fields:
            place = record_type.key, each.key
            if each.computed == FORMULA and (formula := plan_formula(record_type, each)):
                formulas[place] = formula
            elif each.computed == ROLLUP and (rollup := plan_rollup(record_type, each)):
                rollups[place] = rollup
    if not formulas and not rollups:
        return NOTHING
    inputs = {place: formula_inputs(record_types.get(place[0]), plan) for place, plan in formulas.items()}
    inputs |= {place: rollup_inputs(plan) for place, plan in rollups.items()}
    order = in_order(inputs)
    made = Plans({each.key: TypePlan() for each in types}, inputs)
    for place in order:
        own = made.by_type[place[0]]
        if place in formulas:
            own.formulas = (*own.formulas, formulas[place])
            _watch_over(made, place, formulas[place])
        else:
            own.rollups = (*own.rollups, rollups[place])
            _watch_members(made, place, rollups[place])
    return made


def _watch_over(made: Plans, place: Place, plan: FormulaPlan) -> None:
    for relation, keys in plan.over.items():
        target = record_types.get(place[0]).by_key[relation].relation
        made.by_type[target].formulas_over.append(Watch(place[0], relation, place[1], keys))


def _watch_members(made: Plans, place: Place, plan: RollupPlan) -> None:
    made.by_type[plan.source].rollups_of.append(Watch(place[0], plan.relation, place[1], plan.watched))


def formula_inputs(record_type: RecordType, plan: FormulaPlan) -> frozenset[Place]:
    """The fields that a formula looks at."""
    own = {(record_type.key, key) for key in plan.own}
    over = {(record_type.by_key[relation].relation, key) for relation, keys in plan.over.items() for key in keys}
    return frozenset(own | over)


def rollup_inputs(plan: RollupPlan) -> frozenset[Place]:
    """The fields that a rollup looks at."""
    source = record_types.get(plan.source)
    over = set()
    for name in plan.named:
        head, dot, tail = name.partition(".")
        if dot:
            over.add((source.by_key[head].relation, tail))
    return frozenset({(plan.source, key) for key in plan.watched} | over)


def in_order(inputs: Mapping[Place, frozenset[Place]]) -> list[Place]:
    """The computed fields so that each comes after those it looks at; what stands in a circle is left out."""
    order: list[Place] = []
    waiting = dict(inputs)
    while waiting:
        ready = sorted(place for place, looks_at in waiting.items() if not looks_at & waiting.keys())
        if not ready:
            break
        order += ready
        for place in ready:
            del waiting[place]
    return order


def refuse_circle(record_type: RecordType, key: str, made: Field) -> None:
    """A field may not look at itself, not even through others. Raises Invalid that names the way."""
    plan = plan_formula(record_type, made) if made.computed == FORMULA else None
    rollup = plan_rollup(record_type, made) if made.computed == ROLLUP else None
    looks_at = formula_inputs(record_type, plan) if plan else rollup_inputs(rollup) if rollup else frozenset()
    start = record_type.key, key
    way = _way(start, looks_at, plans().inputs)
    if way:
        words = " → ".join(_label(place) for place in (start, *way))
        message = _("The value would depend on itself: %(way)s") % {"way": words}
        raise Invalid(fields={"formula" if plan else "field": [message]})


def _way(goal: Place, begin: Iterable[Place], inputs: Mapping[Place, frozenset[Place]]) -> list[Place]:
    """The steps from `begin` to `goal`, or none."""
    came: dict[Place, Place | None] = dict.fromkeys(sorted(begin))
    waiting = list(came)
    while waiting:
        place = waiting.pop(0)
        if place == goal:
            way: list[Place] = []
            step: Place | None = place
            while step is not None:
                way.insert(0, step)
                step = came[step]
            return way
        for following in sorted(inputs.get(place, ())):
            if following not in came:
                came[following] = place
                waiting.append(following)
    return []


def _label(place: Place) -> str:
    record_type = record_types.find(place[0])
    found = record_type.by_key.get(place[1]) if record_type else None
    return f"{record_type.label}: {found.label}" if record_type and found else place[1]


def users_of(place: Place) -> list[Place]:
    """The computed fields that look at a field, directly."""
    return sorted(each for each, looks_at in plans().inputs.items() if place in looks_at)
