"""Words that are one slip of the finger away: a letter too many, too few, another, or two that changed places.

Source: the distance of Damerau (1964), of one. All such words of a word are made and looked up; the search table's
index says in microseconds which of them exist, so nothing has to be kept or compared.
"""

from collections.abc import Iterator

# A shorter word is one slip away from too many others.
SHORTEST = 4
LONGEST = 24
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ALPHABETS = (_LATIN, "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ", "αβγδεζηθικλμνξοπρστυφχψως")


def near(word: str) -> frozenset[str]:
    """The word and every word one slip away; the word alone where it is too short, too long, or a number.

    Letters come from the word's own alphabet; in alphabets not known here only what needs no new letter is made.
    """
    if not SHORTEST <= len(word) <= LONGEST or any(map(str.isdigit, word)):
        return frozenset({word})
    return frozenset({word, *_near(word)}) - {""}


def _near(word: str) -> Iterator[str]:
    letters = next((alphabet for alphabet in _ALPHABETS if set(word) <= set(alphabet)), "")
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in letters:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]
