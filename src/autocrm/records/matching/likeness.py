"""How alike two names are, and a rough form of a name that stays the same through most ways of misspelling it."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from autocrm.kernel.normalise import company_key, name_key
from autocrm.records.matching.nicknames import are_related

LONGEST = 120
# Shorter words differ by one letter too easily.
LEAST_TYPO = 4


class Alike(StrEnum):
    """In what way two names resemble each other, the strongest first."""

    SAME = "same"
    SWAPPED = "swapped"
    NICKNAME = "nickname"
    TYPO = "typo"
    INITIAL = "initial"
    LOOSE = "loose"
    PART = "part"
    DIFFERENT = "different"


_TITLES = frozenset(
    {"dr", "prof", "mr", "mrs", "ms", "miss", "mx", "sir", "herr", "frau", "dipl", "ing", "med", "mag", "madame"}
)
# What part of a rule's points each is worth.
SHARE = {
    Alike.SAME: 1.0,
    Alike.SWAPPED: 0.9,
    Alike.NICKNAME: 0.8,
    Alike.TYPO: 0.76,
    Alike.INITIAL: 0.5,
    Alike.LOOSE: 0.5,
    # One of the two says only half of a name, and that half agrees: neither for nor against.
    Alike.PART: 0.0,
    Alike.DIFFERENT: 0.0,
}


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name, normalised; `shown` is what the record says."""

    first: str
    last: str
    shown: str

    def __bool__(self) -> bool:
        return bool(self.first or self.last)


@dataclass(frozen=True, slots=True)
class PlainName:
    """The name of a company or of a thing, without its legal form."""

    words: tuple[str, ...]
    shown: str

    def __bool__(self) -> bool:
        return bool(self.words)


def person_name(first: str, last: str) -> PersonName:
    """A name from its two parts; where one part holds everything ("John Smith"), it is taken apart."""
    one, other = _without_titles(_letters(first)), _letters(last)
    words = (one or other).split()
    if not (one and other) and len(words) > 1:
        one, other = " ".join(words[:-1]), words[-1]
    return PersonName(one, other, f"{first} {last}".strip())


def _without_titles(given: str) -> str:
    """Take titles off a first name: "Dr Elizabeth" is Elizabeth; who is called by a title alone keeps it."""
    words = given.split()
    while len(words) > 1 and words[0] in _TITLES:
        words = words[1:]
    return " ".join(words)


def plain_name(text: str) -> PlainName:
    """A company's or thing's name from what is written."""
    return PlainName(tuple(company_key(text).split()), text.strip())


@lru_cache(maxsize=20_000)
def _letters(text: str) -> str:
    """A name without case, accents, dots and hyphens."""
    return " ".join(name_key(text).replace("-", " ").replace(".", " ").replace("'", "").split())[:LONGEST]


def compare_people(one: PersonName, other: PersonName) -> Alike:
    """How alike two people's names are; the order of the two does not matter."""
    if one.first == other.first and one.last == other.last:
        return Alike.SAME if one.first and one.last else Alike.LOOSE
    if not (one.first and one.last and other.first and other.last):
        return _compare_half(one, other)
    if one.first == other.last and one.last == other.first:
        return Alike.SWAPPED
    return _compare_parts(_compare_given(one.first, other.first), _compare_family(one.last, other.last))


def compare_names(one: PlainName, other: PlainName) -> Alike:
    """How alike two names of companies or things are."""
    if one.words == other.words:
        return Alike.SAME
    if sorted(one.words) == sorted(other.words):
        return Alike.SWAPPED
    if [_without_umlauts(each) for each in one.words] == [_without_umlauts(each) for each in other.words]:
        return Alike.TYPO
    if len(one.words) != len(other.words):
        return Alike.TYPO if is_typo("".join(one.words), "".join(other.words)) else Alike.DIFFERENT
    apart = [pair for pair in zip(one.words, other.words, strict=True) if pair[0] != pair[1]]
    return Alike.TYPO if len(apart) == 1 and is_typo(*apart[0]) else Alike.DIFFERENT


def _compare_parts(given: Alike, family: Alike) -> Alike:
    if Alike.DIFFERENT in (given, family):
        return Alike.DIFFERENT
    if family is Alike.SAME:
        return given
    return family if given is Alike.SAME else Alike.LOOSE


def _compare_half(one: PersonName, other: PersonName) -> Alike:
    """Where a first or a last name is missing, as while somebody types: whether what there is agrees."""
    if one.first and other.first and not (one.last and other.last):
        return Alike.DIFFERENT if _compare_given(one.first, other.first) is Alike.DIFFERENT else Alike.PART
    if one.last and other.last and not (one.first and other.first):
        return Alike.DIFFERENT if _compare_family(one.last, other.last) is Alike.DIFFERENT else Alike.PART
    return Alike.DIFFERENT


def _compare_given(one: str, other: str) -> Alike:
    if one == other:
        return Alike.SAME
    head, tail = one.split(maxsplit=1)[0], other.split(maxsplit=1)[0]
    if len(head) == 1 or len(tail) == 1:
        return Alike.INITIAL if head[0] == tail[0] else Alike.DIFFERENT
    if are_related(head, tail):
        return Alike.NICKNAME
    same = is_typo(head, tail) or _without_umlauts(head) == _without_umlauts(tail)
    return Alike.TYPO if same else Alike.DIFFERENT


def _compare_family(one: str, other: str) -> Alike:
    if one == other:
        return Alike.SAME
    if is_typo(one, other) or _without_umlauts(one) == _without_umlauts(other):
        return Alike.TYPO
    # "Smith" and "Smith Jones": a part of a double name.
    shorter, longer = sorted((one.split(), other.split()), key=len)
    return Alike.LOOSE if len(shorter) < len(longer) and set(shorter) <= set(longer) else Alike.DIFFERENT


def _without_umlauts(text: str) -> str:
    """Written as `name_key` writes "Müller", that is "muller", where somebody wrote "Mueller"."""
    return text.replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("ss", "s")


def is_typo(one: str, other: str) -> bool:
    """Whether two words differ by one letter more, less or other, or by two neighbours changing places.

    The first letter is hardly ever wrong, except by changing places.
    """
    if one == other:
        return True
    if len(one) > len(other):
        one, other = other, one
    if len(other) < LEAST_TYPO or len(other) - len(one) > 1:
        return False
    at = next((n for n, letter in enumerate(one) if letter != other[n]), len(one))
    if len(one) < len(other):
        return at > 0 and one[at:] == other[at + 1 :]
    if one[at + 1 :] == other[at + 1 :]:
        return at > 0
    return one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]


# --- Keys ------------------------------------------------------------------------------------------------------------

_SOUNDS = str.maketrans({"c": "k", "q": "k", "z": "s", "x": "s", "v": "f", "w": "f", "d": "t", "b": "p", "ß": "s"})
_SILENT = frozenset("aeiouyhj")
_OPEN, _ROUND = frozenset("aeiy"), frozenset("ou")


@lru_cache(maxsize=50_000)
def sound_of(word: str) -> str:
    """The consonants of a word by sound, each once, in the alphabet's order: "smith", "simth" and "smyth" are one.

    Words of few consonants keep their first vowel, roughly.
    """
    plain = word.replace("ph", "f").replace("sch", "s").replace("sh", "s").replace("ch", "k").replace("ck", "k")
    sounds = sorted(set(plain.translate(_SOUNDS)) - _SILENT)
    letters = {each for each in sounds if each.isalnum()}
    if len(letters) > 2:
        return "".join(sorted(letters))
    vowel = next((each for each in plain if each in _OPEN or each in _ROUND), "")
    return "".join(sorted(letters)) + ("a" if vowel in _OPEN else "o" if vowel in _ROUND else "") or word[:20]


def person_key(name: PersonName) -> str:
    """What a person's name is found by whatever its spelling and order; "" for one that says too little."""
    if not (name.first and name.last):
        return ""
    return "|".join(sorted((sound_of(name.first.split()[0]), sound_of(name.last.split()[-1]))))[:LONGEST]


def name_sound(name: PlainName) -> str:
    """What a company's or thing's name is found by."""
    return "|".join(sorted(map(sound_of, name.words[:4])))[:LONGEST]
