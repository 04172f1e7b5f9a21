"""The running product for the journeys: the real supervisor, a database and a Valkey of their own.

The worker and the scheduler of a running product would take the jobs of other tests, so the journeys work on a clone
of their own, to which Django in this process turns as well: the cast's people exist in the browser's product.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import redis
from django.db import connections

from autocrm.config.cli.paths import ROOT
from autocrm.kernel.platform import PLATFORM
from tests.faults.processes import wait_until
from tests.support import database, pseudo
from tests.support.site import free_port, running_valkey

_WORDS = {"web": "autocrm.config.web", "worker": "celery", "scheduler": "run_scheduler"}
# Ids of tenants begin far from those of other databases: caches of this process, keyed by tenant, never mix them up.
_FIRST_TENANT = 5_000_000


@dataclass
class Stack:
    """The product, seen from outside."""

    port: int
    redis_url: str
    folder: Path
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]

    @property
    def said(self) -> str:
        return "\n".join(log.read_text(errors="replace")[-4000:] for log in sorted(self.folder.glob("*.log")))

    def pid_of(self, name: str) -> int | None:
        """The process `name` (web, worker or scheduler), None while it is away."""
        for child in psutil.Process(self.process.pid).children():
            # A child that has just died is a zombie without a command line.
            with suppress(psutil.NoSuchProcess):
                if _WORDS[name] in " ".join(child.cmdline()):
                    return child.pid
        return None

    def kill(self, name: str) -> int:
        """kill -9; the supervisor starts it again. Returns the pid that was."""
        pid = self.pid_of(name)
        assert pid is not None, f"{name} is away: {self.said}"
        os.kill(pid, signal.SIGKILL)
        return pid

    def forget_kept_numbers(self) -> None:
        """As if everything that is kept in Valkey had grown old."""
        with redis.Redis.from_url(self.redis_url) as client:
            for key in client.scan_iter("*analytics*"):
                client.delete(key)

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.said
        return "ready\n" in (self.folder / "supervisor.log").read_text()


@contextmanager
def running_stack(folder: Path, name: str) -> Iterator[Stack]:
    """Start the product on a new clone called `name`; everything is stopped and dropped at the end."""
    # The product reads its languages when it starts.
    pseudo.ensure_languages()
    database.clone(name)
    with psycopg.connect(database.url_for("admin", name), autocommit=True) as admin:
        admin.execute("SELECT setval(pg_get_serial_sequence('tenants_tenant', 'id'), %s)", [_FIRST_TENANT])
    valkey_port = free_port()
    try:
        with running_valkey(folder, valkey_port), _processes(folder, name, valkey_port) as stack, working_on(name):
            yield stack
    finally:
        database.drop(name)


@contextmanager
def _processes(folder: Path, name: str, valkey_port: int) -> Iterator[Stack]:
    port, redis_url = free_port(), f"redis://127.0.0.1:{valkey_port}/0"
    environment = database.environment(name) | {
        # The product as it is, and two languages more; see tests.support.pseudo.
        "DJANGO_SETTINGS_MODULE": "tests.support.settings",
        "AUTOCRM_PORT": str(port),
        # Files that a test keeps are those of the product, and the other way round.
        "AUTOCRM_DATA_DIR": os.environ["AUTOCRM_DATA_DIR"],
        "AUTOCRM_JOB_HINTS": "yes",
        "REDIS_URL": redis_url,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
    }
    command = [sys.executable, "-m", "tests.e2e.product", str(folder), str(port)]
    with (folder / "supervisor.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env=os.environ | environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    stack = Stack(port, redis_url, folder, process, environment)
    try:
        wait_until(stack.is_ready, seconds=90, what="the product to be ready")
        yield stack
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def working_on(name: str) -> Iterator[None]:
    """Let Django in this process work on database `name`."""
    aliases = ("default", PLATFORM)
    former = {alias: connections.databases[alias]["NAME"] for alias in aliases}
    _turn_to(dict.fromkeys(aliases, name))
    try:
        yield
    finally:
        _turn_to(former)


def _turn_to(names: dict[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections.databases[alias]["NAME"] = name
        connections[alias].settings_dict["NAME"] = name
