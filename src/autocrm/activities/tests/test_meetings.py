"""Who attends a meeting, invitations by mail, the calendar file, the secret calendar address, reminders."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar

from autocrm.activities import attending, feeds, ics, inviting, series, services, tasks
from autocrm.activities.kinds import REMINDER
from autocrm.activities.models import Attendee, CalendarFeed, Meeting, Task
from autocrm.activities.permissions import CALL, MEETING
from autocrm.activities.tests.factories import days, make_task
from autocrm.activities.tests.test_task_writes import told
from autocrm.jobs import services as jobs
from autocrm.kernel.clock import as_of, now
from autocrm.kernel.errors import Denied, Invalid, NotFound
from autocrm.records import services as records
from autocrm.records.registry import record_types
from autocrm.users import selectors
from tests.support.cast import Person, make_person, make_role


def make_meeting(person: Person, *words: str, **values: Any) -> Meeting:
    with person.at_work() as actor:
        given = {"subject": "Demo", "starts_at": days(1), "place": "Room 4"} | values
        meeting = services.create_meeting(given, actor=actor)
        attending.set_attendees(meeting.pk, words, actor=actor)
        return meeting


def attendees(person: Person, meeting: Meeting) -> dict[str, str]:
    with person.at_work():
        rows = Attendee.objects.filter(meeting=meeting).order_by("id")
        return {row.email: row.response for row in rows}


def event_in(content: bytes) -> Any:
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    return event


def test_members_and_addresses_attend_and_answers_stay(alice: Person) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    meeting = make_meeting(alice, f"user:{dana.id}", "Guest <guest@example.com>")
    with dana.at_work() as actor:
        attending.respond(meeting.pk, f"user:{dana.id}", "accepted", actor=actor)

    with alice.at_work() as actor:
        attending.set_attendees(meeting.pk, [f"user:{dana.id}", "other@example.com"], actor=actor)

    assert attendees(alice, meeting) == {dana.user.email: "accepted", "other@example.com": "waiting"}


@pytest.mark.parametrize("word", ["nobody", "user:00000000-0000-0000-0000-000000000000", "contact:x", "a@b", "task:1"])
def test_who_is_nobody_is_refused_and_nothing_changes(alice: Person, word: str) -> None:
    meeting = make_meeting(alice, "guest@example.com")

    with pytest.raises(Invalid), alice.at_work() as actor:
        attending.set_attendees(meeting.pk, [word], actor=actor)

    assert list(attendees(alice, meeting)) == ["guest@example.com"]


def test_people_of_another_workspace_cannot_be_named_and_cannot_answer(alice: Person, charlie: Person) -> None:
    meeting = make_meeting(alice, "guest@example.com")

    with pytest.raises(Invalid), alice.at_work() as actor:
        attending.set_attendees(meeting.pk, [f"user:{charlie.id}"], actor=actor)
    with pytest.raises(NotFound), charlie.at_work() as actor:
        attending.respond(meeting.pk, "guest@example.com", "accepted", actor=actor)

    assert attendees(alice, meeting) == {"guest@example.com": "waiting"}


def test_a_member_answers_for_oneself_alone(alice: Person) -> None:
    reader = make_person("Rita Reader", alice.tenant, "read_only")
    meeting = make_meeting(alice, f"user:{reader.id}", "guest@example.com")

    with reader.at_work() as actor:
        attending.respond(meeting.pk, f"user:{reader.id}", "declined", actor=actor)
    with pytest.raises(Denied), reader.at_work() as actor:
        attending.respond(meeting.pk, "guest@example.com", "declined", actor=actor)

    assert attendees(alice, meeting) == {reader.user.email: "declined", "guest@example.com": "waiting"}


def test_invitations_go_out_by_mail_and_say_when_it_is_off(alice: Person, mailoutbox: Any) -> None:
    meeting = make_meeting(alice, f"user:{alice.id}", "guest@example.com")
    with alice.at_work() as actor:
        inviting.send_invitations(meeting.pk, actor=actor)
    jobs.run_due(tenant_id=alice.tenant.id)
    with alice.at_work() as actor:
        services.reschedule(MEETING, meeting.pk, days(2), actor=actor)
    with as_of(now() + inviting.TAKEN_BACK_WITHIN):
        jobs.run_due(tenant_id=alice.tenant.id)
    with alice.at_work() as actor:
        records.update_record(record_types.get(MEETING), meeting.pk, {"status": "cancelled"}, actor=actor)
    with as_of(now() + inviting.TAKEN_BACK_WITHIN):
        jobs.run_due(tenant_id=alice.tenant.id)

    assert [letter.to for letter in mailoutbox] == [["guest@example.com"]] * 3
    files = [letter.attachments[0] for letter in mailoutbox]
    types = [letter.message().get_payload()[1]["Content-Type"] for letter in mailoutbox]
    assert ['method="CANCEL"' in each for each in types] == [False, False, True]
    assert ['method="REQUEST"' in each for each in types] == [True, True, False]
    found = [event_in(each.content.encode() if isinstance(each.content, str) else each.content) for each in files]
    assert len({str(each["UID"]) for each in found}) == 1
    assert [int(each["SEQUENCE"]) for each in found] == [0, 1, 2]
    assert [str(each["STATUS"]) for each in found] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [letter.reply_to for letter in mailoutbox] == [[alice.user.email]] * 3


def test_nobody_with_an_address_is_nobody_to_invite(alice: Person, mailoutbox: Any) -> None:
    meeting = make_meeting(alice, f"user:{alice.id}")

    with pytest.raises(Invalid), alice.at_work() as actor:
        inviting.send_invitations(meeting.pk, actor=actor)

    jobs.run_due(tenant_id=alice.tenant.id)
    assert mailoutbox == []


def test_a_meeting_is_downloaded_as_a_calendar_file(alice: Person, charlie: Person) -> None:
    meeting = make_meeting(alice, "guest@example.com", video_url="https://meet.example.com/1")

    answer = alice.page.get(f"/meetings/{meeting.pk}/meeting.ics")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert str(event_in(answer.content)["SUMMARY"]) == "Demo"
    assert charlie.page.get(f"/meetings/{meeting.pk}/meeting.ics").status_code == 404


def feed_of(person: Person) -> str:
    with person.at_work() as actor:
        return f"/calendar/{feeds.key_of(feeds.renew_feed(actor=actor))}.ics"


def test_the_calendar_address_lists_what_is_ones_own_without_signing_in(alice: Person, charlie: Person) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    make_meeting(dana, f"user:{alice.id}", "guest@example.com", subject="Invited")
    make_meeting(dana, subject="Of others")
    make_meeting(charlie, subject="In Globex")
    make_task(alice, due_at=days(1), subject="Report; final, v2")
    make_task(alice, subject="Undated")
    with alice.at_work() as actor:
        services.create_activity(CALL, {"subject": "Ring", "at": days(2)}, actor=actor)
    url = feed_of(alice)

    answer = Client().get(url)

    titles = sorted(str(each["SUMMARY"]) for each in Calendar.from_ical(answer.content).walk("VEVENT"))
    assert titles == ["Invited", "Report; final, v2", "Ring"]
    again = Client().get(url, headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    make_task(alice, due_at=days(1), subject="More")
    assert Client().get(url, headers={"if-none-match": answer["ETag"]}).status_code == 200


def test_a_revoked_renewed_or_made_up_address_is_not_found(alice: Person) -> None:
    first = feed_of(alice)
    second = feed_of(alice)
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)

    assert alice.page.post("/settings/calendar/revoke/").status_code == 302

    assert Client().get(second).status_code == 404
    for wrong in ("x", second[10:-5] + "a", "cal_1_aaaaaaaaaa_" + "a" * 43, "acrm" + second[13:-4]):
        assert Client().get(f"/calendar/{wrong}.ics").status_code == 404
    with alice.at_work():
        assert not CalendarFeed.objects.exists()


def test_who_has_left_the_workspace_has_no_calendar_there(alice: Person) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    url = feed_of(dana)
    dana.user.is_active = False
    dana.user.save(update_fields=["is_active"])

    selectors.forget_cached_actors(alice.tenant.id)
    assert Client().get(url).status_code == 404


def test_a_role_that_hides_the_subject_hides_it_in_the_calendar(alice: Person) -> None:
    rights = {"meeting": {"read": "all", "create": "all"}, "*": {}}
    fields = {"meeting": {"subject": "hidden", "place": "hidden"}}
    role = make_role(alice.tenant, records=rights, fields=fields, codes=[])
    dana = make_person("Dana Dean", alice.tenant, role)
    make_meeting(alice, f"user:{dana.id}", subject="Secret")

    content = Client().get(feed_of(dana)).content

    assert b"Secret" not in content
    assert b"Room 4" not in content
    assert content.count(b"BEGIN:VEVENT") == 1


def test_what_repeats_stands_in_the_calendar_with_its_rule(alice: Person) -> None:
    task = make_task(alice, due_at=days(1))
    with alice.at_work() as actor:
        series.repeat("task", task.pk, "FREQ=WEEKLY;COUNT=5", actor=actor)

    assert b"RRULE:FREQ=WEEKLY;COUNT=5" in Client().get(feed_of(alice)).content


def test_people_are_reminded_once_and_again_at_another_time(alice: Person) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    meeting = make_meeting(alice, f"user:{dana.id}", starts_at=days(0.01), remind_before="30")
    make_meeting(alice, starts_at=days(1), remind_before="30")

    tasks.remind()
    tasks.remind()
    assert told(alice, REMINDER) == ["Meeting: Demo|30 minutes before"]
    assert told(dana, REMINDER) == ["Meeting: Demo|30 minutes before"]

    with alice.at_work() as actor:
        services.reschedule(MEETING, meeting.pk, days(0.015), actor=actor)
    tasks.remind()
    assert len(told(alice, REMINDER)) == 2


def test_what_is_done_is_not_reminded_of(alice: Person) -> None:
    task = make_task(alice, due_at=days(0.01), remind_before="60")
    with alice.at_work() as actor:
        services.complete_task(task.pk, actor=actor)

    tasks.remind()

    assert told(alice, REMINDER) == []


def events_of(person: Person) -> list[Any]:
    with person.at_work() as actor:
        content = ics.calendar_file(feeds.happenings_of(actor))
    return list(Calendar.from_ical(content).walk("VEVENT"))


def test_a_calendar_has_as_many_as_are_left_and_what_was_moved_in_its_place(alice: Person) -> None:
    due = days(-1).replace(microsecond=0)
    task = make_task(alice, subject="Report", due_at=due)
    with alice.at_work() as actor:
        series.repeat("task", task.pk, "FREQ=DAILY;COUNT=10", actor=actor)
        services.complete_task(task.pk, actor=actor)
    with alice.at_work() as actor:
        second = Task.objects.get(status="open")
        place = second.due_at
        services.reschedule_task(second.pk, place + timedelta(hours=3), actor=actor)

    _done, whole, moved = sorted(events_of(alice), key=lambda each: each["DTSTART"].dt)

    assert (whole["DTSTART"].dt, whole["RRULE"]["COUNT"]) == (place, [9])
    assert (moved["RECURRENCE-ID"].dt, moved["DTSTART"].dt) == (place, place + timedelta(hours=3))
    assert whole["UID"] == moved["UID"]
    assert "RRULE" not in moved
