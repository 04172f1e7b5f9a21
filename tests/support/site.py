"""A real web process on a free port, with this worker's database, and a private Valkey that tests may stop."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx

from autocrm.config.cli.paths import ROOT
from autocrm.config.supervisor.valkey import find_binary
from tests.faults.processes import wait_until


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """A running web process."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_alive(self) -> bool:
        """Whether it answers its probe."""
        try:
            return httpx.get(f"{self.url}/healthz", timeout=1).status_code == HTTPStatus.OK
        except httpx.HTTPError:
            assert self.process.poll() is None, self.log.read_text()
            return False

    def stop(self) -> float:
        """SIGTERM; returns the seconds it took, and kills what takes longer than ten."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return time.monotonic() - began


@contextmanager
def running_site(folder: Path, *, listener: socket.socket | None = None, **environment: str) -> Iterator[Site]:
    """Start `python -m autocrm.config.web`, on `listener` if there is one; it is stopped at the end."""
    port = free_port() if listener is None else int(listener.getsockname()[1])
    log = folder / f"web-{port}.log"
    values = {"AUTOCRM_PORT": str(port), "PYTHONPATH": str(ROOT / "src"), **environment}
    handed = [] if listener is None else [listener.fileno()]
    if handed:
        values["AUTOCRM_FD"] = str(handed[0])
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "autocrm.config.web"],
            env=os.environ | values,
            stdout=sink,
            stderr=sink,
            pass_fds=handed,
        )
    site = Site(port, process, log)
    try:
        wait_until(site.is_alive, seconds=60, what="the web process answers")
        yield site
    finally:
        site.stop()


@contextmanager
def running_valkey(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A Valkey of the test's own; killing it early is what it is for."""
    process = subprocess.Popen(
        [str(find_binary()), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _listens(port), seconds=10, what="Valkey listens")
        yield process
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
