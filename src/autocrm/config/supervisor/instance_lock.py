"""One holder for one data directory: the kernel keeps the lock, the file says who and where."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from autocrm.config.supervisor.filelock import try_lock


@dataclass(frozen=True, slots=True)
class Holder:
    """Who runs the services of a data directory. `ready` is set once they answer."""

    pid: int
    command: str
    address: str
    ready: bool = False


class InstanceLock:
    """Held from before the first child until after the last; released by the kernel even after kill -9."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self, command: str, address: str = "") -> bool:
        """Take it, or return False when another process has it."""
        self._descriptor = try_lock(self._path)
        if self._descriptor is None:
            return False
        self._write(Holder(os.getpid(), command, address))
        return True

    def mark_ready(self, command: str, address: str = "") -> None:
        """Say that the services answer, so that `manage` may use them."""
        self._write(Holder(os.getpid(), command, address, ready=True))

    def _write(self, holder: Holder) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, json.dumps(asdict(holder)).encode(), 0)

    def release(self) -> None:
        """Give it back."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def read_holder(path: Path) -> Holder | None:
    """Who holds the lock now, as far as the file tells; None while it is being taken or given back."""
    try:
        return Holder(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
