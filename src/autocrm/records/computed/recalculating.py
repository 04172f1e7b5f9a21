"""All records of a type worked out anew, chunk by chunk: a field was defined, a day began, somebody asked.

Each chunk and how far it got are one transaction, so a pass goes on where it stopped. What changes meanwhile is worked
out by its own write; a second look changes nothing, so passes may overlap.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel import push
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.jobs import JobRun, LeaseLost, enqueue
from autocrm.kernel.long_work import LongWork
from autocrm.kernel.permissions import authorize
from autocrm.kernel.tenancy import current_database, current_tenant_id
from autocrm.records.computed.names import tenant_zone
from autocrm.records.computed.plans import plan_of, plans
from autocrm.records.computed.spreading import looking_at, recalculate, refresh
from autocrm.records.computed_models import Recalculation
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.registry import RecordType, record_types
from autocrm.records.selectors import with_references
from autocrm.tenants.selectors import CACHE_SECONDS

ALL_JOB = "records.recalculate_all"
CHUNK = 500
MOST_AT_ONCE = 200
MAX_ATTEMPTS = 20
LATELY = timedelta(hours=1)
# Until then some process may still write records as the data model was.
EVERYBODY_KNOWS = timedelta(seconds=2 * CACHE_SECONDS)
State = Recalculation.State


def begin_defined(record_type_key: str, label: str, *, actor: Actor) -> None:
    """Work out all records of a type because one of its fields was defined or changed. The caller has asked for rights.

    Few records are done at once, in the caller's transaction; a job goes over all of them when every process knows.
    """
    record_type = record_types.find(record_type_key)
    if record_type is None:
        return
    few = list(record_type.rows().order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(few) <= MOST_AT_ONCE:
        refresh(record_type, few)
        enqueue(
            ALL_JOB,
            {"recalculation_id": str(_new(record_type, Recalculation.Reason.DAILY, "", None).id)},
            run_at=now() + EVERYBODY_KNOWS,
        )
        return
    made = _new(record_type, Recalculation.Reason.DEFINED, label, actor.user_id)
    enqueue(ALL_JOB, {"recalculation_id": str(made.id)}, run_at=now() + EVERYBODY_KNOWS)


@transaction.atomic
def recalculate_all(record_type: RecordType, *, actor: Actor) -> Recalculation:
    """Work out all computed values of a type again, in the background. Raises Denied."""
    authorize(actor, MANAGE_DATA_MODEL)
    made = _new(record_type, Recalculation.Reason.ASKED, force_str(record_type.label_plural), actor.user_id)
    enqueue(ALL_JOB, {"recalculation_id": str(made.id)})
    return made


def _new(record_type: RecordType, reason: Recalculation.Reason, label: str, user_id: UUID | None) -> Recalculation:
    return Recalculation.objects.create(record_type=record_type.key, reason=reason, label=label[:80], user_id=user_id)


def run_all(run: JobRun) -> Mapping[str, Any]:
    """The handler of ALL_JOB: one pass from where it stopped to its end."""
    made_id = UUID(str(run.payload["recalculation_id"]))
    try:
        return {"changed": _to_the_end(run, made_id)}
    except LeaseLost:
        raise
    except Exception:
        if run.attempt >= MAX_ATTEMPTS:
            with transaction.atomic(using=current_database()):
                Recalculation.objects.filter(pk=made_id).update(state=State.FAILED, finished_at=now())
        raise


def _to_the_end(run: JobRun, made_id: UUID) -> int:
    changed = 0
    while not run.is_cancelled():
        with transaction.atomic(using=current_database()):
            run.beat()
            made = Recalculation.objects.select_for_update().filter(pk=made_id).first()
            if made is None or made.state != State.RUNNING or not _step(made):
                break
            changed = made.changed
    return changed


def _step(made: Recalculation) -> bool:
    """One chunk; False when there was none left."""
    record_type = record_types.find(made.record_type)
    rows = [] if record_type is None else _chunk(record_type, made.last_id)
    if record_type is None or not rows:
        made.state, made.finished_at = State.DONE, now()
        made.save()
        _push(made)
        return False
    if made.total is None:
        made.total = record_type.rows().count()
    made.changed += recalculate(record_type, rows)
    made.done += len(rows)
    made.last_id = rows[-1].pk
    made.save()
    _push(made)
    return True


def _chunk(record_type: RecordType, after: UUID | None) -> Sequence[Any]:
    found: QuerySet[Any] = record_type.rows()
    if after is not None:
        found = found.filter(pk__gt=after)
    if record_type.search:
        found = with_references(found, record_type)
    return list(found.select_for_update(of=("self",), no_key=True).order_by("pk")[:CHUNK])


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
    for at in range(0, len(ids), MOST_AT_ONCE):
        yield ids[at : at + MOST_AT_ONCE]
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
            made = _new(record_type, Recalculation.Reason.DAILY, "", None)
            enqueue(ALL_JOB, {"recalculation_id": str(made.id)})
            begun += 1
    return begun


def _was_done_today(key: str) -> bool:
    zone = tenant_zone()
    last = (
        Recalculation.objects.filter(record_type=key, reason=Recalculation.Reason.DAILY).order_by("-created_at").first()
    )
    return last is not None and last.created_at.astimezone(zone).date() >= now().astimezone(zone).date()


def forget_old() -> None:
    """Drop what is known of passes that ended a week ago, in the tenant in force."""
    Recalculation.objects.filter(created_at__lt=now() - timedelta(days=7)).exclude(state=State.RUNNING).delete()


def count_running(actor: Actor) -> int:
    """How many passes run that the actor began."""
    return 0 if actor.user_id is None else _own(actor).filter(state=State.RUNNING).count()


def recent_work(actor: Actor, limit: int) -> Sequence[LongWork]:
    """What runs and what ended lately, for the tray of background work."""
    if actor.user_id is None:
        return []
    lately = Q(state=State.RUNNING) | Q(finished_at__gte=now() - LATELY)
    return [as_work(each) for each in _own(actor).filter(lately).order_by("-created_at")[:limit]]


def _own(actor: Actor) -> QuerySet[Recalculation]:
    return Recalculation.objects.filter(user_id=actor.user_id, created_at__gte=now() - timedelta(days=1))


def as_work(made: Recalculation) -> LongWork:
    """A pass as the tray and open pages see it."""
    return LongWork(
        id=str(made.id),
        label=_("Calculate: %(label)s") % {"label": made.label},
        state=made.state,
        done=made.done,
        total=made.total or 0,
        icon="calculator",
    )


def _push(made: Recalculation) -> None:
    if made.user_id is not None:
        push.to_user(current_tenant_id(), made.user_id, as_work(made).as_hint())


def is_computed(record_type: RecordType) -> bool:
    """Whether a type has computed fields at all."""
    plan = plan_of(record_type)
    return bool(plan.formulas or plan.rollups)
