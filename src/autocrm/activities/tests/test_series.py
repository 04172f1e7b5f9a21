"""What repeats: done, and the next one is there; once, with what was changed, about the same records, to its end."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from autocrm.activities import attending, series, services, tasks
from autocrm.activities.models import ActivityLink, Attendee, Meeting, Task
from autocrm.activities.permissions import CALL, MEETING, TASK
from autocrm.activities.series import Scope
from autocrm.activities.tests.factories import days, make_place, make_task
from autocrm.kernel.errors import Denied, Invalid, NotFound
from autocrm.records import services as records
from autocrm.records.registry import record_types
from tests.support.cast import Person, make_person

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def berta(alice: Person) -> Person:
    """Somebody who lives where the clocks change."""
    person = make_person("Berta Becker", alice.tenant)
    person.user.time_zone = "Europe/Berlin"
    person.user.save(update_fields=["time_zone"])
    return person


def repeated(person: Person, rule: str, about: services.About | None = None, **values: Any) -> Task:
    task = make_task(person, about, **values)
    with person.at_work() as actor:
        series.repeat(TASK, task.id, rule, actor=actor)
    return task


def complete(person: Person, task: Any) -> None:
    with person.at_work() as actor:
        services.complete_activity(TASK, task.pk, actor=actor)


def open_ones(person: Person) -> list[Task]:
    with person.at_work():
        return list(Task.objects.filter(status="open").order_by("due_at", "id"))


def test_done_the_next_one_is_there_about_the_same_record(alice: Person) -> None:
    about = make_place(alice)
    due = days(1).replace(microsecond=0)
    task = repeated(alice, "FREQ=WEEKLY", about, subject="Report", priority="high", due_at=due)

    complete(alice, task)

    (following,) = open_ones(alice)
    assert (following.subject, following.priority, following.due_at) == ("Report", "high", due + timedelta(days=7))
    assert (following.number, following.series_id is not None, following.owner_id) == (2, True, alice.id)
    with alice.at_work():
        assert ActivityLink.objects.filter(activity_id=following.pk, record_id=about.record_id).exists()


def test_nine_oclock_stays_nine_oclock_over_the_change_of_clocks(berta: Person) -> None:
    due = datetime(2026, 10, 24, 9, 0, tzinfo=BERLIN)
    with time_machine.travel(due, tick=False):
        task = repeated(berta, "FREQ=DAILY", due_at=due)
        complete(berta, task)

    (following,) = open_ones(berta)
    assert following.due_at is not None
    assert following.due_at - due == timedelta(hours=25)
    assert following.due_at.astimezone(BERLIN).hour == 9


def test_reopened_and_done_again_there_is_still_one(alice: Person) -> None:
    task = repeated(alice, "FREQ=DAILY", due_at=days(1))

    for _time in range(3):
        complete(alice, task)
        with alice.at_work() as actor:
            services.reopen_task(task.pk, actor=actor)

    assert len(open_ones(alice)) == 2


def test_cancelling_one_goes_on_with_the_next(alice: Person) -> None:
    task = repeated(alice, "FREQ=DAILY", due_at=days(1))

    with alice.at_work() as actor:
        records.update_record(record_types.get(TASK), task.pk, {"status": "cancelled"}, actor=actor)

    assert [each.number for each in open_ones(alice)] == [2]


@pytest.mark.parametrize("ends", ["COUNT=3", "UNTIL"])
def test_it_ends(alice: Person, ends: str) -> None:
    due = days(1).replace(microsecond=0)
    rule = f"FREQ=DAILY;{ends}" if ends == "COUNT=3" else f"FREQ=DAILY;UNTIL={due + timedelta(days=2):%Y%m%d}"
    repeated(alice, rule, due_at=due)

    numbers = []
    while waiting := open_ones(alice):
        numbers.append(waiting[0].number)
        complete(alice, waiting[0])

    assert numbers == [1, 2, 3]


def test_late_it_is_counted_on_schedule_or_from_the_day_it_was_done(alice: Person) -> None:
    due = days(-10).replace(microsecond=0)
    scheduled = repeated(alice, "FREQ=WEEKLY", subject="On schedule", due_at=due)
    counted = make_task(alice, subject="After completion", due_at=due)
    with alice.at_work() as actor:
        series.repeat(TASK, counted.pk, "FREQ=WEEKLY", repeat_from="completion", actor=actor)

    complete(alice, scheduled)
    complete(alice, counted)

    found = {each.subject: each.due_at for each in open_ones(alice)}
    assert found == {"On schedule": due + timedelta(days=14), "After completion": due + timedelta(days=17)}


def test_what_is_changed_holds_for_those_that_follow_or_for_this_one_only(alice: Person) -> None:
    due = days(1).replace(microsecond=0)
    task = repeated(alice, "FREQ=DAILY", subject="Report", due_at=due)
    later = due + timedelta(hours=3)

    with alice.at_work() as actor:
        series.change(TASK, task.pk, {"subject": "Once", "due_at": later}, scope=Scope.THIS, actor=actor)
    complete(alice, task)
    (second,) = open_ones(alice)
    assert (second.subject, second.due_at) == ("Report", due + timedelta(days=1))

    with alice.at_work() as actor:
        values = {"subject": "From now on", "due_at": second.due_at + timedelta(hours=3)}
        series.change(TASK, second.pk, values, scope=Scope.FOLLOWING, actor=actor)
    complete(alice, second)
    (third,) = open_ones(alice)
    assert (third.subject, third.due_at) == ("From now on", later + timedelta(days=2))


def test_moving_one_in_the_list_moves_only_that_one(alice: Person) -> None:
    due = days(1).replace(microsecond=0)
    task = repeated(alice, "FREQ=DAILY", due_at=due)

    with alice.at_work() as actor:
        services.reschedule_task(task.pk, due + timedelta(hours=5), actor=actor)
        records.update_record(record_types.get(TASK), task.pk, {"subject": "Renamed"}, actor=actor)
    complete(alice, task)

    assert [(each.subject, each.due_at) for each in open_ones(alice)] == [("Renamed", due + timedelta(days=1))]


def test_an_owner_who_has_left_is_no_reason_that_nothing_follows(alice: Person) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    task = repeated(alice, "FREQ=DAILY", due_at=days(1), owner=str(dana.id))
    dana.user.is_active = False
    dana.user.save(update_fields=["is_active"])

    complete(alice, task)

    assert [each.owner_id for each in open_ones(alice)] == [None]


def test_without_a_rule_this_is_the_last(alice: Person) -> None:
    task = repeated(alice, "FREQ=DAILY", due_at=days(1))
    with alice.at_work() as actor:
        series.repeat(TASK, task.pk, "", actor=actor)

    complete(alice, task)

    assert open_ones(alice) == []


def test_what_has_no_time_is_done_or_is_a_call_does_not_repeat(alice: Person, bob: Person, charlie: Person) -> None:
    undated, done = make_task(alice), make_task(alice, due_at=days(1), status="done")
    with alice.at_work() as actor:
        call = services.create_activity(CALL, {"subject": "Ring"}, actor=actor)

    for wrong in (undated, done):
        with pytest.raises(Invalid), alice.at_work() as actor:
            series.repeat(TASK, wrong.pk, "FREQ=DAILY", actor=actor)
    with pytest.raises(NotFound), alice.at_work() as actor:
        series.repeat(CALL, call.pk, "FREQ=DAILY", actor=actor)
    for stranger in (bob, charlie):
        with pytest.raises((NotFound, Denied)), stranger.at_work() as actor:
            series.repeat(TASK, undated.pk, "FREQ=DAILY", actor=actor)
    with alice.at_work():
        assert not series.Series.objects.exists()


def test_a_meeting_that_is_over_is_followed_by_the_next_with_its_people(alice: Person) -> None:
    with alice.at_work() as actor:
        starts = days(-0.1).replace(microsecond=0)
        values = {"subject": "Jour fixe", "starts_at": starts, "ends_at": starts + timedelta(hours=1), "status": "open"}
        meeting = services.create_meeting(values, actor=actor)
        attending.set_attendees(meeting.pk, [f"user:{alice.id}", "guest@example.com"], actor=actor)
        series.repeat(MEETING, meeting.pk, "FREQ=WEEKLY", actor=actor)

    tasks.roll_meetings()
    tasks.roll_meetings()

    with alice.at_work():
        first, second = Meeting.objects.order_by("starts_at")
        assert (first.status, first.is_continued) == ("open", True)
        assert (second.starts_at, second.ends_at) == (starts + timedelta(days=7), starts + timedelta(days=7, hours=1))
        emails = Attendee.objects.filter(meeting=second).order_by("id").values_list("email", flat=True)
        assert list(emails) == [alice.user.email, "guest@example.com"]


def all_day(person: Person, day: datetime, **values: Any) -> Meeting:
    with person.at_work() as actor:
        given = {"subject": "Fair", "starts_at": day, "ends_at": day + timedelta(hours=8), "is_all_day": True}
        return services.create_meeting(given | values, actor=actor)


def local_days(person: Person) -> list[tuple[str, str]]:
    with person.at_work():
        found = Meeting.objects.order_by("starts_at")
        return [(f"{each.starts_at.astimezone(BERLIN)}", f"{each.ends_at.astimezone(BERLIN)}") for each in found]


def test_whole_days_stay_whole_whoever_changes_the_meeting_and_wherever(berta: Person) -> None:
    nora = make_person("Nora North", berta.tenant)
    nora.user.time_zone = "America/New_York"
    nora.user.save(update_fields=["time_zone"])
    with time_machine.travel(datetime(2026, 11, 20, 9, 0, tzinfo=BERLIN), tick=False):
        meeting = all_day(berta, datetime(2026, 11, 27, 9, 0, tzinfo=BERLIN))
        before = local_days(berta)

        with nora.at_work() as actor:
            record_type = record_types.get(MEETING)
            records.update_record(record_type, meeting.pk, {"subject": "Great fair", "place": "Hall 3"}, actor=actor)
            services.complete_activity(MEETING, meeting.pk, actor=actor)
            services.reopen_activity(MEETING, meeting.pk, actor=actor)
        assert local_days(berta) == before == [("2026-11-27 00:00:00+01:00", "2026-11-28 00:00:00+01:00")]

        moved = nora.page.post(f"/meetings/{meeting.pk}/reschedule/?to=tomorrow", headers={"HX-Request": "true"})
        shown = nora.page.get(f"/meetings/{meeting.pk}/").content.decode()

    assert moved.status_code == 204
    assert local_days(berta) == [("2026-11-22 00:00:00+01:00", "2026-11-23 00:00:00+01:00")]
    assert "22 Nov, all day" in shown


def test_a_whole_day_is_one_day_when_the_clocks_change(berta: Person) -> None:
    with time_machine.travel(datetime(2026, 3, 22, 12, 0, tzinfo=BERLIN), tick=False):
        meeting = all_day(berta, datetime(2026, 3, 22, 9, 0, tzinfo=BERLIN), status="open")
        with berta.at_work() as actor:
            series.repeat(MEETING, meeting.pk, "FREQ=WEEKLY", actor=actor)
    with time_machine.travel(datetime(2026, 3, 23, 12, 0, tzinfo=BERLIN), tick=False):
        tasks.roll_meetings()

    assert local_days(berta)[1] == ("2026-03-29 00:00:00+01:00", "2026-03-30 00:00:00+02:00")
