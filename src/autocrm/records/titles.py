"""What a record is called for somebody: by its name, and neutrally where the role hides what the name is made of."""

from typing import Any
from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.kernel.permissions import can_read_field
from autocrm.records.registry import RecordType


def title_for(record_type: RecordType, record: Any, actor: Actor) -> str:
    """What the record is called; where the role hides what its name is made of, only what it is."""
    if all(can_read_field(actor, record_type.key, key) for key in record_type.title_keys(record)):
        return record_type.title(record)
    return _neutral(record_type, record.pk)


def is_named(record_type: RecordType, actor: Actor) -> bool:
    """Whether the actor may know what records of the type are called, whichever it is."""
    keys = (*record_type.title_fields, *record_type.stand_ins)
    return all(can_read_field(actor, record_type.key, key) for key in keys)


def label_for(record_type: RecordType, record_id: UUID | None, label: str, actor: Actor) -> str:
    """A name that was written down when something happened, for somebody: what it was made of then is not known."""
    return label if is_named(record_type, actor) else _neutral(record_type, record_id)


def _neutral(record_type: RecordType, record_id: UUID | None) -> str:
    return f"{record_type.label} {str(record_id)[-6:]}"
