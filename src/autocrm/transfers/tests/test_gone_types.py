"""What was imported into an own object is still told once the object is gone."""

from typing import Any

import pytest

from autocrm.jobs import services as jobs
from autocrm.records.custom import objects as custom_objects
from autocrm.records.custom import removal
from autocrm.records.selectors import get_type
from autocrm.records.tests.test_custom_objects import make_object
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.tests.workplace import reread, start, upload

FILE = "Name\nVilla Aurora\nHut\n"


def delete(person: Any, made: Any, expected: int) -> None:
    with person.at_work() as actor:
        removal.delete_object(made.id, name="Properties", expected=expected, actor=actor)


@pytest.fixture
def made(alice: Any) -> Any:
    return make_object(alice)


def bring(person: Any, *, begin: bool = True) -> Import:
    with person.at_work():
        into = get_type("property")
    batch = upload(person, FILE, into=into)
    if begin:
        start(person, batch)
        jobs.run_due(tenant_id=person.tenant.id)
    return reread(person, batch)


def test_an_import_into_an_object_that_was_deleted_is_shown_but_cannot_be_taken_back(alice: Any, made: Any) -> None:
    batch = bring(alice)
    assert batch.created == 2
    delete(alice, made, expected=2)

    answer = alice.page.get(f"/imports/{batch.id}/")
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "The record type is not there any more" in page
    assert all(said in page for said in ("people.csv", "Alice Archer", "Done", "<b>2</b>"))
    assert f"/imports/{batch.id}/undo/" not in page
    assert f"/imports/{batch.id}/undo/" not in alice.page.get("/imports/").content.decode()
    assert alice.page.post(f"/imports/{batch.id}/undo/").status_code == 404
    assert reread(alice, batch).state == ImportState.DONE


def test_an_upload_that_nobody_began_is_shown_as_what_it_is(alice: Any, made: Any) -> None:
    batch = bring(alice, begin=False)
    delete(alice, made, expected=0)

    page = alice.page.get(f"/imports/{batch.id}/").content.decode()

    assert "The record type is not there any more" in page
    assert "Not started" in page


def test_while_the_object_is_archived_the_same_and_afterwards_it_can_be_taken_back(alice: Any, made: Any) -> None:
    batch = bring(alice)
    with alice.at_work() as actor:
        custom_objects.archive_object(made.id, actor=actor)
    assert f"/imports/{batch.id}/undo/" not in alice.page.get(f"/imports/{batch.id}/").content.decode()

    with alice.at_work() as actor:
        custom_objects.restore_object(made.id, actor=actor)

    assert f"/imports/{batch.id}/undo/" in alice.page.get(f"/imports/{batch.id}/").content.decode()
