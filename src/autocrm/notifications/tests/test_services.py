"""Telling people, numbering, marking and wishes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection

from autocrm.kernel import push
from autocrm.kernel.actors import ActorKind
from autocrm.kernel.errors import Denied, Invalid
from autocrm.kernel.ids import new_id
from autocrm.notifications import selectors, services
from autocrm.notifications.kinds import NotificationKind, kinds
from autocrm.notifications.models import Notification
from tests.support.cast import Person
from tests.support.registered import registered

NEWS, OWN, ALWAYS = "test.news", "test.own_act", "test.always"


@pytest.fixture(autouse=True, scope="module")
def declared_kinds() -> Iterator[None]:
    entries = (
        NotificationKind(NEWS, "News"),
        NotificationKind(OWN, "Own act", own_act=True),
        NotificationKind(ALWAYS, "Always", mandatory=True),
    )
    with registered(kinds, {each.key: each for each in entries}):
        yield


def tell(sender: Person, *receivers: Person, kind: str = NEWS, **values: Any) -> list[Notification]:
    with sender.at_work() as actor:
        return services.notify(
            user_ids=[each.id for each in receivers],
            kind=kind,
            title=values.pop("title", "Hello"),
            actor=actor,
            **values,
        )


def inbox_of(person: Person) -> list[Notification]:
    with person.at_work() as actor:
        return selectors.list_after(actor, 0)


def test_people_are_told_and_count_it(alice: Person, bob: Person) -> None:
    [told] = tell(alice, bob, title="Lead assigned", body="Ada Lovelace", url="/contacts/1/")

    with bob.at_work() as actor:
        [found] = selectors.list_page(actor).notifications
        assert (found.id, found.title, found.url, found.actor_label) == (
            told.id,
            "Lead assigned",
            "/contacts/1/",
            alice.actor.label,
        )
        assert selectors.get_counts(actor) == selectors.Counts(unread=1, last_seq=1)


def test_nobody_hears_of_their_own_act(alice: Person, bob: Person) -> None:
    assert [each.user_id for each in tell(alice, alice, bob)] == [bob.id]
    assert tell(alice, alice) == []


def test_a_kind_about_own_acts_tells_the_actor(alice: Person) -> None:
    assert [each.user_id for each in tell(alice, alice, kind=OWN)] == [alice.id]


def test_a_workflow_in_her_name_tells_her(alice: Person) -> None:
    with alice.at_work() as actor:
        told = services.notify(user_ids=[alice.id], kind=NEWS, title="x", actor=actor.acting_as(ActorKind.WORKFLOW))

    assert [each.user_id for each in told] == [alice.id]


def test_people_of_other_workspaces_and_disabled_members_are_left_out(
    alice: Person, bob: Person, charlie: Person
) -> None:
    from_acme = tell(alice, charlie)
    bob.user.is_active = False
    bob.user.save(update_fields=["is_active"])
    to_disabled = tell(alice, bob)

    assert from_acme == []
    assert to_disabled == []
    assert inbox_of(charlie) == []


def test_a_dedup_key_tells_once(alice: Person, bob: Person) -> None:
    first = tell(alice, bob, dedup_key="import:7")
    second = tell(alice, bob, dedup_key="import:7")

    assert len(first) == 1
    assert second == []
    assert len(inbox_of(bob)) == 1


def test_an_address_elsewhere_is_refused(alice: Person, bob: Person) -> None:
    for url in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        with pytest.raises(Invalid):
            tell(alice, bob, url=url)


def test_numbers_of_a_person_rise_without_gaps_among_concurrent_writers(alice: Person, bob: Person) -> None:
    def write(number: int) -> None:
        tell(alice, bob, title=str(number))
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(20)))

    assert [each.seq for each in inbox_of(bob)] == list(range(1, 21))


def test_a_later_number_cannot_become_visible_before_an_earlier_one(alice: Person, bob: Person) -> None:
    def write_second() -> None:
        try:
            with alice.at_work() as actor:
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '300ms'")
                services.notify(user_ids=[bob.id], kind=NEWS, title="second", actor=actor)
        finally:
            connection.close()

    with alice.at_work() as actor, ThreadPoolExecutor(1) as pool:
        services.notify(user_ids=[bob.id], kind=NEWS, title="first", actor=actor)

        with pytest.raises(OperationalError):
            pool.submit(write_second).result()

    assert [each.title for each in inbox_of(bob)] == ["first"]


def test_marking_concerns_only_ones_own(alice: Person, bob: Person) -> None:
    [told] = tell(alice, bob)
    with alice.at_work() as actor:
        assert services.mark_read([told.id], actor=actor) == 0
        assert services.archive([told.id], actor=actor) == 0
    with bob.at_work() as actor:
        assert services.mark_read([told.id, new_id()], actor=actor) == 1
        assert selectors.count_unread(actor) == 0


def test_all_read_up_to_a_number_leaves_what_came_meanwhile(alice: Person, bob: Person) -> None:
    tell(alice, bob)
    tell(alice, bob)
    with bob.at_work() as actor:
        assert services.mark_all_read(actor=actor, up_to_seq=1) == 1
        assert selectors.count_unread(actor) == 1
        assert services.mark_all_read(actor=actor) == 1


def test_what_was_put_away_is_not_listed_and_does_not_count(alice: Person, bob: Person) -> None:
    [told] = tell(alice, bob)
    with bob.at_work() as actor:
        services.archive([told.id], actor=actor)
        assert selectors.count_unread(actor) == 0
        assert selectors.list_page(actor).notifications == []


def test_a_kind_can_be_switched_off_unless_it_is_mandatory(alice: Person, bob: Person) -> None:
    with bob.at_work() as actor:
        services.set_preference(NEWS, is_on=False, actor=actor)
        with pytest.raises(Invalid):
            services.set_preference(ALWAYS, is_on=False, actor=actor)
        with pytest.raises(Invalid):
            services.set_preference("no.such.kind", is_on=False, actor=actor)

    assert tell(alice, bob) == []
    assert len(tell(alice, bob, kind=ALWAYS)) == 1


def test_a_token_without_the_scope_sees_no_inbox(alice: Person) -> None:
    actor = alice.actor
    narrowed = type(actor)(
        kind=ActorKind.TOKEN, tenant_id=actor.tenant_id, user_id=actor.user_id, scopes=frozenset({"contact:read"})
    )
    with alice.at_work(), pytest.raises(Denied):
        selectors.count_unread(narrowed)


def test_pages_continue_by_number(alice: Person, bob: Person) -> None:
    for _each in range(5):
        tell(alice, bob)
    with bob.at_work() as actor:
        first = selectors.list_page(actor, limit=3)
        second = selectors.list_page(actor, limit=3, before=first.next_before)
    assert [each.seq for each in (*first.notifications, *second.notifications)] == [5, 4, 3, 2, 1]
    assert second.next_before is None


def test_open_pages_are_hinted_after_commit(alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, UUID]] = []
    monkeypatch.setattr(push, "_sender", [lambda group, payload: heard.append((group, payload))])

    with alice.at_work() as actor:
        services.notify(user_ids=[bob.id], kind=NEWS, title="x", actor=actor)
        assert heard == []

    assert heard == [(push.user_group(alice.tenant.id, bob.id), {"type": "notification", "seq": 1})]
