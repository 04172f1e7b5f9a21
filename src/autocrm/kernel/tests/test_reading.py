"""Reads that may not take long: given up in time, and leaving nothing behind."""

from typing import Any

import pytest
from django.db import OperationalError, ProgrammingError, connection

from autocrm.kernel.errors import TookTooLong
from autocrm.kernel.reading import Plan, reading
from tests.support.cast import Person


def ask(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_a_read_that_takes_too_long_is_given_up_and_the_transaction_goes_on(alice: Person) -> None:
    with alice.at_work():
        before = ask("SHOW statement_timeout")
        with pytest.raises(TookTooLong), reading(seconds=0.05):
            ask("SELECT pg_sleep(5)")

        assert ask("SELECT 7") == 7
        assert ask("SHOW statement_timeout") == before


def test_the_settings_hold_within_and_not_after(alice: Person) -> None:
    with alice.at_work():
        with reading(seconds=2, plan=Plan.SORTED):
            held = ask("SHOW statement_timeout"), ask("SHOW enable_seqscan"), ask("SHOW enable_indexscan")

        assert held == ("2s", "off", "off")
        assert (ask("SHOW enable_seqscan"), ask("SHOW enable_indexscan")) == ("on", "on")


def test_the_tenant_stays_in_force_after_it(alice: Person) -> None:
    with alice.at_work():
        with reading(seconds=1):
            within = ask("SELECT current_setting('app.tenant')")

        assert ask("SELECT current_setting('app.tenant')") == within == str(alice.tenant.id)


def test_another_fault_is_raised_as_it_is(alice: Person) -> None:
    with alice.at_work():
        with pytest.raises(ProgrammingError), reading(seconds=1):
            ask("SELECT nothing_of_this_name")
        with pytest.raises(OperationalError), reading(seconds=1):
            raise OperationalError("elsewhere")

        assert ask("SELECT 7") == 7


def test_reads_that_end_just_in_time_leave_the_transaction_sound(alice: Person) -> None:
    # The end of the time may be noticed by the statement after: at a hundred tries it was, once in about twenty.
    with alice.at_work():
        for _each in range(60):
            try:
                with reading(seconds=0.005):
                    ask("SELECT count(*) FROM generate_series(1, 40000)")
            except TookTooLong:
                pass
            assert ask("SELECT 7") == 7
