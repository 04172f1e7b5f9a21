"""The dashboard's numbers: within the actor's rights, equal to the lists behind them, fresh when things happen."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from autocrm.activities.services import create_task
from autocrm.analytics import figures, keeping, questions, selectors
from autocrm.analytics.figures import weeks_of
from autocrm.analytics.selectors import Dashboard, get_dashboard
from autocrm.contacts.models import Contact
from autocrm.contacts.tests.factories import make_company, make_contact
from autocrm.jobs import services as jobs
from autocrm.kernel import clock, redis
from autocrm.kernel.actors import Actor
from autocrm.records.lists.state import read_list_state
from autocrm.records.registry import record_types
from autocrm.records.schema import condition_context
from autocrm.records.selectors import count_records
from autocrm.users.models import Membership
from autocrm.users.selectors import forget_cached_actors
from tests.support.cast import Person, make_person, make_role


def dashboard_of(person: Person) -> Dashboard:
    with person.at_work() as actor:
        return get_dashboard(actor)


def score(person: Person, contact: Contact, points: int) -> None:
    with person.at_work():
        Contact.objects.filter(pk=contact.pk).update(engagement_score=points)


def age(person: Person, contact: Contact, days: int) -> None:
    with person.at_work():
        Contact.objects.filter(pk=contact.pk).update(created_at=clock.now() - timedelta(days=days))


def count_behind(person: Person, url: str) -> int:
    """How many records the list at this address shows."""
    parts = urlsplit(url)
    record_type = next(each for each in record_types if parts.path == f"/{each.plural}/")
    params = QueryDict(mutable=True)
    for name, value in parse_qsl(parts.query):
        params.appendlist(name, value)
    with person.at_work() as actor:
        state = read_list_state(record_type, params, actor)
        assert not state.faults, url
        return count_records(record_type, state.query(), actor=actor).value


@pytest.fixture
def business(alice: Person) -> Person:
    """Alice's workspace with contacts of several types, ages and scores, two companies and three tasks."""
    for days, points, kind in ((0, 90, "customer"), (3, 80, "customer"), (29, 10, "lead"), (45, 0, "lead")):
        contact = make_contact(alice, type=kind)
        score(alice, contact, points)
        age(alice, contact, days)
    age(alice, make_contact(alice, type="partner"), 400)
    make_company(alice)
    make_company(alice)
    with alice.at_work() as actor:
        now = clock.now()
        create_task({"subject": "Late", "due_at": now - timedelta(days=2), "owner": alice.id}, actor=actor)
        create_task({"subject": "Now", "due_at": now, "owner": alice.id}, actor=actor)
        create_task({"subject": "Later", "due_at": now + timedelta(days=5), "owner": alice.id}, actor=actor)
        create_task({"subject": "Nobody's", "due_at": now - timedelta(days=5), "owner": None}, actor=actor)
    return alice


@pytest.fixture
def cheaply(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting is cheap, however busy the machine is."""
    monkeypatch.setattr(keeping, "CHEAP_MILLISECONDS", 60_000)


def test_alice_sees_the_numbers_of_her_workspace(business: Person) -> None:
    shown = dashboard_of(business)

    contacts = shown.contacts
    assert contacts is not None
    assert contacts.total.value == 5
    assert (contacts.new.value, contacts.new_before.value) == (3, 1)
    assert contacts.average_engagement.value == 36.0
    assert contacts.high_value.value == 2
    assert {each.key: each.count for each in contacts.by_type if each.count} == {"lead": 2, "customer": 2, "partner": 1}
    assert len(contacts.by_week) == 12
    assert sum(week.count for week in contacts.by_week) == 4
    assert shown.companies.value == 2
    assert (shown.tasks.due_today.value, shown.tasks.overdue.value) == (1, 1)


def test_every_number_equals_the_list_behind_it(business: Person) -> None:
    shown = dashboard_of(business)

    figures = [
        shown.contacts.total,
        shown.contacts.new,
        shown.contacts.new_before,
        shown.contacts.high_value,
        shown.companies,
        shown.tasks.due_today,
        shown.tasks.overdue,
    ]
    counts = [(figure.value, figure.url) for figure in figures]
    counts += [(each.count, each.url) for each in (*shown.contacts.by_type, *shown.contacts.by_week)]
    for value, url in counts:
        assert count_behind(business, url) == value, url
    assert count_behind(business, shown.contacts.average_engagement.url) == shown.contacts.total.value


def test_what_lies_in_the_bin_is_not_counted(business: Person) -> None:
    with business.at_work():
        Contact.objects.filter(type="lead").update(archived_at=clock.now())

    assert dashboard_of(business).contacts.total.value == 3


def test_charlies_rows_are_never_counted(business: Person, charlie: Person) -> None:
    before = dashboard_of(business)
    for _each in range(3):
        make_contact(charlie, type="customer")
    make_company(charlie)

    assert dashboard_of(business).contacts == before.contacts
    assert dashboard_of(charlie).contacts.total.value == 3
    assert dashboard_of(charlie).companies.value == 1


def test_bob_counts_only_his_own_and_hidden_parts_are_absent(business: Person, bob: Person) -> None:
    make_contact(bob)

    shown = dashboard_of(bob)

    assert shown.contacts.total.value == 1
    assert shown.companies is None
    assert (shown.tasks.due_today.value, shown.tasks.overdue.value) == (0, 0)


def test_a_hidden_field_takes_its_numbers_along(business: Person) -> None:
    fields = {"contact": {"engagement_score": "hidden", "type": "hidden", "created_at": "hidden"}}
    role = make_role(business.tenant, records={"*": {"read": "all"}}, fields=fields)
    dora = make_person("Dora Dunn", business.tenant, role)

    contacts = dashboard_of(dora).contacts

    assert contacts.total.value == 5
    assert contacts.sees_engagement is False
    assert [contacts.new, contacts.average_engagement, contacts.high_value] == [None, None, None]
    assert [contacts.by_type, contacts.by_week] == [None, None]


def test_an_average_of_nothing_is_no_number(alice: Person) -> None:
    contacts = dashboard_of(alice).contacts

    assert (contacts.total.value, contacts.average_engagement, contacts.high_value.value) == (0, None, 0)


def test_numbers_are_kept_while_nothing_happens(business: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    first = dashboard_of(business)

    with business.at_work() as actor, CaptureQueriesContext(connection) as asked:
        again = get_dashboard(actor)

    assert again.as_of == first.as_of
    assert not [query for query in asked.captured_queries if "contacts_contact" in query["sql"]]


def test_something_that_happens_is_counted_at_once_when_counting_is_cheap(business: Person, cheaply: None) -> None:
    first = dashboard_of(business)
    make_contact(business)

    second = dashboard_of(business)

    assert second.contacts.total.value == first.contacts.total.value + 1


def test_dear_numbers_stand_for_half_a_minute_after_something_happened(
    business: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "CHEAP_MILLISECONDS", 0)
    first = dashboard_of(business)
    make_contact(business)

    assert dashboard_of(business).contacts.total.value == first.contacts.total.value
    with clock.as_of(clock.now() + timedelta(seconds=31)):
        assert dashboard_of(business).contacts.total.value == first.contacts.total.value + 1


def test_numbers_are_computed_again_after_a_quarter_of_an_hour(business: Person) -> None:
    first = dashboard_of(business)

    with clock.as_of(clock.now() + timedelta(minutes=15, seconds=1)):
        assert dashboard_of(business).as_of > first.as_of


def test_without_redis_numbers_are_kept_in_the_process(business: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis, "attempt", lambda _operation, otherwise: otherwise)

    first = dashboard_of(business)

    assert dashboard_of(business).as_of == first.as_of


def test_who_sees_the_same_shares_the_numbers_and_nobody_else(business: Person, bob: Person, charlie: Person) -> None:
    eve = make_person("Eve Early", business.tenant)
    types = [record_types.get("contact"), record_types.get("company")]

    def place(person: Person) -> str:
        with person.at_work() as actor:
            return keeping.place_of("dashboard", types, actor)

    assert place(business) == place(eve)
    assert len({place(business), place(bob), place(charlie)}) == 3


def test_weeks_begin_where_the_workspace_says(alice: Person) -> None:
    with alice.at_work() as actor:
        weeks = weeks_of(condition_context(actor))

    assert len(weeks) == 12
    assert all(until - since == timedelta(days=7) for since, until in weeks)
    assert [until for _since, until in weeks[:-1]] == [since for since, _until in weeks[1:]]
    assert all(since.weekday() == 0 for since, _until in weeks)


def test_one_page_asks_a_fixed_number_of_questions(business: Person, cheaply: None) -> None:
    def asked() -> int:
        with business.at_work() as actor, CaptureQueriesContext(connection) as queries:
            get_dashboard(actor)
        return len([query for query in queries.captured_queries if query["sql"].startswith("SELECT")])

    dashboard_of(business)
    make_contact(business)
    few = asked()
    for _each in range(10):
        make_contact(business)

    assert asked() == few <= 8


def test_questions_name_only_fields_there_are() -> None:
    asked: list[Any] = [value for value in vars(questions).values() if isinstance(value, questions.Question)]

    for question in asked:
        names = {name.partition("__")[0] for name, _value in question.params}
        assert names <= set(record_types.get(question.record_type).by_key)


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting all takes a quarter of a second."""

    def measure(actor: Actor) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.25)")
        return figures.measure(actor)

    monkeypatch.setattr(selectors, "measure", measure)


def shown_in_a_hurry(person: Person) -> Dashboard:
    with person.at_work() as actor:
        return get_dashboard(actor, patience=0.05)


def test_a_page_in_a_hurry_shows_numbers_of_a_part_until_a_job_has_counted_all(business: Person, slowly: None) -> None:

    first = shown_in_a_hurry(business)
    again = shown_in_a_hurry(business)
    assert jobs.run_due(tenant_id=business.tenant.id) == 1
    counted = shown_in_a_hurry(business)

    # The sample of a small table is all of it, so that what is worked out from it can be compared.
    assert (first.is_about, first.is_being_counted) == (True, True)
    assert (again.is_about, again.contacts) == (True, first.contacts)
    assert (counted.is_about, counted.is_being_counted) == (False, False)
    assert first.contacts == counted.contacts
    assert counted.contacts.total.value == 5


def test_a_page_in_a_hurry_shows_what_was_counted_before(business: Person, slowly: None) -> None:
    dashboard_of(business)
    make_contact(business)

    with clock.as_of(clock.now() + timedelta(seconds=31)):
        shown = shown_in_a_hurry(business)
        jobs.run_due(tenant_id=business.tenant.id)
        counted = shown_in_a_hurry(business)

    assert (shown.is_about, shown.is_being_counted, shown.contacts.total.value) == (False, True, 5)
    assert (counted.is_being_counted, counted.contacts.total.value) == (False, 6)


def test_numbers_of_a_part_are_never_shown_to_who_waits_for_all(business: Person, slowly: None) -> None:
    shown_in_a_hurry(business)

    assert not dashboard_of(business).is_about


def test_nothing_is_counted_for_who_has_left(business: Person, slowly: None) -> None:
    shown_in_a_hurry(business)
    with business.at_work():
        Membership.objects.filter(user_id=business.user.id).update(is_active=False)
    forget_cached_actors(business.tenant.id)

    assert jobs.run_due(tenant_id=business.tenant.id) == 1


def test_the_page_says_that_numbers_are_about_and_asks_again_soon(business: Person, slowly: None) -> None:
    first = business.page.get("/dashboard/").content.decode()
    jobs.run_due(tenant_id=business.tenant.id)
    counted = business.page.get("/dashboard/").content.decode()

    assert ">about 5</a>" in first
    assert "being counted" in first
    assert 'data-refresh-every="2"' in first
    assert ">5</a>" in counted
    assert "being counted" not in counted
    assert 'data-refresh-every="30"' in counted


@pytest.mark.parametrize("kept", [b'[{"contact": {"total": 9}}, 1, 2, [3, []]]', b"[]", b"7", b"not json"])
def test_numbers_that_another_release_kept_are_counted_anew(
    business: Person, monkeypatch: pytest.MonkeyPatch, kept: bytes
) -> None:
    places: list[str] = []
    keep = keeping._keep
    monkeypatch.setattr(keeping, "_keep", lambda place, text: (places.append(place), keep(place, text)))
    dashboard_of(business)
    keep(places[0], kept)

    assert dashboard_of(business).contacts.total.value == 5
