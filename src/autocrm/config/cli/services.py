"""The servers of a data directory for one command: those that run already, or started and stopped for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from autocrm.config.cli.installation import Installation
from autocrm.config.cli.paths import DataDirectory
from autocrm.config.cli.progress import Progress
from autocrm.config.supervisor.failure import CommandFailed
from autocrm.config.supervisor.instance_lock import Holder, InstanceLock, read_holder
from autocrm.config.supervisor.preflight import require_writable
from autocrm.config.supervisor.watch import ChildFailed, Supervisor

_LENDERS = {"up", "hold"}
_PATIENCE = 120.0


def storage_failed(error: ChildFailed, data: DataDirectory) -> CommandFailed:
    """A child's failure in the words of a command."""
    log = data.logs / f"{error.name}.log"
    return CommandFailed(
        f"{error.name} {error.happened}.",
        detail=error.last_words,
        remedy=f"Its whole log: {log}" if log.exists() else "",
    )


@contextmanager
def borrowed_storage(
    data: DataDirectory, command: str, progress: Progress
) -> Iterator[tuple[Installation, Supervisor | None]]:
    """An installation whose database and Valkey answer. The supervisor is None when another process owns them."""
    require_writable(data.path, is_first_start=not data.secrets.exists())
    lock = InstanceLock(data.lock)
    if _acquire_or_find_lender(lock, data, command, progress):
        installation = Installation(data)
        installation.recall_storage()
        yield installation, None
        return
    try:
        with own_storage(Installation(data), progress) as (installation, supervisor):
            lock.mark_ready(command)
            yield installation, supervisor
    finally:
        lock.release()


@contextmanager
def own_storage(installation: Installation, progress: Progress) -> Iterator[tuple[Installation, Supervisor]]:
    """Start the embedded servers, wait until they answer, stop them at the end. Raises CommandFailed."""
    with Supervisor(progress.line) as supervisor:
        supervisor.add(installation.prepare_storage())
        try:
            started = supervisor.start()
        except ChildFailed as error:
            raise storage_failed(error, installation.data) from error
        if not started:
            raise CommandFailed("stopped.", code=130)
        yield installation, supervisor


def _acquire_or_find_lender(lock: InstanceLock, data: DataDirectory, command: str, progress: Progress) -> Holder | None:
    """None once the lock is ours; a holder whose servers may be used otherwise."""
    deadline = time.monotonic() + _PATIENCE
    said = False
    while not lock.acquire(command):
        holder = read_holder(data.lock)
        if holder is not None and holder.ready and holder.command in _LENDERS:
            return holder
        if time.monotonic() > deadline:
            raise CommandFailed(
                f"{data.path} is in use by {holder.command if holder else 'another command'} for too long."
            )
        if not said:
            progress.line(f"waiting for `{holder.command if holder else 'another command'}` on the same data directory")
            said = True
        time.sleep(0.1)
    return None
