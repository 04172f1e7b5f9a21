"""A large workbook is made a table by a job: the upload answers at once, the page shows that it is being read."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from autocrm.jobs import services as jobs
from autocrm.transfers import progress, telling
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.services import uploads
from autocrm.transfers.tests.test_sources import workbook
from autocrm.transfers.tests.workplace import reread

HTMX = {"HX-Request": "true"}
ROWS = (["First name", "E-mail"], ["Ana", "ana@example.com"])


@pytest.fixture(autouse=True)
def _all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "AT_ONCE_BYTES", 100)


def send(person: Any, content: bytes, name: str = "people.xlsx") -> Import:
    person.page.post("/contacts/import/", {"file": SimpleUploadedFile(name, content)})
    with person.at_work():
        return Import.objects.get()


def test_a_large_workbook_is_read_while_the_page_shows_it(alice: Any) -> None:
    batch = send(alice, workbook(*ROWS).getvalue())
    url = f"/imports/{batch.id}/"

    assert (batch.state, batch.columns, batch.table_key) == (ImportState.READING, [], "")
    assert "Reading the workbook" in alice.page.get(url).content.decode()
    assert alice.page.post(f"{url}start/", {}).status_code in {400, 409}
    jobs.run_due(tenant_id=alice.tenant.id)

    done = reread(alice, batch)
    assert (done.state, done.columns, done.total_rows) == (ImportState.UPLOADED, ["First name", "E-mail"], 1)
    assert done.mapping == {"First name": "first_name", "E-mail": "email"}
    assert alice.page.get(f"{url}?was=reading", headers=HTMX)["HX-Redirect"] == url
    assert "2 of 2 mapped" in alice.page.get(url).content.decode()


def test_a_workbook_that_cannot_be_read_says_so_on_its_page(alice: Any) -> None:
    batch = send(alice, b"PK\x03\x04" + b"nothing that unpacks " * 20)

    jobs.run_due(tenant_id=alice.tenant.id)

    done = reread(alice, batch)
    assert done.state == ImportState.FAILED
    assert done.error
    assert "This file could not be imported" in alice.page.get(f"/imports/{batch.id}/").content.decode()


def test_reading_can_be_given_up(alice: Any) -> None:
    batch = send(alice, workbook(*ROWS).getvalue())

    alice.page.post(f"/imports/{batch.id}/cancel/")
    jobs.run_due(tenant_id=alice.tenant.id)

    done = reread(alice, batch)
    assert (done.state, done.columns) == (ImportState.CANCELLED, [])
    page = alice.page.get(f"/imports/{batch.id}/").content.decode()
    assert "Nothing was imported." in page
    assert "Left as they were" not in page


def test_how_many_rows_were_read_is_told_meanwhile(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_HINTS", 0)
    batch = send(alice, workbook(ROWS[0], *[ROWS[1]] * 2500).getvalue())
    url, seen = f"/imports/{batch.id}/", []
    push = telling.push_state

    def look(pushed: Import) -> None:
        push(pushed)
        seen.append((pushed.state, pushed.check_rows))

    monkeypatch.setattr(telling, "push_state", look)
    jobs.run_due(tenant_id=alice.tenant.id)

    assert seen == [(ImportState.READING, 1000), (ImportState.READING, 2000)]
    done = reread(alice, batch)
    assert (done.state, done.total_rows, done.check_rows) == (ImportState.UPLOADED, 2500, 0)
    with alice.at_work():
        Import.objects.filter(id=batch.id).update(state=ImportState.READING, check_rows=2000)
    assert '<b class="medium">2,000</b>' in alice.page.get(url).content.decode()


def test_what_is_stopped_in_the_middle_is_not_read_to_its_end(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_HINTS", 0)
    batch = send(alice, workbook(ROWS[0], *[ROWS[1]] * 4500).getvalue())
    told: list[int] = []
    tell = progress.Progress.tell

    def tell_and_stop(self: Any, rows: int) -> None:
        told.append(rows)
        tell(self, rows)
        alice.page.post(f"/imports/{batch.id}/cancel/")

    monkeypatch.setattr(progress.Progress, "tell", tell_and_stop)
    jobs.run_due(tenant_id=alice.tenant.id)

    assert told == [1000, 2000]
    done = reread(alice, batch)
    assert (done.state, done.columns, done.table_key) == (ImportState.CANCELLED, [], "")


def test_a_text_table_is_read_at_once_whatever_its_size(alice: Any) -> None:
    batch = send(alice, b"First name,E-mail\n" + b"Ana,ana@example.com\n" * 50, "people.csv")

    assert (batch.state, batch.total_rows) == (ImportState.UPLOADED, 50)
