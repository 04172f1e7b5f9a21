"""Address cards (vCard 2.1, 3.0, 4.0) as a table: one row a card, the first two addresses and numbers of each apart.

A small reader of its own: folded lines, parameters, groups, escapes, quoted-printable and the properties that a CRM
keeps. Photos, logos, sounds and keys are passed over without being decoded.
"""

import quopri
import re
from collections.abc import Callable, Iterable, Iterator
from typing import IO, NamedTuple

from django.utils.translation import gettext as _

from autocrm.transfers.errors import BadFile
from autocrm.transfers.files import opened

MAX_CARDS = 200_000
# A photo may be long; what is longer than this in one property is no text.
MAX_PROPERTY = 64 * 1024
MAX_VALUE = 20_000

COLUMNS = (
    "Full name", "First name", "Last name", "Company", "Department", "Job title", "E-mail", "Second e-mail",
    "More e-mail addresses", "Phone", "Second phone", "More phone numbers", "Fax", "Street", "City", "State",
    "Postal code", "Country", "More addresses", "Website", "More websites", "Birthday", "Tags", "Description",
    "Id elsewhere",
)  # fmt: skip
_EMAILS, _PHONES = ("E-mail", "Second e-mail"), ("Phone", "Second phone")
_PLACE = ("Street", "City", "State", "Postal code", "Country")
# Where what is left over goes, so that nothing of a card is lost unseen.
_MORE = {_EMAILS: "More e-mail addresses", _PHONES: "More phone numbers", ("Website",): "More websites"}

_SKIPPED = frozenset({"PHOTO", "LOGO", "SOUND", "KEY", "AGENT"})
_BEGIN = re.compile(rb"\s*BEGIN:VCARD", re.IGNORECASE)
_CHARSET = re.compile(r"CHARSET=([\w-]+)", re.IGNORECASE)
_PREFERRED = re.compile(r"\bPREF\b(?:=\"?(\d+))?")
_UNESCAPED = re.compile(r"\\([\\,;:nN])")


class Property(NamedTuple):
    """One line of a card: its name, its parameters in upper case, and its value, still escaped."""

    name: str
    params: str
    value: str


def is_cards(head: bytes) -> bool:
    """Whether a file that begins so holds address cards."""
    # In UTF-16 every other byte is NUL.
    return _BEGIN.match(head.lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\x00", b"")) is not None


def read_cards(stream: IO[bytes], encoding: str) -> Iterator[list[str]]:
    """The header, then a row for each card. Raises BadFile when there is no card in it, or too many."""
    yield list(COLUMNS)
    count = 0
    for properties in _cards(_unfolded(_lines(stream, encoding))):
        count += 1
        if count > MAX_CARDS:
            raise BadFile(_("The file has more than %(most)s cards. Split it into several.") % {"most": MAX_CARDS})
        row = _row(properties)
        yield [row.get(column, "") for column in COLUMNS]
    if not count:
        raise BadFile(_("There is no address card in this file."))


def _lines(stream: IO[bytes], encoding: str) -> Iterator[str]:
    stream.seek(0)
    with opened(stream, encoding, errors="replace") as text:
        # A line that never ends is cut: reading it whole would take the memory of a whole file.
        while line := text.readline(MAX_PROPERTY):
            yield line.replace("\x00", "").rstrip("\r\n")


def _unfolded(lines: Iterable[str]) -> Iterator[str]:
    """Lines that go on in the next one put together; what is longer than a text may be is cut off."""
    held: str | None = None
    for line in lines:
        if held is not None and (line[:1] in {" ", "\t"} or _is_soft_broken(held)):
            held = _joined(held, line)
            continue
        if held is not None:
            yield held
        held = line
    if held is not None:
        yield held


def _is_soft_broken(line: str) -> bool:
    """Quoted-printable goes on after a "=" at the end of its line."""
    return line.endswith("=") and "QUOTED-PRINTABLE" in line.partition(":")[0].upper()


def _joined(held: str, line: str) -> str:
    if len(held) > MAX_PROPERTY:
        return held
    return held[:-1] + line if _is_soft_broken(held) else held + line[1:]


def _cards(lines: Iterable[str]) -> Iterator[list[Property]]:
    card: list[Property] | None = None
    for line in lines:
        word = line.strip().upper()
        if word == "BEGIN:VCARD":
            if card:
                yield card
            card = []
        elif word == "END:VCARD":
            if card:
                yield card
            card = None
        elif card is not None and (found := _property(line)) is not None:
            card.append(found)
    if card:
        yield card


def _property(line: str) -> Property | None:
    head, colon, value = _split_head(line)
    name, _semicolon, params = head.partition(";")
    name = name.rpartition(".")[2].strip().upper()
    if not colon or not name or name in _SKIPPED:
        return None
    if "QUOTED-PRINTABLE" in params.upper():
        value = _unquoted(value, params)
    return Property(name, params.upper(), value)


def _split_head(line: str) -> tuple[str, str, str]:
    """At the first colon outside quotation marks."""
    quoted = False
    for position, sign in enumerate(line):
        if sign == '"':
            quoted = not quoted
        elif sign == ":" and not quoted:
            return line[:position], ":", line[position + 1 :]
    return line, "", ""


def _unquoted(value: str, params: str) -> str:
    charset = _CHARSET.search(params)
    data = quopri.decodestring(value.encode("utf-8", "replace"))
    try:
        return data.decode(charset[1] if charset else "utf-8", "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def _parts(value: str, separator: str = ";") -> list[str]:
    """A structured value in its parts, unescaped."""
    parts = re.split(rf"(?<!\\){separator}", value)
    return [_plain(part) for part in parts]


def _plain(value: str) -> str:
    text = _UNESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value[:MAX_VALUE])
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def _row(properties: Iterable[Property]) -> dict[str, str]:
    row: dict[str, str] = {}
    for each in properties:
        reader = _READERS.get(each.name)
        if reader is not None:
            reader(row, each)
    if not row.get("First name") and not row.get("Last name") and "Full name" in row:
        # The card of a company is called by its name.
        whole = row["Full name"]
        first, _space, last = ("", "", whole) if whole == row.get("Company") else whole.rpartition(" ")
        row["First name"], row["Last name"] = first, last
    return row


def _keep(row: dict[str, str], columns: tuple[str, ...], value: str) -> None:
    """Into the first of the columns that is free, else to what is left over; the same value never twice."""
    if value and value not in {row.get(column) for column in columns}:
        free = next((column for column in columns if not row.get(column)), "")
        if free:
            row[free] = value
        elif columns in _MORE:
            _add(row, _MORE[columns], value)


def _add(row: dict[str, str], column: str, value: str) -> None:
    """To what stands in a column of many, unless it does already."""
    known = row[column].split("; ") if row.get(column) else []
    if value and value not in known:
        row[column] = "; ".join([*known, value])


def _is_preferred(each: Property) -> bool:
    """Whether it is marked as the first; "PREF=2" marks the second."""
    found = _PREFERRED.search(each.params)
    return found is not None and found[1] in {None, "1"}


def _preferred(row: dict[str, str], columns: tuple[str, ...], each: Property, value: str) -> None:
    """The one marked as preferred comes first, wherever it stands."""
    if _is_preferred(each) and row.get(columns[0]) and value:
        value, row[columns[0]] = row[columns[0]], value
    _keep(row, columns, value)


def _name(row: dict[str, str], each: Property) -> None:
    parts = _parts(each.value)
    parts += [""] * (5 - len(parts))
    row["Last name"] = parts[0]
    row["First name"] = " ".join(part for part in (parts[1], parts[2]) if part)


def _organisation(row: dict[str, str], each: Property) -> None:
    parts = _parts(each.value)
    _keep(row, ("Company",), parts[0])
    _keep(row, ("Department",), ", ".join(part for part in parts[1:] if part))


def _address(row: dict[str, str], each: Property) -> None:
    parts = _parts(each.value)
    parts += [""] * (7 - len(parts))
    street = ", ".join(part.replace("\n", ", ") for part in (parts[0], parts[2], parts[1]) if part)
    place = dict(zip(_PLACE, (street, *parts[3:7]), strict=True))
    held = {column: row.get(column, "") for column in _PLACE}
    if any(held.values()) and not _is_preferred(each):
        place, held = held, place
    row |= place
    if held != place:
        _add(row, "More addresses", ", ".join(filter(None, held.values())))


def _birthday(row: dict[str, str], each: Property) -> None:
    """Only a whole date: a day without its year is none."""
    found = re.match(r"(\d{4})-?(\d{2})-?(\d{2})", each.value.strip())
    if found:
        row["Birthday"] = "-".join(found.groups())


def _number(row: dict[str, str], each: Property) -> None:
    number = _plain(each.value).removeprefix("tel:").replace(";ext=", " x")
    if "FAX" in each.params and not any(kind in each.params for kind in ("VOICE", "CELL")):
        _add(row, "Fax", number)
    else:
        _preferred(row, _PHONES, each, number)


_READERS: dict[str, Callable[[dict[str, str], Property], None]] = {
    "FN": lambda row, each: _keep(row, ("Full name",), _plain(each.value)),
    "N": _name,
    "ORG": _organisation,
    "TITLE": lambda row, each: _keep(row, ("Job title",), _plain(each.value)),
    "ROLE": lambda row, each: _keep(row, ("Job title",), _plain(each.value)),
    "EMAIL": lambda row, each: _preferred(row, _EMAILS, each, _plain(each.value).removeprefix("mailto:")),
    "TEL": _number,
    "ADR": _address,
    "URL": lambda row, each: _keep(row, ("Website",), _plain(each.value)),
    "BDAY": _birthday,
    "CATEGORIES": lambda row, each: _keep(row, ("Tags",), "|".join(part for part in _parts(each.value, ",") if part)),
    "NOTE": lambda row, each: _keep(row, ("Description",), _plain(each.value)),
    "UID": lambda row, each: _keep(row, ("Id elsewhere",), _plain(each.value)[:200]),
}
