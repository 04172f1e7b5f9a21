"""What the words of a file mean among the choices of a select: "Kunde" is "Customer".

Words that are no choice are gathered from the first rows and from the check; a person says which choice each of them
means, and that is kept with the mapping: column -> word -> choice.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.errors import Invalid
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType
from autocrm.transfers.choices import is_open
from autocrm.transfers.mapping import values_of
from autocrm.transfers.models import Import
from autocrm.transfers.options import Options
from autocrm.transfers.readers import CHOICE_KINDS, choice_names, words_of_cell

# So many words of a column are offered; a column with more is no column of choices.
MOST_WORDS = 30
LONGEST_WORD = 80
# The part of what a check found in which the words of each column stand.
WORDS = "words"


def choice_columns(record_type: RecordType, mapping: Mapping[str, str], options: Options) -> dict[str, Field]:
    """The columns that go into a select, of one choice or of several, to which the import adds nothing."""
    fields = {column: record_type.by_key.get(key) for column, key in mapping.items()}
    return {
        column: field
        for column, field in fields.items()
        if field is not None
        and field.kind in CHOICE_KINDS
        and not field.tags
        and not (options.adds_choices(column) and is_open(field))
    }


def questions(
    batch: Import, record_type: RecordType, mapping: Mapping[str, str], options: Options
) -> list[dict[str, Any]]:
    """For each such column the words that are no choice, and the choices there are; for the page of columns."""
    found = []
    for column, field in choice_columns(record_type, mapping, options).items():
        position = list(batch.columns).index(column)
        chosen = options.values.get(column, {})
        seen = [*chosen, *values_of(batch.sample, position), *batch.check_counts.get(WORDS, {}).get(column, ())]
        words = _strange(field, seen)
        if words:
            found.append(
                {
                    "column": column,
                    "position": position,
                    "words": [{"word": word, "choice": chosen.get(word, "")} for word in words[:MOST_WORDS]],
                    "choices": [(option.value, force_str(option.label)) for option in field.options],
                }
            )
    return found


def read_meanings(columns: Sequence[str], data: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What the form holds: `value-3-Kunde` is the choice meant by "Kunde" in the fourth column."""
    found: dict[str, dict[str, str]] = {}
    for name, choice in data.items():
        kind, _sign, rest = name.partition("-")
        position, _sign, word = rest.partition("-")
        if kind == "value" and choice and position.isdecimal() and int(position) < len(columns):
            found.setdefault(columns[int(position)], {})[word] = choice
    return found


def check_meanings(record_type: RecordType, mapping: Mapping[str, str], options: Options) -> None:
    """Raises Invalid by column where a word should mean what is no choice."""
    columns = choice_columns(record_type, mapping, options)
    faults = {
        column: [_("“%(value)s” is not one of the choices.") % {"value": choice[:LONGEST_WORD]}]
        for column, words in options.values.items()
        for choice in words.values()
        if column in columns and choice not in {option.value for option in columns[column].options}
    }
    if faults:
        raise Invalid(fields=faults)


def gather(words: dict[str, dict[str, None]], columns: Mapping[str, Field], notes: Iterable[Any]) -> None:
    """Add the words of these columns that a check could not read to those it met before."""
    for note in notes:
        if note.column in columns:
            known = words.setdefault(note.column, {})
            for word in _strange(columns[note.column], [note.value]):
                if len(known) < MOST_WORDS:
                    known[word] = None


def _strange(field: Field, cells: Iterable[str]) -> list[str]:
    """The words of cells that are no choice, each once."""
    known = choice_names(field)
    words = (word for cell in cells if cell.strip() for word in words_of_cell(field, cell, known))
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in words if word.casefold() not in known))
