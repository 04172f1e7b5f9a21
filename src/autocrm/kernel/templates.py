"""The small language of tenants' texts: `Hello {{ contact.first_name | default("there") | title }}`.

A name stands for a field of the field registry and nothing else: whoever parses says which names exist, whoever
renders looks them up. There are no attributes, calls, loops or conditions to escape from. Every mistake is Invalid
(field "template"), at parse time where it can be known then.

    {{ name.path }}   {{ "words" }}   {{ name | filter }}   {{ name | filter("text", 2) | ... }}
    filters: default(text) upper lower title date(format) number(decimals) truncate(length)
"""

import html
import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.template_filters import FILTERS, PLAIN, Literal, Rendering, template_error, write

MAX_SOURCE_LENGTH = 200_000
MAX_PLACEHOLDERS = 1_000
MAX_FILTERS = 10

Resolve = Callable[[str], object]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<name>[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*)
      | (?P<text>"(?:[^"\\]|\\["\\n])*"|'(?:[^'\\]|\\['\\n])*')
      | (?P<number>-?[0-9]{1,9})(?![0-9A-Za-z_.])
      | (?P<mark>[|(),])
    )""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template; `names` are the fields it uses."""

    parts: tuple["str | _Placeholder", ...]

    @property
    def names(self) -> frozenset[str]:
        """Every name the template looks up."""
        return frozenset(part.name for part in self.parts if isinstance(part, _Placeholder) and part.name)

    def render(self, resolve: Resolve, how: Rendering = PLAIN) -> str:
        """The text with every placeholder replaced by what `resolve(name)` gives (None: nothing).

        Raises Invalid when a value can't be written or the result grows past `how.max_length`.
        """
        pieces: list[str] = []
        length = 0
        with translation.override(how.locale):
            for part in self.parts:
                piece = part if isinstance(part, str) else part.render(resolve, how)
                length += len(piece)
                if length > how.max_length:
                    raise template_error(_("The text becomes too long."))
                pieces.append(piece)
        return "".join(pieces)


def parse_template(source: str, *, names: Container[str]) -> Template:
    """Read `source`; `names` says which names exist. Raises Invalid with the line of the mistake."""
    if len(source) > MAX_SOURCE_LENGTH:
        raise template_error(_("The template is too long."))
    parts: list[str | _Placeholder] = []
    at = 0
    while (opening := source.find("{{", at)) >= 0:
        closing = _find_closing(source, opening + 2)
        if closing < 0:
            raise _mistake(_("a placeholder is not closed with }}"), source, opening)
        if opening > at:
            parts.append(source[at:opening])
        parts.append(_Parser(source, opening, closing, names).placeholder())
        at = closing + 2
        if len(parts) > MAX_PLACEHOLDERS * 2:
            raise template_error(_("The template has too many placeholders."))
    if at < len(source):
        parts.append(source[at:])
    return Template(tuple(parts))


@dataclass(frozen=True, slots=True)
class _Placeholder:
    """One `{{ ... }}`: a name to look up or words as they are, through filters."""

    name: str
    words: str
    filters: tuple[tuple[str, tuple[Literal, ...]], ...]

    def render(self, resolve: Resolve, how: Rendering) -> str:
        value: object = resolve(self.name) if self.name else self.words
        for name, arguments in self.filters:
            value = FILTERS[name].apply(value, arguments, how)
        text = write(value, how)
        return html.escape(text) if how.html else text


def _find_closing(source: str, start: int) -> int:
    """Where the placeholder ends: the first }} outside quotes."""
    quote = ""
    at = start
    while at < len(source) - 1:
        character = source[at]
        if quote:
            if character == "\\":
                at += 1
            elif character == quote:
                quote = ""
        elif character in "\"'":
            quote = character
        elif source.startswith("}}", at):
            return at
        at += 1
    return -1


class _Parser:
    """Reads the inside of one placeholder."""

    def __init__(self, source: str, opening: int, closing: int, names: Container[str]) -> None:
        self._source = source
        self._opening = opening
        self._names = names
        self._tokens = list(self._tokenise(opening + 2, closing))
        self._tokens.reverse()

    def placeholder(self) -> _Placeholder:
        kind, text = self._next()
        if kind == "name" and text not in self._names:
            raise self._mistake(_("there is no field %(name)s") % {"name": text})
        if kind not in {"name", "text"}:
            raise self._mistake(_("a placeholder begins with a field or with words in quotes"))
        filters: list[tuple[str, tuple[Literal, ...]]] = []
        while self._tokens:
            if self._next() != ("mark", "|"):
                raise self._mistake(_("a | is missing before a filter"))
            filters.append(self._filter())
        if len(filters) > MAX_FILTERS:
            raise self._mistake(_("there are too many filters"))
        name, words = (text, "") if kind == "name" else ("", _unquote(text))
        return _Placeholder(name, words, tuple(filters))

    def _filter(self) -> tuple[str, tuple[Literal, ...]]:
        kind, name = self._next()
        known = FILTERS.get(name) if kind == "name" else None
        if known is None:
            raise self._mistake(_("there is no filter %(name)s") % {"name": name})
        arguments = tuple(self._arguments()) if self._tokens and self._tokens[-1] == ("mark", "(") else ()
        if not known.accepts(arguments):
            raise self._mistake(_("the filter %(name)s does not take these values") % {"name": name})
        return name, arguments

    def _arguments(self) -> Iterator[Literal]:
        self._next()
        if self._tokens and self._tokens[-1] == ("mark", ")"):
            self._next()
            return
        while True:
            kind, text = self._next()
            if kind not in {"text", "number"}:
                raise self._mistake(_("a filter takes words in quotes or whole numbers"))
            yield int(text) if kind == "number" else _unquote(text)
            following = self._next()
            if following == ("mark", ")"):
                return
            if following != ("mark", ","):
                raise self._mistake(_("a comma or ) is missing"))

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise self._mistake(_("something is missing before }}"))
        return self._tokens.pop()

    def _tokenise(self, at: int, closing: int) -> Iterator[tuple[str, str]]:
        end = at + len(self._source[at:closing].rstrip())
        while at < end:
            match = _TOKEN.match(self._source, at, end)
            if match is None or match.lastgroup is None:
                raise self._mistake(_("%(text)s can't be read") % {"text": self._source[at:end].strip()[:20]})
            yield match.lastgroup, match[match.lastgroup]
            at = match.end()

    def _mistake(self, what: Text) -> Invalid:
        return _mistake(what, self._source, self._opening)


def _unquote(text: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], text[1:-1])


def _mistake(what: Text, source: str, at: int) -> Invalid:
    line = source.count("\n", 0, at) + 1
    return template_error(_("Line %(line)d: %(what)s.") % {"line": line, "what": what})
