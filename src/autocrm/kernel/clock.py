"""The only source of the current time, so that tests can stop it and nothing reads a naive clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the one place the ban points to


def today(zone: ZoneInfo) -> date:
    """The calendar day in `zone` at this moment."""
    return now().astimezone(zone).date()
