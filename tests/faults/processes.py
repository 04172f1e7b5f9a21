"""Looking at real processes from outside, with deadlines instead of naps."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil


def wait_until(condition: Callable[[], object], *, seconds: float, what: str) -> None:
    """Poll until `condition` holds; fail the test, saying `what`, when the time is over."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        pause.wait(0.05)


def is_alive(pid: int) -> bool:
    """Whether `pid` runs; a zombie that nobody has collected does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def processes_of(folder: Path) -> Iterator[psutil.Process]:
    """Every living process that works in, was started with, or has in its environment a path below `folder`."""
    mark = str(folder)
    for process in psutil.process_iter():
        try:
            said = [*process.cmdline(), process.cwd(), *process.environ().values()]
            if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE and any(mark in s for s in said):
                yield process
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
