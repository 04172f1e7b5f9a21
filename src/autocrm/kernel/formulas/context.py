"""What a formula is evaluated against besides the record: the moment and the zone. Nothing else can be reached."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class FormulaContext:
    """The frame of one evaluation, or of a whole batch: then all of it sees the same moment. `now` is aware."""

    now: datetime
    tz: ZoneInfo

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("now must carry a zone")

    @property
    def today(self) -> date:
        """The day it is in the zone."""
        return self.now.astimezone(self.tz).date()
