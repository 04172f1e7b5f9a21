"""What other apps keep about a whole record type: counted before it is deleted, forgotten with it.

A tenant's own object can be deleted for good. What belongs to single records goes with them (`erasing.on_erase`); an
app that keeps something about the type itself - saved mappings, automations - or that wants what goes with the records
to be counted in the warning says so here, from its `wiring.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from autocrm.kernel.errors import Text
from autocrm.kernel.registry import Registry


def _nothing(_record_type: str) -> None:
    """What goes with the records needs no further step."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """`count(record_type)` says how much there is, `forget(record_type)` removes it in the caller's transaction.

    `label` is a plural that stands after a number.
    """

    key: str
    label: Text
    count: Callable[[str], int]
    forget: Callable[[str], None] = _nothing
    order: int = 100


keepers: Registry[Keeper] = Registry("what is kept about record types", Keeper)


def add_keeper(keeper: Keeper) -> Keeper:
    """Have `keeper` asked when an object is deleted; called from the app's `wiring.py`."""
    return keepers.register(keeper.key, keeper)


def all_keepers() -> list[Keeper]:
    """In the order in which they are told."""
    return sorted(keepers, key=lambda each: each.order)
