"""Calendar files: read again they say what was written, whatever was written; clocks change as their zone says."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from autocrm.activities.ics import Happening, Person, calendar_file
from autocrm.activities.repeating import read_rule

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def happening(**values: Any) -> Happening:
    given = {
        "uid": "1@x",
        "title": "Demo",
        "starts_at": AT,
        "ends_at": AT + timedelta(hours=1),
        "changed_at": AT,
    } | values
    return Happening(**given)


def events(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


texts = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=300)


@given(texts, texts, texts)
def test_any_text_comes_back_as_it_was(title: str, details: str, place: str) -> None:
    content = calendar_file([happening(title=title, details=details, place=place)])

    (event,) = events(content)
    assert str(event["SUMMARY"]) == title
    assert str(event.get("DESCRIPTION", "")) == details
    assert str(event.get("LOCATION", "")) == place


@given(st.text(max_size=200))
def test_no_text_begins_another_property_and_no_line_is_too_long(text: str) -> None:
    hostile = f"{text}\r\nEND:VEVENT\nATTENDEE:mailto:evil@example.com;,\\n"

    content = calendar_file([happening(title=hostile, details=hostile, place=hostile)])

    (event,) = events(content)
    assert "ATTENDEE" not in event
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_lines_of_a_text_stay_lines() -> None:
    (event,) = events(calendar_file([happening(details="One\r\nTwo\rThree; four, five\\")]))

    assert str(event["DESCRIPTION"]) == "One\nTwo\nThree; four, five\\"


def test_what_stands_alone_is_written_in_utc() -> None:
    berlin = AT.astimezone(ZoneInfo("Europe/Berlin"))

    content = calendar_file([happening(starts_at=berlin, zone="Europe/Berlin")])

    assert b"DTSTART:20261125T090000Z" in content
    assert b"VTIMEZONE" not in content


def test_what_repeats_is_written_on_the_wall_clock_of_its_zone() -> None:
    zone = ZoneInfo("Europe/Berlin")
    begins = datetime(2026, 3, 27, 9, 0, tzinfo=zone)

    content = calendar_file(
        [
            happening(
                starts_at=begins.astimezone(UTC),
                ends_at=begins + timedelta(hours=1),
                zone="Europe/Berlin",
                rule=read_rule("FREQ=DAILY;UNTIL=20260405"),
            )
        ]
    )

    assert b"DTSTART;TZID=Europe/Berlin:20260327T090000" in content
    assert content.count(b"BEGIN:VTIMEZONE") == 1
    assert b"BEGIN:DAYLIGHT" in content
    assert b"UNTIL=20260405T215959Z" in content
    assert content.index(b"END:VTIMEZONE") < content.index(b"BEGIN:VEVENT")


def test_a_whole_day_is_a_date() -> None:
    zone = ZoneInfo("America/New_York")
    begins = datetime(2026, 7, 1, tzinfo=zone).astimezone(UTC)

    content = calendar_file(
        [happening(starts_at=begins, ends_at=begins + timedelta(days=2), is_all_day=True, zone=zone.key)]
    )

    assert b"DTSTART;VALUE=DATE:20260701" in content
    assert b"DTEND;VALUE=DATE:20260703" in content


def test_an_invitation_names_its_method_who_asks_and_who_is_asked() -> None:
    content = calendar_file(
        [
            happening(
                sequence=3,
                organiser=Person("ana@example.com", 'Ana "A" Archer'),
                attendees=(Person("bob@example.com", "Bob; Baker", "NEEDS-ACTION"),),
            )
        ],
        method="REQUEST",
    )

    (event,) = events(content)
    assert b"METHOD:REQUEST" in content
    assert event["SEQUENCE"] == 3
    assert str(event["ORGANIZER"]) == "MAILTO:ana@example.com"
    assert event["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert event["ATTENDEE"].params["CN"] == "Bob; Baker"
