"""Cuts the text of a formula into words, numbers, texts and signs, each with its line and column."""

import re
from dataclasses import dataclass
from typing import Literal as OneOf

from django.utils.translation import gettext as _

from autocrm.kernel.formulas.errors import FormulaError, fault_at
from autocrm.kernel.formulas.tree import Place

TokenKind = OneOf["name", "number", "text", "sign", "end"]
MOST_TOKENS = 3_000

_TOKEN = re.compile(
    r"""
      (?P<space>\s+ | \#[^\n]*)
    | (?P<number>[0-9]+(?:\.[0-9]+)?(?![0-9A-Za-z_.]))
    | (?P<name>[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*)
    | (?P<text>"(?:[^"\\]|\\["'\\nt])*" | '(?:[^'\\]|\\["'\\nt])*')
    | (?P<sign><=|>=|<>|!=|==|[-+*/%&=<>(),])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Token:
    """One piece; `tight` when nothing stands between it and the piece before."""

    kind: TokenKind
    text: str
    place: Place
    tight: bool


def tokenise(source: str) -> list[Token]:
    """All pieces of the text, with one of kind "end" at the end. Raises FormulaError at what cannot be read."""
    tokens: list[Token] = []
    at, line, line_start, tight = 0, 1, 0, False
    while at < len(source):
        found = _TOKEN.match(source, at)
        place = (line, at - line_start + 1)
        if found is None or len(tokens) >= MOST_TOKENS:
            raise FormulaError([fault_at(place, _unreadable(source, at, found is None))])
        text = found[0]
        kind = found.lastgroup
        if kind != "space":
            tokens.append(Token(kind, text, place, tight))  # type: ignore[arg-type] # the groups are the kinds
        tight = kind != "space"
        breaks = text.count("\n")
        if breaks:
            line, line_start = line + breaks, at + text.rindex("\n") + 1
        at = found.end()
    tokens.append(Token("end", "", (line, at - line_start + 1), tight=False))
    return tokens


def text_value(written: str) -> str:
    """The words of a text in quotes."""
    return _ESCAPE.sub(lambda found: _ESCAPES.get(found[1], found[1]), written[1:-1])


def quoted(text: str) -> str:
    """A text as it is written in a formula."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _unreadable(source: str, at: int, is_unknown: bool) -> str:  # noqa: FBT001 - said by the only caller
    if not is_unknown:
        return _("The formula is too long.")
    if source[at] in "\"'":
        return _("A text in quotes is not closed, or has a \\ before something other than a quote, \\, n or t.")
    if source[at].isdigit():
        return _("This number cannot be read; write it like 1234.5.")
    return _("“%(text)s” cannot be read here.") % {"text": source[at : at + 1]}
