"""An Excel workbook (.xlsx) as a table of texts: streamed, formulas as their values, bombs refused.

Responsibilities: one sheet into rows of texts. Do NOT: evaluate anything, follow links, or trust what the file says
about its own size. Dates come out as ISO 8601, numbers with a point, percentages with their sign.
"""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import IO, TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from autocrm.kernel.lazily import Lazily
from autocrm.kernel.text import is_guarded
from autocrm.transfers.errors import BadFile

if TYPE_CHECKING:
    import openpyxl
else:
    openpyxl = Lazily("openpyxl")

# What a workbook may unpack to, and how much smaller it may be packed: real ones reach 20:1 at most.
MAX_UNPACKED = 600 * 1024 * 1024
MAX_STRINGS = 120 * 1024 * 1024
MAX_RATIO = 200
MAX_ENTRIES = 2_000
MAX_COLUMNS = 500
MAX_SHEETS = 100

_STRINGS = "xl/sharedstrings.xml"


class Book:
    """An open workbook: its sheets that hold cells, in their order, and the rows of each."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self.sheets = tuple(str(sheet.title) for sheet in book.worksheets[:MAX_SHEETS])

    def rows(self, sheet: str = "") -> Iterator[list[str]]:
        """The rows of a sheet, by default the first one, as texts; blank rows stay, so that numbers of rows do too.

        Raises BadFile for a sheet that is not there and for one that cannot be read to its end.
        """
        try:
            found = _sheet_of(self._book, sheet)
            # What the sheet says of its own size may be wrong in either direction.
            found.reset_dimensions()
            for row in found.iter_rows(max_col=MAX_COLUMNS + 1):
                yield [_text(cell) for cell in row]
        except BadFile:
            raise
        except Exception as error:  # noqa: BLE001 - the library raises whatever a damaged file provokes
            raise BadFile(_("This workbook cannot be read: %(error)s") % {"error": str(error)[:200]}) from None


@contextmanager
def opened(stream: IO[bytes]) -> Iterator[Book]:
    """The workbook, opened once: that reads all its texts, which takes a good part of the time. Raises BadFile."""
    check_package(stream)
    book = _open(stream)
    try:
        yield Book(book)
    finally:
        book.close()


def check_package(stream: IO[bytes]) -> None:
    """Look at the package before anything of it is unpacked. Raises BadFile for bombs and for what is no workbook."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise BadFile(_("This workbook is damaged. Open it in your spreadsheet and save it again.")) from None
    names = {entry.filename.lower() for entry in entries}
    if "xl/workbook.xml" not in names:
        raise BadFile(_("This is an archive, not a workbook. Upload a CSV file, an Excel workbook or a vCard."))
    if any(entry.flag_bits & 1 for entry in entries):
        raise BadFile(_("This workbook is protected by a password. Save it without one."))
    unpacked = sum(entry.file_size for entry in entries)
    strings = sum(entry.file_size for entry in entries if entry.filename.lower() == _STRINGS)
    swollen = any(
        entry.file_size > 1_000_000 and entry.file_size > entry.compress_size * MAX_RATIO for entry in entries
    )
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED or strings > MAX_STRINGS or swollen:
        raise BadFile(_("This workbook unpacks to more than can be read. Save the sheet as CSV and upload that."))


def _sheet_of(book: Any, name: str) -> Any:
    found = next((each for each in book.worksheets if not name or each.title == name), None)
    if found is None:
        raise BadFile(_("The workbook has no such sheet."))
    return found


def _open(stream: IO[bytes]) -> Any:
    stream.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except Exception:  # noqa: BLE001 - the library raises whatever a damaged file provokes
        raise BadFile(_("This workbook is damaged. Open it in your spreadsheet and save it again.")) from None


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    kind = type(value)
    if kind is str:
        return "" if cell.data_type == "e" else _written(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is int or kind is float:
        return _number(value, cell)
    return _moment(value)


def _written(value: str) -> str:
    """A text as it stands; one that looks like an export's guarded text gets a guard, which reading takes off."""
    text = value.replace("\x00", "").replace("_x000D_", "")
    return f"'{text}" if is_guarded(text) else text


def _number(value: float, cell: Any) -> str:
    form = cell.number_format or ""
    if "%" in form:
        return f"{_plain(value * 100)}%"
    # A postal code or number that a format of zeros fills up is meant as it is shown.
    return _plain(value).zfill(len(form)) if len(form) > 1 and not form.strip("0") else _plain(value)


def _plain(value: float) -> str:
    """Digits without an exponent, and without what binary fractions leave at the end."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.15g}"
    return f"{value:.20f}".rstrip("0").rstrip(".") if "e" in text else text


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        is_day = value.time() == time.min
        return value.date().isoformat() if is_day else value.replace(microsecond=0).isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value.total_seconds() / 3600) if isinstance(value, timedelta) else str(value)
