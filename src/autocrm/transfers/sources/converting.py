"""What an uploaded file is, by its first bytes, and its table as CSV in UTF-8 where it is not a text table itself."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any

from django.utils.translation import gettext as _

from autocrm.transfers.errors import BadFile
from autocrm.transfers.files import MAX_ROWS, detect_encoding, without_titles
from autocrm.transfers.sources.cards import is_cards, read_cards
from autocrm.transfers.sources.workbooks import Book, opened

TEXT, WORKBOOK, CARDS = "text", "workbook", "cards"
MAX_WORKBOOK_BYTES = 60 * 1024 * 1024
# Blank rows at the end of a sheet, which formats leave behind by the hundred thousand, are no rows.
MAX_BLANK_ROWS = 10_000

ROWS_BETWEEN_WORDS = 1_000
Told = Callable[[int], None]

_SHEETS_LOOKED_AT, _ROWS_LOOKED_AT = 10, 100
_SPOOL_BYTES = 4 * 1024 * 1024
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Converted:
    """The table of a file, open for reading; of a workbook the sheets it was one of."""

    source: str
    stream: IO[bytes]
    sheets: tuple[str, ...] = ()
    sheet: str = ""


def source_of(stream: IO[bytes]) -> str:
    """Which kind of file it is. Raises BadFile for workbooks of the old kind."""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    if head.startswith(b"PK\x03\x04"):
        return WORKBOOK
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise BadFile(_("This is a workbook of the old kind or one with a password. Save it as .xlsx or CSV."))
    return CARDS if is_cards(head) else TEXT


@contextmanager
def converted(stream: IO[bytes], *, sheet: str = "", told: Told | None = None) -> Iterator[Converted]:
    """The file as a text table; a text table is handed on as it is. Raises BadFile, and what `told` raises.

    `told` hears every thousand rows how many were read.
    """
    source = source_of(stream)
    if source == TEXT:
        yield Converted(TEXT, stream)
        return
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        sheets: tuple[str, ...] = ()
        if source == WORKBOOK:
            if stream.seek(0, io.SEEK_END) > MAX_WORKBOOK_BYTES:
                raise BadFile(_("This workbook is too large. Save the sheet as CSV and upload that."))
            with opened(stream) as book:
                sheets = book.sheets
                sheet = sheet if sheet in sheets else _first_table(book)
                _write(spool, _without_margins(book.rows(sheet)), told)
        else:
            encoding = detect_encoding(stream)
            _write(spool, _filled_columns(lambda: read_cards(stream, encoding)))
        spool.seek(0)
        yield Converted(source, spool, sheets, sheet)


def _first_table(book: Book) -> str:
    """The first sheet with a header and a row below it; what holds less is a cover, as long as there is another one."""
    filled = ""
    for name in book.sheets[:_SHEETS_LOOKED_AT]:
        rows = sum(map(any, islice(book.rows(name), _ROWS_LOOKED_AT)))
        if rows > 1:
            return name
        filled = filled or (name if rows else "")
    return filled or (book.sheets[0] if book.sheets else "")


def _write(spool: Any, rows: Iterable[list[str]], told: Told | None = None) -> None:
    text = io.TextIOWrapper(spool, encoding="utf-8", errors="replace", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    blank, count = 0, 0
    for row in rows:
        if not any(row):
            blank += 1
            if blank > MAX_BLANK_ROWS:
                break
            continue
        # Rows keep the numbers a spreadsheet shows: blank lines count.
        spool.write(b'""\n' * blank)
        blank, count = 0, count + 1
        if count > MAX_ROWS + 1:
            raise BadFile(_("The file has more than %(most)s rows. Split it into several.") % {"most": f"{MAX_ROWS:,}"})
        writer.writerow(row)
        if told is not None and count % ROWS_BETWEEN_WORDS == 0:
            told(count)
    text.detach()
    if not count:
        raise BadFile(_("The file is empty."))


def _without_margins(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """As wide as the header: cells to the right of it belong to no column, unless something stands there.

    What stands above it, blank rows and titles, are blank rows.
    """
    table = without_titles(enumerate(rows), lambda each: each[1])
    lead, header = next((each for each in table if any(each[1])), (0, []))
    if not header:
        return
    width = max(position for position, cell in enumerate(header, start=1) if cell)
    yield from chain(([] for _row in range(lead)), [header[:width]])
    for _place, row in table:
        cells = row[:width] if not any(row[width:]) else row
        yield cells + [""] * (width - len(cells))


def _filled_columns(read: Any) -> Iterator[list[str]]:
    """The rows without the columns that hold nothing in any of them; read twice."""
    filled: set[int] = set()
    rows = read()
    next(rows)
    for row in rows:
        filled.update(position for position, cell in enumerate(row) if cell)
    if not filled:
        raise BadFile(_("There is no address card in this file."))
    for row in read():
        yield [cell for position, cell in enumerate(row) if position in filled]
