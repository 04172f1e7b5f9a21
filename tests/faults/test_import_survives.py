"""A whole installation loses its worker, its Valkey's memory and its PostgreSQL while it imports 20,000 people."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
import redis

from autocrm.config.cli.installation import Installation
from autocrm.config.cli.paths import DataDirectory
from tests.faults.conftest import ROOT, RunningUp, clean_environment
from tests.faults.processes import is_alive, wait_until

pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

ROWS = 20_000
OWNER = "alice@acme.example"
# The lease of a killed worker ends after 20 s; the rest is a busy machine.
SECONDS_TO_THE_END = 180


@dataclass
class Script:
    """A script with a token of the workspace's owner."""

    running: RunningUp
    host: str
    token: str

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        headers = {"host": f"{self.host}:{self.running.port}", "authorization": f"Bearer {self.token}"}
        url = f"http://127.0.0.1:{self.running.port}{path}"
        return httpx.request(method, url, headers=headers | request.pop("headers", {}), timeout=30, **request)

    def read_import(self, import_id: str) -> dict[str, Any]:
        """The import as it is now, as soon as somebody answers."""
        answers: list[dict[str, Any]] = []

        def answers_now() -> bool:
            try:
                answer = self.ask("GET", f"/api/v1/imports/{import_id}/")
            except httpx.HTTPError:
                return False
            if answer.status_code == 200:
                answers.append(answer.json())
            return answer.status_code == 200

        wait_until(answers_now, seconds=60, what="an answer about the import")
        return answers[-1]


def command(running: RunningUp, *arguments: str) -> str:
    done = subprocess.run(
        [str(ROOT / "autocrm"), *arguments, "--data-dir", str(running.data)],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.fixture
def script(running: RunningUp) -> Script:
    subdomain = f"acme-{time.monotonic_ns()}"
    command(running, "manage", "create_workspace", "Acme", "--subdomain", subdomain, "--owner-email", OWNER)
    token = command(running, "token", OWNER, "--tenant", subdomain)
    return Script(running, f"{subdomain}.localhost", token)


def people(count: int) -> str:
    rows = (f"Ana{n},Silva{n},ana{n}@example.com,+1 212 555 {n % 10_000:04d}" for n in range(count))
    return "\n".join(["First name,Last name,E-mail,Phone", *rows]) + "\n"


@pytest.fixture
def storage(running: RunningUp, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Where the installation's own servers are; nothing of those that the suite itself uses."""
    for name in os.environ.keys() - clean_environment().keys():
        monkeypatch.delenv(name)
    installation = Installation(DataDirectory.at(str(running.data)))
    installation.recall_storage()
    return installation


def test_an_import_survives_everything_and_is_told_once(
    running: RunningUp, storage: Installation, script: Script
) -> None:
    answer = script.ask(
        "POST", "/api/v1/contacts/bulk_import/", content=people(ROWS), headers={"content-type": "text/csv"}
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "processing"
    import_id = answer.json()["task_id"]

    def hurt(deed: Callable[[], None]) -> int:
        """Wait for further rows, do it, and say how many rows were there."""
        seen = script.read_import(import_id)["done_rows"]
        wait_until(lambda: script.read_import(import_id)["done_rows"] > seen, seconds=90, what=f"more rows than {seen}")
        deed()
        return int(script.read_import(import_id)["done_rows"])

    done = [
        hurt(lambda: kill_worker(running)),
        hurt(lambda: flush(storage.redis_url)),
        hurt(lambda: stop_postgres_at_once(running)),
    ]
    wait_until(
        lambda: script.read_import(import_id)["status"] != "processing",
        seconds=SECONDS_TO_THE_END,
        what=f"the import to end; it was hurt at {done}",
    )

    assert max(done) < ROWS, "it was over before all had happened"
    ended = script.read_import(import_id)
    assert (ended["status"], ended["done_rows"], ended["created"], ended["faults"]) == ("done", ROWS, ROWS, 0)
    with psycopg.connect(storage.admin_url, dbname=storage.database) as admin:
        counts = admin.execute(COUNTS, {"subdomain": script.host.partition(".")[0]}).fetchone()
    assert counts == (ROWS, ROWS, ROWS, ROWS, 1)
    told = script.ask("GET", "/api/v1/notifications/").json()["results"]
    assert [each["kind"] for each in told] == ["import_finished"]


COUNTS = """
SELECT (SELECT count(*) FROM contacts_contact WHERE tenant_id = t.id),
       (SELECT count(DISTINCT email_key) FROM contacts_contact WHERE tenant_id = t.id),
       (SELECT count(*) FROM records_searchrow WHERE tenant_id = t.id AND record_type = 'contact'),
       (SELECT count(*) FROM journal_entry WHERE tenant_id = t.id AND kind = 'record.created'),
       (SELECT count(*) FROM notifications_notification WHERE tenant_id = t.id)
FROM tenants_tenant t WHERE subdomain = %(subdomain)s
"""


def kill_worker(running: RunningUp) -> None:
    os.kill(running.pid_of("celery"), signal.SIGKILL)


def flush(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushall()


def stop_postgres_at_once(running: RunningUp) -> None:
    """Without a checkpoint and without a word to anybody; the supervisor starts it again."""
    pid = running.pid_of("bin/postgres")
    os.kill(pid, signal.SIGQUIT)
    wait_until(lambda: not is_alive(pid), seconds=10, what="PostgreSQL to stop")
