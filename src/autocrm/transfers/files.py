"""A text file as a table: which encoding and delimiter it has, its header, and its rows one by one.

Responsibilities: bytes in, rows of texts out, and plain words for every file that is none. Do NOT: know what a column
means. Rows are numbered as a spreadsheet shows them: the header is row 1.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO

from django.utils.translation import gettext as _
from typing_extensions import override

from autocrm.transfers.errors import BadFile

MAX_ROWS = 2_000_000
MAX_COLUMNS = 500
MAX_NAME = 200
SAMPLE_ROWS = 25
DELIMITERS = ",;\t|"

_HEAD_BYTES = 64 * 1024
_CHUNK_BYTES = 1024 * 1024
_SNIFFED_LINES = 60
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

# Numbered row: its number in the file and its cells.
Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file turned out to be; `rows` counts what follows the header, blank lines left out."""

    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    rows: int | None


def inspect(stream: IO[bytes], *, delimiter: str = "", encoding: str = "", count: bool = True) -> Layout:
    """Look a seekable file over; counting its rows reads it to the end. Raises BadFile."""
    encoding = _check_encoding(stream, encoding) if encoding else detect_encoding(stream)
    stream.seek(0)
    with _opened(stream, encoding) as text:
        head, said = _without_separator_line(islice(text, _SNIFFED_LINES + 1))
    delimiter = delimiter or said or detect_delimiter(head[:_SNIFFED_LINES])
    stream.seek(0)
    with _opened(stream, encoding) as text:
        records = _records(text, delimiter)
        columns = _read_header(records)
        sample = [tuple(cells) for _number, cells in islice(records, SAMPLE_ROWS)]
        if not sample:
            raise BadFile(_("The file has a header, but no rows."))
        rows = len(sample) + _count(records, len(sample)) if count else None
    return Layout(encoding, delimiter, columns, tuple(sample), rows)


def read_rows(stream: IO[bytes], *, encoding: str, delimiter: str) -> Iterator[Row]:
    """The rows after the header, blank ones left out. Raises BadFile where the file stops being a table."""
    stream.seek(0)
    try:
        with _opened(stream, encoding) as text:
            records = _records(text, delimiter)
            next(records, None)
            yield from records
    except UnicodeError:
        raise BadFile(_("This file is not encoded in %(name)s.") % {"name": encoding}) from None


def count_rows(stream: IO[bytes], *, encoding: str, delimiter: str) -> int:
    """How many rows follow the header. Raises BadFile past MAX_ROWS and for a file that cannot be read to its end."""
    return _count(read_rows(stream, encoding=encoding, delimiter=delimiter), 0)


def detect_encoding(stream: IO[bytes]) -> str:
    """utf-8-sig, utf-16, utf-16-le, utf-16-be, utf-8 or cp1252. Reads the whole file. Raises BadFile."""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    _refuse_workbooks(head)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return _check_encoding(stream, name)
    if b"\x00" in head:
        return _check_encoding(stream, _wide_encoding(head))
    try:
        return _check_encoding(stream, "utf-8")
    except BadFile:
        # A NUL is refused whatever the encoding; bytes that are no UTF-8 are read as Windows wrote them.
        return _check_encoding(stream, "cp1252")


def _refuse_workbooks(head: bytes) -> None:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise BadFile(_("The file is empty."))
    if head.startswith(_WORKBOOKS):
        raise BadFile(_("This is an Excel workbook or an archive. Save it as CSV and upload that."))
    if head.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b")):
        raise BadFile(_("This is not a text file. Save the table as CSV and upload that."))


def _wide_encoding(head: bytes) -> str:
    """UTF-16 without a mark has a NUL in every other byte of Western text; anything else with NULs is no text."""
    pairs = max(len(head) // 2, 1)
    first, second = head[0::2].count(0) / pairs, head[1::2].count(0) / pairs
    if second > 0.4 and first < 0.05:
        return "utf-16-le"
    if first > 0.4 and second < 0.05:
        return "utf-16-be"
    if first + second > 0.1:
        raise BadFile(_("This is not a text file. Save the table as CSV and upload that."))
    raise BadFile(_nul_message(head.index(0)))


def _nul_message(position: int) -> str:
    return _("This is not a plain text file: byte %(position)s is NUL. Save the table as CSV and upload that.") % {
        "position": f"{position:,}"
    }


def _check_encoding(stream: IO[bytes], encoding: str) -> str:
    """Read to the end, so that no import stops in the middle for a byte that was there all the time."""
    try:
        decoder = codecs.getincrementaldecoder(encoding)("replace" if encoding == "cp1252" else "strict")
    except LookupError:
        raise BadFile(_("There is no encoding called %(name)s.") % {"name": encoding[:40]}) from None
    stream.seek(0)
    position = 0
    is_last = False
    while not is_last:
        chunk = stream.read(_CHUNK_BYTES)
        is_last = not chunk
        try:
            text = decoder.decode(chunk, is_last)
        except UnicodeError:
            raise BadFile(_("This file is not encoded in %(name)s.") % {"name": encoding}) from None
        if "\x00" in text:
            raise BadFile(_nul_message(position + max(chunk.find(0), 0)))
        position += len(chunk)
    return encoding


def detect_delimiter(lines: Sequence[str]) -> str:
    """The sign that splits most of these lines into as many cells as the first; a comma when nothing does."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
        except csv.Error:
            continue
        if widths and widths[0] > 1:
            # The last record may be cut off; a consistent table of few columns beats a ragged one of many.
            known = widths[:-1] if len(widths) > 2 else widths
            score = known.count(known[0]) / len(known) * 1000 + min(widths[0], 100)
            if score > best_score:
                best, best_score = delimiter, score
    return best


def _opened(stream: IO[bytes], encoding: str) -> "_Text":
    return _Text(stream, encoding=encoding, errors="replace" if encoding == "cp1252" else "strict", newline="")


class _Text(io.TextIOWrapper):
    """Text over a stream that stays open: whoever opened it closes it."""

    _is_open = True

    @override
    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self.detach()


def _without_separator_line(lines: Iterable[str]) -> tuple[list[str], str]:
    """The lines without the "sep=;" that spreadsheets put before the header, and the sign it names."""
    kept = list(lines)
    found = _SEPARATOR_LINE.fullmatch(kept[0]) if kept else None
    return (kept[1:], found[1]) if found else (kept, "")


def _records(text: Iterable[str], delimiter: str) -> Iterator[Row]:
    lines = iter(text)
    first, said = _without_separator_line(islice(lines, 1))
    number = 1 if said else 0
    reader = csv.reader(chain(first, lines), delimiter=delimiter)
    try:
        for cells in reader:
            number += 1
            if any(cells):
                yield number, cells
    except csv.Error as error:
        message = _("Row %(row)s cannot be read: is a quotation mark missing? (%(error)s)")
        raise BadFile(message % {"row": number + 1, "error": error}) from None


def _read_header(records: Iterator[Row]) -> tuple[str, ...]:
    _number, cells = next(records, (0, []))
    names = [" ".join(cell.split()) for cell in cells]
    if not any(names):
        raise BadFile(_("The first row has no names of columns."))
    if len(names) > MAX_COLUMNS:
        raise BadFile(
            _("The file has %(count)s columns; %(most)s are the most.") % {"count": len(names), "most": MAX_COLUMNS}
        )
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if not name:
            names[position - 1] = _("Column %(number)s") % {"number": position}
            continue
        if name.casefold() in seen:
            message = _("Two columns are called “%(name)s” (%(one)s and %(two)s). Give them different names.")
            raise BadFile(message % {"name": name[:80], "one": seen[name.casefold()], "two": position})
        seen[name.casefold()] = position
    return tuple(name[:MAX_NAME] for name in names)


def _count(records: Iterator[Row], before: int) -> int:
    count = before
    for count, _row in enumerate(records, start=before + 1):
        if count > MAX_ROWS:
            message = _("The file has more than %(most)s rows. Split it into several.")
            raise BadFile(message % {"most": f"{MAX_ROWS:,}"})
    return count - before
