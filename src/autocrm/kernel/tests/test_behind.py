"""Writes that go on by themselves keep their order, are seen by whoever reads after them, and fail as others do."""

import sys
import threading
from collections.abc import Iterator

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from autocrm.kernel.behind import write, writes_behind
from autocrm.kernel.staging import Column, write_staged


@pytest.fixture
def table(db: None) -> Iterator[str]:
    """An empty table of numbers, each of which may stand there once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE numbers (n int UNIQUE, name text)")
        yield "numbers"
        transaction.set_rollback(True)


def put(*numbers: int, name: str = "") -> None:
    columns = [Column("n", "int", list(numbers)), Column("name", "text", [name] * len(numbers))]
    write_staged("INSERT INTO numbers (n, name) SELECT n + %s, name FROM ({rows}) s", [100], columns, using="default")


def stored() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM numbers ORDER BY n")
        return [row[0] for row in cursor.fetchall()]


def test_outside_of_the_block_a_write_is_done_at_once(table: str) -> None:
    threads: list[str] = []

    write(lambda _cursor: threads.append(threading.current_thread().name), using="default")
    put(1)

    assert threads == [threading.current_thread().name]
    assert stored() == [101]


def test_writes_are_done_by_another_thread_in_their_order(table: str) -> None:
    done: list[tuple[int, bool]] = []
    main = threading.current_thread()

    with writes_behind(using="default"):
        for number in range(20):
            write(lambda _cursor, n=number: done.append((n, threading.current_thread() is main)), using="default")

    assert done == [(number, False) for number in range(20)]


def test_who_reads_inside_the_block_sees_what_was_written_before(table: str) -> None:
    with writes_behind(using="default"):
        put(1, 2)
        assert stored() == [101, 102]
        put(3)

    assert stored() == [101, 102, 103]


def test_what_is_changed_after_it_was_handed_over_is_not_written(table: str) -> None:
    names = ["before", "before"]
    with writes_behind(using="default"):
        write_staged(
            "INSERT INTO numbers (n, name) SELECT n, name FROM ({rows}) s",
            [],
            [Column("n", "int", [1, 2]), Column("name", "text", names)],
            using="default",
        )
        names[:] = ["after", "after"]

    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT name FROM numbers")
        assert cursor.fetchall() == [("before",)]


def test_a_refusal_is_raised_at_the_end_and_the_savepoint_takes_all_back(table: str) -> None:
    put(1)

    with pytest.raises(IntegrityError), transaction.atomic(), writes_behind(using="default"):
        put(2)
        put(1)
        put(3)

    assert stored() == [101]


def test_a_refusal_is_raised_at_the_next_statement_as_what_it_is(table: str) -> None:
    reached = False

    with pytest.raises(IntegrityError), transaction.atomic(), writes_behind(using="default"):
        put(1, 1)
        stored()
        reached = True

    assert not reached
    assert stored() == []


def test_an_error_of_the_block_that_follows_from_a_refusal_gives_way_to_it(table: str) -> None:
    with pytest.raises(DataError) as caught, transaction.atomic(), writes_behind(using="default"):
        put(2**31 - 1)
        raise RuntimeError("something else")

    assert isinstance(caught.value.__cause__, Exception)
    assert stored() == []


def test_an_error_of_the_block_alone_stays_what_it_is(table: str) -> None:
    with pytest.raises(RuntimeError), transaction.atomic(), writes_behind(using="default"):
        put(1)
        raise RuntimeError("something else")

    assert stored() == []


def test_after_an_inner_savepoint_took_a_refusal_back_writing_goes_on(table: str) -> None:
    with transaction.atomic(), writes_behind(using="default"):
        put(1)
        with pytest.raises(IntegrityError), transaction.atomic():
            put(1)
        put(2)

    assert stored() == [101, 102]


def test_the_turns_of_threads_are_what_they_were_afterwards(table: str) -> None:
    before = sys.getswitchinterval()

    with writes_behind(using="default"):
        assert sys.getswitchinterval() < before

    assert sys.getswitchinterval() == before
