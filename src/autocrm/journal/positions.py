"""Keeps transaction numbers of entries growing when the database is restored into another cluster.

A new cluster counts its transactions from the start again: entries written there would stand far behind the cursors and
never be read. The offset added to every number is therefore raised above the highest number ever written.
"""

from collections.abc import Callable

from django.db import connections

from autocrm.kernel.platform import platform_cursor
from autocrm.kernel.tenancy import DEFAULT_DATABASE

_HIGHEST = """
    SELECT GREATEST((SELECT max(txid) FROM journal_entry), (SELECT max(txid) FROM journal_cursor),
                    (SELECT max(txid) FROM journal_consumerstart)),
           pg_snapshot_xmax(pg_current_snapshot())::text::bigint, journal_txid_offset()
"""


def realign() -> bool:
    """Raise the offset if this database came from another cluster; returns whether it had to be. Owner role only."""
    with connections[DEFAULT_DATABASE].cursor() as cursor:
        return realign_with(cursor.execute)


def realign_with(execute: Callable[[str], object]) -> bool:
    """The same on any connection of the owner role."""
    with platform_cursor(reason="journal: transaction numbers after a restore") as cursor:
        cursor.execute(_HIGHEST)
        highest, next_transaction, offset = cursor.fetchone()
    if highest is None or highest <= next_transaction + offset:
        return False
    execute(
        "CREATE OR REPLACE FUNCTION journal_txid_offset() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE "
        f"AS 'SELECT {int(highest) + 1}::bigint'"
    )
    return True


def seal() -> None:
    """Take back any right on the journal beyond insert and select that a grant may have given the app role."""
    with connections[DEFAULT_DATABASE].cursor() as cursor:
        cursor.execute("SELECT journal_seal()")
