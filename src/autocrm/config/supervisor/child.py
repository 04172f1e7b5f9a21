"""What the supervisor needs to know about a process, and what it keeps while the process runs."""

import enum
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from autocrm.config.supervisor.accounts import Account


class Tier(enum.IntEnum):
    """The order of stopping: a higher tier goes first."""

    STORAGE = 0
    PRODUCT = 1


class State(enum.Enum):
    """Where a child is in its life."""

    WAITING = "waiting"
    STARTING = "starting"
    READY = "ready"
    BACKOFF = "backoff"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """One process: how to start it, when it counts as ready, how to stop it.

    `once` is a step that runs to its end and must succeed. `needs` names children that have to be ready (or done)
    first. `log` None lets the child write to the terminal. `announcement` is said when it is ready for the first
    time. `orphan_signal` comes when the supervisor dies.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    log: Path | None = None
    needs: tuple[str, ...] = ()
    is_ready: Callable[[], bool] | None = None
    once: bool = False
    announcement: str = ""
    tier: Tier = Tier.PRODUCT
    stop_signal: signal.Signals = signal.SIGTERM
    harder_signal: signal.Signals = signal.SIGKILL
    orphan_signal: signal.Signals = signal.SIGKILL
    account: Account | None = None
    start_limit: float = 60.0


@dataclass(slots=True)
class Child:
    """A spec and the process that runs for it now."""

    spec: ChildSpec
    state: State = State.WAITING
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    due_at: float = 0.0
    failures: int = 0

    @property
    def is_up(self) -> bool:
        """Ready, or a step that is finished."""
        return self.state in {State.READY, State.DONE}

    @property
    def is_alive(self) -> bool:
        """The process exists."""
        return self.process is not None and self.process.poll() is None


def describe_exit(code: int) -> str:
    """`ended with exit code 3` or `was killed by SIGKILL`."""
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was killed by {signal.Signals(-code).name}"
