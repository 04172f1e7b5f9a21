"""Jobs on real worker and scheduler processes: kill -9, an emptied Redis and a stopped one leave nothing undone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from autocrm.config import waking
from autocrm.config.supervisor.preflight import free_port
from autocrm.config.supervisor.valkey import find_binary
from autocrm.jobs.models import Job
from autocrm.jobs.selectors import list_live
from autocrm.jobs.tests.workplace import at_work, enqueue, read
from autocrm.kernel import jobs as port
from autocrm.kernel.ids import new_id
from tests.faults.processes import wait_until
from tests.support import database
from tests.support.plugin import DATABASE

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]
HANDLERS = "autocrm.jobs.tests.handlers"
RUN = f"import django; django.setup(); import {HANDLERS}; from django.core.management import call_command; "
ENQUEUE = RUN + (
    "import sys, threading; from autocrm.jobs.tests.workplace import enqueue; "
    "from autocrm.tenants.selectors import get_tenant; tenant = get_tenant(int(sys.argv[1])); "
    "[enqueue(tenant, 'tests.effect', {'n': n}) for n in range(int(sys.argv[2]))]; "
    # The thread that sends the hints has a moment to do so.
    "threading.Event().wait(0.5)"
)
START_SECONDS = 60


class Stack:
    """A Valkey of its own and whatever workers and schedulers a test starts, all on this suite's database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port("127.0.0.1")
        self._processes: list[subprocess.Popen[bytes]] = []
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.valkey = self.start_valkey()

    def start_valkey(self) -> "subprocess.Popen[bytes]":
        binary = find_binary()
        assert binary is not None
        process = self._start(str(binary), "--port", str(self._port), "--save", "", "--dir", str(self._folder))
        wait_until(self.redis_answers, seconds=10, what="Valkey to answer")
        return process

    def redis_answers(self) -> bool:
        with suppress(redis.RedisError), redis.Redis.from_url(self.url) as client:
            return bool(client.ping())
        return False

    def redis(self) -> "redis.Redis":
        return redis.Redis.from_url(self.url)

    def start_worker(self) -> "subprocess.Popen[bytes]":
        celery = (sys.executable, "-m", "celery", "-A", "autocrm.config.celery", "worker", "--concurrency", "4")
        return self._start(*celery, "--include", HANDLERS, "--without-gossip", "--without-mingle")

    def start_scheduler(self) -> "subprocess.Popen[bytes]":
        return self._start(sys.executable, "-c", RUN + "call_command('run_scheduler')")

    def enqueue_with_hints(self, tenant: Any, count: int) -> None:
        process = self._start(sys.executable, "-c", ENQUEUE, str(tenant.id), str(count))
        assert process.wait(START_SECONDS) == 0, self.said()

    def _start(self, *command: str) -> "subprocess.Popen[bytes]":
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")])
        environment = os.environ | {"REDIS_URL": self.url, "AUTOCRM_JOB_HINTS": "yes", "PYTHONPATH": path}
        with (self._folder / "output.log").open("ab") as output:
            process = subprocess.Popen(
                command, env=environment, cwd=self._folder, stdout=output, stderr=output, start_new_session=True
            )
        self._processes.append(process)
        return process

    def said(self) -> str:
        return (self._folder / "output.log").read_text(errors="replace")[-4000:]

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def stop(self) -> None:
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


@pytest.fixture
def stack(db: None, tmp_path: Path) -> Iterator[Stack]:
    stack = Stack(tmp_path)
    try:
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def effects(db: None) -> Iterator[psycopg.Connection]:
    """A table in which jobs leave one row for each time they took effect."""
    with psycopg.connect(database.url_for("owner", DATABASE), autocommit=True) as owner:
        owner.execute("CREATE TABLE jobs_effect (tenant bigint NOT NULL, n integer NOT NULL)")
        try:
            yield owner
        finally:
            owner.execute("DROP TABLE jobs_effect")


def effects_of(effects: psycopg.Connection, tenant: Any) -> list[int]:
    return [n for (n,) in effects.execute("SELECT n FROM jobs_effect WHERE tenant = %s ORDER BY n", [tenant.id])]


def states_of(tenant: Any) -> set[str]:
    with at_work(tenant):
        return set(Job.objects.values_list("state", flat=True))


def shows_itself(worker: "subprocess.Popen[bytes]") -> bool:
    return any(beat.name.endswith(f":{worker.pid}") for beat in list_live("worker"))


def test_job_of_a_killed_worker_is_done_once_within_its_lease(stack: Stack, effects: Any, acme: Any) -> None:
    job_id = enqueue(acme, "tests.effect", {"n": 1, "hang": True})
    worker = stack.start_worker()
    stack.start_scheduler()
    wait_until(lambda: read(acme, job_id).state == "running", seconds=START_SECONDS, what="the worker to take the job")

    stack.kill(worker)
    killed_at = time.monotonic()
    stack.start_worker()
    wait_until(lambda: read(acme, job_id).state == "done", seconds=START_SECONDS, what=f"the job: {stack.said()}")

    job = read(acme, job_id)
    assert effects_of(effects, acme) == [1]
    assert job.attempts == 2
    # The lease of three seconds, a sweep, and the new worker's own start on a busy machine.
    assert time.monotonic() - killed_at < job.lease_seconds + 2 + 20


def test_emptied_redis_loses_and_doubles_nothing(stack: Stack, effects: Any, acme: Any) -> None:
    stack.enqueue_with_hints(acme, 200)
    assert int(stack.redis().llen("default")) > 0
    stack.redis().flushall()

    stack.start_worker()
    stack.start_scheduler()
    wait_until(lambda: len(effects_of(effects, acme)) > 20, seconds=START_SECONDS, what=f"some jobs: {stack.said()}")
    stack.redis().flushall()
    wait_until(lambda: states_of(acme) == {"done"}, seconds=START_SECONDS, what=f"200 jobs: {stack.said()}")

    assert effects_of(effects, acme) == list(range(200))


def test_scheduler_runs_jobs_itself_while_redis_is_away(stack: Stack, effects: Any, acme: Any) -> None:
    stack.kill(stack.valkey)
    scheduler = stack.start_scheduler()
    with at_work(acme):
        for number in range(20):
            port.enqueue("tests.effect", {"n": number})

    wait_until(lambda: states_of(acme) == {"done"}, seconds=START_SECONDS, what=f"20 jobs: {stack.said()}")

    assert effects_of(effects, acme) == list(range(20))
    scheduler.send_signal(signal.SIGTERM)
    started = time.monotonic()
    assert scheduler.wait(10) == 0
    assert time.monotonic() - started < 2


def test_asking_for_a_worker_costs_nothing_while_redis_is_away(stack: Stack, settings: Any) -> None:
    settings.REDIS_URL = stack.url
    stack.kill(stack.valkey)
    waker = waking.Waker()

    started = time.monotonic()
    for _ in range(5_000):
        waker.wake("default", 1, new_id())

    assert time.monotonic() - started < 0.5


def test_worker_stops_when_asked_and_hurts_no_job(stack: Stack, effects: Any, acme: Any) -> None:
    worker = stack.start_worker()
    wait_until(lambda: shows_itself(worker), seconds=START_SECONDS, what=f"the worker's heartbeat: {stack.said()}")
    stack.start_scheduler()
    for number in range(50):
        enqueue(acme, "tests.effect", {"n": number})
    wait_until(lambda: len(effects_of(effects, acme)) > 5, seconds=START_SECONDS, what=f"some jobs: {stack.said()}")

    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    stack.start_worker()
    wait_until(lambda: states_of(acme) == {"done"}, seconds=START_SECONDS, what=f"50 jobs: {stack.said()}")

    assert effects_of(effects, acme) == list(range(50))
