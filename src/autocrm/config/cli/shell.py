"""Runs other programs for a command: quietly when all is well, with their last words when not."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from autocrm.config.supervisor.failure import CommandFailed
from autocrm.config.supervisor.spawning import die_with_parent
from autocrm.config.supervisor.watch import Supervisor

_LAST_LINES = 40


def run(
    command: Sequence[str | Path],
    *,
    doing: str,
    remedy: str = "",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> str:
    """Run to the end and return the output. Raises CommandFailed, with the end of the output, on failure."""
    done = attempt(command, environment=environment, folder=folder)
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-_LAST_LINES:])
        raise CommandFailed(f"{doing} failed (exit code {done.returncode}).", remedy=remedy, detail=tail)
    return done.stdout


def attempt(
    command: Sequence[str | Path], *, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run to the end, output and errors together; a missing program counts as exit code 127."""
    try:
        return subprocess.run(  # noqa: S603 - commands are built by this package, never by a user
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=environment,
            cwd=folder,
            check=False,
        )
    except FileNotFoundError as error:
        return subprocess.CompletedProcess(list(map(str, command)), 127, stdout=str(error))


def run_attached(
    command: Sequence[str | Path], *, environment: Mapping[str, str], supervisor: Supervisor | None = None
) -> int:
    """Run on this terminal and return the exit code. Ctrl-C is the program's own business; SIGTERM is passed on."""
    process = subprocess.Popen(  # noqa: S603 - commands are built by this package, never by a user
        [str(part) for part in command],
        env=environment,
        preexec_fn=partial(die_with_parent, signal.SIGTERM, os.getpid()),  # noqa: PLW1509 - one thread only
    )
    while True:
        try:
            return process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            if supervisor is not None and supervisor.was_terminated:
                process.terminate()
        except KeyboardInterrupt:
            continue
