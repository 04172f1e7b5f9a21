"""Consumers get everything exactly once and in order, whatever writers, failures and other schedulers do meanwhile."""

import threading
from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from autocrm.journal import relay, selectors, services
from autocrm.journal.consumers import Consumer, Start, consumers
from autocrm.journal.models import Cursor, DeadLetter, Entry
from autocrm.journal.services import NewEntry
from autocrm.journal.tests.workplace import at_work, consumer, note, record
from autocrm.journal.watch import Watch, tenants_with_unread
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Conflict, Denied, NotFound
from autocrm.kernel.platform import rows

LIMIT_SECONDS = 20


class Gate:
    """A writer in a thread of its own that takes its ids at once and commits when told to."""

    def __init__(self, tenant: object, label: str) -> None:
        self._written, self._may_commit = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._write, args=(tenant, label))
        self._thread.start()
        assert self._written.wait(LIMIT_SECONDS)

    def _write(self, tenant: object, label: str) -> None:
        with at_work(tenant) as actor:
            services.write("test.noted", record_label=label, actor=actor)
            self._written.set()
            assert self._may_commit.wait(LIMIT_SECONDS)
        connections.close_all()

    def commit(self) -> None:
        self._may_commit.set()
        self._thread.join(LIMIT_SECONDS)


def test_every_entry_is_handled_once_and_in_order(acme: Any) -> None:
    seen = []
    with consumer(lambda entries: seen.extend(entry.record_label for entry in entries)) as one:
        for number in range(5):
            note(acme, str(number))

        assert services.run_consumers(tenant_id=acme.id, consumer=one.name) == 5
        note(acme, "5")
        assert services.run_consumers(tenant_id=acme.id, consumer=one.name) == 1
        assert services.run_consumers(tenant_id=acme.id, consumer=one.name) == 0

    assert seen == ["0", "1", "2", "3", "4", "5"]


def test_entries_marked_as_what_a_consumer_passes_over_are_not_given_to_it(acme: Any) -> None:
    seen = []
    handle = lambda entries: seen.extend(entry.record_label for entry in entries)  # noqa: E731 - as short as it gets
    with consumer(handle, passes_over=frozenset({"quiet", "import"})) as one:
        note(acme, "loud", data={"other": True})
        note(acme, "of an import", data={"import": "7"})
        note(acme, "quiet", data={"quiet": True, "other": True})
        note(acme, "plain")

        assert services.run_consumers(tenant_id=acme.id, consumer=one.name) == 2
        assert services.run_consumers(tenant_id=acme.id, consumer=one.name) == 0

    assert seen == ["loud", "plain"]


def test_transaction_that_takes_its_id_first_and_commits_last_is_not_lost(acme: Any) -> None:
    seen = []
    with consumer(lambda entries: seen.extend(entry.record_label for entry in entries)) as one:
        slow = Gate(acme, "slow")
        note(acme, "quick")

        # Below the fence there is nothing yet: the quick entry waits for the slow one's transaction to end.
        assert services.run_consumers(tenant_id=acme.id, consumer=one.name, wait_seconds=0.1) == 0
        slow.commit()
        services.run_consumers(tenant_id=acme.id, consumer=one.name)

    assert seen == ["slow", "quick"]


def test_watch_loses_nothing_while_writers_commit_out_of_order(acme: Any, globex: Any) -> None:
    seen = []
    ours = {acme.id, globex.id}
    with consumer(lambda entries: seen.extend(e.record_label for e in entries if e.tenant_id in ours)) as one:
        watch = Watch([one])
        watch.step()
        with ExitStack() as stack:
            gates = []
            for number in range(6):
                gates.append(Gate(acme if number % 2 else globex, f"slow {number}"))
                stack.callback(gates[-1].commit)
                note(globex if number % 2 else acme, f"quick {number}")
                watch.step()
            for gate in (gates[3], gates[5], gates[0], gates[4], gates[2], gates[1]):
                gate.commit()
                watch.step()
        deadline = threading.Event()
        for _ in range(200):
            watch.step()
            if len(seen) >= 12:
                break
            deadline.wait(0.02)

    assert Counter(seen) == Counter([f"slow {n}" for n in range(6)] + [f"quick {n}" for n in range(6)])


def write_unevenly(tenants: list[Any], number: int) -> None:
    """Transactions of one to four entries, some of them slow between taking an id and committing."""
    for turn in range(12):
        with at_work(tenants[(number + turn) % 2]) as actor, connection.cursor() as cursor:
            for _ in range(1 + (number * turn) % 4):
                services.write("test.noted", actor=actor)
                cursor.execute("SELECT pg_sleep(%s)", [(number * 7 + turn) % 5 / 1000])
    connections.close_all()


def lead(one: Consumer, done: threading.Event) -> None:
    watch = Watch([one])
    while not done.is_set():
        watch.step()
    connections.close_all()


def test_concurrent_writers_and_two_schedulers_lose_and_double_nothing(acme: Any, globex: Any) -> None:
    """Eight writers of uneven transactions, two relays: what was handled is what was committed."""
    tenants, handled, done = [acme, globex], [], threading.Event()

    def handle(entries: list[Entry]) -> None:
        handled.extend(entry.id for entry in entries if entry.tenant_id in {acme.id, globex.id})

    with consumer(handle, batch=5) as one:
        relays = [threading.Thread(target=lead, args=(one, done)) for _ in range(2)]
        writers = [threading.Thread(target=write_unevenly, args=(tenants, number)) for number in range(8)]
        start_all([*relays, *writers])
        join_all(writers)
        done.set()
        join_all(relays)
        for tenant in tenants:
            services.run_consumers(tenant_id=tenant.id, consumer=one.name)

    committed = rows(Entry, reason="test").filter(tenant_id__in=[acme.id, globex.id]).values_list("id", flat=True)
    assert len(committed) > 150
    assert sorted(handled) == sorted(committed)


def start_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()


def join_all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(LIMIT_SECONDS)


def test_effect_and_cursor_commit_together(acme: Any) -> None:
    broken = [True]

    def handle(entries: Any) -> None:
        services.write("test.moved", actor=Actor.system(acme.id))
        if broken:
            raise RuntimeError("half way")

    with consumer(handle, kinds=frozenset({"test.noted"})) as one:
        note(acme)

        assert relay.take_turn(one, acme.id).handled == 0
        with at_work(acme):
            assert not Entry.objects.filter(kind="test.moved").exists()
        broken.clear()
        services.run_consumers(tenant_id=acme.id, consumer=one.name)

    with at_work(acme):
        assert Entry.objects.filter(kind="test.moved").count() == 1


def test_consumer_gets_only_the_kinds_it_asked_for_and_passes_the_rest(acme: Any) -> None:
    seen = []
    with consumer(seen.extend, kinds=frozenset({"test.moved"}), batch=3) as one:
        for _ in range(10):
            note(acme)

        assert services.run_consumers(tenant_id=acme.id, consumer=one.name) == 0
        assert acme.id not in tenants_with_unread(one)


def test_handler_works_in_the_tenant_of_the_entries(acme: Any, globex: Any) -> None:
    counts = {}

    def handle(entries: Any) -> None:
        counts[entries[0].tenant_id] = Entry.objects.count()

    with consumer(handle) as one:
        note(acme)
        note(acme)
        note(globex)

        for tenant in (acme, globex):
            services.run_consumers(tenant_id=tenant.id, consumer=one.name)

    assert counts == {acme.id: 2, globex.id: 1}


def test_backlog_larger_than_a_batch_is_read_in_several(acme: Any) -> None:
    sizes = []
    with consumer(lambda entries: sizes.append(len(entries)), batch=4) as one:
        with at_work(acme) as actor:
            services.write_many([NewEntry("test.noted")] * 10, actor=actor)

        assert services.run_consumers(tenant_id=acme.id, consumer=one.name) == 10

    assert sizes == [4, 4, 2]


def test_poisonous_entry_becomes_a_dead_letter_and_the_rest_goes_on(acme: Any, alice: Any) -> None:
    seen, poison = [], {"bad"}

    def handle(entries: Any) -> None:
        for entry in entries:
            if entry.record_label in poison:
                raise ValueError("cannot digest\x00 this")
        seen.extend(entry.record_label for entry in entries)

    with consumer(handle) as one:
        for label in ("a", "bad", "b"):
            note(acme, label)
        services.run_consumers(tenant_id=acme.id, consumer=one.name)
        note(acme, "c")
        services.run_consumers(tenant_id=acme.id, consumer=one.name)

        assert seen == ["a", "b", "c"]
        with alice.at_work() as actor:
            (letter,) = selectors.list_dead_letters(actor)
            assert "cannot digest this" in letter.error
            assert (letter.kind, letter.attempts) == ("test.noted", 4)
            with pytest.raises(Conflict, match="cannot digest"):
                services.replay_dead_letter(letter.id, actor=actor)
        poison.clear()
        with alice.at_work() as actor:
            assert services.replay_dead_letter(letter.id, actor=actor).replayed_at is not None
            with pytest.raises(NotFound):
                services.replay_dead_letter(letter.id, actor=actor)

    assert seen == ["a", "b", "c", "bad"]


def test_what_postgresql_can_never_do_is_poison_and_holds_up_no_other_workspace(acme: Any, globex: Any) -> None:
    seen = []

    def handle(entries: Any) -> None:
        for entry in entries:
            if entry.record_label == "bad":
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT to_tsvector('simple', string_agg(md5(n::text), ' ')) FROM generate_series(1, 60000) n"
                    )
        seen.extend(entry.record_label for entry in entries)

    with consumer(handle) as one:
        for tenant, label in ((acme, "bad"), (acme, "after"), (globex, "other")):
            note(tenant, label)
        for tenant in (acme, globex):
            services.run_consumers(tenant_id=tenant.id, consumer=one.name)

    assert seen == ["after", "other"]


def test_dead_letters_are_for_those_who_may(acme: Any, bob: Any) -> None:
    with bob.at_work() as actor:
        with pytest.raises(Denied):
            selectors.list_dead_letters(actor)
        with pytest.raises(Denied):
            services.replay_dead_letter(record(), actor=actor)


def test_failing_consumer_pauses_and_holds_up_nobody_else(acme: Any, globex: Any) -> None:
    seen = []

    def handle(entries: Any) -> None:
        if entries[0].tenant_id == acme.id:
            raise ValueError("no")
        seen.extend(entries)

    with consumer(handle) as one:
        note(acme)
        note(globex)
        services.run_consumers(tenant_id=globex.id, consumer=one.name)

        assert relay.take_turn(one, acme.id) == relay.Turn(0, more=True, waits=True)
        assert relay.take_turn(one, acme.id) == relay.Turn(0, more=True, waits=True)

    assert len(seen) == 1
    with at_work(acme):
        cursor = Cursor.objects.get(consumer=one.name)
        assert (cursor.failures, "no" in cursor.error) == (1, True)


def test_trouble_with_the_database_is_nobodys_poison(acme: Any) -> None:
    def handle(_entries: Any) -> None:
        raise OperationalError("gone away")

    with consumer(handle) as one:
        note(acme)
        # Waits until no transaction elsewhere on the server holds the fence back.
        with pytest.raises(OperationalError):
            services.run_consumers(tenant_id=acme.id, consumer=one.name)

    with at_work(acme):
        assert not Cursor.objects.filter(consumer=one.name).exists()
        assert not DeadLetter.objects.exists()


def test_cursor_held_by_another_process_is_left_to_it(acme: Any) -> None:
    with consumer(lambda entries: None) as one:
        note(acme)
        services.run_consumers(tenant_id=acme.id, consumer=one.name)
        held, release = threading.Event(), threading.Event()

        def hold() -> None:
            with at_work(acme):
                Cursor.objects.select_for_update().get(consumer=one.name)
                held.set()
                release.wait(LIMIT_SECONDS)
            connections.close_all()

        holder = threading.Thread(target=hold)
        holder.start()
        assert held.wait(LIMIT_SECONDS)
        try:
            assert relay.take_turn(one, acme.id) == relay.Turn(0, more=True, waits=True)
        finally:
            release.set()
            holder.join(LIMIT_SECONDS)


def test_new_consumer_begins_now_unless_it_asks_for_the_beginning(acme: Any, globex: Any) -> None:
    late, full = [], []
    note(acme, "before")
    with (
        consumer(late.extend, start=Start.NOW) as from_now,
        consumer(full.extend) as from_start,
    ):
        # Other tests' transactions of the same cluster hold the fence too: "now" is behind them.
        services.run_consumers(tenant_id=acme.id, consumer=from_start.name)
        services.introduce_consumers()
        note(acme, "after")
        note(globex, "a tenant that comes later")
        for one in (from_now, from_start):
            for tenant in (acme, globex):
                services.run_consumers(tenant_id=tenant.id, consumer=one.name)

    assert [entry.record_label for entry in late] == ["after", "a tenant that comes later"]
    assert [entry.record_label for entry in full] == ["before", "after", "a tenant that comes later"]


def test_start_is_remembered_by_the_installation(acme: Any) -> None:
    with consumer(lambda entries: None, start=Start.NOW) as one:
        began = relay.introduce(one)
        note(acme)
        relay.forget_starts()

        assert relay.introduce(one) == began


def test_lag_counts_what_is_unread(acme: Any) -> None:
    with consumer(lambda entries: None) as one:
        note(acme)
        note(acme)
        before = {lag.consumer: lag for lag in selectors.measure_lag()}[one.name]
        services.run_consumers(tenant_id=acme.id, consumer=one.name)
        after = {lag.consumer: lag for lag in selectors.measure_lag()}[one.name]

    assert before.entries - after.entries == 2
    assert before.tenants - after.tenants == 1
    assert one.name not in consumers
