"""What is to be done next about a record, asked of whoever keeps tasks: a floor above this one, bound by its wiring."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from autocrm.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next thing to do: what, and by when if there is a time."""

    label: str
    due_at: datetime | None = None


Ask = Callable[[str, Sequence[UUID], Actor], Mapping[UUID, NextStep] | None]
_asked: list[Ask] = []


def answer_next_steps(ask: Ask) -> None:
    """Name the function that knows; called once, from the `wiring.py` of the app that keeps tasks."""
    _asked[:] = [ask]


def next_steps_of(record_type: str, record_ids: Sequence[UUID], actor: Actor) -> Mapping[UUID, NextStep] | None:
    """The next step of each record that has one; None where there are none for such records, or not for this actor."""
    if not _asked or not record_ids:
        return None
    return _asked[0](record_type, record_ids, actor)
