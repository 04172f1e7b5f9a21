"""The scheduler: leads journal consumers, sweeps jobs, runs periodic work, and runs jobs itself when no worker can.

One process of a few loops, each in a thread with connections of its own; a loop that fails waits a second and goes on.
Any number of schedulers may run: all they share are rows claimed with SKIP LOCKED.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connections

from autocrm.jobs import selectors as job_selectors
from autocrm.jobs import services as jobs
from autocrm.journal.watch import Watch
from autocrm.kernel import redis

RETRY_SECONDS = 1.0
BEAT_SECONDS = 5.0
# A loop that has not come round for this long is stuck, and then the process shows no heartbeat.
STUCK_SECONDS = 120.0
# A connection grows with what it did, and one to a tenant's rows is not needed while nothing happens there.
CONNECTED_SECONDS = 30.0
LAST_WORDS_SECONDS = 0.8

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loop:
    """One thing done over and over: `step` says whether it found work; without work it waits `pause` seconds.

    A connection costs the server some 20 MB; a loop with long pauses does without one meanwhile.
    """

    name: str
    step: Callable[[], bool]
    pause: float
    pause_after_work: float = 0.0
    keeps_connections: bool = True


class Scheduler:
    """Runs its loops until told to stop; `stop` may be called from a signal handler."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._name = f"scheduler@{socket.gethostname()}:{os.getpid()}"
        self._watch = Watch()
        self._last_round: dict[str, float] = {}
        self._last_beat = 0.0

    def stop(self) -> None:
        """End soon: work in hand has a moment to finish, what does not is rolled back and done again elsewhere."""
        self._stop.set()

    def run(self) -> None:
        """Block until `stop` was called."""
        loops = (
            Loop("consumers", self._lead_consumers, pause=0.25, pause_after_work=0.02),
            Loop("sweeper", self._sweep_and_stand_in, pause=1.0),
            Loop("periodic work", self._run_periodic, pause=4.0, keeps_connections=False),
        )
        threads = [threading.Thread(target=self._repeat, args=(loop,), name=loop.name, daemon=True) for loop in loops]
        for thread in threads:
            thread.start()
        self._stop.wait()
        deadline = time.monotonic() + LAST_WORDS_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _repeat(self, loop: Loop) -> None:
        connected_since = time.monotonic()
        while not self._stop.is_set():
            self._last_round[loop.name] = time.monotonic()
            try:
                found_work = loop.step()
            except Exception:
                logger.exception("scheduler.loop_failed", extra={"loop": loop.name})
                connections.close_all()
                self._stop.wait(RETRY_SECONDS)
            else:
                is_old = time.monotonic() - connected_since > CONNECTED_SECONDS
                if not loop.keeps_connections or (is_old and not found_work):
                    connections.close_all()
                    connected_since = time.monotonic()
                self._stop.wait(loop.pause_after_work if found_work else loop.pause)

    def _lead_consumers(self) -> bool:
        return self._watch.step(should_stop=self._stop.is_set) > 0

    def _sweep_and_stand_in(self) -> bool:
        self._sweep()
        return self._stand_in()

    def _sweep(self) -> None:
        jobs.sweep()
        moment = time.monotonic()
        stuck = [name for name, last in self._last_round.items() if moment - last > STUCK_SECONDS]
        if stuck:
            logger.error("scheduler.stuck", extra={"loops": stuck})
        elif moment - self._last_beat >= BEAT_SECONDS:
            jobs.beat_worker(self._name, kind="scheduler")
            self._last_beat = moment

    @staticmethod
    def _run_periodic() -> bool:
        return jobs.run_periodic() > 0

    @staticmethod
    def _stand_in() -> bool:
        """Run jobs here while Redis is away or no worker shows itself."""
        if redis.attempt(lambda client: bool(client.ping()), otherwise=False) and job_selectors.list_live("worker"):
            return False
        return jobs.run_due(limit=50, seconds=2.0) > 0
