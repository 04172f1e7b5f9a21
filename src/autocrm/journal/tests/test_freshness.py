"""A mark of the journal: what came after it is noticed, also what began before and ended later."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

from django.db import connections

from autocrm.journal.freshness import Mark, has_moved_since, take_mark
from autocrm.journal.tests.workplace import at_work, note


def mark(tenant: Any) -> Mark:
    with at_work(tenant):
        return take_mark()


def has_moved(tenant: Any, since: Mark) -> bool:
    with at_work(tenant):
        return has_moved_since(since)


def test_what_could_be_seen_is_no_news(acme: Any) -> None:
    note(acme)

    assert not has_moved(acme, mark(acme))


def test_a_new_entry_is_noticed_by_its_own_tenant_alone(acme: Any, globex: Any) -> None:
    before = mark(acme)
    note(acme)

    assert has_moved(acme, before)
    assert not has_moved(globex, before)


def test_what_began_before_the_mark_and_ended_after_it_is_noticed(acme: Any) -> None:
    written, may_end = Event(), Event()

    def slow() -> None:
        try:
            with at_work(acme):
                note(acme)
                written.set()
                assert may_end.wait(10)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        running: Any = pool.submit(slow)
        assert written.wait(10)
        note(acme)
        before = mark(acme)
        assert not has_moved(acme, before)
        may_end.set()
        running.result(10)

    assert has_moved(acme, before)
