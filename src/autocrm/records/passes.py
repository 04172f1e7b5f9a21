"""Passes over all records of a type: begun by a change of the data model, carried on by a job, seen in the tray.

The row is the truth of how far a pass is: each chunk, its effect and the new place are one transaction, so a crash
leaves no half-done chunk and the next attempt goes on where the last one stopped. Whoever began it sees it in the tray
and is told of its end once, unless it was over before anybody could have waited for it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from autocrm.kernel import notices, push
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Text
from autocrm.kernel.jobs import JobRun, LeaseLost, enqueue
from autocrm.kernel.long_work import LongWork
from autocrm.kernel.notices import Notice
from autocrm.kernel.sentences import FAILED_AGAIN, keep
from autocrm.kernel.tenancy import current_database, current_tenant_id
from autocrm.records.kinds import PASS_FAILED, PASS_FINISHED
from autocrm.records.pass_models import DataModelPass
from autocrm.tenants.selectors import CACHE_SECONDS
from autocrm.ui.formatting import number
from autocrm.users import selectors as users

Reason, State = DataModelPass.Reason, DataModelPass.State
MAX_ATTEMPTS = 20
LATELY = timedelta(hours=1)
# Nobody is told that so few records were gone over: it was done in the time of a click.
QUIET = 200
# Until then some process may still write records as the data model was.
EVERYBODY_KNOWS = timedelta(seconds=2 * CACHE_SECONDS)
_LABELS: dict[str, Text] = {
    Reason.FILL: gettext_lazy("Fast lists: %(label)s"),
    Reason.EMPTY: gettext_lazy("Fast lists no longer: %(label)s"),
    Reason.SEARCH: gettext_lazy("Search: %(label)s"),
    Reason.CONVERT: gettext_lazy("Convert: %(label)s"),
    Reason.REMOVE: gettext_lazy("Delete values: %(label)s"),
    Reason.OBJECT: gettext_lazy("Delete: %(label)s"),
}
# Why a pass ended that somebody stopped.
WAS_STOPPED = gettext_lazy("It was stopped.")
_CALCULATE = gettext_lazy("Calculate: %(label)s")


def begin_pass(  # noqa: PLR0913 - what is done, to what, for whom, and when
    job: str,
    reason: str,
    record_type: str,
    label: str,
    *,
    subject_id: UUID | None = None,
    user_id: UUID | None = None,
    run_at: datetime | None = None,
) -> DataModelPass:
    """Note a pass down and enqueue its job, in the caller's transaction. Passes about one subject follow each other."""
    made = DataModelPass.objects.create(
        record_type=record_type, reason=reason, label=label[:80], subject_id=subject_id, user_id=user_id
    )
    ordered = "" if subject_id is None else f"data-model-{subject_id}"
    made.job_id = enqueue(job, {"pass_id": str(made.id)}, run_at=run_at, ordering_key=ordered)
    made.save(update_fields=["job_id"])
    return made


def find_pass(run: JobRun) -> DataModelPass | None:
    """The pass that a job carries out; None once it is over."""
    made_id = _id_of(run)
    if made_id is None:
        return None
    with transaction.atomic(using=current_database()):
        return DataModelPass.objects.filter(pk=made_id, state=State.RUNNING).first()


def go_over(
    run: JobRun,
    made_id: UUID,
    records: Callable[[], QuerySet[Any] | None],
    work: Callable[[Sequence[Any]], int],
    *,
    size: int,
) -> DataModelPass | None:
    """Hand all records to `work`, in the order of their ids, locked, `size` of them a transaction.

    `work` says how many changed. Answers the pass when all had their turn, None when it was stopped before.
    `records` is asked anew for each chunk, since the data model may change meanwhile; None ends the pass.
    """
    while not run.is_cancelled():
        with transaction.atomic(using=current_database()):
            run.beat()
            made = DataModelPass.objects.select_for_update().filter(pk=made_id, state=State.RUNNING).first()
            if made is None:
                return None
            found = records()
            if found is None or not _step(made, found, work, size):
                return made
    fail_pass(made_id, keep(WAS_STOPPED))
    return None


def _step(made: DataModelPass, found: QuerySet[Any], work: Callable[[Sequence[Any]], int], size: int) -> bool:
    """One chunk; False when none was left."""
    if made.total is None:
        made.total = found.order_by().count()
    rest = found if made.last_id is None else found.filter(pk__gt=made.last_id)
    rows = list(rest.select_for_update(of=("self",), no_key=True).order_by("pk")[:size])
    if rows:
        made.changed += work(rows)
        made.done += len(rows)
        made.last_id = rows[-1].pk
    made.save()
    push_state(made)
    return bool(rows)


def finish_pass(made_id: UUID) -> None:
    """The end, in the caller's transaction or one of its own; tells whoever waits, once."""
    with transaction.atomic(using=current_database()):
        made = DataModelPass.objects.select_for_update().filter(pk=made_id, state=State.RUNNING).first()
        if made is None:
            return
        made.total = made.done
        _end(made, State.DONE)
        _show_anew(made)
        if made.done > QUIET:
            _tell(made, PASS_FINISHED)


def fail_pass(made_id: UUID, kept: str) -> None:
    """Note that it will not go on, and tell whoever waits once; nothing when it has ended."""
    with transaction.atomic(using=current_database()):
        made = DataModelPass.objects.select_for_update().filter(pk=made_id, state=State.RUNNING).first()
        if made is not None:
            made.error = kept
            _end(made, State.FAILED)
            _tell(made, PASS_FAILED)


def carry_out(run: JobRun, work: Callable[[JobRun, DataModelPass], dict[str, Any]]) -> dict[str, Any]:
    """The frame of a pass's job: `work` goes over the records and says what came of it.

    The last attempt that fails ends the pass.
    """
    made = find_pass(run)
    if made is None:
        return {"state": "gone"}
    try:
        return work(run, made)
    except LeaseLost:
        raise
    except Exception:
        if run.attempt >= MAX_ATTEMPTS:
            fail_pass(made.pk, keep(FAILED_AGAIN))
        raise


def running_passes(record_type: str) -> list[DataModelPass]:
    """What is at work on the records of a type now."""
    return list(DataModelPass.objects.filter(record_type=record_type, state=State.RUNNING).order_by("created_at"))


def forget_old_passes() -> None:
    """Drop what is known of passes that ended a week ago, in the tenant in force."""
    DataModelPass.objects.filter(created_at__lt=now() - timedelta(days=7)).exclude(state=State.RUNNING).delete()


def count_running(actor: Actor) -> int:
    """How many passes run that the actor began."""
    return 0 if actor.user_id is None else _own(actor).filter(state=State.RUNNING).count()


def recent_work(actor: Actor, limit: int) -> Sequence[LongWork]:
    """What runs and what ended lately, for the tray of background work. What had no records is not worth a word."""
    if actor.user_id is None:
        return []
    lately = Q(state=State.RUNNING) | Q(finished_at__gte=now() - LATELY)
    found = _own(actor).filter(lately).exclude(state=State.DONE, done=0)
    return [as_work(each) for each in found.order_by("-created_at")[:limit]]


def as_work(made: DataModelPass) -> LongWork:
    """A pass as the tray and open pages see it."""
    return LongWork(
        id=str(made.id),
        label=_title(made),
        state=made.state,
        done=made.done,
        total=made.total or 0,
        url="/settings/data-model/",
        icon="trash" if made.reason in {Reason.REMOVE, Reason.OBJECT} else "calculator",
        note=made.problem,
    )


def push_state(made: DataModelPass) -> None:
    """Hint to the person's open pages how far it is, after commit."""
    if made.user_id is not None:
        with translation.override(users.language_of(made.user_id, current_tenant_id())):
            push.to_user(current_tenant_id(), made.user_id, as_work(made).as_hint())


def _title(made: DataModelPass) -> str:
    return str(_LABELS.get(made.reason, _CALCULATE)) % {"label": made.label}


def _own(actor: Actor) -> QuerySet[DataModelPass]:
    return DataModelPass.objects.filter(user_id=actor.user_id, created_at__gte=now() - timedelta(days=1))


def _end(made: DataModelPass, state: str) -> None:
    made.state, made.finished_at = state, now()
    made.save()
    push_state(made)


def _show_anew(made: DataModelPass) -> None:
    """Open lists of the type, and the page of its fields, show what came of it."""
    hint = {"type": "changed", "ids": []}
    if made.done:
        push.to_tenant(current_tenant_id(), {**hint, "record_type": made.record_type})
    if made.user_id is not None:
        push.to_user(current_tenant_id(), made.user_id, {**hint, "record_type": "custom_field"})


def _tell(made: DataModelPass, kind: str) -> None:
    if made.user_id is None:
        return
    person = users.find_actor(made.user_id, current_tenant_id())
    if person is None:
        return
    with translation.override(person.locale):
        said = ngettext("%(count)s record", "%(count)s records", made.done) % {"count": number(made.done)}
        ended = _("Done: %(what)s") if kind == PASS_FINISHED else _("Not done: %(what)s")
        notice = Notice(
            kind=kind,
            title=ended % {"what": _title(made)},
            body=made.problem or said,
            url="/settings/data-model/",
            data=(("pass", str(made.id)), ("record_type", made.record_type)),
            dedup_key=f"pass:{made.id}",
        )
        notices.tell(notice, user_ids=[made.user_id], actor=Actor.system(current_tenant_id()))


def _id_of(run: JobRun) -> UUID | None:
    """Jobs that were enqueued before there were passes name theirs otherwise."""
    found = run.payload.get("pass_id") or run.payload.get("recalculation_id")
    return UUID(str(found)) if found else None
