r"""Patterns for `matches`: the part of regular expressions that is safe and means the same everywhere.

Allowed: letters and digits, `.`, `[a-z]` and `[^a-z]`, `\d \w \s \D \W \S` (ASCII), `\t \n \r`, `\` before punctuation,
groups `( )` and `(?: )`, `|`, the counts `* + ? {m} {m,} {m,n}` up to 50, and `^` `$` at the ends of a whole branch.
Refused: backreferences, look-around, lazy counts, a count on a group that has counts inside, flags.
Case matters; `.` and negated classes match a line break too; only the first 10,000 characters are looked at.

Why not `re`: it backtracks, so that a tenant's pattern could hold a worker for minutes. `SafePattern` walks all ways at
once in time proportional to the text, as RE2 does, and writes itself out anew for PostgreSQL, escape by escape.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from django.utils.translation import gettext as _

LONGEST_PATTERN = 200
LONGEST_TEXT = 10_000
LARGEST_COUNT = 50
MOST_STATES = 500
_CACHED_STEPS = 5_000

_Ranges = tuple[tuple[int, int], ...]

_EVERY_CHARACTER: _Ranges = ((0, 0x10FFFF),)
_CLASSES: dict[str, _Ranges] = {
    "d": ((48, 57),),
    "w": ((48, 57), (65, 90), (95, 95), (97, 122)),
    "s": ((9, 13), (32, 32)),
}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r"}


class BadPatternError(ValueError):
    """Says in words what `matches` cannot take; the binder turns it into a fault of the field."""


@dataclass(frozen=True, slots=True)
class _Chars:
    ranges: _Ranges
    negated: bool = False

    def accepts(self, char: str) -> bool:
        code = ord(char)
        return any(low <= code <= high for low, high in self.ranges) is not self.negated

    def write(self) -> str:
        if self.ranges == _EVERY_CHARACTER:
            return "."
        if not self.negated and len(self.ranges) == 1 and self.ranges[0][0] == self.ranges[0][1]:
            return _escape(self.ranges[0][0])
        body = "".join(_escape(low) if low == high else f"{_escape(low)}-{_escape(high)}" for low, high in self.ranges)
        return f"[{'^' if self.negated else ''}{body}]"


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: "tuple[_Node, ...]"

    def write(self) -> str:
        return "".join(part.write() for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Choice:
    branches: tuple[_Sequence, ...]

    def write(self) -> str:
        return f"(?:{'|'.join(branch.write() for branch in self.branches)})"


@dataclass(frozen=True, slots=True)
class _Repeat:
    node: "_Chars | _Choice"
    low: int
    high: int | None

    def write(self) -> str:
        return f"{self.node.write()}{{{self.low},{'' if self.high is None else self.high}}}"


_Node = _Chars | _Sequence | _Choice | _Repeat


@dataclass(frozen=True, slots=True)
class _Branch:
    body: _Sequence
    from_start: bool
    to_end: bool

    def write(self) -> str:
        return f"{'^' if self.from_start else ''}{self.body.write()}{'$' if self.to_end else ''}"


def _escape(code: int) -> str:
    char = chr(code)
    if char.isascii() and char.isalnum():
        return char
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    @property
    def ahead(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, expected: str) -> bool:
        if self.text.startswith(expected, self.at):
            self.at += len(expected)
            return True
        return False

    def next(self) -> str:
        if self.at >= len(self.text):
            raise BadPatternError(_("The pattern ends too early."))
        self.at += 1
        return self.text[self.at - 1]

    def whole(self) -> tuple[_Branch, ...]:
        branches = [self._anchored()]
        while self.take("|"):
            branches.append(self._anchored())
        if self.ahead:
            raise BadPatternError(_("“%(char)s” is not expected at position %(at)d.") % self._here())
        return tuple(branches)

    def _anchored(self) -> _Branch:
        from_start = self.take("^")
        body = self._sequence()
        return _Branch(body, from_start, self.take("$"))

    def _sequence(self) -> _Sequence:
        parts: list[_Node] = []
        while self.ahead and self.ahead not in "|)$":
            parts.append(self._piece())
        if not parts:
            raise BadPatternError(_("A pattern or a part of it is empty."))
        return _Sequence(tuple(parts))

    def _piece(self) -> _Node:
        atom = self._atom()
        bounds = self._count()
        if bounds is None:
            return atom
        if isinstance(atom, _Choice) and any(_has_count(branch) for branch in atom.branches):
            raise BadPatternError(_("A group with counts inside cannot be repeated."))
        if self._count() is not None:
            raise BadPatternError(_("Two counts cannot follow each other."))
        return _Repeat(atom, *bounds)

    def _atom(self) -> _Chars | _Choice:
        char = self.next()
        if char == "(":
            return self._group()
        if char == "[":
            return self._bracket()
        if char == "\\":
            return self._escaped()
        if char == ".":
            return _Chars(_EVERY_CHARACTER)
        if char in "*+?{}]^":
            self.at -= 1
            raise BadPatternError(_("“%(char)s” is not expected at position %(at)d.") % self._here())
        return _single(char)

    def _group(self) -> _Choice:
        if self.ahead == "?" and not self.take("?:"):
            raise BadPatternError(_("Look-around, flags and named groups are not supported."))
        branches = [self._sequence()]
        while self.take("|"):
            branches.append(self._sequence())
        if not self.take(")"):
            raise BadPatternError(_("A group is not closed, or ends in “$”."))
        return _Choice(tuple(branches))

    def _escaped(self) -> _Chars:
        char = self.next()
        if char in _CLASSES:
            return _Chars(_CLASSES[char])
        if char.lower() in _CLASSES:
            return _Chars(_CLASSES[char.lower()], negated=True)
        return _single(self._literal_escape(char))

    def _literal_escape(self, char: str) -> str:
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char.isalnum():
            raise BadPatternError(_("“\\%(char)s” is not supported.") % {"char": char})
        return char

    def _bracket(self) -> _Chars:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        while not self.take("]"):
            ranges.extend(self._bracket_item())
        if not ranges:
            raise BadPatternError(_("A pattern or a part of it is empty."))
        return _Chars(tuple(ranges), negated)

    def _bracket_item(self) -> _Ranges:
        char = self.next()
        if char == "[":
            raise BadPatternError(_("Write “\\[” inside brackets."))
        if char == "\\":
            char = self.next()
            if char in _CLASSES:
                return _CLASSES[char]
            char = self._literal_escape(char)
        low = high = char
        if self.ahead == "-" and self.text[self.at + 1 : self.at + 2] not in {"]", ""}:
            self.at += 1
            high = self.next()
            if high == "\\":
                high = self._literal_escape(self.next())
        if high < low:
            raise BadPatternError(_("A range in brackets runs backwards."))
        return ((ord(low), ord(high)),)

    def _count(self) -> tuple[int, int | None] | None:
        for sign, bounds in {"*": (0, None), "+": (1, None), "?": (0, 1)}.items():
            if self.take(sign):
                return bounds
        if not self.take("{"):
            return None
        low = self._number()
        high: int | None = low
        if self.take(","):
            high = None if self.ahead == "}" else self._number()
        if not self.take("}") or high == 0 or (high is not None and high < low):
            raise BadPatternError(_("A count is not right."))
        return low, high

    def _number(self) -> int:
        digits = ""
        while self.ahead in set("0123456789"):
            digits += self.next()
        if not digits or int(digits) > LARGEST_COUNT:
            raise BadPatternError(_("A count must be a number up to %(most)d.") % {"most": LARGEST_COUNT})
        return int(digits)

    def _here(self) -> dict[str, object]:
        return {"char": self.ahead, "at": self.at + 1}


def _single(char: str) -> _Chars:
    return _Chars(((ord(char), ord(char)),))


def _has_count(node: _Node) -> bool:
    if isinstance(node, _Choice):
        return any(_has_count(branch) for branch in node.branches)
    if isinstance(node, _Sequence):
        return any(_has_count(part) for part in node.parts)
    return isinstance(node, _Repeat)


def _states_of(node: _Node) -> int:
    if isinstance(node, _Sequence):
        return sum(_states_of(part) for part in node.parts)
    if isinstance(node, _Choice):
        return 1 + sum(_states_of(branch) for branch in node.branches)
    if isinstance(node, _Repeat):
        return (node.high or node.low + 1) * (1 + _states_of(node.node))
    return 1


@dataclass(slots=True)
class _Machine:
    """A nondeterministic automaton, built from the end backwards. State 0 accepts anywhere, 1 only at the end."""

    splits: list[tuple[int, ...]] = field(default_factory=lambda: [(), ()])
    steps: list[tuple[_Chars, int] | None] = field(default_factory=lambda: [None, None])

    def add(self, node: _Node, then: int) -> int:
        if isinstance(node, _Chars):
            return self._state((), (node, then))
        if isinstance(node, _Choice):
            return self._state(tuple(self.add(branch, then) for branch in node.branches), None)
        if isinstance(node, _Repeat):
            return self._add_repeat(node, then)
        for part in reversed(node.parts):
            then = self.add(part, then)
        return then

    def _add_repeat(self, repeat: _Repeat, then: int) -> int:
        tail = then
        if repeat.high is None:
            tail = self._state((), None)
            self.splits[tail] = (self.add(repeat.node, tail), then)
        else:
            for _turn in range(repeat.high - repeat.low):
                tail = self._state((self.add(repeat.node, tail), then), None)
        for _turn in range(repeat.low):
            tail = self.add(repeat.node, tail)
        return tail

    def _state(self, splits: tuple[int, ...], step: tuple[_Chars, int] | None) -> int:
        self.splits.append(splits)
        self.steps.append(step)
        return len(self.splits) - 1

    def closure(self, states: Iterable[int]) -> frozenset[int]:
        seen: set[int] = set()
        waiting = list(states)
        while waiting:
            state = waiting.pop()
            if state not in seen:
                seen.add(state)
                waiting.extend(self.splits[state])
        return frozenset(seen)

    def targets(self, states: frozenset[int], char: str) -> Iterator[int]:
        for state in states:
            step = self.steps[state]
            if step is not None and step[0].accepts(char):
                yield step[1]


@dataclass(frozen=True)
class SafePattern:
    """A pattern that has been read; equal patterns are equal."""

    source: str
    branches: tuple[_Branch, ...]

    @cached_property
    def postgresql(self) -> str:
        """The same pattern for the operator `~`."""
        return "|".join(branch.write() for branch in self.branches)

    def found_in(self, text: str) -> bool:
        """Whether some part of `text` (its first 10,000 characters) matches."""
        machine, first, anywhere, known = self._automaton
        current = first
        for char in text[:LONGEST_TEXT]:
            if 0 in current:
                return True
            following = known.get((current, char))
            if following is None:
                if len(known) >= _CACHED_STEPS:
                    known.clear()
                following = machine.closure([*machine.targets(current, char), *anywhere])
                known[current, char] = following
            current = following
        return 0 in current or 1 in current

    @cached_property
    def _automaton(
        self,
    ) -> tuple[_Machine, frozenset[int], tuple[int, ...], dict[tuple[frozenset[int], str], frozenset[int]]]:
        machine = _Machine()
        starts = [(machine.add(branch.body, int(branch.to_end)), branch.from_start) for branch in self.branches]
        first = machine.closure(start for start, _from_start in starts)
        return machine, first, tuple(start for start, from_start in starts if not from_start), {}


@lru_cache(maxsize=256)
def read_pattern(text: str) -> SafePattern:
    """Read a pattern, or raise BadPatternError saying what is not supported."""
    if len(text) > LONGEST_PATTERN:
        raise BadPatternError(_("The pattern is longer than %(most)d characters.") % {"most": LONGEST_PATTERN})
    branches = _Reader(text).whole()
    if sum(_states_of(branch.body) for branch in branches) > MOST_STATES:
        raise BadPatternError(_("The pattern is too large."))
    return SafePattern(text, branches)
