"""Undo from the journal: what was done is taken back where it still stands, and nothing else is touched."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autocrm.journal.models import Entry
from autocrm.records import services
from autocrm.records.history.reversal import Outcome, Reversed, reverse_entries
from autocrm.records.models import SearchRow
from autocrm.records.registry import record_types
from autocrm.records.tests import computed_world
from autocrm.users.models import Membership
from tests.support.cast import Person, make_person, make_role

CONTACT = record_types.get("contact")
COMPANY = record_types.get("company")


def make(person: Person, **values: Any) -> Any:
    with person.at_work() as actor:
        return services.create_record(CONTACT, {"first_name": "Ana", **values}, actor=actor)


def change(person: Person, record: Any, **values: Any) -> None:
    with person.at_work() as actor:
        services.update_record(CONTACT, record.id, values, actor=actor)


def reread(person: Person, record: Any) -> Any:
    with person.at_work():
        return type(record).objects.get(id=record.id)


def entries_of(person: Person, record: Any) -> list[Entry]:
    with person.at_work():
        return list(Entry.objects.filter(record_id=record.id).order_by("id"))


def undo(person: Person, entries: Iterable[Entry]) -> dict[UUID, Reversed]:
    with person.at_work() as actor:
        return {each.record_id: each for each in reverse_entries(list(entries), data={"undo_of": "x"}, actor=actor)}


def undo_last(person: Person, record: Any, count: int = 1) -> Reversed:
    return undo(person, entries_of(person, record)[-count:])[record.id]


def test_a_change_is_taken_back_with_an_entry_that_names_what_was_undone(alice: Any) -> None:
    contact = make(alice, type="lead", source="fair", email="ana@example.com")
    change(alice, contact, type="customer", source="", email="silva@example.com")

    done = undo_last(alice, contact)

    now = reread(alice, contact)
    assert (done.outcome, done.reason) == (Outcome.SET_BACK, "")
    assert (now.type, now.source, now.email, now.email_key) == ("lead", "fair", "ana@example.com", "ana@example.com")
    assert now.version == 3
    last = entries_of(alice, contact)[-1]
    assert (last.kind, last.data) == ("record.updated", {"version": 3, "undo_of": "x"})
    assert last.changes["type"] == ["customer", "lead"]


def test_what_came_goes_to_the_bin_and_out_of_the_search(alice: Any) -> None:
    contact = make(alice)

    assert undo(alice, entries_of(alice, contact))[contact.id].outcome is Outcome.BINNED

    assert reread(alice, contact).archived_at is not None
    with alice.at_work():
        assert not SearchRow.objects.filter(record_id=contact.id).exists()


def test_what_went_comes_back_and_what_came_back_goes_again(alice: Any) -> None:
    contact = make(alice)
    with alice.at_work() as actor:
        services.archive_record(CONTACT, contact.id, actor=actor)

    assert undo_last(alice, contact).outcome is Outcome.RESTORED
    assert reread(alice, contact).archived_at is None
    with alice.at_work():
        assert SearchRow.objects.filter(record_id=contact.id).exists()

    assert undo_last(alice, contact).outcome is Outcome.BINNED
    assert reread(alice, contact).archived_at is not None


def test_several_entries_of_a_record_are_undone_as_one(alice: Any) -> None:
    contact = make(alice, type="lead")
    change(alice, contact, type="prospect", city="Oslo")
    change(alice, contact, type="customer")
    change(alice, contact, type="partner", city="Bergen")

    assert undo_last(alice, contact, 3).outcome is Outcome.SET_BACK

    now = reread(alice, contact)
    assert (now.type, now.city, now.version) == ("lead", "", 5)


def test_a_record_somebody_changed_since_stays_and_it_is_said_who_and_what(alice: Any, acme: Any) -> None:
    dora = make_person("Dora Dean", acme)
    contact = make(alice, type="lead", city="Oslo")
    change(alice, contact, type="customer", city="Bergen")
    change(dora, contact, type="partner")

    done = undo(alice, [entries_of(alice, contact)[1]])[contact.id]

    assert (done.outcome, done.reason) == (Outcome.REFUSED, "Dora Dean changed Type after that.")
    now = reread(alice, contact)
    assert (now.type, now.city, now.version) == ("partner", "Bergen", 3)


def test_a_change_of_another_field_is_no_hindrance(alice: Any, acme: Any) -> None:
    dora = make_person("Dora Dean", acme)
    contact = make(alice, type="lead")
    change(alice, contact, type="customer")
    change(dora, contact, city="Bergen")

    assert undo(alice, [entries_of(alice, contact)[1]])[contact.id].outcome is Outcome.SET_BACK

    now = reread(alice, contact)
    assert (now.type, now.city) == ("lead", "Bergen")


def test_a_new_record_that_somebody_worked_on_is_not_binned(alice: Any, acme: Any) -> None:
    dora = make_person("Dora Dean", acme)
    contact = make(alice)
    change(dora, contact, city="Bergen")

    done = undo(alice, entries_of(alice, contact)[:1])[contact.id]

    assert (done.outcome, done.reason) == (Outcome.REFUSED, "Dora Dean changed City after that.")
    assert reread(alice, contact).archived_at is None


def test_a_changed_record_in_the_bin_stays_there(alice: Any, acme: Any) -> None:
    dora = make_person("Dora Dean", acme)
    contact = make(alice, type="lead")
    change(alice, contact, type="customer")
    with dora.at_work() as actor:
        services.archive_record(CONTACT, contact.id, actor=actor)

    done = undo(alice, [entries_of(alice, contact)[1]])[contact.id]

    assert (done.outcome, done.reason) == (Outcome.REFUSED, "Dora Dean moved to the bin after that.")


def test_tags_of_others_stay(alice: Any, acme: Any) -> None:
    with alice.at_work() as actor:
        vip, new, fair = (services.ensure_tag(word, actor=actor) for word in ("VIP", "New", "Fair"))
    contact = make(alice, tags=[str(vip.id)])
    change(alice, contact, tags=[str(vip.id), str(new.id)])
    change(make_person("Dora Dean", acme), contact, tags=[str(vip.id), str(new.id), str(fair.id)])

    assert undo(alice, [entries_of(alice, contact)[1]])[contact.id].outcome is Outcome.SET_BACK
    assert reread(alice, contact).tags == [vip.id, fair.id]


def test_a_value_that_was_taken_meanwhile_refuses_its_record_alone(alice: Any) -> None:
    contacts = [make(alice, email=f"{number}@example.com") for number in range(5)]
    for number, each in enumerate(contacts):
        change(alice, each, email=f"new{number}@example.com")
    taker = make(alice, email="2@example.com")

    done = undo(alice, [entries_of(alice, each)[-1] for each in contacts])

    outcomes = [done[each.id].outcome for each in contacts]
    assert outcomes == [Outcome.SET_BACK, Outcome.SET_BACK, Outcome.REFUSED, Outcome.SET_BACK, Outcome.SET_BACK]
    assert done[contacts[2].id].reason == "Another record has the same value in E-mail."
    assert [reread(alice, each).email for each in contacts][1:4] == [
        "1@example.com",
        "new2@example.com",
        "3@example.com",
    ]
    assert [reread(alice, each).version for each in contacts] == [3, 3, 2, 3, 3]
    assert reread(alice, taker).email == "2@example.com"


def test_nothing_is_undone_that_the_actor_may_not_do_now(alice: Any, bob: Any, charlie: Any) -> None:
    own = make(alice, type="lead", owner=str(bob.id))
    change(alice, own, type="customer")
    foreign = make(alice, type="lead")
    change(alice, foreign, type="customer")
    hidden = make(alice, source="fair", owner=str(bob.id))
    change(alice, hidden, source="web")
    binned = make(alice, owner=str(bob.id))
    with alice.at_work() as actor:
        services.archive_record(CONTACT, binned.id, actor=actor)
    before = [reread(alice, each).__dict__ | {"_state": None} for each in (foreign, hidden, binned)]
    entries = [entries_of(alice, each)[-1] for each in (own, foreign, hidden, binned)]

    done = undo(bob, entries)

    assert done[own.id].outcome is Outcome.SET_BACK
    for each in (foreign, hidden, binned):
        assert done[each.id].outcome is Outcome.REFUSED
        assert "Source" not in str(done[each.id].reason)
    assert [reread(alice, each).__dict__ | {"_state": None} for each in (foreign, hidden, binned)] == before
    assert {each.outcome for each in undo(charlie, entries).values()} == {Outcome.REFUSED}


def test_a_hidden_field_is_not_named_as_the_reason(alice: Any, bob: Any) -> None:
    contact = make(alice, source="fair", owner=str(bob.id))
    change(alice, contact, source="web")
    change(alice, contact, source="phone")

    done = undo(bob, [entries_of(alice, contact)[1]])[contact.id]

    assert (done.outcome, done.reason) == (Outcome.REFUSED, "Alice Archer changed something after that.")


def test_an_owner_who_left_is_not_set_back(alice: Any, acme: Any) -> None:
    eve = make_person("Eve East", acme, make_role(acme, "Reader", records={"*": {"read": "all"}}))
    contact = make(alice, owner=str(eve.id))
    change(alice, contact, owner=str(alice.id))
    with alice.at_work():
        Membership.objects.filter(user=eve.user).update(is_active=False)

    done = undo_last(alice, contact)

    assert (done.outcome, done.reason) == (Outcome.REFUSED, "This person does not belong to the workspace.")
    assert reread(alice, contact).owner_id == alice.id


def test_a_rule_of_the_type_still_holds(alice: Any) -> None:
    with alice.at_work() as actor:
        upper = services.create_record(COMPANY, {"name": "Upper"}, actor=actor)
        lower = services.create_record(COMPANY, {"name": "Lower", "parent": str(upper.id)}, actor=actor)
        services.update_record(COMPANY, lower.id, {"parent": None}, actor=actor)
        cut = Entry.objects.filter(record_id=lower.id).order_by("-id")[0]
        services.update_record(COMPANY, upper.id, {"parent": str(lower.id)}, actor=actor)

    done = undo(alice, [cut])[lower.id]

    assert done.outcome is Outcome.REFUSED
    assert reread(alice, lower).parent_id is None


def test_thirty_records_cost_a_handful_of_statements(alice: Any, django_assert_max_num_queries: Any) -> None:
    contacts = [make(alice, first_name=f"Ana{number}", type="lead") for number in range(30)]
    for each in contacts:
        change(alice, each, type="customer")
    with alice.at_work():
        entries = list(Entry.objects.filter(kind="record.updated"))

    with alice.at_work() as actor, django_assert_max_num_queries(25):
        done = reverse_entries(entries, actor=actor)

    assert {each.outcome for each in done} == {Outcome.SET_BACK}


EDITS: list[Callable[[Any], dict[str, Any]]] = [
    lambda draw: {"type": draw(st.sampled_from(["lead", "prospect", "customer", "partner"]))},
    lambda draw: {"city": draw(st.text(max_size=5))},
    lambda draw: {"next_follow_up_on": draw(st.dates().filter(lambda day: 1000 <= day.year <= 9000) | st.none())},
    lambda draw: {"owner": draw(st.none())},
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_chain_of_edits_is_undone_to_what_was(alice: Any, data: Any) -> None:
    contact = make(alice, type="lead", city="Oslo")
    before = reread(alice, contact)
    for edit in data.draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=5)):
        change(alice, contact, **edit(data.draw))

    undo(alice, entries_of(alice, contact)[1:])

    now = reread(alice, contact)
    moving = {"version", "updated_at", "updated_by_id", "_state"}
    assert {k: v for k, v in now.__dict__.items() if k not in moving} == {
        k: v for k, v in before.__dict__.items() if k not in moving
    }


def test_of_several_unique_fields_of_the_workspace_the_one_that_was_taken_is_named(alice: Any) -> None:
    for label in ("Badge", "Locker"):
        computed_world.add(alice, label, "text", on="contact", unique=True)
    contact = computed_world.make(alice, "contact", badge="B1", locker="L1")
    computed_world.change(alice, contact, "contact", badge="B2", locker="L2")
    computed_world.make(alice, "contact", locker="l1")

    done = undo(alice, [entries_of(alice, contact)[-1]])

    assert done[contact.id].reason == "Another record has the same value in Locker."
    assert reread(alice, contact).custom == {"badge": "B2", "locker": "L2"}
