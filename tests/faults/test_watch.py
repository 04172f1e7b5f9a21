"""The supervisor alone, over tiny children: needs, deaths, stubbornness, orphans."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.faults.processes import is_alive, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def start_stack(*children: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.faults.small_stack", str(tmp_path), *children]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start_stack
    for process in started:
        process.kill()
        process.communicate()


def pid_of(folder: Path, name: str) -> int:
    return int((folder / f"{name}.pid").read_text())


def said(stack: "subprocess.Popen[str]", words: str) -> str:
    """Read on until a line holds `words`."""
    assert stack.stdout is not None
    for line in stack.stdout:
        if words in line:
            return line
    raise AssertionError(f"the supervisor ended without saying {words!r}")


def test_a_killed_child_is_started_again(start: Start, tmp_path: Path) -> None:
    stack = start("obedient")
    said(stack, "ready")
    former = pid_of(tmp_path, "obedient")

    (tmp_path / "obedient.pid").unlink()
    psutil.Process(former).kill()

    assert "killed by SIGKILL" in said(stack, "obedient was")
    said(stack, "obedient is back")
    assert pid_of(tmp_path, "obedient") != former


def test_a_child_that_cannot_start_ends_the_start_with_its_last_words(start: Start) -> None:
    stack = start("broken")

    line = said(stack, "failed: broken")

    assert "ended with exit code 1" in line
    assert "I cannot find my configuration" in line
    assert stack.wait(5) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_within_five_seconds(start: Start, tmp_path: Path, number: int) -> None:
    stack = start("obedient", "stubborn")
    said(stack, "ready")
    pids = [pid_of(tmp_path, name) for name in ("obedient", "stubborn")]

    asked_at = time.monotonic()
    stack.send_signal(number)

    assert stack.wait(5) == 0
    assert time.monotonic() - asked_at < 5
    assert not any(map(is_alive, pids))


def test_what_others_need_ends_last(start: Start, tmp_path: Path) -> None:
    stack = start("obedient", "stubborn")
    said(stack, "ready")
    needed, needing = pid_of(tmp_path, "obedient"), pid_of(tmp_path, "stubborn")
    needed_was_there: list[bool] = []

    def needing_has_ended() -> bool:
        there = is_alive(needed)
        if is_alive(needing):
            needed_was_there.append(there)
            return False
        return True

    stack.terminate()

    # The stubborn child takes its time, and what it needs has to be there until it is gone.
    wait_until(needing_has_ended, seconds=5, what="the stubborn child to be killed")
    assert needed_was_there
    assert all(needed_was_there)
    assert stack.wait(5) == 0


def test_a_second_signal_cuts_the_patience_short(start: Start, tmp_path: Path) -> None:
    stack = start("obedient", "stubborn")
    said(stack, "ready")

    asked_at = time.monotonic()
    stack.terminate()
    wait_until(lambda: time.monotonic() - asked_at > 0.3, seconds=2, what="the first signal to arrive")
    stack.terminate()

    assert stack.wait(5) == 0
    assert time.monotonic() - asked_at < 2


def test_grandchildren_do_not_stay_behind(start: Start, tmp_path: Path) -> None:
    stack = start("parent")
    said(stack, "ready")
    grandchild = pid_of(tmp_path, "parent")

    stack.terminate()

    assert stack.wait(5) == 0
    wait_until(lambda: not is_alive(grandchild), seconds=2, what="the grandchild to end")


def test_nothing_outlives_a_killed_supervisor(start: Start, tmp_path: Path) -> None:
    stack = start("obedient", "stubborn")
    said(stack, "ready")
    pids = [pid_of(tmp_path, name) for name in ("obedient", "stubborn")]

    stack.kill()

    wait_until(lambda: not any(map(is_alive, pids)), seconds=3, what="the children to end with the supervisor")
