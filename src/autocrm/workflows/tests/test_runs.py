"""A workflow from the journal row to its effects: once, in order, visibly."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from autocrm.activities.models import ActivityLink, Task
from autocrm.jobs import services as jobs
from autocrm.journal import services as journal
from autocrm.journal.models import Entry
from autocrm.kernel.automation import Action, Effect, actions
from autocrm.kernel.errors import Conflict, Denied, Invalid
from autocrm.notifications.models import Notification
from autocrm.records import services as records
from autocrm.records.registry import record_types
from autocrm.workflows import services
from autocrm.workflows.defaults import ensure_defaults, new_lead
from autocrm.workflows.models import RunState, StepLog, Workflow, WorkflowRun
from tests.support.cast import Person
from tests.support.registered import registered


@pytest.fixture
def lead_workflow(alice: Person) -> Workflow:
    with alice.at_work():
        return ensure_defaults(actor=alice.actor)


def create_contact(person: Person, **values: Any) -> UUID:
    with person.at_work():
        given = {"first_name": "Ingrid", "last_name": "Halvorsen", "type": "lead"} | values
        return records.create_record(record_types.get("contact"), given, actor=person.actor).id


def work_off(person: Person) -> None:
    journal.run_consumers(tenant_id=person.tenant.id, consumer="workflows")
    jobs.run_due(tenant_id=person.tenant.id)


def test_a_new_lead_gets_a_task_for_its_owner_and_she_hears_of_it(alice: Person, lead_workflow: Workflow) -> None:
    contact_id = create_contact(alice)

    work_off(alice)

    with alice.at_work():
        task = Task.objects.get()
        assert (task.subject, task.owner_id) == ("Get in touch with Ingrid Halvorsen", alice.user.id)
        assert ActivityLink.objects.get().record_id == contact_id
        assert Notification.objects.get(user_id=alice.user.id).title == "New lead: Ingrid Halvorsen"
        run = WorkflowRun.objects.get()
        assert (run.state, run.position, run.record_id) == (RunState.DONE, 2, contact_id)
        assert list(StepLog.objects.order_by("position").values_list("action", "state")) == [
            ("create_task", "done"),
            ("notify", "done"),
        ]


def test_a_contact_of_another_type_starts_nothing(alice: Person, lead_workflow: Workflow) -> None:
    create_contact(alice, type="customer")

    work_off(alice)

    with alice.at_work():
        assert not WorkflowRun.objects.exists()
        assert not Task.objects.exists()


def test_reading_the_journal_twice_starts_a_workflow_once(alice: Person, lead_workflow: Workflow) -> None:
    create_contact(alice)
    work_off(alice)

    with alice.at_work():
        run = WorkflowRun.objects.select_related("workflow", "version").get()
        entry = Entry.objects.get(pk=run.entry_id)
        assert services.start_run(run.workflow, run.version, entry) is None

    with alice.at_work():
        assert WorkflowRun.objects.count() == 1


def test_what_a_workflow_made_does_not_start_it_again(alice: Person) -> None:
    definition = {
        "record_type": "task",
        "trigger": "record_created",
        "condition": None,
        "steps": [{"action": "create_task", "inputs": {"subject": "Again: {{ task.subject }}"}}],
    }
    with alice.at_work():
        services.create_workflow("Echo", definition=definition, actor=alice.actor)
        records.create_record(record_types.get("task"), {"subject": "First"}, actor=alice.actor)

    for _round in range(12):
        work_off(alice)

    with alice.at_work():
        assert WorkflowRun.objects.filter(state=RunState.SUPPRESSED).count() == 1
        assert Task.objects.count() == 9


def test_a_workflow_that_is_off_starts_nothing(alice: Person, lead_workflow: Workflow) -> None:
    with alice.at_work():
        services.switch(lead_workflow.id, is_on=False, actor=alice.actor)
    create_contact(alice)

    work_off(alice)

    with alice.at_work():
        assert not WorkflowRun.objects.exists()


def test_a_changed_field_starts_a_workflow_only_when_it_changed_so(alice: Person) -> None:
    definition = new_lead() | {
        "trigger": "record_updated",
        "condition": {"field": "type", "cmp": "changed_to", "value": "customer"},
    }
    with alice.at_work():
        services.create_workflow("Won over", definition=definition, actor=alice.actor)
    contact_id = create_contact(alice)
    for values in ({"title": "Head of Procurement"}, {"type": "customer"}):
        with alice.at_work():
            records.update_record(record_types.get("contact"), contact_id, values, actor=alice.actor)

    work_off(alice)

    with alice.at_work():
        assert WorkflowRun.objects.count() == 1


def test_a_run_ends_on_the_version_it_started_with(alice: Person, lead_workflow: Workflow) -> None:
    create_contact(alice)
    journal.run_consumers(tenant_id=alice.tenant.id, consumer="workflows")
    changed = new_lead()
    changed["steps"] = [{"action": "notify", "inputs": {"title": "Of the second version"}}]
    with alice.at_work():
        services.revise_workflow(lead_workflow.id, definition=changed, actor=alice.actor)

    jobs.run_due(tenant_id=alice.tenant.id)

    with alice.at_work():
        run = WorkflowRun.objects.select_related("version").get()
        assert (run.state, run.version.number) == (RunState.DONE, 1)
        assert Task.objects.get().subject == "Get in touch with Ingrid Halvorsen"
        assert Notification.objects.get(user_id=alice.user.id).title == "New lead: Ingrid Halvorsen"


@pytest.fixture
def failing() -> Iterator[list[bool]]:
    """An action that makes half of what it should and fails, for as long as the list says so."""
    failing = [True]

    def flaky(subject: Any, inputs: Any, actor: Any) -> dict[str, Any]:
        records.create_record(record_types.get("task"), {"subject": "Half done"}, actor=actor)
        if failing[0]:
            raise Invalid("Not today.")
        return {}

    with registered(actions, {"test_flaky": Action("test_flaky", "Flaky", (), flaky, Effect.INSIDE)}):
        yield failing


def test_a_step_that_fails_leaves_nothing_and_is_replayed_from_where_it_stood(
    alice: Person, failing: list[bool]
) -> None:
    definition = new_lead()
    definition["steps"] = [definition["steps"][0], {"action": "test_flaky"}, definition["steps"][1]]
    with alice.at_work():
        services.create_workflow("Flaky", definition=definition, actor=alice.actor)
    create_contact(alice)

    work_off(alice)

    with alice.at_work():
        run = WorkflowRun.objects.get()
        assert (run.state, run.position, run.error) == (RunState.FAILED, 1, "Not today.")
        assert Task.objects.count() == 1
        assert not Notification.objects.filter(user_id=alice.user.id).exists()
        failing[0] = False
        services.replay(run.id, actor=alice.actor)
    work_off(alice)

    with alice.at_work():
        assert WorkflowRun.objects.get().state == RunState.DONE
        assert sorted(Task.objects.values_list("subject", flat=True)) == [
            "Get in touch with Ingrid Halvorsen",
            "Half done",
        ]
        with pytest.raises(Conflict):
            services.replay(run.id, actor=alice.actor)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"trigger": "moon_is_full"}, "trigger"),
        ({"record_type": "unicorn"}, "record_type"),
        ({"condition": {"field": "secret", "cmp": "is", "value": 1}}, "condition.field"),
        ({"steps": []}, "steps"),
        ({"steps": [{"action": "explode"}]}, "steps.0.action"),
        ({"steps": [{"action": "notify", "inputs": {}}]}, "steps.0.inputs.title"),
        ({"steps": [{"action": "notify", "inputs": {"title": "{{ contact.password }}"}}]}, "steps.0.inputs.title"),
        ({"steps": [{"action": "notify", "inputs": {"title": "x", "to": "y"}}]}, "steps.0.inputs.to"),
    ],
)
def test_a_faulty_workflow_is_refused_with_the_place_of_the_fault(
    alice: Person, change: dict[str, Any], path: str
) -> None:
    with pytest.raises(Invalid) as refused, alice.at_work():
        services.create_workflow("Faulty", definition=new_lead() | change, actor=alice.actor)

    assert path in refused.value.fields
    with alice.at_work():
        assert not Workflow.objects.exists()


def test_bob_without_the_right_makes_and_switches_nothing(alice: Person, bob: Person, lead_workflow: Workflow) -> None:
    with pytest.raises(Denied), bob.at_work():
        services.create_workflow("Mine", definition=new_lead(), actor=bob.actor)
    with pytest.raises(Denied), bob.at_work():
        services.switch(lead_workflow.id, is_on=False, actor=bob.actor)

    with alice.at_work():
        assert Workflow.objects.get().is_on


def test_leads_of_another_workspace_start_nothing_here(alice: Person, charlie: Person, lead_workflow: Workflow) -> None:
    create_contact(charlie)

    work_off(charlie)
    work_off(alice)

    with alice.at_work():
        assert not WorkflowRun.objects.exists()
    with charlie.at_work():
        assert not Task.objects.exists()
