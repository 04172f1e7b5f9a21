"""The dashboard as page and as API: the same numbers, for everybody within their rights."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from autocrm.activities.models import Task
from autocrm.activities.services import About, create_task
from autocrm.activities.states import TaskStatus
from autocrm.analytics.activity import list_recent
from autocrm.contacts.tests.factories import make_company, make_contact
from autocrm.kernel import clock
from autocrm.kernel.actors import ActorKind
from autocrm.records import services as records
from autocrm.records.registry import record_types
from autocrm.tenants.models import Tenant
from tests.support.cast import Person, host_of

HTMX = {"HX-Request": "true"}


def text(response: Any) -> str:
    return unescape(response.content.decode())


def make_task(person: Person, subject: str, days: int, **values: Any) -> Task:
    with person.at_work() as actor:
        due = clock.now() + timedelta(days=days)
        return create_task({"subject": subject, "due_at": due, "owner": person.id}, actor=actor, **values)


def test_home_leads_to_the_dashboard(alice: Person) -> None:
    assert alice.page.get("/")["Location"] == "/dashboard/"


def test_the_page_shows_tiles_charts_tasks_and_what_happened(alice: Person) -> None:
    contact = make_contact(alice, first_name="Ingrid", last_name="Halvorsen", type="customer")
    make_task(alice, "Call Ingrid", -1, about=[About("contact", contact.id)])

    page = text(alice.page.get("/dashboard/"))

    for words in ("Contacts", "New in 30 days", "Average engagement", "High value", "Companies", "1 overdue"):
        assert words in page
    assert "New contacts by week" in page
    assert "Contacts by type" in page
    assert 'data-refresh-every="30"' in page
    assert "Call Ingrid" in page
    assert f'href="/contacts/{contact.id}/"' in page
    assert "style=" not in page


def test_what_is_loaded_again_is_the_tiles_alone(alice: Person) -> None:
    make_contact(alice)

    part = text(alice.page.get("/dashboard/", headers=HTMX))

    assert part.strip().startswith('<div class="dash-in"')
    assert "<html" not in part
    assert 'id="dash-as-of" hx-swap-oob="true"' in part


def test_an_empty_workspace_says_what_to_do(alice: Person) -> None:
    page = text(alice.page.get("/dashboard/"))

    assert "No contacts yet" in page
    assert "New contact" in page
    assert "New contacts by week" not in page


def test_bob_sees_no_tile_of_what_is_closed_to_him(alice: Person, bob: Person) -> None:
    make_company(alice, name="Secret Corp")
    make_contact(alice, first_name="Secret", last_name="Agent")
    make_contact(bob, first_name="Own", last_name="Contact")

    page = text(bob.page.get("/dashboard/"))

    assert "kpi-companies" not in page
    assert "Secret" not in page
    assert "Own Contact" in page


def test_visitors_sign_in_first(acme: Tenant) -> None:
    answer = Client(headers={"host": host_of(acme)}).get("/dashboard/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_done_finishes_the_task_and_undo_opens_it_again(alice: Person) -> None:
    task = make_task(alice, "Call Ingrid", 0)

    done = alice.page.post(f"/dashboard/tasks/{task.id}/done/", headers=HTMX)

    assert done.status_code == 204
    assert f"/dashboard/tasks/{task.id}/reopen/" in done["HX-Trigger"]
    with alice.at_work():
        assert Task.objects.get(pk=task.id).status == TaskStatus.DONE
    assert "Nothing is due" in text(alice.page.get("/dashboard/"))

    alice.page.post(f"/dashboard/tasks/{task.id}/reopen/", headers=HTMX)

    with alice.at_work():
        assert Task.objects.get(pk=task.id).status == TaskStatus.OPEN


@pytest.mark.parametrize("verb", ["done", "reopen"])
def test_nobody_finishes_a_task_that_is_not_open_to_them(
    alice: Person, bob: Person, charlie: Person, verb: str
) -> None:
    task = make_task(alice, "Alice's own", 0)

    for stranger in (bob, charlie):
        assert stranger.page.post(f"/dashboard/tasks/{task.id}/{verb}/", headers=HTMX).status_code == 404
    with alice.at_work():
        assert Task.objects.get(pk=task.id).status == TaskStatus.OPEN


def test_the_api_answers_the_same_numbers(alice: Person) -> None:
    make_contact(alice, type="customer")
    make_task(alice, "Late", -2)

    body = alice.api.get("/api/v1/dashboard/").json()

    assert body["contacts"]["total"] == body["contacts"]["new_30_days"] == 1
    assert body["contacts"]["average_engagement"] is not None
    assert [each["count"] for each in body["contacts"]["by_type"] if each["type"] == "customer"] == [1]
    assert len(body["contacts"]["by_week"]) == 12
    assert body["contacts"]["pages"]["high_value"].startswith("/contacts/?engagement_score__gte=75")
    assert body["tasks"]["overdue"] == 1
    assert body["companies"]["total"] == 0


def test_a_narrow_token_gets_what_its_scopes_open(alice: Person) -> None:
    make_contact(alice)
    alice.api.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {alice.new_token(scopes=['company:read'])}"

    body = alice.api.get("/api/v1/dashboard/").json()

    assert set(body) == {"as_of", "companies"}


def test_without_a_token_there_is_nothing(acme: Tenant) -> None:
    assert Client(headers={"host": host_of(acme)}).get("/api/v1/dashboard/").status_code == 401


def test_a_change_is_told_in_words_and_hidden_fields_are_not(alice: Person, bob: Person) -> None:
    contact = make_contact(bob, first_name="Own", last_name="Contact", type="lead")
    contact_type = record_types.get("contact")
    with alice.at_work() as actor:
        records.update_record(contact_type, contact.id, {"source": "A secret fair"}, actor=actor)
    with alice.at_work() as actor:
        records.update_record(contact_type, contact.id, {"type": "customer", "source": "Another"}, actor=actor)

    with bob.at_work() as actor:
        lines = list_recent(actor)

    assert [(line.who, line.did, line.label, line.detail) for line in lines] == [
        ("Alice Archer", "changed contact", "Own Contact", "Type: Lead → Customer"),
        ("Bob Baker", "added contact", "Own Contact", ""),
    ]


def test_many_alike_become_one_line(alice: Person) -> None:
    contact = record_types.get("contact")
    with alice.at_work() as actor:
        importer = actor.acting_as(ActorKind.IMPORT, label="contacts.csv")
        for at in range(12):
            records.create_record(contact, {"first_name": "Row", "last_name": str(at)}, actor=importer)

    with alice.at_work() as actor:
        lines = list_recent(actor)

    assert [(line.who, line.label, line.detail) for line in lines] == [("contacts.csv", "Row 11", "and 11 more")]


def test_finishing_a_task_is_one_line_however_many_entries_it_wrote(alice: Person) -> None:
    contact = make_contact(alice, first_name="Ingrid", last_name="Halvorsen")
    task = make_task(alice, "Call Ingrid", 0, about=[About("contact", contact.id)])
    alice.page.post(f"/dashboard/tasks/{task.id}/done/", headers=HTMX)

    with alice.at_work() as actor:
        did = [(line.did, line.label) for line in list_recent(actor)]

    assert did == [
        ("completed task", "Call Ingrid"),
        ("added task", "Call Ingrid"),
        ("added contact", "Ingrid Halvorsen"),
    ]


def test_nothing_of_another_workspace_is_told(alice: Person, charlie: Person) -> None:
    make_contact(charlie, first_name="Not", last_name="Yours")

    with alice.at_work() as actor:
        assert list_recent(actor) == []
