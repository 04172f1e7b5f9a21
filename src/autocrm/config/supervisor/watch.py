"""The loop: starts children in order of need, notices deaths, restarts with backoff, stops in reverse order."""

import select
import signal
import socket
import time
from collections.abc import Callable, Iterable
from types import FrameType

from autocrm.config.supervisor.child import Child, ChildSpec, State, Tier, describe_exit
from autocrm.config.supervisor.spawning import rotate, signal_group, spawn, tail, trim

_TICK_WHILE_STARTING = 0.05
_TICK_AT_REST = 60.0
_SHORTEST_BACKOFF = 0.25
_LONGEST_BACKOFF = 30.0
_HEALTHY_AFTER = 60.0
_FAILURES_WHILE_STARTING = 3
# Seconds a tier may take to end by itself; together with the harder signal the whole stop stays below five.
_PATIENCE = {Tier.PRODUCT: 2.5, Tier.STORAGE: 1.5}
_PATIENCE_AFTER_HARDER_SIGNAL = 0.4
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ChildFailed(Exception):
    """A child could not be started. `last_words` is the end of its log."""

    def __init__(self, name: str, happened: str, last_words: str) -> None:
        super().__init__(f"{name} {happened}")
        self.name = name
        self.happened = happened
        self.last_words = last_words


class Supervisor:
    """Owns the children from the first start to the last stop. A context manager: leaving stops everything."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._children: dict[str, Child] = {}
        self._stop_requests = 0
        self.was_terminated = False
        self._all_were_up = False
        self._bell, self._bell_ringer = socket.socketpair()
        self._former_handlers: dict[int, signal.Handlers | Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> "Supervisor":
        self._bell.settimeout(0)
        self._bell_ringer.settimeout(0)
        signal.set_wakeup_fd(self._bell_ringer.fileno(), warn_on_full_buffer=False)
        for number in _SIGNALS:
            self._former_handlers[number] = signal.signal(number, self._request_stop)
        self._former_handlers[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _wake_only)
        return self

    def __exit__(self, *unused: object) -> None:
        self.stop()
        for number, handler in self._former_handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        self._bell.close()
        self._bell_ringer.close()

    def _request_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop_requests += 1
        self.was_terminated = self.was_terminated or number != signal.SIGINT

    @property
    def is_stopping(self) -> bool:
        """Someone asked for the end."""
        return self._stop_requests > 0

    def add(self, specs: Iterable[ChildSpec]) -> None:
        """Take more children; they start on the next turn of the loop."""
        for spec in specs:
            if spec.log is not None:
                rotate(spec.log)
            self._children[spec.name] = Child(spec)
        self._all_were_up = False

    def start(self) -> bool:
        """Run until every child is up; False if a stop was asked for first. Raises ChildFailed."""
        while not self.is_stopping:
            self._turn()
            if all(child.is_up for child in self._children.values()):
                self._all_were_up = True
                return True
            self._sleep()
        return False

    def run(self) -> None:
        """Watch until someone asks for the end."""
        while not self.is_stopping:
            self._turn()
            self._sleep()

    def _sleep(self) -> None:
        states = {child.state for child in self._children.values()}
        pause = _TICK_AT_REST
        if State.STARTING in states or State.WAITING in states:
            pause = _TICK_WHILE_STARTING
        elif State.BACKOFF in states:
            soonest = min(child.due_at for child in self._children.values() if child.state is State.BACKOFF)
            pause = max(_TICK_WHILE_STARTING, soonest - time.monotonic())
        self._wait_for_bell(pause)

    def _wait_for_bell(self, pause: float) -> None:
        if select.select([self._bell], [], [], pause)[0]:
            try:
                self._bell.recv(4096)
            except BlockingIOError:
                return

    def _turn(self) -> None:
        now = time.monotonic()
        for child in self._children.values():
            if child.process is not None and child.process.poll() is not None:
                self._note_death(child, now)
            elif self._is_due(child, now):
                self._spawn(child, now)
            elif child.state is State.STARTING:
                self._look_whether_ready(child, now)
            elif child.state is State.READY and child.spec.log is not None:
                trim(child.spec.log)

    def _is_due(self, child: Child, now: float) -> bool:
        if child.state is State.WAITING:
            return all(self._children[name].is_up for name in child.spec.needs)
        return child.state is State.BACKOFF and child.due_at <= now

    def _spawn(self, child: Child, now: float) -> None:
        child.process = spawn(child.spec)
        child.started_at = now
        child.state = State.STARTING
        if child.spec.is_ready is None and not child.spec.once:
            child.state = State.READY
            self._welcome(child)

    def _look_whether_ready(self, child: Child, now: float) -> None:
        if child.spec.once:
            return
        if child.spec.is_ready is not None and child.spec.is_ready():
            child.state = State.READY
            self._welcome(child)
        elif now - child.started_at > child.spec.start_limit:
            if not self._all_were_up:
                self._give_up(child, f"was not ready after {child.spec.start_limit:.0f} seconds")
            self._kill(child)

    def _welcome(self, child: Child) -> None:
        if child.failures:
            self._report(f"{child.spec.name} is back")
        elif child.spec.announcement:
            self._report(child.spec.announcement)

    def _note_death(self, child: Child, now: float) -> None:
        process, child.process = child.process, None
        if process is None:
            return
        signal_group(process, signal.SIGKILL)
        if child.spec.once and process.returncode == 0:
            child.state = State.DONE
            return
        happened = describe_exit(process.returncode)
        if now - child.started_at > _HEALTHY_AFTER:
            child.failures = 0
        child.failures += 1
        if child.spec.once or (not self._all_were_up and child.failures >= _FAILURES_WHILE_STARTING):
            self._give_up(child, happened)
        pause = min(_LONGEST_BACKOFF, _SHORTEST_BACKOFF * 2 ** (child.failures - 1))
        child.state = State.BACKOFF
        child.due_at = now + pause
        self._report(f"{child.spec.name} {happened}; starting it again in {pause:.2g} s")

    def _give_up(self, child: Child, happened: str) -> None:
        raise ChildFailed(child.spec.name, happened, tail(child.spec.log))

    def _kill(self, child: Child) -> None:
        if child.process is not None:
            signal_group(child.process, child.spec.harder_signal)

    def stop(self) -> None:
        """End every child, those that others need last. A second Ctrl-C cuts the patience short."""
        for tier in sorted(Tier, reverse=True):
            running = [c for c in self._children.values() if c.spec.tier is tier and c.is_alive]
            self._signal_all(running, harder=False)
            self._wait_for_end(running, _PATIENCE[tier])
            self._signal_all(running, harder=True)
            self._wait_for_end(running, _PATIENCE_AFTER_HARDER_SIGNAL)
            for child in running:
                if child.process is not None:
                    # The group as well: a child may end and leave behind what it had started.
                    signal_group(child.process, signal.SIGKILL)
                    child.process.wait()
        self._children.clear()

    def _signal_all(self, children: list[Child], *, harder: bool) -> None:
        for child in children:
            if child.process is not None and child.is_alive:
                signal_group(child.process, child.spec.harder_signal if harder else child.spec.stop_signal)

    def _wait_for_end(self, children: list[Child], patience: float) -> None:
        asked = self._stop_requests
        deadline = time.monotonic() + patience
        while any(child.is_alive for child in children) and time.monotonic() < deadline:
            if self._stop_requests > max(asked, 1):
                return
            self._wait_for_bell(0.05)


def _wake_only(number: int, frame: FrameType | None) -> None:
    """SIGCHLD needs some handler for the wake-up descriptor to ring."""
