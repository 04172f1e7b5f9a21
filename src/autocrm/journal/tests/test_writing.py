"""Writing the journal: in the caller's transaction, with who, when and why."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import gettext_lazy

from autocrm.journal import selectors, services
from autocrm.journal.errors import OutsideTransaction, UndeclaredKind
from autocrm.journal.models import Entry
from autocrm.journal.services import NewEntry
from autocrm.journal.tests.workplace import at_work, note, record
from autocrm.kernel.actors import Actor, ActorKind
from autocrm.kernel.errors import Denied
from autocrm.kernel.tenancy import tenant_scope


def test_entry_says_who_did_what_to_which_record(acme: Any, alice: Any) -> None:
    target = record()
    with alice.at_work() as actor:
        written = services.write(
            "test.noted",
            record_type="contact",
            record_id=target,
            record_label="Jo Doe",
            changes={"name": ["Jo", "Jo Doe"]},
            data={"source": "page"},
            actor=actor,
        )

    with at_work(acme):
        read = Entry.objects.get(id=written.id)
    assert (read.kind, read.record_id, read.record_label) == ("test.noted", target, "Jo Doe")
    assert (read.actor_kind, read.actor_id, read.actor_label) == ("human", alice.id, actor.label)
    assert (read.changes, read.data) == ({"name": ["Jo", "Jo Doe"]}, {"source": "page"})
    assert (read.root_id, read.cause_id, read.depth, read.chain) == (read.id, None, 0, [])
    assert (read.txid, read.at) == (written.txid, written.at)


def test_rolled_back_change_leaves_no_entry(acme: Any) -> None:
    with pytest.raises(RuntimeError), at_work(acme) as actor:
        services.write("test.noted", actor=actor)
        raise RuntimeError

    with at_work(acme):
        assert not Entry.objects.exists()


def test_values_become_plain_json(acme: Any) -> None:
    target = record()

    entry = note(
        acme,
        changes={
            "id": [None, target],
            "amount": [Decimal("1.10"), Decimal(2)],
            "on": [None, date(2026, 5, 4)],
            "at": [None, datetime(2026, 5, 4, 12, 30, 1, 250, tzinfo=UTC)],
        },
        data={"label": gettext_lazy("created"), "tags": {"b", "a"}, 3: "three", "odd": "a\x00b"},
    )

    with at_work(acme):
        read = Entry.objects.get(id=entry.id)
    assert read.changes == {
        "id": [None, str(target)],
        "amount": ["1.10", "2"],
        "on": [None, "2026-05-04"],
        "at": [None, "2026-05-04T12:30:01.000250+00:00"],
    }
    assert read.data == {"label": "created", "tags": ["a", "b"], "3": "three", "odd": "ab"}


def test_undeclared_kind_is_refused(acme: Any) -> None:
    with at_work(acme) as actor:
        with pytest.raises(UndeclaredKind, match=r"test\.unheard"):
            services.write("test.unheard", actor=actor)
        with pytest.raises(UndeclaredKind):
            services.write_many([NewEntry("test.noted"), NewEntry("test.unheard")], actor=actor)
        assert not Entry.objects.exists()


def test_writing_outside_a_transaction_is_refused(acme: Any) -> None:
    with tenant_scope(acme), pytest.raises(OutsideTransaction):
        services.write("test.noted", actor=Actor.system(acme.id))


def test_actor_of_another_tenant_is_refused(acme: Any, globex: Any) -> None:
    with at_work(acme), pytest.raises(Denied):
        services.write("test.noted", actor=Actor.system(globex.id))


def test_cause_chain_grows_with_every_act_that_follows(acme: Any) -> None:
    first = note(acme)
    cause = services.cause_of(first, "workflow-1:record-1")

    with at_work(acme) as actor:
        acting = actor.acting_as(ActorKind.WORKFLOW, label="Welcome", cause=cause)
        second = services.write("test.moved", actor=acting)
        services.write_many(
            [NewEntry("test.moved")],
            actor=actor.acting_as(ActorKind.WORKFLOW, cause=services.cause_of(second, "workflow-2:record-1")),
        )

    with at_work(acme):
        entries = list(Entry.objects.order_by("id"))
    assert [entry.depth for entry in entries] == [0, 1, 2]
    assert {entry.root_id for entry in entries} == {first.id}
    assert [entry.cause_id for entry in entries] == [None, first.id, second.id]
    assert entries[2].chain == ["workflow-1:record-1", "workflow-2:record-1"]
    assert (entries[1].actor_kind, entries[1].actor_label) == ("workflow", "Welcome")


def test_many_entries_keep_their_order_in_few_statements(acme: Any, django_assert_num_queries: Any) -> None:
    new = [
        NewEntry("test.noted", "contact", record(), f"Person {number}", {"n": [0, number]}) for number in range(1500)
    ]
    with at_work(acme) as actor, django_assert_num_queries(4):
        services.write_many(new, actor=actor)

    with at_work(acme):
        entries = list(Entry.objects.order_by("id"))
    assert [entry.record_label for entry in entries] == [entry.record_label for entry in new]
    assert [entry.record_id for entry in entries] == [entry.record_id for entry in new]
    assert all(entry.root_id == entry.id for entry in entries)


def test_timeline_is_read_page_by_page_newest_first(acme: Any) -> None:
    target = record()
    written = [note(acme, record_type="contact", record_id=target).id for _ in range(5)]
    note(acme, record_type="contact", record_id=record())

    with at_work(acme) as actor:
        newest = selectors.entries_of("contact", target, limit=2, actor=actor)
        rest = selectors.entries_of("contact", target, before=newest[-1].id, actor=actor)

    assert [entry.id for entry in newest + rest] == written[::-1]


def test_hidden_fields_are_left_out_of_the_timeline(acme: Any, bob: Any) -> None:
    target = record()
    note(acme, record_type="contact", record_id=target, changes={"source": ["a", "b"], "name": ["c", "d"]})

    with bob.at_work() as actor:
        (by_role,) = selectors.entries_of("contact", target, actor=actor)
        (by_caller,) = selectors.entries_of("contact", target, actor=actor, may_read=lambda name: name == "source")

    assert by_role.changes == {"name": ["c", "d"]}
    assert by_caller.changes == {"source": ["a", "b"]}


def test_audit_log_is_for_those_who_may(acme: Any, alice: Any, bob: Any) -> None:
    first, last = note(acme).id, note(acme, record_type="contact", record_id=record()).id
    with at_work(acme) as actor:
        services.write("test.moved", actor=actor)

    with bob.at_work() as actor, pytest.raises(Denied):
        selectors.list_audit(actor)
    with bob.at_work() as actor, pytest.raises(Denied):
        selectors.entries_of("company", record(), actor=actor)
    with alice.at_work() as actor:
        assert len(selectors.list_audit(actor)) == 3
        noted = selectors.list_audit(actor, only=selectors.AuditFilter(kinds=("test.noted",)))
        assert [entry.id for entry in noted] == [last, first]
        assert [entry.id for entry in selectors.list_audit(actor, before=last)] == [first]
