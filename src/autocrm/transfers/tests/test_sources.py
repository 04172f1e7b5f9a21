"""Workbooks and address cards into tables, and plain words for what is neither."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from autocrm.kernel.text import csv_safe, unguarded
from autocrm.transfers.errors import BadFile
from autocrm.transfers.files import inspect, read_rows
from autocrm.transfers.sources import workbooks
from autocrm.transfers.sources.cards import read_cards
from autocrm.transfers.sources.converting import CARDS, TEXT, WORKBOOK, converted, source_of

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


def workbook(*rows: list[Any], title: str = "Sheet", **sheets: list[list[Any]]) -> io.BytesIO:
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream


def table(stream: io.BytesIO, sheet: str = "") -> tuple[tuple[str, ...], list[list[str]]]:
    with converted(stream, sheet=sheet) as found:
        layout = inspect(found.stream, delimiter=",", encoding="utf-8")
        rows = read_rows(found.stream, encoding="utf-8", delimiter=",")
        return layout.columns, [cells for _number, cells in rows]


def test_a_workbook_comes_out_as_it_is_meant() -> None:
    stream = workbook(
        ["Name", "Founded", "Revenue", "Growth", "Open", "Seen"],
        ["Acme", date(2001, 2, 3), 1100.04, 0.85, True, datetime(2026, 1, 2, 9, 30)],  # noqa: DTZ001 - as workbooks hold it
        ["'=SUM", None, 5, -2.5, False, None],
    )
    book_rows = table(stream)[1]

    assert source_of(stream) == WORKBOOK
    assert book_rows[0] == ["Acme", "2001-02-03", "1100.04", "0.85", "true", "2026-01-02 09:30:00"]
    assert unguarded(book_rows[1][0]) == "'=SUM"
    assert book_rows[1][1:] == ["", "5", "-2.5", "false", ""]


def test_formulas_are_read_as_their_values_and_errors_as_nothing() -> None:
    stream = workbook(["A", "B"], ["x", "=1+1"])

    # Nobody has calculated it, so it has no value.
    assert table(stream)[1] == [["x", ""]]


def test_percentages_keep_their_sign() -> None:
    book = Workbook()
    book.active.append(["Share"])
    book.active.append([0.075])
    book.active["A2"].number_format = "0.0%"
    stream = io.BytesIO()
    book.save(stream)

    assert table(stream)[1] == [["7.5%"]]


def test_numbers_that_a_format_fills_up_with_zeros_stay_as_they_are_shown() -> None:
    book = Workbook()
    book.active.append(["Postal code", "Count"])
    book.active.append([501, 501])
    book.active["A2"].number_format = "00000"
    stream = io.BytesIO()
    book.save(stream)

    assert table(stream)[1] == [["00501", "501"]]


def test_a_title_across_a_sheet_is_no_header() -> None:
    book = Workbook()
    book.active["A1"] = "Contacts of the fair"
    book.active.merge_cells("A1:C1")
    for place, row in enumerate([["Name", "City", "Country"], ["Ana", "Oslo", None]], start=3):
        for column, cell in enumerate(row, start=1):
            book.active.cell(place, column, cell)
    stream = io.BytesIO()
    book.save(stream)

    assert table(stream) == (("Name", "City", "Country"), [["Ana", "Oslo", ""]])
    with converted(stream) as found:
        assert [number for number, _cells in read_rows(found.stream, encoding="utf-8", delimiter=",")] == [4]


def test_the_first_sheet_with_anything_on_it_is_read_unless_another_is_named() -> None:
    stream = workbook(title="Empty", People=[["Name"], ["Ana"]], More=[["City"], ["Oslo"]])

    assert table(stream) == (("Name",), [["Ana"]])
    assert table(stream, "More") == (("City",), [["Oslo"]])


def test_a_cover_is_passed_over_for_the_first_table() -> None:
    stream = workbook(["About this file"], title="Cover", People=[["Name", "City"], ["Ana", "Oslo"]])

    assert table(stream) == (("Name", "City"), [["Ana", "Oslo"]])


def test_blank_rows_keep_the_numbers_of_those_below() -> None:
    stream = workbook(["Name"], [None], ["Ana"])
    with converted(stream) as found:
        assert [number for number, _cells in read_rows(found.stream, encoding="utf-8", delimiter=",")] == [3]


@given(st.lists(st.lists(TEXTS, min_size=3, max_size=3), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_texts_of_a_workbook_come_back_as_they_were_put_in(rows: list[list[str]]) -> None:
    found = table(workbook(["a", "b", "c"], *([f"t{cell}" for cell in row] for row in rows)))[1]

    assert found == [[f"t{cell}" for cell in row] for row in rows]


def bomb(**files: bytes) -> io.BytesIO:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return stream


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    stream = bomb(xl__workbook_xml=b"<workbook/>", xl__worksheets__sheet1_xml=b"0" * 30_000_000)
    with pytest.raises(BadFile, match="unpacks to more"):
        workbooks.check_package(stream)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04rubbish", "damaged"),
        (bomb(hello_xml=b"x").getvalue(), "an archive"),
        (bomb(xl__workbook_xml=b"<workbook").getvalue(), "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old kind"),
    ],
)
def test_what_is_no_workbook_is_said_in_plain_words(data: bytes, words: str) -> None:
    with pytest.raises(BadFile, match=words), converted(io.BytesIO(data)):
        pass


def test_a_far_cell_does_not_cost_memory() -> None:
    book = Workbook()
    book.active["A1"], book.active["A2"], book.active["XFD900000"] = "Name", "Ana", "far"
    stream = io.BytesIO()
    book.save(stream)

    assert table(stream) == (("Name",), [["Ana"]])


CARD = b"""BEGIN:VCARD\r
VERSION:3.0\r
N:Silva;Ana;Maria;;\r
FN:Ana Maria Silva\r
ORG:Acme\\, Inc.;Sales\r
TITLE:Head of\r
  sales\r
EMAIL;TYPE=HOME:ana@home.example\r
EMAIL;TYPE=WORK,PREF:ana@acme.example\r
item1.TEL;TYPE=CELL:+47 22 22 22 22\r
TEL;VALUE=uri:tel:+4733333333;ext=12\r
ADR;TYPE=WORK:;;Main St 1;Oslo;;0150;Norway\r
PHOTO;ENCODING=b;TYPE=JPEG:AAAA\r
  BBBB\r
CATEGORIES:VIP,partner\r
NOTE:first\\nsecond\r
BDAY:19900102\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:4.0\r
FN:Bo Ek\r
END:VCARD\r
"""


def test_cards_become_rows() -> None:
    columns, rows = table(io.BytesIO(CARD))
    first = dict(zip(columns, rows[0], strict=True))

    assert source_of(io.BytesIO(CARD)) == CARDS
    assert (first["First name"], first["Last name"], first["Company"]) == ("Ana Maria", "Silva", "Acme, Inc.")
    assert (first["E-mail"], first["Second e-mail"]) == ("ana@acme.example", "ana@home.example")
    assert (first["Phone"], first["Second phone"]) == ("+47 22 22 22 22", "+4733333333 x12")
    assert (first["Street"], first["City"], first["Postal code"]) == ("Main St 1", "Oslo", "0150")
    assert (first["Job title"], first["Tags"]) == ("Head of sales", "VIP|partner")
    assert (first["Description"], first["Birthday"]) == ("first\nsecond", "1990-01-02")
    assert "BBBB" not in str(rows)
    assert dict(zip(columns, rows[1], strict=True))["Last name"] == "Ek"


def test_old_cards_are_read_too() -> None:
    card = (
        b"BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;Jos=\n=C3=A9\n"
        b"TEL;WORK;PREF:555 1234\nEND:VCARD\n"
    )
    columns, rows = table(io.BytesIO(card))
    assert dict(zip(columns, rows[0], strict=True)) == {
        "First name": "José",
        "Last name": "Müller",
        "Phone": "555 1234",
    }


RICH = """BEGIN:VCARD
VERSION:4.0
N:Öd;Bo;;;
TEL;PREF=1;VALUE=uri:tel:+4611;ext=1
TEL;PREF=2:+4622
TEL;TYPE=HOME:+4633
TEL;TYPE=WORK,FAX:+4644
EMAIL:a@b.example
EMAIL:c@d.example
EMAIL:e@f.example
ADR:;;Side St 2;Bergen;;5003;Norway
ADR;TYPE=PREF:;;Main St 1;Oslo;;0150;Norway
BEGIN:VCARD
KIND:org
FN:Globex Corp
ORG:Globex Corp
END:VCARD
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_nothing_of_a_card_is_lost_unseen(encoding: str) -> None:
    columns, rows = table(io.BytesIO(RICH.encode(encoding)))
    first, second = (dict(zip(columns, row, strict=True)) for row in rows)

    assert (first["Last name"], first["Phone"], first["Second phone"]) == ("Öd", "+4611 x1", "+4622")
    assert (first["More phone numbers"], first["Fax"], first["More e-mail addresses"]) == (
        "+4633",
        "+4644",
        "e@f.example",
    )
    assert (first["Street"], first["More addresses"]) == ("Main St 1", "Side St 2, Bergen, 5003, Norway")
    # A card without its end is one all the same, and a company is called by its whole name.
    assert (second["First name"], second["Last name"]) == ("", "Globex Corp")


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_bytes_after_the_beginning_of_a_card_break_the_reader(data: bytes) -> None:
    stream = io.BytesIO(b"BEGIN:VCARD\n" + data + b"\nFN:Ana\nEND:VCARD\n")
    try:
        rows = list(read_cards(stream, "utf-8"))
    except BadFile:
        return
    assert all(len(row) == len(rows[0]) for row in rows)


@given(st.text(max_size=30))
def test_what_an_export_guards_an_import_takes_as_it_was(text: str) -> None:
    assert unguarded(csv_safe(text)) == text


def test_a_text_stays_what_it_is() -> None:
    assert source_of(io.BytesIO(b"Name\nAna\n")) == TEXT
