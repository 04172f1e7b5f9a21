"""Values of custom fields as a record's `custom` JSON keeps them, and back again. Empty values are not kept at all."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from autocrm.kernel.field_kinds import FieldKind


def to_json(kind: FieldKind, value: Any) -> Any:
    """A stored value as JSON; None for what is empty, so that it is left out."""
    if value is None or value in ("", []):
        return None
    return _TO.get(kind, _same)(value)


def from_json(kind: FieldKind, value: Any) -> Any:
    """The stored value that the JSON holds; None where there is none."""
    return None if value is None else _FROM.get(kind, _same)(value)


def _same(value: Any) -> Any:
    return value


# Moments are UTC with microseconds always: as texts they sort as they do in time, which an index may use.
_TO: dict[FieldKind, Callable[[Any], Any]] = {
    FieldKind.DATE: date.isoformat,
    FieldKind.DATETIME: lambda value: value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    FieldKind.USER: str,
    FieldKind.RELATION: str,
    FieldKind.MULTI_SELECT: lambda value: [str(each) for each in value],
}
_FROM: dict[FieldKind, Callable[[Any], Any]] = {
    FieldKind.DATE: date.fromisoformat,
    FieldKind.DATETIME: datetime.fromisoformat,
    FieldKind.USER: UUID,
    FieldKind.RELATION: UUID,
    FieldKind.MULTI_SELECT: list,
}
