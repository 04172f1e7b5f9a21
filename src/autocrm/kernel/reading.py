"""Reads of a page that may not take as long as they like.

A list is asked for what no index serves in countless ways. Rather than reckon beforehand which of them are dear, such a
read is begun and given up in time, and whoever asked goes about it in another way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any

from django.db import OperationalError, connections

from autocrm.kernel.errors import TookTooLong
from autocrm.kernel.tenancy import current_database

# SQLSTATE query_canceled.
_CANCELLED = "57014"


class Plan(Enum):
    """What the planner may do: as it likes, nothing that reads whole tables, or only what is found and then sorted."""

    ANY = ("on", "on")
    BY_INDEX = ("off", "on")
    SORTED = ("off", "off")


@contextmanager
def reading(*, seconds: float, plan: Plan = Plan.ANY) -> Iterator[None]:
    """Reads of the current tenant's database, each of which may take so long, planned like that.

    Inside a transaction, where a savepoint takes the settings back, and with them whatever else was done: nothing may
    be written within. Raises TookTooLong.
    """
    connection: Any = connections[current_database()]
    savepoint = connection.savepoint()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true), set_config('enable_seqscan', %s, true),"
                " set_config('enable_indexscan', %s, true)",
                [f"{max(1, round(seconds * 1000))}ms", *plan.value],
            )
        yield
    except OperationalError as error:
        if _is_cancelled(error):
            raise TookTooLong from error
        raise
    finally:
        _take_back(connection, savepoint)


def _take_back(connection: Any, savepoint: str) -> None:
    """End the savepoint as if nothing had been in it."""
    try:
        connection.savepoint_rollback(savepoint)
    except OperationalError as error:
        if not _is_cancelled(error):
            raise
        # The time of the statement before ran out at its very end, and the next one was told.
        connection.savepoint_rollback(savepoint)
    connection.savepoint_commit(savepoint)


def _is_cancelled(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == _CANCELLED
