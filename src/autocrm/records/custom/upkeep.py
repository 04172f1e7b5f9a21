"""What a change of a custom field means for others: those made of it, typed values, passes in the background, journal.

For the services of the data model, within their transactions; they have asked who may.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.computed.plans import Place, plans, users_of
from autocrm.records.models import CustomField
from autocrm.records.passes import EVERYBODY_KNOWS, Reason, begin_pass
from autocrm.records.registry import record_types

FILL_JOB = "records.fill_custom_field"


def computed_of(field: CustomField) -> list[Place]:
    """The computed fields that are made of this one, as (type, key)."""
    return users_of((field.record_type, field.key))


def refuse_used(field: CustomField) -> None:
    """What computed fields are made of stays until they are gone. Raises Conflict that names them."""
    found = [_named(place) for place in computed_of(field)]
    if found:
        message = _("“%(label)s” is part of: %(fields)s. Change or remove these first.")
        words = {"label": field.label, "fields": ", ".join(found)}
        raise Conflict(message % words, code="field_is_used")


def refuse_broken(field: CustomField, made_of_it: Iterable[Place]) -> None:
    """What computed fields are made of may not change so that they mean nothing. To be asked once it is saved.

    `made_of_it` are those that were worked out before. Raises Invalid that names the ones that no longer can be.
    """
    known = plans().inputs
    found = [_named(place) for place in made_of_it if place not in known]
    if found:
        message = _("This could not be worked out any more: %(fields)s. Change or remove these first.")
        raise Invalid(fields={"options" if field.options else "": [message % {"fields": ", ".join(found)}]})


def _named(place: Place) -> str:
    return str(record_types.get(place[0]).by_key[place[1]].label)


def is_typed(field: CustomField) -> bool:
    """Whether the values belong into the typed value table: asked for, or needed to find records by a relation."""
    kind = field.result_kind or field.kind
    return field.indexed or field.unique or kind == FieldKind.RELATION


def begin_typed(field: CustomField, *, off: bool = False, actor: Actor) -> None:
    """Begin to fill the typed value table, or to empty it; a job does the work and says when it is done."""
    wanted = is_typed(field) and not off
    if not wanted and field.typed == CustomField.Typed.OFF:
        return
    field.typed = CustomField.Typed.FILLING if wanted else CustomField.Typed.OFF
    later(FILL_JOB, Reason.FILL if wanted else Reason.EMPTY, field, actor=actor)


def later(job: str, reason: str, field: CustomField, *, actor: Actor) -> None:
    """Have a job look after the field when every process knows of the change; the actor sees it in the tray."""
    # The row is what tells the job what to do; two wishes in a row are one job each, and both find the last state.
    begin_pass(
        job,
        reason,
        field.record_type,
        field.label,
        subject_id=field.id,
        user_id=actor.user_id,
        run_at=now() + EVERYBODY_KNOWS,
    )


def write_journal(kind: str, field: CustomField, changes: Mapping[str, list[Any]], actor: Actor, **data: Any) -> None:
    """Say in the journal what was done to a field."""
    said = {"record_type": field.record_type, "key": field.key, "kind": field.kind, **data}
    journal.write(kind, record_id=field.id, record_label=field.label, changes=dict(changes), data=said, actor=actor)
