"""Who may see a value that is made of others: whoever may see all of these, of every record it may be made of.

A formula tells of each field it names; over a relation also of records that may be closed to the reader, so he must
be able to read all of that type. A rollup tells of all records of its source, whoever owns them. For everybody else
the field is hidden, as if his role hid it: on pages, in the API, in filters, order, groups, exports, search.
"""

from autocrm.kernel.actors import Actor
from autocrm.kernel.permissions import bind_inputs, can_read_field, visible_filter
from autocrm.records.computed.plans import plans
from autocrm.records.registry import record_types


def may_read_inputs(actor: Actor, record_type: str, field: str) -> bool:
    """Whether the actor may see what a field is made of; of a field that is gone, no."""
    looks_at = plans().inputs.get((record_type, field))
    if looks_at is None:
        return _may_read_parts(actor, record_type, field)
    others = {kind for kind, _key in looks_at if kind != record_type} | _whole(record_type, field)
    if any(visible_filter(actor, kind) for kind in others):
        return False
    return all(can_read_field(actor, kind, key) for kind, key in looks_at)


def _may_read_parts(actor: Actor, record_type: str, field: str) -> bool:
    """Of a field that is not computed: whether it is there at all, and what it is made of may be seen.

    What the journal or a kept view says of a field that is gone was perhaps hidden, and no role remembers it.
    """
    kind = record_types.find(record_type)
    if kind is None:
        return True
    found = kind.by_key.get(field)
    return found is not None and all(can_read_field(actor, record_type, each) for each in found.made_of)


def _whole(record_type: str, field: str) -> set[str]:
    """The reader's own type, when the value is made of other records of it: a company's of its parts."""
    plan = plans().by_type[record_type]
    over = any(record_type == watch.record_type and field == watch.field for watch in plan.formulas_over)
    of = any(record_type == watch.record_type and field == watch.field for watch in plan.rollups_of)
    return {record_type} if over or of else set()


def bind_rights() -> None:
    """Let every question for a field's right ask here too; called once, by `wiring`."""
    bind_inputs(may_read_inputs)
