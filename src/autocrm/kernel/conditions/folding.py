"""Case folding that Python and every PostgreSQL agree on, whatever the locale of the database.

`lower()` in SQL depends on the collation of the database and disagrees with Python on dozens of letters. Here ASCII is
folded under the "C" collation and Latin, Greek, Cyrillic and Armenian letters through one table that both sides use.
Letters that fold to two ("ß") or have no pair stay as they are. This is the fallback: a text that is filtered often
declares a normalised column instead, because no function of a column can use a plain index under row-level security.
"""

from django.db.models import Case, Func, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Collate
from django.db.models.lookups import Exact

_RANGES = (range(0x80, 0x588), range(0x1E00, 0x1F00))


def _pairs() -> dict[str, str]:
    letters = (chr(code) for codes in _RANGES for code in codes)
    return {
        letter: letter.casefold() for letter in letters if letter.casefold() != letter and len(letter.casefold()) == 1
    }


_PAIRS = _pairs()
_TABLE = str.maketrans(_PAIRS | {chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})
_FROM, _TO = "".join(_PAIRS), "".join(_PAIRS.values())


def fold(text: str) -> str:
    """`text` without differences of case."""
    return text.translate(_TABLE)


def fold_sql(text: Combinable) -> Combinable:
    """`fold` in SQL. Plain ASCII, the usual case, skips the table."""
    ascii_folded = _function("lower", Collate(text, "C"))
    return Case(
        When(Exact(_function("octet_length", text), _function("char_length", text)), then=ascii_folded),
        default=_function("translate", ascii_folded, Value(_FROM), Value(_TO)),
        output_field=TextField(),
    )


def _function(name: str, *arguments: Combinable) -> Func:
    return Func(*arguments, function=name, output_field=TextField())
