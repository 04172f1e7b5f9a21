"""Deleting an own object for good: what would be lost, the decision, and the job that carries it out.

The decision takes the object and the relations to it out of the product at once; its key and address stay taken until
the job has removed the last trace, so that nothing of the old meets a new object of the same name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict, Invalid, Text
from autocrm.kernel.jobs import JobRun
from autocrm.kernel.normalise import name_key
from autocrm.kernel.permissions import authorize
from autocrm.kernel.tenancy import current_database
from autocrm.records import events
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import objects as custom_objects
from autocrm.records.custom.definitions import COMPUTED
from autocrm.records.custom.shelved import find_type_of
from autocrm.records.custom.upkeep import computed_of
from autocrm.records.duplicate_models import (
    DuplicatePair,
    DuplicateScan,
    MatchKey,
    MergedRecord,
    MergeOperation,
    NotDuplicate,
)
from autocrm.records.erasing import erase_records
from autocrm.records.keepers import all_keepers
from autocrm.records.models import CustomField, CustomObject, FieldValue, SearchRow
from autocrm.records.pass_models import DataModelPass
from autocrm.records.passes import EVERYBODY_KNOWS, Reason, begin_pass, carry_out, finish_pass, go_over
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.registry import record_types
from autocrm.records.view_models import SavedView, ViewDefault
from autocrm.tenants.services import stamp_data_model
from autocrm.users.services.roles import forget_record_type

CLEAR_JOB = "records.clear_object"
CHUNK = 500
# What records keeps about a type beside its records; pins and defaults go with their view.
_KEPT: tuple[type[Model], ...] = (
    SavedView,
    ViewDefault,
    DuplicateScan,
    DuplicatePair,
    NotDuplicate,
    MergedRecord,
    MergeOperation,
    SearchRow,
    MatchKey,
    FieldValue,
    CustomField,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that goes with an object, and how much of it there is."""

    key: str
    label: Text
    count: int


@dataclass(frozen=True, slots=True)
class ObjectLoss:
    """What would go with an object. `relations` are the fields of other types that lead to it, in words."""

    records: int
    relations: tuple[str, ...]
    related: int
    others: tuple[Kept, ...]

    def as_data(self) -> dict[str, int]:
        """The numbers by what they count."""
        return {
            "records": self.records,
            "relations": len(self.relations),
            "related": self.related,
            **{each.key: each.count for each in self.others},
        }


def object_loss(made: CustomObject, *, actor: Actor) -> ObjectLoss:
    """What would be lost with an object, as things stand now. Raises Denied."""
    authorize(actor, MANAGE_DATA_MODEL)
    leading = _leading_to(made)
    own = CustomField.objects.filter(record_type=made.key, deleted_at__isnull=True).count()
    views = SavedView.objects.filter(record_type=made.key).count()
    kept = [Kept("fields", _("own fields"), own), Kept("views", _("saved views"), views)]
    kept += [Kept(each.key, each.label, each.count(made.key)) for each in all_keepers()]
    return ObjectLoss(
        records=custom_objects.count_records(made, actor=actor),
        relations=tuple(f"{_type_label(row)}: {row.label}" for row in leading),
        related=sum(custom_fields.count_values(row, actor=actor) for row in leading),
        others=tuple(kept),
    )


@transaction.atomic
def delete_object(object_id: object, *, name: str, expected: int, actor: Actor) -> ObjectLoss:
    """Delete an object with all its records and everything about them, for good; a job does the work.

    `name` is the object's plural, typed by whoever decides, `expected` the number of records he was told. Relations of
    other types to it are deleted as well. Journal: object.deleted with the numbers, field.deleted for each relation,
    record.deleted for each record. Raises Denied, NotFound, Invalid at `name`, and Conflict when more records are there
    by now, or where computed fields of other types are made of it.
    """
    authorize(actor, MANAGE_DATA_MODEL)
    made = custom_objects.lock_object(object_id)
    if name_key(name) != name_key(made.label_plural):
        raise Invalid(fields={"name": [_("Type “%(name)s” to delete it.") % {"name": made.label_plural}]})
    leading = _leading_to(made)
    if reason := why_kept(made):
        raise Conflict(reason, code="object_is_used")
    loss = object_loss(made, actor=actor)
    if loss.records > expected:
        message = _("There are more records by now; look again at what would be lost.")
        raise Conflict(message, code="more_is_lost", details=loss.as_data())
    made.deleted_at = now()
    made.archived_at = made.archived_at or made.deleted_at
    made.save(update_fields=["deleted_at", "archived_at"])
    # From here on its own formulas and rollups are gone, so they keep no relation.
    stamp_data_model()
    for row in leading:
        custom_fields.remove_field(row, actor=actor)
    begin_pass(
        CLEAR_JOB,
        Reason.OBJECT,
        made.key,
        made.label_plural,
        subject_id=made.id,
        user_id=actor.user_id,
        run_at=now() + EVERYBODY_KNOWS,
    )
    data = {"key": made.key, **loss.as_data()}
    journal.write(events.OBJECT_DELETED, record_id=made.id, record_label=made.label, data=data, actor=actor)
    return loss


def clear_object(run: JobRun) -> Mapping[str, Any]:
    """The handler of CLEAR_JOB: the records, some at a time, then all that was kept about them, then the object."""
    return carry_out(run, _clear)


def _clear(run: JobRun, made: DataModelPass) -> dict[str, Any]:
    actor = Actor.system(run.tenant_id, "data model")
    with transaction.atomic(using=current_database()):
        record_type = find_type_of(made.record_type)
        doomed = CustomObject.objects.filter(pk=made.subject_id or made.pk, deleted_at__isnull=False).first()
    if record_type is None or doomed is None:
        finish_pass(made.pk)
        return {"state": "gone"}

    def erase(rows: Sequence[Any]) -> int:
        erase_records(record_type, rows, data={"object": str(doomed.id), "quiet": True}, actor=actor)
        return len(rows)

    while True:
        done = go_over(run, made.pk, record_type.rows, erase, size=CHUNK)
        if done is None:
            return {"state": "stopped"}
        with transaction.atomic(using=current_database()):
            if not record_type.rows().exists():
                _forget(doomed, actor)
                finish_pass(made.pk)
                return {"state": "deleted", "records": done.changed}
            # Somebody who did not know yet has made one meanwhile, with an id that may be below the last.
            DataModelPass.objects.filter(pk=made.pk).update(last_id=None)


def _forget(doomed: CustomObject, actor: Actor) -> None:
    """The last traces, in the caller's transaction; from then on its key and address are free."""
    for model in _KEPT:
        model._default_manager.filter(record_type=doomed.key).delete()
    for keeper in all_keepers():
        keeper.forget(doomed.key)
    forget_record_type(doomed.key, actor=actor)
    CustomObject.objects.filter(pk=doomed.pk).delete()
    stamp_data_model()


def _leading_to(made: CustomObject) -> list[CustomField]:
    """The fields of other types that lead to the object's records, archived ones as well."""
    found = CustomField.objects.filter(relation=made.key, deleted_at__isnull=True).exclude(record_type=made.key)
    return list(found.order_by("record_type", "position", "id"))


def _type_label(row: CustomField) -> str:
    found = find_type_of(row.record_type)
    return row.record_type if found is None else force_str(found.label_plural)


def why_kept(made: CustomObject) -> Text:
    """Why an object cannot be deleted: computed fields of other types are made of it. Empty where it can."""
    leading = _leading_to(made)
    elsewhere = CustomField.objects.filter(kind__in=COMPUTED, deleted_at__isnull=True).exclude(record_type=made.key)
    counting = [row for row in elsewhere if row.config.get("record_type") == made.key]
    used = {place for row in leading for place in computed_of(row) if place[0] != made.key}
    names = [f"{_type_label(row)}: {row.label}" for row in counting]
    for kind, key in sorted(used):
        record_type = record_types.get(kind)
        names.append(f"{force_str(record_type.label_plural)}: {force_str(record_type.by_key[key].label)}")
    if not names:
        return ""
    message = _("“%(label)s” is part of: %(fields)s. Change or remove these first.")
    return message % {"label": made.label_plural, "fields": ", ".join(dict.fromkeys(names))}
