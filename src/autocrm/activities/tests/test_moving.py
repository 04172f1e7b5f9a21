"""Moving a task, a call or a meeting: to a day that is offered, or to any moment that is named in the drawer."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from autocrm.activities import services
from autocrm.activities.models import Meeting, Task
from autocrm.activities.permissions import MEETING, TASK
from autocrm.activities.tests.factories import days, make_task
from tests.support.cast import Person, make_person, make_role

HTMX = {"HX-Request": "true"}


def due_of(person: Person, task: Task) -> datetime | None:
    with person.at_work() as actor:
        due = Task.objects.get(pk=task.pk).due_at
        return due.astimezone(actor.zone) if due is not None else None


def moved(person: Person, task: Any, moment: str, plural: str = "tasks") -> Any:
    return person.page.post(f"/{plural}/{task.pk}/reschedule/", {"moment": moment}, headers=HTMX)


def test_the_drawer_begins_with_the_time_it_has(alice: Person) -> None:
    task = make_task(alice, subject="Send the offer", due_at=days(3))
    due = due_of(alice, task)
    assert due is not None

    shown = alice.page.get(f"/tasks/{task.pk}/reschedule/", headers=HTMX).content.decode()

    assert "Send the offer" in shown
    assert f'value="{due:%Y-%m-%dT%H:%M}"' in shown


def test_what_has_no_time_is_offered_tomorrow_at_the_beginning_of_work(alice: Person) -> None:
    task = make_task(alice)

    shown = alice.page.get(f"/tasks/{task.pk}/reschedule/", headers=HTMX).content.decode()

    with alice.at_work() as actor:
        tomorrow = days(1).astimezone(actor.zone).date()
    assert f'value="{tomorrow.isoformat()}T09:00"' in shown


def test_any_moment_can_be_named_in_ones_own_zone_and_taken_back(alice: Person) -> None:
    task = make_task(alice, due_at=days(-5))
    before = due_of(alice, task)

    response = moved(alice, task, "2027-03-09T15:45")

    assert response.status_code == 204
    assert "autocrm:drawer-close" in response.headers["HX-Trigger"]
    due = due_of(alice, task)
    assert due is not None
    assert due.strftime("%Y-%m-%d %H:%M") == "2027-03-09 15:45"
    undo = response.headers["HX-Trigger"].split('"undo_url": "')[1].split('"')[0]
    alice.page.post(undo, headers=HTMX)
    assert due_of(alice, task) == before


@pytest.mark.parametrize("typed", ["", "gestern", "2027-13-40T10:00"])
def test_a_slip_moves_nothing_and_is_said_at_the_field(alice: Person, typed: str) -> None:
    task = make_task(alice, due_at=days(2))
    before = due_of(alice, task)

    response = moved(alice, task, typed)

    assert response.status_code == 422
    shown = response.content.decode()
    assert 'aria-invalid="true"' in shown
    assert ("Name a day and a time." if not typed else "This is not a date and time.") in shown
    assert due_of(alice, task) == before


def test_a_meeting_that_is_moved_keeps_its_length(alice: Person) -> None:
    with alice.at_work() as actor:
        begins = days(1)
        values = {"subject": "Demo", "starts_at": begins, "ends_at": begins + timedelta(minutes=90)}
        meeting = services.create_activity(MEETING, values, actor=actor)

    assert moved(alice, meeting, "2027-03-09T15:45", "meetings").status_code == 204

    with alice.at_work():
        found = Meeting.objects.get(pk=meeting.pk)
        assert found.ends_at is not None
        assert found.ends_at - found.starts_at == timedelta(minutes=90)


def test_the_drawer_opens_for_nobody_who_may_not_move_it(alice: Person, bob: Person, charlie: Person) -> None:
    task = make_task(alice, due_at=days(2))
    before = due_of(alice, task)
    fixed = make_role(alice.tenant, records={TASK: {"read": "all", "update": "all"}}, fields={TASK: {"due_at": "read"}})
    dana = make_person("Dana Dean", alice.tenant, fixed)

    for person, refused in ((bob, {403, 404}), (charlie, {404}), (dana, {403})):
        assert person.page.get(f"/tasks/{task.pk}/reschedule/", headers=HTMX).status_code in refused
        assert moved(person, task, "2027-03-09T15:45").status_code in {403, 404, 422}

    assert due_of(alice, task) == before
    assert alice.page.get(f"/notes/{task.pk}/reschedule/", headers=HTMX).status_code == 404
