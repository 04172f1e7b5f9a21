"""Pages of records as the bytes of a file: CSV, Excel workbook, JSON, JSON lines.

No cell can become a formula: in CSV what looks like one gets an apostrophe, which an import takes off again; in a
workbook texts are written as texts.
"""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from autocrm.kernel.lazily import Lazily
from autocrm.kernel.text import csv_safe
from autocrm.transfers.exporting import Plan, dicts_of, rows_of

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = Lazily("xlsxwriter")

CSV, XLSX, JSON, JSON_LINES = "csv", "xlsx", "json", "jsonl"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    JSON: "application/json",
    JSON_LINES: "application/x-ndjson",
}
FORMATS = tuple(CONTENT_TYPES)
# What Excel takes: more rows go on in another sheet, a longer text is cut off.
MOST_ROWS = 1_000_000
LONGEST_TEXT = 32_767

_CHUNK = 256 * 1024

# Told after each page how many rows have been written.
Told = Callable[[int], None]


def write(plan: Plan, form: str, *, mark: bool = False, told: Told | None = None) -> Iterator[bytes]:
    """The bytes of the file, piece by piece. `mark` begins a CSV file with what tells Excel that it is UTF-8."""
    if form == CSV:
        return _csv(plan, mark=mark, told=told)
    if form == XLSX:
        return _workbook(plan, told)
    return _json(plan, told, lines=form == JSON_LINES)


def _csv(plan: Plan, *, mark: bool, told: Told | None) -> Iterator[bytes]:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    text.write("\ufeff" if mark else "")
    writer.writerow([csv_safe(column.label) for column in plan.columns])
    done = 0
    for rows in rows_of(plan):
        writer.writerows([_plain(cell) for cell in row] for row in rows)
        yield text.getvalue().encode("utf-8")
        text.seek(0)
        text.truncate()
        done += len(rows)
        _tell(told, done)
    yield text.getvalue().encode("utf-8")


def _plain(cell: Any) -> str:
    if type(cell) is str or cell is None:
        return csv_safe(cell)
    if cell is True or cell is False:
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.isoformat().replace("+00:00", "Z")
    return cell.isoformat() if isinstance(cell, date) else format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def _json(plan: Plan, told: Told | None, *, lines: bool) -> Iterator[bytes]:
    done = 0
    if not lines:
        yield b"["
    for page in dicts_of(plan):
        texts = [json.dumps(each, ensure_ascii=False, separators=(",", ":"), default=_plain) for each in page]
        if lines:
            yield "".join(f"{text}\n" for text in texts).encode("utf-8")
        elif texts:
            yield ((",\n" if done else "\n") + ",\n".join(texts)).encode("utf-8")
        done += len(page)
        _tell(told, done)
    if not lines:
        yield b"\n]\n"


def _workbook(plan: Plan, told: Told | None) -> Iterator[bytes]:
    """Written row by row to a file on disk, then handed out: a workbook is only whole at its end."""
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(
            file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        sheets = _Sheets(book, [column.label for column in plan.columns], plan)
        for rows in rows_of(plan):
            sheets.add(rows)
            _tell(told, sheets.done)
        book.close()
        file.seek(0)
        while piece := file.read(_CHUNK):
            yield piece


class _Sheets:
    """Writes rows into sheets; a full one is followed by another with the same heading."""

    def __init__(self, book: "xlsxwriter.Workbook", labels: Sequence[str], plan: Plan) -> None:
        self._book = book
        self._labels = labels
        self._zone = plan.actor.zone
        self._bold = book.add_format({"bold": True})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self.done = 0
        self._sheet = self._new_sheet()
        self._row = 1

    def _new_sheet(self) -> "xlsxwriter.workbook.Worksheet":
        sheet = self._book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for position, label in enumerate(self._labels):
            sheet.set_column(position, position, 18)
            sheet.write_string(0, position, label, self._bold)
        return sheet

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write a page of rows."""
        for row in rows:
            if self._row > MOST_ROWS:
                self._sheet, self._row = self._new_sheet(), 1
            for position, cell in enumerate(row):
                if cell is not None:
                    self._write(position, cell)
            self._row += 1
            self.done += 1

    def _write(self, position: int, cell: Any) -> None:
        sheet, row = self._sheet, self._row
        if isinstance(cell, str):
            sheet.write_string(row, position, cell[:LONGEST_TEXT])
        elif isinstance(cell, bool):
            sheet.write_boolean(row, position, cell)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, position, cell.astimezone(self._zone).replace(tzinfo=None), self._moment)
        elif isinstance(cell, date):
            self._write_day(position, cell)
        elif len(str(cell)) > 15:
            # More digits than a number of a spreadsheet keeps: as a text nothing is lost.
            sheet.write_string(row, position, _plain(cell))
        else:
            sheet.write_number(row, position, cell)

    def _write_day(self, position: int, day: date) -> None:
        """Excel's calendar begins in 1900."""
        if day.year < 1901:
            self._sheet.write_string(self._row, position, day.isoformat())
        else:
            self._sheet.write_datetime(self._row, position, day, self._day)


def _tell(told: Told | None, done: int) -> None:
    if told is not None:
        told(done)
