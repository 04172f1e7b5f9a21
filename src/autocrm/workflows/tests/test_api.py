"""REST of automation, and the whole way: a contact that comes in by the API ends as a task and a notification."""

from typing import Any

import pytest

from autocrm.activities.models import ActivityLink, Task
from autocrm.jobs import services as jobs
from autocrm.journal import services as journal
from autocrm.journal.selectors import list_dead_letters
from autocrm.notifications.models import Notification
from autocrm.records.models import Tag
from autocrm.records.services import ensure_tag
from autocrm.workflows.defaults import new_lead
from autocrm.workflows.models import RunState, Workflow, WorkflowRun
from tests.support.cast import Person, make_person, make_role

ROOT = "/api/v1/workflows/"


def work_off(person: Person) -> None:
    """What scheduler and workers do, until nothing is left."""
    while journal.run_consumers(tenant_id=person.tenant.id) + jobs.run_due(tenant_id=person.tenant.id):
        pass


def create(person: Person, **values: Any) -> dict[str, Any]:
    answer = person.api.post(ROOT, {"name": "New lead", **new_lead(), **values})
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_a_contact_created_by_the_api_becomes_a_task_and_a_notification(alice: Person) -> None:
    workflow = create(alice)

    made = alice.api.post(
        "/api/v1/contacts/", {"first_name": "Ingrid", "last_name": "Halvorsen", "type": "lead", "owner": str(alice.id)}
    )
    assert made.status_code == 201, made.content
    work_off(alice)

    with alice.at_work():
        task = Task.objects.get()
        assert (task.subject, task.owner_id) == ("Get in touch with Ingrid Halvorsen", alice.id)
        assert str(ActivityLink.objects.get().record_id) == made.json()["id"]
    told = [each["title"] for each in alice.api.get("/api/v1/notifications/").json()["results"]]
    assert told == ["New lead: Ingrid Halvorsen"]
    runs = alice.api.get(f"{ROOT}{workflow['id']}/runs/").json()["results"]
    assert [(run["state"], run["record"]["title"]) for run in runs] == [("done", "Ingrid Halvorsen")]
    assert [(step["action"], step["state"]) for step in runs[0]["steps"]] == [
        ("create_task", "done"),
        ("notify", "done"),
    ]
    assert runs[0]["steps"][0]["inputs"]["subject"] == "Get in touch with Ingrid Halvorsen"
    shown = alice.page.get("/inbox/").content.decode()
    assert "New lead: Ingrid Halvorsen" in shown


def test_a_workflow_reads_as_it_was_written(alice: Person) -> None:
    made = create(alice, description="For all of us")

    read = alice.api.get(f"{ROOT}{made['id']}/").json()

    assert read == made
    assert read["sentence"] == "Contact is created, if Type is Lead"
    assert (read["version"], read["is_on"], read["published_by"]) == (1, True, str(alice.id))
    assert [each["id"] for each in alice.api.get(ROOT).json()["results"]] == [made["id"]]


def test_a_part_of_the_definition_publishes_a_new_version(alice: Person) -> None:
    made = create(alice)

    changed = alice.api.patch(f"{ROOT}{made['id']}/", {"condition": None, "is_on": False, "name": "All contacts"})

    body = changed.json()
    assert (body["version"], body["condition"], body["steps"]) == (2, None, made["steps"])
    assert (body["is_on"], body["name"], body["sentence"]) == (False, "All contacts", "Contact is created")


def test_nothing_new_is_published_when_nothing_differs(alice: Person) -> None:
    made = create(alice)

    assert alice.api.patch(f"{ROOT}{made['id']}/", {"steps": made["steps"]}).json()["version"] == 1
    assert alice.api.patch(f"{ROOT}{made['id']}/", {"description": "x"}).json()["version"] == 1


def test_a_change_based_on_an_older_version_is_refused(alice: Person) -> None:
    made = create(alice)
    alice.api.patch(f"{ROOT}{made['id']}/", {"condition": None})

    late = alice.api.patch(f"{ROOT}{made['id']}/", {"trigger": "record_updated", "version": 1})

    assert late.status_code == 409
    assert late.json()["current"] == {"version": 2}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": ""}, "name"),
        ({"trigger": "moon_is_full"}, "trigger"),
        ({"condition": {"field": "password", "cmp": "is", "value": 1}}, "condition.field"),
        ({"steps": []}, "steps"),
        ({"steps": [{"action": "notify", "inputs": {"title": "{{ contact.password }}"}}]}, "steps.0.inputs.title"),
        ({"steps": "all"}, "steps"),
    ],
)
def test_faults_name_their_place(alice: Person, change: dict[str, Any], path: str) -> None:
    answer = alice.api.post(ROOT, {"name": "Faulty", **new_lead(), **change})

    assert answer.status_code == 422
    assert path in answer.json()["errors"]


def test_a_failed_run_is_replayed_once(alice: Person) -> None:
    rights = {"contact": {"read": "all"}, "*": {}}
    dora = make_person("Dora Dunn", alice.tenant, make_role(alice.tenant, records=rights, codes=["workflows.manage"]))
    workflow = create(dora, condition=None)
    alice.api.post("/api/v1/contacts/", {"last_name": "Halvorsen"})
    work_off(alice)
    run = alice.api.get(f"{ROOT}{workflow['id']}/runs/", {"state": "failed"}).json()["results"][0]

    again = alice.api.post(f"/api/v1/workflow-runs/{run['id']}/replay/")

    assert again.status_code == 202
    assert again.json()["state"] == "running"
    assert alice.api.post(f"/api/v1/workflow-runs/{run['id']}/replay/").status_code == 409


def test_runs_come_in_pages(alice: Person) -> None:
    workflow = create(alice, condition=None)
    for at in range(5):
        alice.api.post("/api/v1/contacts/", {"last_name": f"Row {at}"})
    work_off(alice)
    path = f"{ROOT}{workflow['id']}/runs/"

    first = alice.api.get(path, {"limit": 3}).json()
    second = alice.api.get(path, {"limit": 3, "cursor": first["next_cursor"]}).json()

    titles = [run["record"]["title"] for run in (*first["results"], *second["results"])]
    assert titles == [f"Row {at}" for at in reversed(range(5))]
    assert second["next"] is None


def test_others_find_no_door(alice: Person, bob: Person, charlie: Person) -> None:
    workflow = create(alice)
    alice.api.post("/api/v1/contacts/", {"last_name": "Halvorsen", "type": "lead"})
    work_off(alice)
    with alice.at_work():
        WorkflowRun.objects.update(state=RunState.FAILED)
        run_id = WorkflowRun.objects.get().id
    item = f"{ROOT}{workflow['id']}/"

    for person, code in ((bob, 403), (charlie, 404)):
        assert person.api.get(item).status_code == code
        assert person.api.patch(item, {"is_on": False}).status_code == code
        assert person.api.get(f"{item}runs/").status_code == code
        assert person.api.post(f"/api/v1/workflow-runs/{run_id}/replay/").status_code == code
    assert bob.api.get(ROOT).status_code == 403
    assert bob.api.post(ROOT, {"name": "Mine", **new_lead()}).status_code == 403
    assert charlie.api.get(ROOT).json() == {"results": []}
    with alice.at_work():
        assert Workflow.objects.get().is_on
        assert Notification.objects.exists()


def test_a_token_without_the_scope_manages_nothing(alice: Person) -> None:
    create(alice)
    alice.api.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {alice.new_token(scopes=['contact:read'])}"

    assert alice.api.get(ROOT).status_code == 403


def test_a_condition_that_can_no_longer_be_read_fails_its_own_workflow_and_no_other(alice: Person) -> None:
    with alice.at_work() as actor:
        tag = ensure_tag("Short lived", actor=actor)
    broken = create(alice, name="Broken", condition={"field": "tags", "cmp": "has_any", "value": [str(tag.id)]})
    sound = create(alice, name="Sound")
    with alice.at_work():
        Tag.objects.filter(pk=tag.pk).delete()

    alice.api.post("/api/v1/contacts/", {"first_name": "Ingrid", "type": "lead"})
    work_off(alice)

    with alice.at_work() as actor:
        assert list(list_dead_letters(actor)) == []
        states = {str(run.workflow_id): run.state for run in WorkflowRun.objects.all()}
        assert states == {broken["id"]: RunState.FAILED, sound["id"]: RunState.DONE}
