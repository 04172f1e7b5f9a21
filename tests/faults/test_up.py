"""`./autocrm up` as a whole: deaths, second starts, taken ports, closed folders, the end."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from autocrm.config.supervisor.preflight import free_port
from tests.faults.conftest import ROOT, RunningUp, clean_environment, start_up
from tests.faults.processes import is_alive, processes_of, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

CHILDREN = ["autocrm.config.web", "celery", "run_scheduler", "valkey-server", "bin/postgres"]
IDLE_MEGABYTES = 450


@pytest.mark.parametrize("words", CHILDREN)
def test_a_killed_child_comes_back(running: RunningUp, words: str) -> None:
    former = running.pid_of(words)

    os.kill(former, signal.SIGKILL)

    wait_until(lambda: not is_alive(former), seconds=5, what=f"{words} to die")
    wait_until(lambda: has_new(running, words, former), seconds=30, what=f"{words} to come back")
    wait_until(running.answers, seconds=30, what="the pages to answer again")
    assert "killed by SIGKILL; starting it again" in running.said


def has_new(running: RunningUp, words: str, former: int) -> bool:
    try:
        return running.pid_of(words) != former
    except AssertionError:
        return False


def test_it_is_small_when_idle(running: RunningUp) -> None:
    wait_until(running.answers, seconds=30, what="the pages to answer")

    processes = [psutil.Process(running.process.pid), *psutil.Process(running.process.pid).children(recursive=True)]
    # Pages that processes share (PostgreSQL's buffers, libraries) are counted once.
    megabytes = sum(map(memory_of, processes)) / 2**20

    assert megabytes <= IDLE_MEGABYTES


def memory_of(process: psutil.Process) -> int:
    """Its share of memory; of one that ended meanwhile (a database connection, a vacuum) none."""
    try:
        return int(process.memory_full_info().pss)
    except psutil.NoSuchProcess:
        return 0


def test_a_second_start_on_the_same_data_says_so(running: RunningUp) -> None:
    second = up_and_wait(running.data, free_port())

    assert second.returncode == 1
    assert f"AutoCRM runs already on {running.data}: process {running.process.pid}" in second.stderr
    assert "--data-dir DIR --port N" in second.stderr
    assert running.answers()


def test_a_taken_port_is_named_with_the_way_out(running: RunningUp, folder: Path) -> None:
    second = up_and_wait(folder / "other", running.port)

    assert second.returncode == 1
    assert f"port {running.port} is taken by another program" in second.stderr
    assert "./autocrm up --port" in second.stderr
    assert not list(processes_of(folder / "other"))


def test_manage_works_beside_a_running_installation(running: RunningUp) -> None:
    done = autocrm("manage", "check", "--data-dir", str(running.data))

    assert done.returncode == 0, done.stderr
    assert running.answers()


def test_a_folder_that_may_not_be_written_is_named(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o555)
    # Root may write anywhere, unless it is told to do without that right.
    like_anyone = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []

    done = up_and_wait(closed / "data", free_port(), prefix=like_anyone)

    assert done.returncode == 1
    assert f"you may not write to {closed / 'data'}" in done.stderr
    assert "--data-dir DIR" in done.stderr


def test_a_full_disk_is_named(folder: Path) -> None:
    """A limit on the size of files stands for the disk: the system refuses the room in the same way."""
    done = up_and_wait(folder / "small", free_port(), prefix=["prlimit", "--fsize=1048576"])

    assert done.returncode == 1
    assert f"the disk of {folder / 'small'} is full: a start needs" in done.stderr
    assert "--data-dir DIR" in done.stderr


def test_the_end_comes_within_five_seconds_and_leaves_nothing(running: RunningUp) -> None:
    asked_at = time.monotonic()

    assert running.stop() == 0

    assert time.monotonic() - asked_at < 5
    assert [process.cmdline() for process in processes_of(running.data)] == []
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", running.port))


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_is_clean(running: RunningUp) -> None:
    running.process.kill()
    running.process.wait()

    wait_until(lambda: not list(processes_of(running.data)), seconds=10, what="the children to end with the supervisor")
    next_start = start_up(running.data, running.port)
    next_start.wait_ready(seconds=30)
    assert next_start.stop() == 0


def up_and_wait(data: Path, port: int, *, prefix: Sequence[str] = ()) -> "subprocess.CompletedProcess[str]":
    return autocrm("up", "--data-dir", str(data), "--port", str(port), prefix=prefix)


def autocrm(*arguments: str, prefix: Sequence[str] = ()) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*prefix, str(ROOT / "autocrm"), *arguments],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
