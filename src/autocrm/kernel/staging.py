"""Many rows into a tenant's tables at once: COPY into a temporary table, from which one statement reads them.

COPY straight into a table under row-level security is refused, and an array of a thousand texts as a parameter costs
ten times as much as COPY. Columns that hold one and the same value for all rows are not sent at all but stand in the
statement. The temporary table lives no longer than the block, so this is safe behind a pooler in transaction mode.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connections

from autocrm.kernel import behind
from autocrm.kernel.ids import new_id
from autocrm.kernel.json_text import to_json_text

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": None})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its SQL type, and its value in every row."""

    name: str
    sql_type: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Staged:
    """A SELECT that yields the staged rows in their order, with its parameters."""

    select: str
    params: tuple[Any, ...]

    def __str__(self) -> str:
        return self.select


@contextmanager
def staged(columns: Sequence[Column], *, using: str) -> Iterator[Staged]:
    """Send the rows to the database for the statements inside the block.

    All columns have the same number of values, at least one. Values are text, numbers, booleans, ids, dates, lists of
    those, mappings (as JSON) or None; the names and types are trusted identifiers of the code. Inside a transaction.
    """
    table = _Table(columns)
    with connections[using].cursor() as cursor:
        table.fill(cursor)
        yield table.rows
        table.drop(cursor)


def write_staged(statement: str, params: Sequence[Any], columns: Sequence[Column], *, using: str) -> None:
    """Carry out one statement that reads the rows where it says `{rows}`, after all of its own parameters.

    Inside of `kernel.behind.writes_behind` this only begins it. Else as `staged`.
    """
    table = _Table(columns)
    sql, values = statement.format(rows=table.rows), [*params, *table.rows.params]

    def act(cursor: Any) -> None:
        table.fill(cursor)
        cursor.execute(sql, values)
        table.drop(cursor)

    behind.write(act, using=using)


class _Table:
    """A temporary table with the rows, as text already: what they are made of may change afterwards."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._name = f"staged_{new_id().hex}"
        sent = [column for column in columns if not _is_constant(column.values)]
        # Without a column of its own a table still counts its rows.
        self._described = ", ".join(f'"{column.name}" {column.sql_type}' for column in sent) or "row_number int"
        self._text = _text_of(sent, len(columns[0].values))
        self.rows = _select(self._name, columns, sent)

    def fill(self, cursor: Any) -> None:
        cursor.execute(f"CREATE TEMP TABLE {self._name} ({self._described}) ON COMMIT DROP")
        with cursor.copy(f"COPY pg_temp.{self._name} FROM STDIN") as copy:
            copy.write(self._text)

    def drop(self, cursor: Any) -> None:
        cursor.execute(f"DROP TABLE pg_temp.{self._name}")


def _is_constant(values: Sequence[Any]) -> bool:
    first, last = values[0], values[-1]
    # Most columns are told by their ends; the look at all values runs in C.
    if first is not last and first != last:
        return False
    return set(map(type, values)) == {type(first)} and list(values).count(first) == len(values)


def _select(name: str, columns: Sequence[Column], sent: Sequence[Column]) -> Staged:
    sent_names = {column.name for column in sent}
    parts: list[str] = []
    params: list[Any] = []
    for column in columns:
        if column.name in sent_names:
            parts.append(f's."{column.name}"')
        else:
            parts.append(f'CAST(%s AS {column.sql_type}) AS "{column.name}"')
            params.append(_parameter(column.values[0]))
    return Staged(f"SELECT {', '.join(parts)} FROM pg_temp.{name} s", tuple(params))  # noqa: S608 - only names of the code


def _parameter(value: Any) -> Any:
    return to_json_text(value) if isinstance(value, dict) else value


def _text_of(columns: Sequence[Column], count: int) -> str:
    if not columns:
        return "\\N\n" * count
    encoded = [_encode_column(column) for column in columns]
    return "\n".join(map("\t".join, zip(*encoded, strict=True))) + "\n"


def _encode_column(column: Column) -> Sequence[str]:
    values = column.values
    kinds = set(map(type, values))
    if kinds == {UUID}:
        return [f"{value.int:032x}" for value in values]
    if kinds == {str}:
        together = "".join(values)
        # Most columns of text hold nothing that needs a second look.
        return values if together.isprintable() and "\\" not in together else [_text(value) for value in values]
    return [_encode(value) for value in values]


def _encode(value: Any) -> str:
    encoder = _ENCODERS.get(type(value))
    return _plain(value) if encoder is None else encoder(value)


def _text(value: str) -> str:
    # Most texts need nothing; `isprintable` is the cheapest look at that.
    if value.isprintable() and "\\" not in value:
        return value
    return value.translate(_ESCAPES)


def _plain(value: Any) -> str:
    """What is a subclass of something known, or unknown."""
    for kind, encoder in _ENCODERS.items():
        if isinstance(value, kind):
            return encoder(value)
    raise TypeError(f"{type(value).__name__} cannot be staged.")


def _array(value: Sequence[Any]) -> str:
    """An array literal; texts are quoted, then escaped once more for COPY."""
    return _text("{" + ",".join(_element(each) for each in value) + "}")


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    text = value if isinstance(value, str) else _encode(value)
    if text.isalnum() and text.isascii() and text.upper() != "NULL":
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_ENCODERS: dict[type, Callable[[Any], str]] = {
    str: _text,
    type(None): lambda _value: "\\N",
    bool: lambda value: "t" if value else "f",
    int: str,
    float: repr,
    Decimal: str,
    UUID: lambda value: value.hex,
    datetime: datetime.isoformat,
    date: date.isoformat,
    list: _array,
    tuple: _array,
    dict: lambda value: _text(to_json_text(value)),
}
