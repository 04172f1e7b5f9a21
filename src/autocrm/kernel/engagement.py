"""The engagement signals: what counts towards how engaged somebody is, contributed by the apps that know.

A score is the sum of count times weight over all signals, at most 100. Source: the product's definition, activities
of 30 days x 10 plus opportunities x 25.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from autocrm.kernel.registry import Registry

HIGHEST_SCORE = 100


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that is counted: `count(record_type, ids)` answers how many each record has, absent ones none."""

    key: str
    weight: int
    count: Callable[[str, Iterable[UUID]], Mapping[UUID, int]]


signals: Registry[Signal] = Registry("engagement signals", Signal)


def register(signal: Signal) -> Signal:
    """Add a signal; called at import time of an app's `wiring.py`."""
    return signals.register(signal.key, signal)


def calculate_scores(record_type: str, ids: Iterable[UUID]) -> dict[UUID, int]:
    """The score of each record, 0 to 100; one call of each signal however many records."""
    wanted = list(ids)
    totals = dict.fromkeys(wanted, 0)
    for signal in signals:
        for record_id, count in signal.count(record_type, wanted).items():
            totals[record_id] += count * signal.weight
    return {record_id: min(HIGHEST_SCORE, total) for record_id, total in totals.items()}
