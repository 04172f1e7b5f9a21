"""Starts a process that cannot outlive the supervisor, and ends it with all that it started."""

import ctypes
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

from autocrm.config.supervisor.child import ChildSpec

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_KEPT_LOGS = 5
_LARGEST_LOG = 50 * 1024 * 1024


def spawn(spec: ChildSpec) -> "subprocess.Popen[bytes]":
    """Start the child in a session of its own, so that Ctrl-C in the terminal reaches the supervisor alone."""
    output = None
    if spec.log is not None:
        output = os.open(spec.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    try:
        return subprocess.Popen(  # noqa: S603 - the supervisor's own table of commands
            spec.command,
            env=dict(spec.environment),
            cwd=spec.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            start_new_session=True,
            user=spec.account.uid if spec.account else None,
            group=spec.account.gid if spec.account else None,
            extra_groups=[] if spec.account else None,
            preexec_fn=partial(die_with_parent, spec.orphan_signal, os.getpid()),  # noqa: PLW1509 - one thread only
        )
    finally:
        if output is not None:
            os.close(output)


def die_with_parent(orphan_signal: int, parent: int) -> None:
    """In a child, after a change of user (that clears it): let the kernel send `orphan_signal` when the parent dies."""
    if _LIBC is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
    """Send a signal to the child and everything it started."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def rotate(log: Path) -> None:
    """Begin a new log, keeping the last few."""
    if not log.exists() or log.stat().st_size == 0:
        return
    for number in range(_KEPT_LOGS - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    log.replace(log.with_name(f"{log.name}.1"))


def trim(log: Path) -> None:
    """Empty a log that has grown beyond measure; the child appends, so it simply goes on from the beginning."""
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        os.truncate(log, 0)


def tail(log: Path | None, lines: int = 30) -> str:
    """The last lines of a log."""
    if log is None or not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
