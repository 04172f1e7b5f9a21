"""The worker is killed and Valkey emptied while an import runs: it ends with exactly its rows and one notification."""

import httpx
import psutil
import pytest
import redis
from playwright.sync_api import expect

from autocrm.records.registry import record_types
from tests.e2e.browsing import Browsing
from tests.e2e.stack import Stack
from tests.faults.processes import wait_until
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.faults, pytest.mark.xdist_group("e2e")]

ROWS = 20_000
URL = "/api/v1/contacts/bulk_import/"


def test_twenty_thousand_rows_survive(browsing: Browsing, stack: Stack, alice: Person) -> None:
    lines = ["First name,E-mail", *(f"Ana{number},ana{number}@example.com" for number in range(ROWS))]
    # To the running product itself: its worker reads the file from where its web process put it.
    answer = httpx.post(
        f"http://127.0.0.1:{stack.port}{URL}",
        content="\n".join(lines),
        headers={"Host": alice.host, "Authorization": f"Bearer {alice.new_token()}", "Content-Type": "text/csv"},
        timeout=30,
    )
    assert answer.status_code == 202, answer.text
    task = f"/api/v1/imports/{answer.json()['task_id']}/"
    valkey = redis.Redis.from_url(psutil.Process(stack.process.pid).environ()["REDIS_URL"])

    for share in (0.1, 0.4):
        wait_until(lambda least=share * ROWS: alice.api.get(task).json()["done_rows"] >= least, seconds=90, what="rows")
        stack.kill("worker")
        valkey.flushall()
    wait_until(lambda: alice.api.get(task).json()["status"] == "done", seconds=120, what="the end of the import")

    end = alice.api.get(task).json()
    assert (end["created"], end["failed"], end["faults"]) == (ROWS, 0, 0)
    with alice.at_work():
        assert record_types.get("contact").model.objects.count() == ROWS
    page = browsing.enter(alice)
    page.goto("/inbox/")
    expect(page.locator(".ntf", has_text=f"Imported {ROWS:,} contacts")).to_have_count(1)
