"""Whether a tenant's journal moved on since a moment: how copies of computed numbers know that they are old."""

from dataclasses import dataclass

from django.db import connections

from autocrm.kernel.tenancy import current_database, current_tenant_id

_LOOK = """
    SELECT journal_fence(),
           COALESCE((SELECT txid FROM journal_entry WHERE tenant_id = %s ORDER BY txid DESC LIMIT 1), 0)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """`fence`: every transaction below it has ended; `newest`: the last transaction that wrote an entry, 0 for none."""

    fence: int
    newest: int

    def has_moved_since(self, fence: int) -> bool:
        """Whether an entry may be new to whoever looked when the fence stood at `fence`.

        Compared with the fence and not with the newest entry of that time: a transaction that began earlier may end
        later, and its entry then has the smaller number.
        """
        return self.newest >= fence


def look() -> Standing:
    """How the current tenant's journal stands now; one step through an index."""
    with connections[current_database()].cursor() as cursor:
        cursor.execute(_LOOK, [current_tenant_id()])
        fence, newest = cursor.fetchone()
    return Standing(int(fence), int(newest))
