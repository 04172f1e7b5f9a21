"""The search for duplicates as background work: it begins when somebody asks and goes on where it stopped."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel import push
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.jobs import JobRun, enqueue
from autocrm.kernel.long_work import LongWork
from autocrm.kernel.permissions import authorize
from autocrm.kernel.tenancy import current_database, current_tenant_id
from autocrm.records.duplicate_models import DuplicatePair, DuplicateScan
from autocrm.records.matching.rescanning import rescan
from autocrm.records.matching.scanning import Step, scan_by_company, scan_by_id
from autocrm.records.matching.staff import company_field
from autocrm.records.registry import RecordType, record_types

SCAN_JOB, RESCAN_JOB = "records.scan_duplicates", "records.rescan_duplicates"
RESCAN_AT_ONCE = 500
LATELY = timedelta(hours=1)
# A running scan whose job said nothing for so long is taken up again by whoever asks.
LOST_AFTER = timedelta(minutes=10)
_PHASES: tuple[Callable[[RecordType, str], Step], ...] = (scan_by_id, scan_by_company)


def find_scan(record_type: RecordType) -> DuplicateScan | None:
    """The running or the last search among the records of a type."""
    return DuplicateScan.objects.filter(record_type=record_type.key).first()


@transaction.atomic
def start_scan(record_type: RecordType, *, actor: Actor) -> DuplicateScan:
    """Search all records of a type in the background; one search of a type runs at a time. Raises Denied.

    It changes no record, so it has no journal entry.
    """
    authorize(actor, record_type.permission(Verb.UPDATE))
    scan, _is_new = DuplicateScan.objects.select_for_update().get_or_create(
        record_type=record_type.key, defaults={"state": DuplicateScan.State.DONE}
    )
    if scan.state == DuplicateScan.State.RUNNING and scan.started_at > now() - LOST_AFTER:
        return scan
    scan.state, scan.phase, scan.place, scan.done, scan.total = DuplicateScan.State.RUNNING, 0, "", 0, 0
    scan.started_at, scan.finished_at, scan.started_by_id = now(), None, actor.user_id
    scan.job_id = enqueue(SCAN_JOB, {"record_type": record_type.key}, dedup_key=f"{SCAN_JOB}:{record_type.key}")
    scan.save()
    return scan


def run_scan(run: JobRun) -> Mapping[str, Any]:
    """Search from where the last attempt stopped to the end, a chunk a transaction. The handler of SCAN_JOB."""
    key = str(run.payload["record_type"])
    while not run.is_cancelled():
        with transaction.atomic(using=current_database(), durable=True):
            run.beat()
            record_type = record_types.find(key)
            scan = DuplicateScan.objects.select_for_update().filter(record_type=key).first()
            if record_type is None or scan is None or scan.state != DuplicateScan.State.RUNNING:
                return {"state": "gone" if scan is None else scan.state}
            _advance(record_type, scan)
    return {"state": "cancelled"}


def _advance(record_type: RecordType, scan: DuplicateScan) -> None:
    if not scan.total:
        phases = 1 if company_field(record_type) is None else 2
        scan.total = phases * record_type.rows().filter(archived_at__isnull=True).count()
    step = _PHASES[scan.phase](record_type, scan.place)
    scan.place, scan.done = step.place, min(scan.done + step.records, scan.total)
    if not step.place:
        scan.phase += 1
    if scan.phase == len(_PHASES):
        # What was found earlier and is not found any more, unless it was looked at again meanwhile.
        DuplicatePair.objects.filter(record_type=record_type.key, found_at__lt=scan.started_at).delete()
        scan.state, scan.finished_at, scan.done = DuplicateScan.State.DONE, now(), scan.total
    scan.save()
    if scan.started_by_id is not None:
        push.to_user(current_tenant_id(), scan.started_by_id, as_work(scan).as_hint())


def rescan_later(record_type: RecordType, ids: Sequence[UUID]) -> None:
    """Look again at records that are new or changed, in the background."""
    for first in range(0, len(ids), RESCAN_AT_ONCE):
        part = [str(each) for each in ids[first : first + RESCAN_AT_ONCE]]
        enqueue(
            RESCAN_JOB,
            {"record_type": record_type.key, "ids": part},
            ordering_key=f"{RESCAN_JOB}:{current_tenant_id()}:{record_type.key}",
        )


def run_rescan(run: JobRun) -> Mapping[str, Any]:
    """The handler of RESCAN_JOB."""
    record_type = record_types.find(str(run.payload["record_type"]))
    if record_type is None:
        return {}
    return {"pairs": rescan(record_type, [UUID(each) for each in run.payload["ids"]])}


def as_work(scan: DuplicateScan) -> LongWork:
    """A search as the tray and open pages see it."""
    record_type = record_types.find(scan.record_type)
    name = force_str(record_type.label_plural) if record_type else scan.record_type
    return LongWork(
        id=f"duplicates-{scan.pk}",
        label=_("Looking for duplicates: %(records)s") % {"records": name},
        state=scan.state,
        done=scan.done,
        total=scan.total,
        url=f"/{record_type.plural}/duplicates-found/" if record_type else "",
        icon="copy",
    )


def recent_work(actor: Actor, limit: int) -> Sequence[LongWork]:
    """The searches the actor began that run or ended lately, for the tray."""
    if actor.user_id is None:
        return []
    lately = Q(state=DuplicateScan.State.RUNNING) | Q(finished_at__gte=now() - LATELY)
    found = DuplicateScan.objects.filter(lately, started_by_id=actor.user_id).order_by("-started_at")
    return [as_work(each) for each in found[:limit]]


def count_running(actor: Actor) -> int:
    """How many searches the actor began that still run."""
    if actor.user_id is None:
        return 0
    return DuplicateScan.objects.filter(started_by_id=actor.user_id, state=DuplicateScan.State.RUNNING).count()
