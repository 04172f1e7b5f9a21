"""All records of a type worked out anew, chunk by chunk: a field was defined, a day began, somebody asked.

Each chunk and how far it got are one transaction, so a pass goes on where it stopped. What changes meanwhile is worked
out by its own write; a second look changes nothing, so passes may overlap.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.encoding import force_str

from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.jobs import JobRun
from autocrm.kernel.permissions import authorize
from autocrm.kernel.tenancy import current_database
from autocrm.records.computed.names import tenant_zone
from autocrm.records.computed.plans import plan_of, plans
from autocrm.records.computed.spreading import has_many_members, looking_at, recalculate, refresh
from autocrm.records.pass_models import DataModelPass
from autocrm.records.passes import EVERYBODY_KNOWS, Reason, begin_pass, carry_out, finish_pass, go_over
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.registry import RecordType, record_types
from autocrm.records.selectors import with_references

ALL_JOB = "records.recalculate_all"
CHUNK = 500
# What a definition may keep a person waiting for; more goes into the background.
MOST_AT_ONCE, MOST_MEMBERS = 2_000, 20_000
# How many records named one by one are worked out in a transaction.
SOME = 200


def begin_defined(record_type_key: str, label: str, *, actor: Actor) -> None:
    """Work out all records of a type because one of its fields was defined or changed. The caller has asked for rights.

    Few records are done at once, in the caller's transaction; a job goes over all of them when every process knows.
    """
    record_type = record_types.find(record_type_key)
    if record_type is None:
        return
    few = list(record_type.rows().order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(few) > MOST_AT_ONCE or has_many_members(plan_of(record_type), set(few), most=MOST_MEMBERS):
        _begin(record_type, Reason.DEFINED, label, actor.user_id, later=True)
        return
    # Those that somebody is at work on are left to the pass: a definition waits for nobody.
    for at in range(0, len(few), CHUNK):
        found = _records(record_type).filter(pk__in=few[at : at + CHUNK])
        recalculate(
            record_type, list(found.select_for_update(of=("self",), no_key=True, skip_locked=True).order_by("pk"))
        )
    _begin(record_type, Reason.DAILY, "", None, later=True)


@transaction.atomic
def recalculate_all(record_type: RecordType, *, actor: Actor) -> DataModelPass:
    """Work out all computed values of a type again, in the background; one pass at a time. Raises Denied."""
    authorize(actor, MANAGE_DATA_MODEL)
    running = DataModelPass.objects.filter(
        record_type=record_type.key, reason=Reason.ASKED, state=DataModelPass.State.RUNNING
    )
    label = force_str(record_type.label_plural)
    return running.first() or _begin(record_type, Reason.ASKED, label, actor.user_id)


def _begin(
    record_type: RecordType, reason: str, label: str, user_id: UUID | None, *, later: bool = False
) -> DataModelPass:
    run_at = now() + EVERYBODY_KNOWS if later else None
    return begin_pass(ALL_JOB, reason, record_type.key, label, user_id=user_id, run_at=run_at)


def _records(record_type: RecordType) -> QuerySet[Any]:
    return with_references(record_type.rows(), record_type) if record_type.search else record_type.rows()


def run_all(run: JobRun) -> Mapping[str, Any]:
    """The handler of ALL_JOB: one pass from where it stopped to its end."""
    return carry_out(run, _to_the_end)


def _to_the_end(run: JobRun, made: DataModelPass) -> dict[str, Any]:
    def records() -> QuerySet[Any] | None:
        record_type = record_types.find(made.record_type)
        return None if record_type is None else _records(record_type)

    def work(rows: Sequence[Any]) -> int:
        return recalculate(record_types.get(made.record_type), rows)

    done = go_over(run, made.pk, records, work, size=CHUNK)
    if done is None:
        return {"state": "stopped"}
    finish_pass(made.pk)
    return {"changed": done.changed}


def run_some(run: JobRun) -> Mapping[str, Any]:
    """The handler of SOME_JOB: records by their ids, or those whose relation leads to some."""
    record_type = record_types.find(str(run.payload["record_type"]))
    if record_type is None:
        return {"state": "gone"}
    changed = 0
    for ids in _wanted(record_type, run):
        with transaction.atomic(using=current_database()):
            run.beat()
            changed += refresh(record_type, ids, may_wait=True)
    return {"changed": changed}


def _wanted(record_type: RecordType, run: JobRun) -> Iterable[Sequence[UUID]]:
    ids = [UUID(str(each)) for each in run.payload.get("ids", ())]
    for at in range(0, len(ids), SOME):
        yield ids[at : at + SOME]
    relation, over = str(run.payload.get("relation", "")), [UUID(str(each)) for each in run.payload.get("over", ())]
    if not over or relation not in record_type.by_key:
        return
    last: UUID | None = None
    while not run.is_cancelled():
        with transaction.atomic(using=current_database()):
            found = looking_at(record_type, relation, over, most=CHUNK, after=last)
        if not found:
            return
        yield found
        last = found[-1]


def begin_day() -> int:
    """Begin the passes that are due in the tenant in force: once a day for each type whose values change by themselves.

    That is what looks at today, and what a write could not follow exactly: rollups and formulas over relations.
    """
    begun = 0
    for key, plan in plans().by_type.items():
        is_due = plan.rollups or any(each.is_volatile or each.over for each in plan.formulas)
        record_type = record_types.find(key)
        if is_due and record_type is not None and not _was_done_today(key):
            _begin(record_type, Reason.DAILY, "", None)
            begun += 1
    return begun


def _was_done_today(key: str) -> bool:
    zone = tenant_zone()
    last = DataModelPass.objects.filter(record_type=key, reason=Reason.DAILY).order_by("-created_at").first()
    return last is not None and last.created_at.astimezone(zone).date() >= now().astimezone(zone).date()


def is_computed(record_type: RecordType) -> bool:
    """Whether a type has computed fields at all."""
    plan = plan_of(record_type)
    return bool(plan.formulas or plan.rollups)
