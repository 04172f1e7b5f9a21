"""Rows of a file on their way to becoming records: what was read of each, and what was wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from autocrm.records.fields import Field
from autocrm.records.registry import RecordType
from autocrm.records.values import Reading, Unreadable
from autocrm.transfers.files import Row
from autocrm.transfers.readers import Reader, compile_reader, names_something, unguarded

# By what a row finds its record: a field of the natural key and the compared value.
Key = tuple[str, Any]

LONGEST_VALUE = 200
LONGEST_MESSAGE = 300


class Note(NamedTuple):
    """What is wrong with a cell, or with the whole row where `column` is empty; a fatal one keeps the row out."""

    row: int
    column: str
    value: str
    message: str
    is_fatal: bool = False


class Draft:
    """One row: `values` by field key as they will be stored, `words` still to be looked up, `links` left for later."""

    __slots__ = ("action", "is_fatal", "keys", "links", "notes", "record", "row", "values", "words")

    def __init__(self, row: int) -> None:
        self.row = row
        self.values: dict[str, Any] = {}
        self.words: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.keys: list[Key] = []
        self.notes: list[Note] = []
        self.is_fatal = False
        self.action = ""
        self.record: Any = None

    def refuse(self, column: str, value: object, message: object, *, fatal: bool = False) -> None:
        """Note what is wrong."""
        self.notes.append(Note(self.row, column, str(value)[:LONGEST_VALUE], str(message)[:LONGEST_MESSAGE], fatal))
        self.is_fatal = self.is_fatal or fatal


class _Column(NamedTuple):
    position: int
    key: str
    name: str
    read: Reader


class RowReader:
    """Reads rows of one file by its mapping."""

    def __init__(
        self,
        record_type: RecordType,
        mapping: Mapping[str, str],
        columns: Sequence[str],
        formats: Mapping[str, str],
        reading: Reading,
    ) -> None:
        self._width = len(columns)
        self.column_of = {key: name for name, key in mapping.items()}
        self._plain: list[_Column] = []
        self._named: list[tuple[int, str]] = []
        self.named_fields: dict[str, Field] = {}
        for position, name in enumerate(columns):
            field = record_type.by_key.get(mapping.get(name, ""))
            if field is None:
                continue
            if names_something(field):
                self._named.append((position, field.key))
                self.named_fields[field.key] = field
            else:
                reader = compile_reader(field, formats.get(name, ""), reading)
                self._plain.append(_Column(position, field.key, name, reader))

    def read(self, row: Row) -> Draft:
        """What stands in the cells; blank ones say nothing."""
        number, cells = row
        draft = Draft(number)
        if len(cells) != self._width and (len(cells) < self._width or any(cells[self._width :])):
            message = _("This row has %(count)s cells, the header has %(width)s.")
            draft.refuse("", "", message % {"count": len(cells), "width": self._width}, fatal=True)
            return draft
        for position, key, name, read in self._plain:
            text = cells[position]
            if not text or text.isspace():
                continue
            if text[0] == "'":
                text = unguarded(text)
            try:
                draft.values[key] = read(text)
            except Unreadable as error:
                draft.refuse(name, text, error)
        for position, key in self._named:
            word = cells[position].strip()
            if word:
                draft.words[key] = unguarded(word)
        return draft
