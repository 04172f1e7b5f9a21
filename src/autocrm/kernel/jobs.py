"""The jobs port: work that runs later, by name, with ids only.

`enqueue` writes a row in the caller's transaction (the truth) and hints a worker after commit; the jobs app keeps
the rows, `config` binds the hint to Celery. Handlers live in `tasks.py` of each app and are declared with `@job`;
services call `enqueue` by name and never import a task. Every job is idempotent, short and tenant-scoped.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

from autocrm.kernel.registry import Registry

QUEUES = ("workflows", "integrations", "notifications", "analytics", "default")


class JobRun(Protocol):
    """What a handler is given: its payload and the means to tell how far it is."""

    @property
    def id(self) -> UUID: ...

    @property
    def tenant_id(self) -> int: ...

    @property
    def payload(self) -> Mapping[str, Any]: ...

    @property
    def attempt(self) -> int: ...

    def beat(self) -> None:
        """Prolong the lease; a chunked job calls it between chunks. Raises LeaseLost when another worker took over."""

    def is_cancelled(self) -> bool:
        """Whether somebody asked to stop; a chunked job looks between chunks."""


Handler = Callable[[JobRun], Mapping[str, Any] | None]


class LeaseLost(RuntimeError):
    """Another worker owns the job now; stop at once and leave everything to it."""


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One kind of job.

    An ordinary handler runs inside one transaction together with the row's completion, so its effects in the
    database happen exactly once. A `chunked` handler opens its own transactions and must be resumable.
    """

    name: str
    handler: Handler
    queue: str
    max_attempts: int
    lease: timedelta
    chunked: bool


class JobStore(Protocol):
    """What the jobs app binds."""

    def enqueue(
        self,
        spec: JobSpec,
        payload: Mapping[str, Any],
        *,
        run_at: datetime | None,
        dedup_key: str,
        ordering_key: str,
    ) -> UUID: ...


@dataclass(frozen=True, slots=True)
class PeriodicSpec:
    """Work of the whole installation that recurs: making partitions, sweeping leases, emptying bins."""

    name: str
    run: Callable[[], None]
    every: timedelta


specs: Registry[JobSpec] = Registry("jobs", JobSpec)
periodics: Registry[PeriodicSpec] = Registry("periodic work", PeriodicSpec)
_store: list[JobStore] = []


def bind_store(store: JobStore) -> None:
    """Name the keeper of job rows (bound once, by the jobs app)."""
    _store[:] = [store]


def job(
    name: str,
    *,
    queue: str = "default",
    max_attempts: int = 5,
    lease: timedelta = timedelta(seconds=60),
    chunked: bool = False,
) -> Callable[[Handler], Handler]:
    """Declare the decorated function as the handler of the job `name` ("contacts.import_rows")."""
    if queue not in QUEUES:
        raise ImproperlyConfigured(f"Job {name!r}: there is no queue {queue!r}.")

    def declare(handler: Handler) -> Handler:
        specs.register(name, JobSpec(name, handler, queue, max_attempts, lease, chunked))
        return handler

    return declare


def periodic(name: str, *, every: timedelta) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Declare platform-wide work that the scheduler runs every `every`, on one machine at a time."""

    def declare(run: Callable[[], None]) -> Callable[[], None]:
        periodics.register(name, PeriodicSpec(name, run, every))
        return run

    return declare


def enqueue(
    name: str,
    payload: Mapping[str, Any],
    *,
    run_at: datetime | None = None,
    dedup_key: str = "",
    ordering_key: str = "",
) -> UUID:
    """Write a job row for the current tenant in the current transaction and return its id.

    `payload` is JSON of ids and small values. While a job with the same non-empty `dedup_key` is waiting or
    running, its id is returned instead. Jobs with the same `ordering_key` run one after another. Raises
    ImproperlyConfigured for a name that no app declares.
    """
    spec = specs.find(name)
    if spec is None:
        raise ImproperlyConfigured(f"No app declares the job {name!r}: declare it with @job in its tasks.py.")
    return _store[0].enqueue(spec, payload, run_at=run_at, dedup_key=dedup_key, ordering_key=ordering_key)
