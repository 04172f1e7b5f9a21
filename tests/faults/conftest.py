"""A whole AutoCRM of its own for the fault tests: `./autocrm up` in a folder and on a port that nobody else uses."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from autocrm.config.supervisor.preflight import free_port
from tests.faults.processes import processes_of, wait_until

ROOT = Path(__file__).resolve().parents[2]
SECONDS_TO_START = 120.0
# What the suite sets for its own servers must not lead the installation under test to them.
_OF_THE_SUITE = ("DATABASE_URL", "REDIS_URL", "AUTOCRM_")


@dataclass
class RunningUp:
    """`./autocrm up`, seen from outside."""

    process: "subprocess.Popen[str]"
    data: Path
    port: int
    output: Path

    @property
    def said(self) -> str:
        return self.output.read_text()

    def answers(self, path: str = "/readyz") -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_ready(self, *, seconds: float = SECONDS_TO_START) -> None:
        def has_said_so() -> bool:
            assert self.process.poll() is None, self.said
            return "AutoCRM runs at" in self.said

        wait_until(has_said_so, seconds=seconds, what="AutoCRM to be ready")

    def pid_of(self, words: str) -> int:
        """The child whose command line holds `words`."""
        found = [
            p.pid for p in processes_of(self.data) if words in " ".join(p.cmdline()) and p.ppid() == self.process.pid
        ]
        assert len(found) == 1, (words, found)
        return found[0]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(_OF_THE_SUITE)}


def start_up(data: Path, port: int, *arguments: str) -> RunningUp:
    output = data.with_name(f"{data.name}-{time.monotonic_ns()}.txt")
    command = [str(ROOT / "autocrm"), "up", "--data-dir", str(data), "--port", str(port), "--no-demo", *arguments]
    with output.open("w") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, env=clean_environment(), start_new_session=True, text=True
        )
    return RunningUp(process, data, port, output)


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own account may enter when the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="autocrm-faults-") as name:
        path = Path(name)
        path.chmod(0o711)
        yield path


@pytest.fixture(scope="session")
def installation(folder: Path) -> Iterator[list[RunningUp]]:
    """Every start on the one data directory; the last one is ended here."""
    starts: list[RunningUp] = []
    yield starts
    if starts and starts[-1].process.poll() is None:
        starts[-1].stop()


@pytest.fixture
def running(folder: Path, installation: list[RunningUp]) -> RunningUp:
    """An installation that runs; one that a test before has ended is started again on the same data."""
    if not installation or installation[-1].process.poll() is not None:
        installation.append(start_up(folder / "data", free_port()))
        installation[-1].wait_ready()
    return installation[-1]
