"""Whichever door a task is written through, the journal and the people concerned hear the same of it."""

from datetime import timedelta
from typing import Any

import pytest

from autocrm.activities import services, tasks
from autocrm.activities.events import ACTIVITY_COMPLETED, CALL_COMPLETED, TASK_COMPLETED, TASK_REOPENED
from autocrm.activities.kinds import TASK_ASSIGNED, TASK_DUE
from autocrm.activities.models import Task
from autocrm.activities.permissions import TASK
from autocrm.activities.tests.factories import days, make_record, make_task
from autocrm.journal.models import Entry
from autocrm.kernel.actors import ActorKind
from autocrm.notifications.models import Notification
from autocrm.records import services as records
from autocrm.records.registry import record_types
from tests.support.cast import Person, make_person


def kinds_of(person: Person, record_id: Any) -> list[str]:
    with person.at_work():
        return list(Entry.objects.filter(record_id=record_id).order_by("id").values_list("kind", flat=True))


def told(person: Person, kind: str) -> list[str]:
    with person.at_work():
        rows = Notification.objects.filter(user_id=person.id, kind=kind).order_by("seq")
        return [f"{row.title}|{row.body}" for row in rows]


def test_the_status_set_in_the_list_is_journalled_as_by_the_done_button(alice: Person) -> None:
    about = make_record(alice)
    task = make_task(alice, about)

    with alice.at_work() as actor:
        records.update_record(record_types.get(TASK), task.id, {"status": "done"}, actor=actor)
        records.update_record(record_types.get(TASK), task.id, {"status": "open"}, actor=actor)

    assert kinds_of(alice, task.id) == [
        "record.created",
        "record.updated",
        TASK_COMPLETED,
        "record.updated",
        TASK_REOPENED,
    ]
    assert kinds_of(alice, about.record_id)[-1] == ACTIVITY_COMPLETED


def test_the_status_cell_of_the_list_page_completes_the_task(alice: Person) -> None:
    task = make_task(alice)

    response = alice.page.post(f"/tasks/{task.id}/edit/status/", {"value": "done", "version": "1"})

    assert response.status_code == 200
    assert kinds_of(alice, task.id)[-1] == TASK_COMPLETED


def test_completing_twice_is_told_once(alice: Person) -> None:
    task = make_task(alice)

    for _time in range(2):
        with alice.at_work() as actor:
            services.complete_task(task.id, actor=actor)

    assert kinds_of(alice, task.id).count(TASK_COMPLETED) == 1


def test_a_logged_call_is_done_from_the_beginning(alice: Person) -> None:
    about = make_record(alice)

    with alice.at_work() as actor:
        call = services.log_call({"subject": "Prices"}, about=[about], actor=actor)

    assert (call.status, call.completed_at is not None) == ("done", True)
    assert kinds_of(alice, call.id) == ["record.created", CALL_COMPLETED]


def test_a_task_written_as_open_was_not_reopened(alice: Person) -> None:
    task = make_task(alice, status="open")

    assert kinds_of(alice, task.id) == ["record.created"]


def test_whoever_is_given_a_task_hears_of_it_and_the_giver_does_not(alice: Person, bob: Person) -> None:
    task = make_task(alice, owner=str(bob.id))

    assert told(bob, TASK_ASSIGNED) == ["Alice Archer gave you a task|Call back"]
    assert told(alice, TASK_ASSIGNED) == []

    with alice.at_work() as actor:
        records.update_record(record_types.get(TASK), task.id, {"owner": str(alice.id)}, actor=actor)
        records.update_record(record_types.get(TASK), task.id, {"owner": str(bob.id)}, actor=actor)
        records.update_record(record_types.get(TASK), task.id, {"subject": "Call Ingrid back"}, actor=actor)

    assert len(told(bob, TASK_ASSIGNED)) == 2
    assert told(alice, TASK_ASSIGNED) == []


@pytest.mark.parametrize("kind", [ActorKind.IMPORT, ActorKind.WORKFLOW])
def test_machines_that_make_many_tasks_tell_nobody(alice: Person, bob: Person, kind: ActorKind) -> None:
    with alice.at_work() as actor:
        services.create_task({"subject": "Old", "owner": str(bob.id)}, actor=actor.acting_as(kind))

    assert told(bob, TASK_ASSIGNED) == []


def test_an_owner_hears_once_that_a_task_is_due_and_again_at_another_time(alice: Person) -> None:
    task = make_task(alice, due_at=days(-0.01))

    tasks.tell_due()
    tasks.tell_due()
    assert told(alice, TASK_DUE) == ["Due: Call back|"]

    with alice.at_work() as actor:
        services.reschedule_task(task.id, days(-0.005), actor=actor)
    tasks.tell_due()
    assert len(told(alice, TASK_DUE)) == 2


def test_tasks_that_are_done_later_old_or_binned_are_no_news(alice: Person, charlie: Person) -> None:
    make_task(alice, due_at=days(1))
    make_task(alice, due_at=days(-3))
    done, binned = make_task(alice, due_at=days(-0.01)), make_task(alice, due_at=days(-0.01))
    with alice.at_work() as actor:
        services.complete_task(done.id, actor=actor)
        records.archive_record(record_types.get(TASK), binned.id, actor=actor)
    make_task(charlie, due_at=days(-0.01), subject="In Globex")

    tasks.tell_due()

    assert told(alice, TASK_DUE) == []
    assert told(charlie, TASK_DUE) == ["Due: In Globex|"]


def test_telling_of_due_tasks_leaves_the_tasks_as_they_are(alice: Person) -> None:
    task = make_task(alice, due_at=days(-0.01))

    tasks.tell_due()

    with alice.at_work():
        after = Task.objects.get(pk=task.pk)
        assert (after.version, after.updated_at) == (task.version, task.updated_at)
        assert after.due_told_at is not None
        assert after.due_told_at - task.created_at < timedelta(minutes=5)
    assert kinds_of(alice, task.id) == ["record.created"]


def test_who_gets_a_task_that_is_due_is_told(alice: Person) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    task = make_task(alice, due_at=days(-0.01))
    tasks.tell_due()

    with alice.at_work() as actor:
        records.update_record(record_types.get(TASK), task.id, {"owner": str(dana.id)}, actor=actor)
    tasks.tell_due()

    assert told(dana, TASK_DUE) == ["Due: Call back|"]
    assert len(told(alice, TASK_DUE)) == 1
