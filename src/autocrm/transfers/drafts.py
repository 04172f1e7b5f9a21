"""Rows of a file on their way to becoming records: what was read of each, and what was wrong with it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from autocrm.kernel.text import unguarded
from autocrm.records.fields import Field
from autocrm.records.matching.candidates import Candidate
from autocrm.records.registry import RecordType
from autocrm.records.values import Reading, Unreadable
from autocrm.transfers.files import Row
from autocrm.transfers.options import Options
from autocrm.transfers.readers import (
    CHOICE_KINDS,
    Doubt,
    Reader,
    compile_reader,
    doubt_of,
    names_something,
    with_meanings,
)

# By what a row finds its record: a field of the natural key and the compared value.
Key = tuple[str, Any]

# The pseudo-field by which a row names its record.
RECORD_ID_KEY = "id"
LONGEST_VALUE = 200
LONGEST_MESSAGE = 300


class Note(NamedTuple):
    """What is wrong with a cell, or with the whole row where `column` is empty; a fatal one keeps the row out.

    A warning is about a value that was kept as it was written.
    """

    row: int
    column: str
    value: str
    message: str
    is_fatal: bool = False
    is_warning: bool = False


class Whole(NamedTuple):
    """A field that a file holds as a whole, and those of the fields it is made of that were set by it."""

    key: str
    text: str
    parts: tuple[str, ...]


class Draft:
    """One row: `values` by field key as they will be stored, `words` still to be looked up, `links` left for later."""

    __slots__ = (
        "action",
        "alike",
        "is_fatal",
        "keyed_by",
        "keys",
        "links",
        "notes",
        "record",
        "record_id",
        "row",
        "values",
        "wholes",
        "words",
    )

    def __init__(self, row: int) -> None:
        self.row = row
        self.values: dict[str, Any] = {}
        self.words: dict[str, str] = {}
        # What was taken apart: the field's key, its text, and the values that came of it.
        self.wholes: Sequence[Whole] = ()
        self.links: dict[str, str] = {}
        self.keys: list[Key] = []
        # The matcher that made the keys: they were read ahead, and another one may mean other fields.
        self.keyed_by: object = None
        self.notes: list[Note] = []
        self.is_fatal = False
        self.action = ""
        self.record: Any = None
        self.record_id: UUID | None = None
        # The record it resembles, where it has none: see `transfers.resembling`.
        self.alike: Candidate | None = None

    def refuse(self, column: str, value: object, message: object, *, fatal: bool = False) -> None:
        """Note what is wrong."""
        self.notes.append(Note(self.row, column, str(value)[:LONGEST_VALUE], str(message)[:LONGEST_MESSAGE], fatal))
        self.is_fatal = self.is_fatal or fatal

    def warn(self, column: str, value: object, message: object) -> None:
        """Note that a value was kept as it was written."""
        text, words = str(value)[:LONGEST_VALUE], str(message)[:LONGEST_MESSAGE]
        self.notes.append(Note(self.row, column, text, words, is_warning=True))


class _Column(NamedTuple):
    position: int
    key: str
    name: str
    read: Reader
    doubt: Doubt | None


class RowReader:
    """Reads rows of one file by its mapping; the fields of `by_name` hold words to be looked up, as references do."""

    def __init__(
        self,
        record_type: RecordType,
        mapping: Mapping[str, str],
        columns: Sequence[str],
        *,
        options: Options,
        reading: Reading,
        by_name: Collection[str] = (),
    ) -> None:
        self._width = len(columns)
        self.column_of = {key: name for name, key in mapping.items()}
        self._plain: list[_Column] = []
        self._named: list[tuple[int, str]] = []
        self.named_fields: dict[str, Field] = {}
        self._wholes: list[tuple[_Column, Field, dict[str, Reader]]] = []
        self._id_at: int | None = None
        self.positions = [position for position, name in enumerate(columns) if name in mapping]
        for position, name in enumerate(columns):
            if mapping.get(name) == RECORD_ID_KEY:
                self._id_at = position
            field = record_type.by_key.get(mapping.get(name, ""))
            if field is None:
                continue
            if field.taken_apart:
                parts = {key: compile_reader(record_type.by_key[key], "", reading) for key in field.made_of}
                self._wholes.append((_Column(position, field.key, name, str, None), field, parts))
            elif names_something(field) or field.key in by_name:
                self._named.append((position, field.key))
                self.named_fields[field.key] = field
            else:
                reader = compile_reader(field, options.form_of(name), reading)
                if field.kind in CHOICE_KINDS:
                    reader = with_meanings(field, reader, options.values.get(name, {}))
                self._plain.append(_Column(position, field.key, name, reader, doubt_of(field, reading)))

    def read(self, row: Row) -> Draft:
        """What stands in the cells; blank ones say nothing."""
        number, cells = row
        draft = Draft(number)
        if len(cells) != self._width and (len(cells) < self._width or any(cells[self._width :])):
            message = _("This row has %(count)s cells, the header has %(width)s.")
            draft.refuse("", "", message % {"count": len(cells), "width": self._width}, fatal=True)
            return draft
        for column in self._plain:
            text = cells[column.position]
            if text and not text.isspace():
                _read_cell(draft, column, text)
        for position, key in self._named:
            word = cells[position].strip()
            if word:
                draft.words[key] = unguarded(word)
        for whole in self._wholes:
            _take_apart(draft, *whole, unguarded(cells[whole[0].position].strip()))
        if self._id_at is not None:
            self._read_id(draft, cells[self._id_at])
        return draft

    def _read_id(self, draft: Draft, text: str) -> None:
        try:
            draft.record_id = UUID(text.strip()) if text.strip() else None
        except ValueError:
            draft.refuse(self.column_of[RECORD_ID_KEY], text, _("This is not the id of a record."))


def _read_cell(draft: Draft, column: _Column, text: str) -> None:
    _position, key, name, read, doubt = column
    if text[0] == "'":
        text = unguarded(text)
    try:
        value = read(text)
    except Unreadable as error:
        draft.refuse(name, text, error)
        return
    draft.values[key] = value
    if doubt is not None and (doubtful := doubt(value)):
        draft.warn(name, text, doubtful)


def _take_apart(draft: Draft, column: _Column, field: Field, readers: Mapping[str, Reader], text: str) -> None:
    """What a whole says of its parts; what a column of its own says of one of them counts for more."""
    if not text:
        return
    set_here = []
    for key, word in (field.taken_apart(text) if field.taken_apart else {}).items():
        if word and key not in draft.values:
            try:
                draft.values[key] = readers[key](word)
                set_here.append(key)
            except Unreadable as error:
                draft.refuse(column.name, text, error)
    draft.wholes = (*draft.wholes, Whole(column.key, text, tuple(set_here)))
