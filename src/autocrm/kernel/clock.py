"""The only source of the current time, so that tests can stop it and nothing reads a naive clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils.dateparse import parse_datetime

_moment: ContextVar[datetime | None] = ContextVar("autocrm_moment", default=None)


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return _moment.get() or datetime.now(UTC)  # noqa: TID251 - this is the one place the ban points to


def today(zone: ZoneInfo) -> date:
    """The calendar day in `zone` at this moment."""
    return now().astimezone(zone).date()


def find_moment(text: str) -> datetime | None:
    """The moment, with its zone, that an ISO 8601 text means; None where it means none."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


@cache
def zone_names() -> frozenset[str]:
    """Every time zone there is; asked for once, because the files of all zones are looked at for it."""
    return frozenset(available_timezones())


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """Let the clock stand at `moment` inside the block: for a demo that has a past, and for tests of time."""
    token = _moment.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _moment.reset(token)
