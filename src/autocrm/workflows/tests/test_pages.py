"""The workflow pages: the list, the editor that keeps nothing until it publishes, runs, versions."""

import json
from html import unescape
from typing import Any

import pytest
from django.test import Client

from autocrm.contacts.tests.factories import make_contact
from autocrm.jobs import services as jobs
from autocrm.journal import services as journal
from autocrm.records import services as records
from autocrm.records.registry import record_types
from autocrm.tenants.models import Tenant
from autocrm.users.models import Role
from autocrm.workflows import services
from autocrm.workflows.models import RunState, Workflow, WorkflowRun
from autocrm.workflows.tests.factories import form_of, make_workflow
from tests.support.cast import Person, host_of, make_person, make_role

HTMX = {"HX-Request": "true"}


def text(response: Any) -> str:
    return unescape(response.content.decode())


def work_off(person: Person) -> None:
    journal.run_consumers(tenant_id=person.tenant.id, consumer="workflows")
    jobs.run_due(tenant_id=person.tenant.id)


def make_failed_run(person: Person) -> WorkflowRun:
    """A run that failed at its second step, since its publisher may not make tasks."""
    step = {"action": "create_task", "inputs": {"subject": "Call {{ contact.name }}"}}
    greet = {"action": "notify", "inputs": {"title": "New lead: {{ contact.name }}"}}
    rights = {"contact": {"read": "all"}, "*": {}}
    role = make_role(person.tenant, records=rights, codes=["workflows.manage"])
    make_workflow(make_person("Paul Publisher", person.tenant, role), steps=[greet, step])
    make_contact(person, first_name="Ingrid", last_name="Halvorsen", type="lead")
    work_off(person)
    with person.at_work():
        return WorkflowRun.objects.select_related("workflow").get()


def test_the_list_tells_when_each_starts_and_how_it_fares(alice: Person) -> None:
    workflow = make_workflow(alice)
    make_contact(alice, type="lead")
    work_off(alice)

    page = text(alice.page.get("/workflows/"))

    assert "New lead" in page
    assert "Contact is created, if Type is Lead" in page
    assert f'id="done-{workflow.id}" href="/workflows/{workflow.id}/runs/?state=done">1</a>' in page
    assert 'role="switch"' in page


def test_an_empty_list_says_what_a_workflow_is(alice: Person) -> None:
    assert "No workflows yet" in text(alice.page.get("/workflows/"))


def test_the_switch_switches(alice: Person) -> None:
    workflow = make_workflow(alice)

    off = alice.page.post(f"/workflows/{workflow.id}/switch/", {}, headers=HTMX)

    assert off.status_code == 200
    assert "Off v1" in text(off)
    assert "is off" in off["HX-Trigger"]
    with alice.at_work():
        assert not Workflow.objects.get().is_on
    alice.page.post(f"/workflows/{workflow.id}/switch/", {"is_on": "1"}, headers=HTMX)
    with alice.at_work():
        assert Workflow.objects.get().is_on


def test_the_editor_shows_cards_and_the_settings_of_each(alice: Person) -> None:
    workflow = make_workflow(alice)

    page = text(alice.page.get(f"/workflows/{workflow.id}/"))

    for words in ("Contact is created", "Type is Lead", "Create a task for the owner", "New lead: {{ contact.name }}"):
        assert words in page
    assert 'class="node trig on"' in page
    assert 'data-insert="{{ contact.first_name }}"' in page
    assert "changed_to" in page
    assert "style=" not in page


def test_a_new_workflow_is_published_from_the_form(alice: Person) -> None:
    condition = {"field": "type", "cmp": "is", "value": "customer"}

    answer = alice.page.post("/workflows/new/", form_of(condition=json.dumps(condition)), headers=HTMX)

    with alice.at_work():
        workflow = Workflow.objects.select_related("version").get()
        assert answer["HX-Redirect"] == f"/workflows/{workflow.id}/"
        assert (workflow.name, workflow.is_on, workflow.version.number) == ("Welcome", True, 1)
        assert workflow.version.condition == condition
        assert workflow.version.steps == [{"action": "notify", "inputs": {"title": "New: {{ contact.title }}"}}]


def test_publishing_makes_a_new_version_only_when_something_differs(alice: Person) -> None:
    alice.page.post("/workflows/new/", form_of(), headers=HTMX)
    with alice.at_work():
        path = f"/workflows/{Workflow.objects.get().id}/"

    alice.page.post(path, form_of(name="Greeting", based_on="1"), headers=HTMX)
    with alice.at_work():
        workflow = Workflow.objects.select_related("version").get()
        assert (workflow.name, workflow.version.number) == ("Greeting", 1)

    alice.page.post(path, form_of(based_on="1", step__0__input__title="Hello"), headers=HTMX)
    with alice.at_work():
        workflow = Workflow.objects.select_related("version").get()
        assert (workflow.version.number, workflow.version.steps[0]["inputs"]["title"]) == (2, "Hello")
    assert "v2" in text(alice.page.get(f"{path}versions/"))


def test_who_publishes_over_a_newer_version_is_told(alice: Person) -> None:
    workflow = make_workflow(alice)

    answer = alice.page.post(f"/workflows/{workflow.id}/", form_of(based_on="0"), headers=HTMX)

    assert answer.status_code == 409
    assert "meanwhile" in answer["HX-Trigger"]
    assert "Welcome" in text(answer)


@pytest.mark.parametrize(
    ("change", "part", "fault"),
    [
        ({"name": " "}, "start", "Give the workflow a name"),
        ({"record_type": "unicorn", "shown_type": "unicorn"}, "start", "no such record type"),
        ({"trigger": "moon_is_full"}, "start", "no such trigger"),
        ({"condition": '{"field": "password", "cmp": "is", "value": 1}'}, "condition", "field"),
        ({"condition": "{"}, "condition", "comparison"),
        ({"steps": "0"}, "start", "1 to 50 steps"),
        ({"step__0__action": "explode"}, "step-0", "no such action"),
        ({"step__0__input__title": ""}, "step-0", "required"),
        ({"step__0__input__title": "{{ contact.password }}"}, "step-0", "contact.password"),
        ({"step__0__action": "create_task", "step__0__input__due_in_days": "soon"}, "step-0", "from 0 to 3650"),
        (
            {"step__0__action": "create_task", "step__0__input__subject": "x", "step__0__input__priority": "?"},
            "step-0",
            "choices",
        ),
    ],
)
def test_a_fault_is_shown_where_it_is_mended(alice: Person, change: dict[str, str], part: str, fault: str) -> None:
    answer = alice.page.post("/workflows/new/", form_of(**change), headers=HTMX)

    page = text(answer)
    assert answer.status_code == 422
    assert fault in page
    assert f'name="selected" value="{part}"' in page
    assert "Nothing was published" in page
    with alice.at_work():
        assert not Workflow.objects.exists()


@pytest.mark.parametrize(
    ("wish", "actions", "selected"),
    [
        ("add:0", ["notify", "notify", "create_task"], "step-0"),
        ("add:2", ["notify", "create_task", "notify"], "step-2"),
        ("remove:0", ["create_task"], "step-0"),
        ("up:1", ["create_task", "notify"], "step-0"),
        ("down:0", ["create_task", "notify"], "step-1"),
        ("down:1", ["notify", "create_task"], "start"),
        ("copy:0", ["notify", "notify", "create_task"], "step-1"),
        ("select:step-1", ["notify", "create_task"], "step-1"),
        ("select:nonsense", ["notify", "create_task"], "start"),
        ("explode:1", ["notify", "create_task"], "start"),
        ("add:99", ["notify", "create_task"], "start"),
    ],
)
def test_the_form_comes_back_changed_and_nothing_is_kept(
    alice: Person, wish: str, actions: list[str], selected: str
) -> None:
    form = form_of(steps="2", step__1__action="create_task", step__1__input__subject="Call", wish=wish)

    page = text(alice.page.post("/workflows/new/draft/", form, headers=HTMX))

    assert f'name="steps" value="{len(actions)}"' in page
    assert f'name="selected" value="{selected}"' in page
    places = [page.index(f'name="step-{at}-action"') for at in range(len(actions))]
    for place, action in zip(places, actions, strict=True):
        assert f'<option value="{action}" selected>' in page[place : place + 900]
    with alice.at_work():
        assert not Workflow.objects.exists()


def test_characters_that_no_database_takes_are_left_out(alice: Person) -> None:
    form = form_of(name="Wel\x00come", description="\x00", step__0__input__title="Hel\x00lo")

    alice.page.post("/workflows/new/", form, headers=HTMX)

    with alice.at_work():
        workflow = Workflow.objects.select_related("version").get()
        assert (workflow.name, workflow.description) == ("Welcome", "")
        assert workflow.version.steps[0]["inputs"]["title"] == "Hello"


def test_another_record_type_drops_the_condition_and_offers_its_fields(alice: Person) -> None:
    form = form_of(record_type="company", condition='{"field": "type", "cmp": "is", "value": "lead"}')

    page = text(alice.page.post("/workflows/new/draft/", form, headers=HTMX))

    assert "Company is created" in page
    assert 'data-insert="{{ company.domain }}"' in page
    assert 'name="condition" value=""' in page


def test_runs_show_what_went_in_what_came_out_and_what_failed(alice: Person) -> None:
    run = make_failed_run(alice)

    page = text(alice.page.get(f"/workflows/{run.workflow.id}/runs/"))

    assert "Ingrid Halvorsen" in page
    assert "New lead: Ingrid Halvorsen" in page
    assert "notified" in page
    assert "Your role does not allow this." in page
    assert "Run again" in page
    assert f"/workflows/runs/{run.id}/replay/" in page


def test_a_state_narrows_the_runs(alice: Person) -> None:
    run = make_failed_run(alice)
    path = f"/workflows/{run.workflow.id}/runs/"

    assert "Ingrid Halvorsen" in text(alice.page.get(path, {"state": "failed"}))
    assert "No such runs" in text(alice.page.get(path, {"state": "done"}))
    assert alice.page.get(path, {"state": "sleeping"}).status_code == 422
    assert alice.page.get(path, {"cursor": "nonsense"}).status_code == 422


def test_runs_are_paged(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = make_workflow(alice)
    for at in range(27):
        make_contact(alice, first_name="Row", last_name=f"N{at:02d}", type="lead")
    journal.run_consumers(tenant_id=alice.tenant.id, consumer="workflows")

    first = text(alice.page.get(f"/workflows/{workflow.id}/runs/"))
    cursor = first.split('hx-get="?cursor=')[1].split('"')[0]
    second = text(alice.page.get(f"/workflows/{workflow.id}/runs/?cursor={cursor}", headers=HTMX))

    assert first.count("<details") == 25
    assert second.count("<details") == 2
    assert "<html" not in second


def test_run_again_goes_on_from_the_step_that_failed(alice: Person) -> None:
    run = make_failed_run(alice)

    again = alice.page.post(f"/workflows/runs/{run.id}/replay/", headers=HTMX)

    assert again.status_code == 204
    with alice.at_work():
        assert WorkflowRun.objects.get().state == RunState.RUNNING
    assert alice.page.post(f"/workflows/runs/{run.id}/replay/", headers=HTMX).status_code == 409


def test_a_run_that_was_held_back_says_why(alice: Person) -> None:
    step = {"action": "create_task", "inputs": {"subject": "Again: {{ task.subject }}"}}
    workflow = make_workflow(alice, "Echo", record_type="task", condition=None, steps=[step])
    with alice.at_work() as actor:
        records.create_record(record_types.get("task"), {"subject": "First"}, actor=actor)
    for _round in range(12):
        work_off(alice)

    page = text(alice.page.get(f"/workflows/{workflow.id}/runs/", {"state": "suppressed"}))

    assert "Held back: the workflow followed from itself" in page


def test_a_card_shows_how_many_runs_failed_there(alice: Person) -> None:
    run = make_failed_run(alice)

    page = text(alice.page.get(f"/workflows/{run.workflow.id}/"))

    assert '<span class="pill bad">1<span class="sr"> failed</span></span>' in page


def test_the_right_to_manage_workflows_opens_no_records(alice: Person) -> None:
    run = make_failed_run(alice)
    role = make_role(alice.tenant, records={"contact": {"read": "own"}, "*": {}}, codes=["workflows.manage"])
    dora = make_person("Dora Dunn", alice.tenant, role)

    page = text(dora.page.get(f"/workflows/{run.workflow.id}/runs/"))

    assert "A record you cannot see" in page
    assert "Ingrid" not in page
    body = dora.api.get(f"/api/v1/workflows/{run.workflow.id}/runs/").json()
    assert body["results"][0]["record"] is None
    assert "inputs" not in body["results"][0]["steps"][0]


def test_who_may_not_read_a_field_puts_it_into_no_text(alice: Person) -> None:
    role = make_role(
        alice.tenant,
        records={"*": {"read": "all"}},
        fields={"contact": {"source": "hidden"}},
        codes=["workflows.manage"],
    )
    dora = make_person("Dora Dunn", alice.tenant, role)

    offered = text(dora.page.get("/workflows/new/"))
    refused = dora.page.post("/workflows/new/", form_of(step__0__input__title="{{ contact.source }}"), headers=HTMX)

    assert "contact.first_name" in offered
    assert "contact.source" not in offered
    assert refused.status_code == 422


def test_a_step_loses_what_its_publisher_may_no_longer_read(alice: Person) -> None:
    step = {"action": "notify", "inputs": {"title": "From {{ contact.source }}"}}
    role = make_role(alice.tenant, records={"*": {"read": "all"}}, codes=["workflows.manage"])
    dora = make_person("Dora Dunn", alice.tenant, role)
    make_workflow(dora, steps=[step])
    with alice.at_work():
        Role.objects.filter(pk=role.pk).update(fields={"contact": {"source": "hidden"}})
    make_contact(alice, type="lead", source="A secret fair")

    work_off(alice)

    with alice.at_work():
        assert WorkflowRun.objects.get().state == RunState.FAILED


PAGES = ("", "new/", "{id}/", "{id}/runs/", "{id}/versions/")
POSTS = ("new/", "new/draft/", "{id}/", "{id}/draft/", "{id}/switch/", "runs/{run}/replay/")


def test_bob_without_the_right_finds_no_door(alice: Person, bob: Person) -> None:
    run = make_failed_run(alice)
    names = {"id": run.workflow.id, "run": run.id}

    for path in PAGES:
        assert bob.page.get(f"/workflows/{path.format(**names)}").status_code == 403, path
    for path in POSTS:
        assert bob.page.post(f"/workflows/{path.format(**names)}", form_of(), headers=HTMX).status_code == 403, path
    assert 'href="/workflows/"' not in text(bob.page.get("/dashboard/"))
    assert 'href="/workflows/"' in text(alice.page.get("/dashboard/"))


def test_charlie_finds_nothing_of_acme(alice: Person, charlie: Person) -> None:
    run = make_failed_run(alice)
    names = {"id": run.workflow.id, "run": run.id}

    assert "New lead" not in text(charlie.page.get("/workflows/"))
    for path in PAGES[2:]:
        assert charlie.page.get(f"/workflows/{path.format(**names)}").status_code == 404, path
    for path in POSTS[2:]:
        answer = charlie.page.post(f"/workflows/{path.format(**names)}", form_of(), headers=HTMX)
        assert answer.status_code == 404, path
    with alice.at_work():
        workflow = Workflow.objects.select_related("version").get()
        assert (workflow.name, workflow.is_on, workflow.version.number) == ("New lead", True, 1)
        assert WorkflowRun.objects.get().state == RunState.FAILED


def test_visitors_sign_in_first(acme: Tenant) -> None:
    assert Client(headers={"host": host_of(acme)}).get("/workflows/").status_code == 302


def test_the_palette_finds_workflows_and_makes_new_ones(alice: Person, bob: Person) -> None:
    workflow = make_workflow(alice, "Proposal follow-up")

    found = text(alice.page.get("/palette/", {"q": "foll"}))
    verbs = text(alice.page.get("/palette/", {"q": "new work"}))

    assert f"/workflows/{workflow.id}/" in found
    assert "/workflows/new/" in verbs
    assert "Proposal" not in text(bob.page.get("/palette/", {"q": "proposal"}))
    with alice.at_work() as actor:
        services.switch(workflow.id, is_on=False, actor=actor)
    assert "Off" in text(alice.page.get("/palette/", {"q": "proposal"}))
