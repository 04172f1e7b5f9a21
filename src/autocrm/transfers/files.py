"""A text file as a table: which encoding and delimiter it has, its header, and its rows one by one.

Responsibilities: bytes in, rows of texts out, and plain words for every file that is none. Do NOT: know what a column
means. Rows are numbered as a spreadsheet shows them: the header is row 1, or below the titles that stand above it.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, dropwhile, islice
from typing import IO, TypeVar

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
_COUNTED_BYTES = 4 * 1024 * 1024
_SNIFFED_LINES = 60
_BEYOND_ASCII, _STRANGERS = re.compile(r"[^\x00-\x7f]"), re.compile("[\udc80-\udcff]")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

# Numbered row: its number in the file and its cells.
Row = tuple[int, list[str]]
Line = TypeVar("Line")

# Text put together of files that were written in two ways; the bytes that are no UTF-8 mean what Windows means by them.
MIXED = "utf-8+cp1252"
# What a person may choose, beside what is recognised: by the names that Python has for them.
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "cp1252": "Windows-1252",
    MIXED: "UTF-8 + Windows-1252",
    "utf-16": "UTF-16",
    "iso8859-1": "ISO 8859-1",
    "iso8859-15": "ISO 8859-15",
    "mac-roman": "Macintosh",
    "cp437": "DOS (437)",
    "cp850": "DOS (850)",
    "cp1250": "Windows-1250",
    "iso8859-2": "ISO 8859-2",
    "cp1251": "Windows-1251",
    "koi8-r": "KOI8-R",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "cp1257": "Windows-1257",
    "shift_jis": "Shift JIS",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "euc_kr": "EUC-KR",
}
_READ = {*ENCODINGS, "utf-8", "utf-16-le", "utf-16-be", "ascii"}
# A row of one cell above a table of at least so many columns is a title, and titles are no more than so many rows.
_TABLE_WIDTH, _MOST_TITLES = 3, 20


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
    with opened(stream, encoding) as text:
        head, said = _without_separator_line(islice(text, _SNIFFED_LINES + 1))
    delimiter = delimiter or said or detect_delimiter(head[:_SNIFFED_LINES])
    stream.seek(0)
    with opened(stream, encoding) as text:
        records = _table(text, delimiter)
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
        with opened(stream, encoding) as text:
            records = _table(text, delimiter)
            next(records, None)
            yield from records
    except UnicodeError:
        raise BadFile(_("This file is not encoded in %(name)s.") % {"name": encoding}) from None


def count_rows(stream: IO[bytes], *, encoding: str, delimiter: str) -> int:
    """How many rows follow the header. Raises BadFile past MAX_ROWS and for a file that cannot be read to its end."""
    return _count(read_rows(stream, encoding=encoding, delimiter=delimiter), 0)


def detect_encoding(stream: IO[bytes]) -> str:
    """utf-8-sig, utf-16, utf-16-le, utf-16-be, utf-8, MIXED or cp1252. Reads the whole file. Raises BadFile."""
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
        return _check_encoding(stream, MIXED if _is_mostly_utf8(stream) else "cp1252")


def _is_mostly_utf8(stream: IO[bytes]) -> bool:
    """Whether more letters are written as UTF-8 writes them than bytes are none of it: by chance hardly any are."""
    stream.seek(0)
    text = stream.read(_COUNTED_BYTES).decode("utf-8", "surrogateescape")
    strangers = len(_STRANGERS.findall(text))
    return len(_BEYOND_ASCII.findall(text)) > 2 * strangers


def _as_windows_wrote(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 in a file that is otherwise."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(MIXED, _as_windows_wrote)


def _codec(encoding: str) -> tuple[str, str]:
    """The name that Python has for an encoding, and what becomes of bytes that are none of it. Raises BadFile."""
    if encoding == MIXED:
        return "utf-8", MIXED
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        name = ""
    if name not in _READ:
        raise BadFile(_("There is no encoding called %(name)s.") % {"name": encoding[:40]})
    return name, "replace" if name == "cp1252" else "strict"


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
    name, errors = _codec(encoding)
    decoder = codecs.getincrementaldecoder(name)(errors)
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
    best, best_score = "", 0.0
    below_titles = ""
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
        except csv.Error:
            continue
        # The last record may be cut off; a consistent table of few columns beats a ragged one of many.
        known = widths[:-1] if len(widths) > 2 else widths
        if widths and widths[0] > 1:
            score = known.count(known[0]) / len(known) * 1000 + min(widths[0], 100)
            if score > best_score:
                best, best_score = delimiter, score
        elif _is_table_below_titles(widths) or _is_table_below_titles(known):
            below_titles = below_titles or delimiter
    return best or below_titles or ","


def _is_table_below_titles(widths: Sequence[int]) -> bool:
    """Whether the first lines are not divided, and all others alike."""
    below = list(dropwhile(lambda width: width == 1, widths))
    return len(below) > 1 and below[0] >= _TABLE_WIDTH and len(set(below)) == 1


def opened(stream: IO[bytes], encoding: str, *, errors: str = "") -> IO[str]:
    """Text over a stream that stays open, its line ends as they are; `errors` says what becomes of stray bytes."""
    name, usual = _codec(encoding)
    return _Text(stream, encoding=name, errors=errors if errors and usual == "strict" else usual, newline="")


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


def _table(text: Iterable[str], delimiter: str) -> Iterator[Row]:
    """The header and the rows below it, without the titles above."""
    return without_titles(_records(text, delimiter), lambda row: row[1])


def without_titles(rows: Iterator[Line], cells_of: Callable[[Line], Sequence[str]]) -> Iterator[Line]:
    """The rows from the header on: what somebody wrote above a table, a cell a row, names no column."""
    titles: list[Line] = []
    for row in rows:
        filled = sum(bool(cell.strip()) for cell in cells_of(row))
        if filled > 1 or len(titles) >= _MOST_TITLES:
            return chain([] if filled >= _TABLE_WIDTH else titles, [row], rows)
        titles.append(row)
    return iter(titles)


def _read_header(records: Iterator[Row]) -> tuple[str, ...]:
    _number, cells = next(records, (0, []))
    names = [" ".join(cell.split())[:MAX_NAME] for cell in cells]
    if not any(names):
        raise BadFile(_("The first row has no names of columns."))
    if len(names) > MAX_COLUMNS:
        raise BadFile(
            _("The file has %(count)s columns; %(most)s are the most.") % {"count": len(names), "most": MAX_COLUMNS}
        )
    return _told_apart([name or _("Column %(number)s") % {"number": place} for place, name in enumerate(names, 1)])


def _told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once: the second "Phone" of a file is "Phone (2)"."""
    known = {name.casefold() for name in names}
    seen: set[str] = set()
    told = []
    for name in names:
        number, other = 1, name
        while other.casefold() in (known if number > 1 else seen):
            number += 1
            other = f"{name[: MAX_NAME - 10]} ({number})"
        known.add(other.casefold())
        seen.add(other.casefold())
        told.append(other)
    return tuple(told)


def _count(records: Iterator[Row], before: int) -> int:
    count = before
    for count, _row in enumerate(records, start=before + 1):
        if count > MAX_ROWS:
            message = _("The file has more than %(most)s rows. Split it into several.")
            raise BadFile(message % {"most": f"{MAX_ROWS:,}"})
    return count - before
