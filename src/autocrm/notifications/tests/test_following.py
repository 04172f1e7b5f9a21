"""Following: whoever follows a record hears what others do to it, once, in one message, and nothing that is hidden."""

from typing import Any

import pytest

from autocrm.journal import services as journal
from autocrm.notifications.models import Follow, Notification
from autocrm.notifications.services import set_preference
from autocrm.records import services
from autocrm.records.registry import record_types
from tests.support.cast import Person, make_person

CONTACT = record_types.get("contact")
KIND = "record.changed"


def make(person: Person, **values: Any) -> Any:
    with person.at_work() as actor:
        return services.create_record(CONTACT, {"first_name": "Ada", "last_name": "Byron"} | values, actor=actor)


def change(person: Person, record: Any, **values: Any) -> None:
    with person.at_work() as actor:
        services.update_record(CONTACT, record.pk, values, actor=actor)


def press(person: Person, record: Any, on: str = "1") -> Any:
    return person.page.post(f"/follow/contact/{record.pk}/", {"on": on}, headers={"HX-Request": "true"})


def digest(person: Person) -> None:
    journal.run_consumers(tenant_id=person.tenant.id)


def told(person: Person, kind: str = KIND) -> list[tuple[str, str]]:
    with person.at_work():
        rows = Notification.objects.filter(user_id=person.id, kind=kind).order_by("seq")
        return list(rows.values_list("title", "body"))


def followers(person: Person, record: Any) -> set[Any]:
    with person.at_work():
        return set(Follow.objects.filter(record_id=record.pk).values_list("user_id", flat=True))


@pytest.fixture
def dana(alice: Person) -> Person:
    return make_person("Dana Drew", alice.tenant)


def test_whoever_makes_a_record_or_is_given_one_follows_it(alice: Person, dana: Person) -> None:
    record = make(alice)
    digest(alice)
    assert followers(alice, record) == {alice.id}

    change(alice, record, owner=str(dana.id))
    digest(alice)

    assert followers(alice, record) == {alice.id, dana.id}


def test_followers_hear_what_others_changed_and_not_what_they_did_themselves(alice: Person, dana: Person) -> None:
    record = make(alice)
    digest(alice)
    change(alice, record, city="Bergen")
    change(dana, record, type="customer", title="Buyer")
    digest(alice)

    assert told(alice) == [("Ada Byron", "Dana Drew: Job title – → Buyer, Type Lead → Customer")]
    assert told(dana) == []


def test_further_changes_join_the_message_that_is_still_unread(alice: Person, dana: Person) -> None:
    record = make(alice)
    digest(alice)
    change(dana, record, city="Oslo")
    digest(alice)
    change(dana, record, city="Bergen")
    digest(alice)

    assert told(alice) == [("Ada Byron", "Dana Drew: City – → Oslo\nDana Drew: City Oslo → Bergen")]
    with alice.at_work():
        Notification.objects.filter(user_id=alice.id).update(read_at=record.created_at)
    change(dana, record, city="Molde")
    digest(alice)
    assert told(alice)[1:] == [("Ada Byron", "Dana Drew: City Bergen → Molde")]


def test_nobody_hears_of_fields_that_are_hidden_or_records_out_of_reach(alice: Person, bob: Person) -> None:
    record = make(alice, owner=str(bob.id))
    digest(alice)
    assert followers(alice, record) == {alice.id, bob.id}

    change(alice, record, source="Trade fair")
    digest(alice)
    assert told(bob) == []

    change(alice, record, source="Web", city="Oslo")
    digest(alice)
    assert told(bob) == [("Ada Byron", f"{alice.user.name}: City – → Oslo")]

    change(alice, record, owner=str(alice.id), city="Bergen")
    digest(alice)
    assert len(told(bob)[0][1].split("\n")) == 1


def test_quiet_imports_tell_nobody(alice: Person, dana: Person) -> None:
    record = make(alice)
    digest(alice)
    with dana.at_work() as actor:
        journal.write(
            "record.updated",
            record_type="contact",
            record_id=record.pk,
            record_label="Ada Byron",
            changes={"city": ["", "Oslo"]},
            data={"quiet": True},
            actor=actor,
        )
    digest(alice)

    assert told(alice) == []


def test_who_does_not_want_to_hear_does_not(alice: Person, dana: Person) -> None:
    record = make(alice)
    digest(alice)
    with alice.at_work() as actor:
        set_preference(KIND, is_on=False, actor=actor)
    change(dana, record, city="Oslo")
    digest(alice)

    assert told(alice) == []


def test_the_button_follows_and_lets_go(alice: Person, dana: Person) -> None:
    record = make(alice)
    digest(alice)

    assert ">Follow</button>" in dana.page.get(f"/contacts/{record.pk}/").content.decode()
    assert ">Following</button>" in press(dana, record).content.decode()
    assert followers(alice, record) == {alice.id, dana.id}
    assert press(dana, record).status_code == 200
    assert ">Following</button>" in dana.page.get(f"/contacts/{record.pk}/").content.decode()
    assert ">Follow</button>" in press(dana, record, "0").content.decode()
    assert followers(alice, record) == {alice.id}


def test_what_cannot_be_seen_cannot_be_followed(alice: Person, bob: Person, charlie: Person) -> None:
    record = make(alice)

    assert press(bob, record).status_code == 404
    assert press(charlie, record).status_code == 404
    assert alice.page.post(f"/follow/nothing/{record.pk}/", {"on": "1"}).status_code == 404
    assert followers(alice, record) == set()


def test_the_bin_is_told_too(alice: Person, dana: Person) -> None:
    record = make(alice)
    digest(alice)
    with dana.at_work() as actor:
        services.archive_record(CONTACT, record.pk, actor=actor)
    digest(alice)

    assert told(alice) == [("Ada Byron", "Dana Drew: moved to the bin")]


def test_whoever_is_mentioned_in_a_note_is_told_once_if_she_may_see_it(
    alice: Person, bob: Person, dana: Person, charlie: Person
) -> None:
    names = "".join(f'<span data-mention="{each.id}">@{each.user.name}</span> ' for each in (dana, bob, charlie, alice))
    note = record_types.get("note")
    with alice.at_work() as actor:
        made = services.create_record(note, {"body": f"<p>{names} please look</p>"}, actor=actor)
    digest(alice)

    assert [title for title, _body in told(dana, "mention")] == [f"{alice.user.name} mentioned you: {note.title(made)}"]
    assert told(bob, "mention") == []
    assert told(charlie, "mention") == []
    assert told(alice, "mention") == []
    with alice.at_work() as actor:
        services.update_record(note, made.pk, {"body": f"<p>{names} again</p>"}, actor=actor)
    digest(alice)
    assert len(told(dana, "mention")) == 1
