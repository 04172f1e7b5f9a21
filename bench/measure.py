"""Processor time of one act: of this process and of its PostgreSQL backend, another process of this machine."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_MILLISECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Median milliseconds of processor time a call, and how long it took by the clock."""

    app: float
    database: float
    wall: float

    @property
    def total(self) -> float:
        """App and database together."""
        return self.app + self.database


def measure(act: Callable[[], object], *, backend: Callable[[], int], runs: int, warm_up: int = 5) -> Cost:
    """The median cost of `act` over `runs` calls; `backend` names the process of its database connection."""
    for _run in range(warm_up):
        act()
    samples = [_once(act, backend()) for _run in range(runs)]
    app, database, wall = (statistics.median(column) / _MILLISECOND for column in zip(*samples, strict=True))
    return Cost(app, database, wall)


def _once(act: Callable[[], object], pid: int) -> tuple[int, int, int]:
    clock, mine, other = time.perf_counter_ns(), time.process_time_ns(), busy_ns(pid)
    act()
    mine_after, clock_after = time.process_time_ns(), time.perf_counter_ns()
    return mine_after - mine, busy_ns(pid) - other, clock_after - clock


def busy_ns(pid: int) -> int:
    """Nanoseconds a process has been on a processor; /proc/<pid>/stat counts in hundredths of a second only."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
