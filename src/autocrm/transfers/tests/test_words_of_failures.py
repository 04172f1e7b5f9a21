"""What a job says at its end is read by everybody in their own language, and told in that of whoever began it."""

from typing import Any

import pytest

from autocrm.jobs import services as jobs
from autocrm.jobs.models import Job
from autocrm.records.bulk_operations.selection import Selection
from autocrm.transfers import checking, export_running, running, taking_back, tasks
from autocrm.transfers.models import Export, Import
from autocrm.transfers.services import checks, exports, undoing
from autocrm.transfers.tests.workplace import CONTACT, bring_in, people, start, told, upload
from autocrm.users.models import Membership, User
from autocrm.users.selectors import forget_cached_actors
from tests.support.cast import Person, make_person

AGAIN = "Something went wrong again and again. The log of the server says more."
AGAIN_DE = "Immer wieder ging etwas schief. Das Protokoll des Servers sagt mehr."


@pytest.fixture
def german(alice: Person) -> Person:
    """Alice, who reads German."""
    User.objects.filter(id=alice.user.id).update(locale="de")
    alice.user.refresh_from_db()
    forget_cached_actors()
    return alice


@pytest.fixture
def colleague(alice: Person) -> Person:
    """Bob, who reads English and may see all imports."""
    return make_person("Bob Boss", alice.tenant)


def error_for(person: Person, batch: Import) -> str:
    return str(answer_for(person, f"/api/v1/imports/{batch.id}/")["error"])


def answer_for(person: Person, path: str) -> Any:
    return person.api.get(path, **{"Accept-Language": person.actor.locale}).json()


def body_of_notice(person: Person) -> tuple[str, str]:
    found = person.api.get("/api/v1/notifications/").json()["results"][0]
    return found["title"], found["body"]


def break_file(person: Person, batch: Import) -> None:
    """So that no worker will ever get through."""
    with person.at_work():
        Import.objects.filter(id=batch.id).update(delimiter="")


def run(person: Person) -> None:
    jobs.run_due(tenant_id=person.tenant.id)


def test_an_import_that_breaks_again_and_again(german: Person, colleague: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "MAX_ATTEMPTS", 1)
    batch = start(german, upload(german, people(3)))
    break_file(german, batch)

    run(german)

    assert (error_for(german, batch), error_for(colleague, batch)) == (AGAIN_DE, AGAIN)
    assert body_of_notice(german) == ("„people.csv“ konnte nicht importiert werden", AGAIN_DE)
    assert AGAIN in colleague.page.get(f"/imports/{batch.id}/").content.decode()
    assert AGAIN_DE in german.page.get(f"/imports/{batch.id}/").content.decode()
    assert told(colleague) == []


def test_an_import_whose_job_is_gone(german: Person, colleague: Person) -> None:
    batch = start(german, upload(german, people(3)))
    with german.at_work():
        Job.objects.filter(id=batch.job_id).update(state=Job.State.FAILED)

    tasks.find_lost()

    assert error_for(colleague, batch) == "The server stopped again and again while it imported this file."
    assert error_for(german, batch) == body_of_notice(german)[1]
    assert error_for(german, batch) != error_for(colleague, batch)


def test_rights_that_were_lost(alice: Person, german: Person, colleague: Person) -> None:
    boss = make_person("Cara Chefin", german.tenant)
    User.objects.filter(id=boss.user.id).update(locale="de")
    batch = start(boss, upload(boss, people(3)))
    with boss.at_work():
        Membership.objects.filter(user_id=boss.id).update(is_active=False)
    forget_cached_actors()

    run(german)

    assert error_for(colleague, batch) == "You may not do this."
    assert error_for(german, batch) == "Das dürfen Sie nicht."


def test_a_check_that_breaks_again_and_again(german: Person, colleague: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(checking, "MAX_ATTEMPTS", 1)
    batch = upload(german, people(3))
    with german.at_work() as actor:
        checks.start_check(batch.id, actor=actor)
    break_file(german, batch)

    run(german)

    assert (error_for(german, batch), error_for(colleague, batch)) == (AGAIN_DE, AGAIN)
    assert AGAIN_DE in german.page.get(f"/imports/{batch.id}/check/").content.decode()


def test_an_undo_that_breaks_again_and_again(german: Person, colleague: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(taking_back, "MAX_ATTEMPTS", 1)
    batch = bring_in(german, people(3))
    with german.at_work() as actor:
        undoing.start_undo(batch.id, actor=actor)
        Import.objects.filter(id=batch.id).update(undo_counts={})

    run(german)

    assert (error_for(german, batch), error_for(colleague, batch)) == (AGAIN_DE, AGAIN)
    assert body_of_notice(german) == ("„people.csv“ konnte nicht zurückgenommen werden", AGAIN_DE)


def test_an_export_that_breaks_again_and_again(german: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(export_running, "MAX_ATTEMPTS", 1)
    with german.at_work() as actor:
        export = exports.start_export(CONTACT, Selection(query="", ids=None), exports.Wanted(), actor=actor)
        Export.objects.filter(id=export.id).update(options=5)

    run(german)

    answer = answer_for(german, f"/api/v1/exports/{export.id}/")
    assert (answer["status"], answer["error"]) == ("failed", AGAIN_DE)
    assert body_of_notice(german)[1] == AGAIN_DE
