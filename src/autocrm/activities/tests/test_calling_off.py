"""Who was invited hears by mail that a meeting is off or that he is not expected any more; nobody else does."""

from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from autocrm.activities import attending, inviting, series
from autocrm.activities.models import Attendee, Meeting, Uninvited
from autocrm.activities.permissions import MEETING
from autocrm.activities.tests.factories import days
from autocrm.activities.tests.test_meetings import make_meeting
from autocrm.jobs import services as jobs
from autocrm.journal.models import Entry
from autocrm.kernel.clock import as_of, now
from autocrm.kernel.errors import Denied, NotFound
from autocrm.records import services as records
from autocrm.records.registry import record_types
from tests.support.cast import Person, make_person, make_role
from tests.support.smtp import Sink

GUESTS = ("Ana <ana@globex.test>", "ben@globex.test")


def work(person: Person, *, later: timedelta = inviting.TAKEN_BACK_WITHIN) -> None:
    """What workers do by then."""
    with as_of(now() + later):
        jobs.run_due(tenant_id=person.tenant.id)


def invited(person: Person, *words: str, **values: Any) -> Meeting:
    """A meeting whose attendees were invited by mail."""
    meeting = make_meeting(person, *(words or GUESTS), **values)
    with person.at_work() as actor:
        inviting.send_invitations(meeting.pk, actor=actor)
    work(person)
    return meeting


def attend(person: Person, meeting: Meeting, *words: str) -> None:
    with person.at_work() as actor:
        attending.set_attendees(meeting.pk, words, actor=actor)


def set_status(person: Person, meeting: Meeting, status: str) -> None:
    with person.at_work() as actor:
        records.update_record(record_types.get(MEETING), meeting.pk, {"status": status}, actor=actor)


def told(sink: Sink) -> list[tuple[str, str, int, str]]:
    """Of each mail: to whom, method, sequence, status."""
    found = []
    for message in sink.messages:
        [part] = message.iter_attachments()
        [event] = Calendar.from_ical(part.get_content()).walk("VEVENT")
        assert part.get_content_type() == "text/calendar"
        method = str(part["Content-Type"].params["method"])
        found.append((str(message["To"]), method, int(event["SEQUENCE"]), str(event["STATUS"])))
    return sorted(found, key=lambda each: (each[2], each[0]))


def new(sink: Sink) -> list[tuple[str, str, int, str]]:
    """The same of what came since one looked last."""
    found = told(sink)
    sink.envelopes.clear()
    return found


def test_everybody_hears_that_a_meeting_is_cancelled(alice: Person, sink: Sink) -> None:
    meeting = invited(alice, *GUESTS, f"user:{alice.id}")
    assert new(sink) == [
        ("ana@globex.test", "REQUEST", 0, "CONFIRMED"),
        ("ben@globex.test", "REQUEST", 0, "CONFIRMED"),
    ]

    set_status(alice, meeting, "cancelled")
    work(alice)

    assert str(sink.messages[0]["Subject"]) == "Cancelled: Demo"
    assert str(sink.messages[0]["Reply-To"]) == alice.user.email
    assert new(sink) == [
        ("ana@globex.test", "CANCEL", 1, "CANCELLED"),
        ("ben@globex.test", "CANCEL", 1, "CANCELLED"),
    ]
    with alice.at_work():
        assert Entry.objects.filter(kind="meeting.called_off", record_id=meeting.pk).count() == 1


def test_everybody_hears_that_a_meeting_is_deleted_and_that_it_is_on_again(alice: Person, sink: Sink) -> None:
    meeting = invited(alice, "ana@globex.test")
    kind = record_types.get(MEETING)
    new(sink)

    with alice.at_work() as actor:
        records.archive_record(kind, meeting.pk, actor=actor)
    work(alice)
    assert new(sink) == [("ana@globex.test", "CANCEL", 1, "CANCELLED")]

    with alice.at_work() as actor:
        records.restore_record(kind, meeting.pk, actor=actor)
    work(alice)
    assert new(sink) == [("ana@globex.test", "REQUEST", 2, "CONFIRMED")]


def test_a_deletion_that_is_taken_back_at_once_tells_nobody(alice: Person, sink: Sink) -> None:
    meeting = invited(alice)
    kind = record_types.get(MEETING)
    new(sink)

    with alice.at_work() as actor:
        records.archive_record(kind, meeting.pk, actor=actor)
    work(alice, later=timedelta(seconds=5))
    with alice.at_work() as actor:
        records.restore_record(kind, meeting.pk, actor=actor)
    work(alice)

    assert new(sink) == []


def test_who_is_taken_off_the_list_hears_it_and_the_others_do_not(alice: Person, sink: Sink) -> None:
    meeting = invited(alice)
    new(sink)

    attend(alice, meeting, "ben@globex.test")
    work(alice)

    assert "not expected at this meeting any more" in sink.messages[0].get_body(("plain",)).get_content()
    assert new(sink) == [("ana@globex.test", "CANCEL", 1, "CANCELLED")]
    with alice.at_work():
        assert not Uninvited.objects.exists()


def test_who_is_put_back_at_once_has_never_left(alice: Person, sink: Sink) -> None:
    meeting = invited(alice)
    new(sink)

    attend(alice, meeting, "ben@globex.test")
    attend(alice, meeting, *GUESTS)
    work(alice)
    assert new(sink) == []

    set_status(alice, meeting, "cancelled")
    work(alice)
    assert [each[:2] for each in new(sink)] == [("ana@globex.test", "CANCEL"), ("ben@globex.test", "CANCEL")]


def test_who_is_invited_again_later_gets_a_newer_invitation(alice: Person, sink: Sink) -> None:
    meeting = invited(alice, "ana@globex.test")
    attend(alice, meeting)
    work(alice)
    new(sink)

    attend(alice, meeting, "ana@globex.test")
    with alice.at_work() as actor:
        inviting.send_invitations(meeting.pk, actor=actor)
    work(alice)

    assert new(sink) == [("ana@globex.test", "REQUEST", 2, "CONFIRMED")]


def test_who_was_never_invited_hears_nothing(alice: Person, sink: Sink) -> None:
    meeting = make_meeting(alice, *GUESTS)

    attend(alice, meeting, "ben@globex.test")
    set_status(alice, meeting, "cancelled")
    work(alice)

    assert new(sink) == []


def test_nobody_hears_of_meetings_that_are_over(alice: Person, sink: Sink) -> None:
    meeting = invited(alice)
    new(sink)

    with as_of(days(3)):
        attend(alice, meeting, "ben@globex.test")
        set_status(alice, meeting, "cancelled")
        work(alice)

    assert new(sink) == []


def test_the_same_address_under_another_name_stays(alice: Person, sink: Sink) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    meeting = invited(alice, dana.user.email)
    with alice.at_work() as actor:
        attending.respond(meeting.pk, dana.user.email, "accepted", actor=actor)
    new(sink)

    attend(alice, meeting, f"user:{dana.id}")
    work(alice)

    assert new(sink) == []
    with alice.at_work():
        row = Attendee.objects.get(meeting=meeting)
    assert (row.user_id, row.response, row.invited_sequence) == (dana.id, "accepted", 0)


def test_of_a_series_one_place_is_off_or_all_of_it_for_who_leaves(alice: Person, sink: Sink) -> None:
    meeting = make_meeting(alice, *GUESTS)
    with alice.at_work() as actor:
        series.repeat(MEETING, meeting.pk, "FREQ=WEEKLY", actor=actor)
        inviting.send_invitations(meeting.pk, actor=actor)
    work(alice)
    sink.envelopes.clear()

    attend(alice, meeting, "ben@globex.test")
    work(alice)
    [left] = events_of(sink)
    set_status(alice, meeting, "cancelled")
    work(alice)
    [off] = events_of(sink)

    assert "RECURRENCE-ID" not in left
    assert "RECURRENCE-ID" in off
    assert str(left["UID"]) == str(off["UID"])


def events_of(sink: Sink) -> list[Any]:
    found = [
        event
        for message in sink.messages
        for part in message.iter_attachments()
        for event in Calendar.from_ical(part.get_content()).walk("VEVENT")
    ]
    sink.envelopes.clear()
    return found


def test_a_mail_server_that_is_down_loses_no_cancellation(alice: Person, sink: Sink) -> None:
    meeting = invited(alice, "ana@globex.test")
    new(sink)
    attend(alice, meeting)
    sink.replies["DATA"] = "451 Try again later"
    work(alice)
    sink.envelopes.clear()

    sink.replies.clear()
    work(alice, later=timedelta(minutes=10))

    assert new(sink) == [("ana@globex.test", "CANCEL", 1, "CANCELLED")]


def test_who_may_not_change_the_meeting_tells_nobody(alice: Person, charlie: Person, sink: Sink) -> None:
    reader = make_person("Rita Reader", alice.tenant, "read_only")
    meeting = invited(alice)
    new(sink)

    for person in (reader, charlie):
        with pytest.raises((Denied, NotFound)), person.at_work() as actor:
            attending.set_attendees(meeting.pk, [], actor=actor)
    work(alice)

    assert new(sink) == []
    with alice.at_work():
        assert Attendee.objects.filter(meeting=meeting).count() == 2


def test_records_out_of_sight_are_not_left_out_by_who_cannot_see_them(alice: Person, sink: Sink) -> None:
    rights = {"meeting": dict.fromkeys(("read", "create", "update"), "all"), "*": {}}
    dana = make_person("Dana Dean", alice.tenant, make_role(alice.tenant, records=rights, codes=[]))
    meeting = make_meeting(alice, "ben@globex.test")
    with alice.at_work():
        Attendee.objects.create(
            meeting=meeting, record_type="contact", record_id=meeting.pk, email="hid@globex.test", invited_sequence=0
        )

    with dana.at_work() as actor:
        attending.set_attendees(meeting.pk, [f"contact:{meeting.pk}"], actor=actor)
    work(alice)

    with alice.at_work():
        assert [row.email for row in Attendee.objects.filter(meeting=meeting)] == ["hid@globex.test"]
    assert new(sink) == []


def test_the_api_tells_them_too(alice: Person, sink: Sink) -> None:
    meeting = invited(alice)
    new(sink)

    alice.api.put(f"/api/v1/meetings/{meeting.pk}/attendees/", {"attendees": ["ben@globex.test"]})
    alice.api.delete(f"/api/v1/meetings/{meeting.pk}/")
    work(alice)

    assert [each[:2] for each in new(sink)] == [("ana@globex.test", "CANCEL"), ("ben@globex.test", "CANCEL")]


def test_everybody_hears_that_a_meeting_was_moved_but_not_of_every_word(alice: Person, sink: Sink) -> None:
    meeting = invited(alice, *GUESTS, f"user:{alice.id}")
    kind = record_types.get(MEETING)
    attend(alice, meeting, *GUESTS, f"user:{alice.id}", "late@globex.test")
    new(sink)

    with alice.at_work() as actor:
        records.update_record(kind, meeting.pk, {"body": "Bring the figures"}, actor=actor)
    work(alice)
    assert new(sink) == []

    with alice.at_work() as actor:
        records.update_record(kind, meeting.pk, {"starts_at": days(3), "place": "Room 9"}, actor=actor)
    work(alice, later=timedelta(seconds=1))
    assert new(sink) == []
    work(alice)

    assert {str(each["Subject"]) for each in sink.messages} == {"Changed: Demo"}
    assert new(sink) == [
        ("ana@globex.test", "REQUEST", 1, "CONFIRMED"),
        ("ben@globex.test", "REQUEST", 1, "CONFIRMED"),
    ]


def test_nobody_is_told_of_a_change_of_what_is_off_or_over(alice: Person, sink: Sink) -> None:
    off, over = invited(alice, "ana@globex.test"), invited(alice, "ben@globex.test")
    kind = record_types.get(MEETING)
    set_status(alice, off, "cancelled")
    work(alice)
    new(sink)

    with alice.at_work() as actor:
        records.update_record(kind, off.pk, {"place": "Nowhere"}, actor=actor)
        records.update_record(kind, over.pk, {"starts_at": days(-3)}, actor=actor)
    work(alice)

    assert new(sink) == []


def ics_of(sink: Sink) -> list[Any]:
    [*parts] = [part for message in sink.messages for part in message.iter_attachments()]
    sink.envelopes.clear()
    return [event for part in parts for event in Calendar.from_ical(part.get_content()).walk("VEVENT")]


def test_a_series_begins_changes_and_ends_under_one_name_for_who_was_invited(alice: Person, sink: Sink) -> None:
    meeting = invited(alice, "ana@globex.test")
    [first] = ics_of(sink)

    for rule in ("FREQ=WEEKLY", "FREQ=MONTHLY", ""):
        with alice.at_work() as actor:
            series.repeat(MEETING, meeting.pk, rule, actor=actor)
        work(alice)
    set_status(alice, meeting, "cancelled")
    work(alice)

    told = ics_of(sink)
    assert {str(each["UID"]) for each in (first, *told)} == {str(first["UID"])}
    assert ["RRULE" in each for each in told] == [True, True, False, False]
    assert ["RECURRENCE-ID" in each for each in told] == [False] * 4
    numbers = [int(each["SEQUENCE"]) for each in told]
    assert numbers == sorted(set(numbers))
    assert str(told[-1]["STATUS"]) == "CANCELLED"


def test_one_of_a_series_in_the_bin_is_passed_by_and_the_next_is_there(alice: Person, sink: Sink) -> None:
    meeting = make_meeting(alice, "ana@globex.test")
    with alice.at_work() as actor:
        series.repeat(MEETING, meeting.pk, "FREQ=WEEKLY", actor=actor)
        inviting.send_invitations(meeting.pk, actor=actor)
    work(alice)
    sink.envelopes.clear()

    with alice.at_work() as actor:
        records.archive_record(record_types.get(MEETING), meeting.pk, actor=actor)
    work(alice)

    [told] = ics_of(sink)
    assert "RECURRENCE-ID" in told
    with alice.at_work():
        [following] = Meeting.objects.filter(archived_at=None)
        assert following.starts_at.date() - meeting.starts_at.date() == timedelta(days=7)
