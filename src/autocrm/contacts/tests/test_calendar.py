"""Calendars of contacts: days and what falls on them, drops on other days, bounds, and whose they are."""

import re
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autocrm.activities.tests.factories import make_task
from autocrm.contacts.tests.factories import make_contact, make_many
from autocrm.records import sampling
from autocrm.records.shapes import calendar
from autocrm.tenants.services import update_settings
from tests.support.cast import Person

CALENDAR = "/contacts/?layout=calendar&day=2026-03-10"


def html_of(person: Person, address: str = CALENDAR) -> str:
    response = person.page.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


def days_in(html: str) -> dict[str, list[str]]:
    """The titles of the items by day, days without any left out."""
    parts = re.split(r'data-carry-list="day:([^"]*)"', html)[1:]
    found = {
        day: re.findall(r"data-peek-link[^>]*>([^<]+)</a>", body.split("</ul>")[0])
        for day, body in zip(parts[::2], parts[1::2], strict=True)
    }
    return {day: titles for day, titles in found.items() if titles}


def all_days(html: str) -> list[str]:
    return re.findall(r'data-carry-list="day:([^"]*)"', html)


def drop(person: Person, url: str, field: str, to: str, *, at: str = CALENDAR) -> Any:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://{person.host}{at}"}
    return person.page.post(url, {"field": field, "to": to, "version": 1}, headers=headers)


def test_a_month_shows_whole_weeks_and_what_falls_on_each_day(alice: Person, charlie: Person) -> None:
    make_contact(alice, first_name="Ada", last_name="Byron", next_follow_up_on="2026-03-31")
    make_contact(alice, first_name="Far", last_name="Away", next_follow_up_on="2026-05-01")
    make_contact(charlie, next_follow_up_on="2026-03-31")

    html = html_of(alice)

    assert days_in(html) == {"2026-03-31": ["Ada Byron"]}
    assert (all_days(html)[0], all_days(html)[-1]) == ("2026-02-23", "2026-04-05")
    assert "March 2026" in html


def test_a_week_begins_on_the_day_of_the_workspace(alice: Person) -> None:
    assert all_days(html_of(alice, f"{CALENDAR}&span=week"))[0] == "2026-03-09"
    with alice.at_work() as actor:
        update_settings({"week_start": 6}, actor=actor)

    assert all_days(html_of(alice, f"{CALENDAR}&span=week"))[0] == "2026-03-08"


def test_moments_fall_on_the_readers_days(alice: Person) -> None:
    with alice.at_work() as actor:
        midnight = datetime(2026, 3, 11, 0, 15, tzinfo=actor.zone)
    make_task(alice, subject="Early bird", due_at=midnight)

    html = html_of(alice, "/tasks/?layout=calendar&on=due_at&day=2026-03-10")

    assert days_in(html) == {"2026-03-11": ["Early bird"]}
    assert "00:15" in html


def test_days_with_more_than_there_is_room_for_lead_to_a_list_of_that_day(alice: Person) -> None:
    make_many(alice, 8, next_follow_up_on=date(2026, 3, 10))

    html = html_of(alice)

    assert len(days_in(html)["2026-03-10"]) == 3
    assert "+5 more" in html
    more = re.search(r'class="cal-more" href="([^"]+)"', html)
    listed = alice.page.get(more.group(1).replace("&amp;", "&")).content.decode() if more else ""
    assert listed.count("<tr data-row") == 8


def test_very_full_spans_are_asked_day_by_day(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    make_many(alice, 8, next_follow_up_on=date(2026, 3, 10))
    monkeypatch.setattr(calendar, "READ_TOGETHER", 5)

    html = html_of(alice)

    assert len(days_in(html)["2026-03-10"]) == 3
    assert ">More</a>" in html


def test_what_is_too_dear_to_look_through_is_said(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    make_contact(alice)
    monkeypatch.setattr(sampling, "DEAREST_PLAN", 0.0)

    response = alice.page.get(CALENDAR)

    assert response.status_code == 422
    assert "Narrow the list by a filter" in response.content.decode()


def test_a_calendar_costs_the_same_number_of_queries_whatever_it_holds(alice: Person) -> None:
    html_of(alice)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            html_of(alice)
        return len(captured)

    before = cost()
    make_many(alice, 12, next_follow_up_on=date(2026, 3, 10))

    assert cost() == before


@pytest.mark.parametrize("query", ["on=source", "on=name", "span=year", "day=2026-02-31", "day=0001-01-01", "day=x"])
def test_what_is_no_calendar_is_said(bob: Person, query: str) -> None:
    response = bob.page.get(f"/contacts/?layout=calendar&{query}")

    assert response.status_code == 422


def test_a_drop_on_another_day_writes_that_very_date(alice: Person) -> None:
    contact = make_contact(alice, next_follow_up_on="2026-03-10")

    answer = drop(alice, f"/contacts/{contact.id}/move/", "next_follow_up_on", "day:2026-03-12")

    assert answer.status_code == 200
    assert 'class="cal-i late"' in answer.content.decode()
    with alice.at_work():
        contact.refresh_from_db()
    assert contact.next_follow_up_on == date(2026, 3, 12)
    undo = f"/contacts/{contact.id}/move/?undo=1&field=next_follow_up_on&to=is%3A2026-03-10&version=2"
    assert undo in answer["HX-Trigger"]
    alice.page.post(undo)
    with alice.at_work():
        contact.refresh_from_db()
    assert contact.next_follow_up_on == date(2026, 3, 10)


def test_a_moment_keeps_its_time_of_day_across_a_change_of_the_clock(alice: Person) -> None:
    with alice.at_work() as actor:
        zone = actor.zone
    task = make_task(alice, due_at=datetime(2026, 3, 27, 9, 30, tzinfo=zone))
    page = "/tasks/?layout=calendar&on=due_at&day=2026-03-10"

    assert drop(alice, f"/tasks/{task.id}/move/", "due_at", "day:2026-03-31", at=page).status_code == 200
    with alice.at_work():
        task.refresh_from_db()
    assert task.due_at == datetime(2026, 3, 31, 9, 30, tzinfo=zone)


@pytest.mark.parametrize("to", ["day:2026-02-31", "day:", "day:99999-01-01", "day:0001-01-01"])
def test_a_day_that_is_none_is_refused(alice: Person, to: str) -> None:
    contact = make_contact(alice, next_follow_up_on="2026-03-10")

    assert drop(alice, f"/contacts/{contact.id}/move/", "next_follow_up_on", to).status_code == 422
    with alice.at_work():
        contact.refresh_from_db()
    assert contact.next_follow_up_on == date(2026, 3, 10)
