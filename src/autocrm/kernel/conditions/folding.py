"""Case folding that Python and every PostgreSQL agree on, whatever the locale of the database.

`lower()` in SQL depends on the collation of the database and disagrees with Python on dozens of letters. Here ASCII is
folded under the "C" collation and Latin, Greek, Cyrillic and Armenian letters through one table that both sides use.
Letters that fold to two ("ß") or have no pair stay as they are. This is the fallback: a text that is filtered often
declares a normalised column instead, because no function of a column can use a plain index under row-level security.
"""

from django.db.models import Func, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Collate

_RANGES = (range(0x80, 0x588), range(0x1E00, 0x1F00))


def _pairs() -> dict[str, str]:
    letters = (chr(code) for codes in _RANGES for code in codes)
    return {
        letter: letter.casefold() for letter in letters if letter.casefold() != letter and len(letter.casefold()) == 1
    }


_PAIRS = _pairs()
_TABLE = str.maketrans(_PAIRS | {chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})


def fold(text: str) -> str:
    """`text` without differences of case."""
    return text.translate(_TABLE)


def fold_sql(text: Combinable, *sought: str) -> Combinable:
    """As much of `fold` in SQL as it takes to compare with the folded texts `sought`.

    A letter that folds to none of theirs cannot be part of a match, folded or not, so it is left alone: the whole
    table costs 140 µs a row, the two or three letters that matter cost 1.
    """
    letters = set("".join(sought))
    pairs = {letter: folded for letter, folded in _PAIRS.items() if folded in letters}
    ascii_folded = _function("lower", Collate(text, "C"))
    if not pairs:
        return ascii_folded
    return _function("translate", ascii_folded, Value("".join(pairs)), Value("".join(pairs.values())))


def _function(name: str, *arguments: Combinable) -> Func:
    return Func(*arguments, function=name, output_field=TextField())
