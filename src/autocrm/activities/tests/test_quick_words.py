"""One line typed on Today: what is understood, and that nothing that was typed is lost."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrm.activities.quick_words import read_quick

ZONE = ZoneInfo("Europe/Berlin")
# A Wednesday.
MOMENT = datetime(2026, 11, 25, 14, 20, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call Ana tomorrow 10:00", ("call", "Call Ana", "2026-11-26 10:00")),
        ("Ana morgen um 10 Uhr anrufen", ("call", "Ana anrufen", "2026-11-26 10:00")),
        ("Call Ana", ("task", "Call Ana", "")),
        ("Call Ana tomorrow", ("task", "Call Ana", "2026-11-26 09:00")),
        ("Meeting with Globex friday 2pm", ("meeting", "Meeting with Globex", "2026-11-27 14:00")),
        ("Termin mit Globex am Freitag 14:00", ("meeting", "Termin mit Globex", "2026-11-27 14:00")),
        ("Send the offer", ("task", "Send the offer", "")),
        ("Send the offer today", ("task", "Send the offer", "2026-11-25 17:00")),
        ("Call Ana tomorrow at 2", ("call", "Call Ana", "2026-11-26 14:00")),
        ("Ana morgen um 8 anrufen", ("call", "Ana anrufen", "2026-11-26 08:00")),
        ("Send the offer at 16", ("task", "Send the offer", "2026-11-25 16:00")),
        ("Send the offer 9:30am", ("task", "Send the offer", "2026-11-26 09:30")),
        ("Angebot übermorgen schicken", ("task", "Angebot schicken", "2026-11-27 09:00")),
        ("Invoice 24.12.", ("task", "Invoice", "2026-12-24 09:00")),
        ("Invoice 24.12.2027 8:15", ("task", "Invoice", "2027-12-24 08:15")),
        ("Invoice on 24 December at noon", ("task", "Invoice", "2026-12-24 12:00")),
        ("Invoice Jan 5", ("task", "Invoice", "2027-01-05 09:00")),
        ("Invoice 2026-12-01", ("task", "Invoice", "2026-12-01 09:00")),
        ("Follow up in 3 days", ("task", "Follow up", "2026-11-28 09:00")),
        ("Nachfassen in 2 Wochen", ("task", "Nachfassen", "2026-12-09 09:00")),
        ("Call back in 2 hours", ("call", "Call back", "2026-11-25 16:20")),
        ("Prepare Monday report", ("task", "Prepare Monday report", "")),
        ("Prepare report on Monday", ("task", "Prepare report", "2026-11-30 09:00")),
        ("Report next week", ("task", "Report", "2026-11-30 09:00")),
        ("Wed", ("task", "Wed", "2026-12-02 09:00")),
        ("Read version 10.2.3", ("task", "Read version 10.2.3", "")),
        ("Order 30.02.", ("task", "Order 30.02.", "")),
        ("Room 25:00", ("task", "Room 25:00", "")),
    ],
)
def test_days_and_times_are_understood(text: str, expected: tuple[str, str, str]) -> None:
    quick = read_quick(text, moment=MOMENT, zone=ZONE)

    at = f"{quick.at.astimezone(ZONE):%Y-%m-%d %H:%M}" if quick.at else ""
    assert (quick.activity_type, quick.subject, at) == expected


@pytest.mark.parametrize(
    ("text", "kind"), [("Call Ana", "call"), ("E-mail Ana", "email"), ("Bob schreiben", "email"), ("Buy cake", "todo")]
)
def test_a_task_says_what_kind_it_is(text: str, kind: str) -> None:
    assert read_quick(text, moment=MOMENT, zone=ZONE).kind == kind


@given(st.text(min_size=1, max_size=400))
def test_any_text_is_read_and_has_a_subject(text: str) -> None:
    quick = read_quick(text, moment=MOMENT, zone=ZONE)

    assert len(quick.subject) <= 300
    assert bool(quick.subject) == bool(text.strip())
