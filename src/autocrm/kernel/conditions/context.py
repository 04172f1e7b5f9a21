"""What a condition is evaluated against besides the record: the moment, the zone, the person, the calendar.

Relative dates stay relative until here: the same stored condition means other days tomorrow or in another zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

Row = Mapping[str, Any] | object
UserId = UUID | int | str


@dataclass(frozen=True, slots=True)
class ChangeContext:
    """What a trigger saw: the record before and after. `changed` names the changed fields; None means "compare"."""

    old: Row
    new: Row
    changed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionContext:
    """The frame of one evaluation.

    Invariants: `now` is aware; `tz` decides where days begin; `fiscal_year_start_month` is 1-12; `week_start` counts
    from 0 (Monday) to 6 (Sunday). Amounts are compared in `base_currency` unless their field declares its own.
    `change` is set only where a trigger is evaluated.
    """

    now: datetime
    tz: ZoneInfo
    actor_user_id: UserId | None = None
    team_user_ids: frozenset[UserId] = frozenset()
    base_currency: str = "EUR"
    fiscal_year_start_month: int = 1
    week_start: int = 0
    change: ChangeContext | None = None

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("now must carry a zone")
        if not 1 <= self.fiscal_year_start_month <= 12:
            raise ValueError("fiscal_year_start_month is 1-12")
        if not 0 <= self.week_start <= 6:
            raise ValueError("week_start is 0-6")
