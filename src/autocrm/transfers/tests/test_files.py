"""Bytes into rows: encodings, delimiters, and plain words for what is no table."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocrm.transfers import files
from autocrm.transfers.errors import BadFile
from autocrm.transfers.files import count_rows, inspect, read_rows

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
NAMES = ("first", "second", "third", "fourth")


def rows_of(data: bytes) -> list[files.Row]:
    layout = inspect(io.BytesIO(data))
    return list(read_rows(io.BytesIO(data), encoding=layout.encoding, delimiter=layout.delimiter))


@given(
    st.integers(2, 4).flatmap(
        lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width).filter(any), min_size=1, max_size=12)
    ),
    st.sampled_from(files.DELIMITERS),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
)
@settings(max_examples=300, deadline=None)
def test_what_the_csv_module_writes_is_read_back(table: list[list[str]], delimiter: str, encoding: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([NAMES[: len(table[0])], *table])
    data = text.getvalue().encode(encoding)
    stream = io.BytesIO(data)

    # Without a mark UTF-16 can only be told by Western text, so it is named.
    given_encoding = encoding if encoding in {"utf-16-le", "utf-16-be"} else ""
    layout = inspect(stream, encoding=given_encoding, delimiter=delimiter)
    found = list(read_rows(stream, encoding=layout.encoding, delimiter=layout.delimiter))

    assert layout.columns == NAMES[: len(table[0])]
    assert [cells for _number, cells in found] == table
    assert [number for number, _cells in found] == list(range(2, len(table) + 2))
    assert layout.rows == count_rows(stream, encoding=layout.encoding, delimiter=delimiter) == len(table)


@pytest.mark.parametrize(
    ("data", "encoding", "city"),
    [
        ("Name,City\nAna,Malmö\n".encode(), "utf-8", "Malmö"),
        ("Name,City\nAna,Malmö\n".encode("utf-8-sig"), "utf-8-sig", "Malmö"),
        ("Name,City\nAna,Malmö\n".encode("utf-16"), "utf-16", "Malmö"),
        ("Name,City\nAna,Malmö\n".encode("utf-16-le"), "utf-16-le", "Malmö"),
        ("Name,City\nAna,Malmö\n".encode("utf-16-be"), "utf-16-be", "Malmö"),
        ("Name,City\nAna,Malmö – “x”\n".encode("cp1252"), "cp1252", "Malmö – “x”"),
        ("Name,City\nAna,Malmö åäö ".encode() + "– “x”\n".encode("cp1252"), files.MIXED, "Malmö åäö – “x”"),
    ],
)
def test_the_encoding_is_recognised(data: bytes, encoding: str, city: str) -> None:
    assert inspect(io.BytesIO(data)).encoding == encoding
    assert rows_of(data) == [(2, ["Ana", city])]


@pytest.mark.parametrize("delimiter", files.DELIMITERS)
def test_the_delimiter_is_recognised_beside_other_signs(delimiter: str) -> None:
    other = "," if delimiter != "," else ";"
    lines = ["Name", "Amount", "Notes"], ["Ana", "1 000", f"one{other} two"], ["Eva", "2", f"x{other}y{other}z"]
    data = "\r\n".join(delimiter.join(line) for line in lines).encode()

    assert inspect(io.BytesIO(data)).delimiter == delimiter
    assert rows_of(data)[1] == (3, lines[2])


def test_the_line_of_a_spreadsheet_that_names_the_separator_is_no_header() -> None:
    data = b"sep=;\r\nName;City\r\nAna, the first;Oslo\r\n"

    assert inspect(io.BytesIO(data)).columns == ("Name", "City")
    assert rows_of(data) == [(3, ["Ana, the first", "Oslo"])]


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    data = b'Name,Notes\nAna,"two\nlines"\n\n,\nEva,x\n'

    assert rows_of(data) == [(2, ["Ana", "two\nlines"]), (5, ["Eva", "x"])]


@pytest.mark.parametrize("encoding", [*files.ENCODINGS, "latin-1", "ascii"])
def test_every_encoding_that_is_offered_can_be_read(encoding: str) -> None:
    stream = io.BytesIO("Name,City\nAna,Oslo\n".encode("utf-8" if encoding == files.MIXED else encoding))

    layout = inspect(stream, encoding=encoding)

    assert list(read_rows(stream, encoding=layout.encoding, delimiter=",")) == [(2, ["Ana", "Oslo"])]


@pytest.mark.parametrize("encoding", ["hex", "zip", "idna", "undefined", "unicode_escape", "no such", "utf-7"])
def test_what_is_no_encoding_of_files_is_refused(encoding: str) -> None:
    with pytest.raises(BadFile, match="no encoding called"):
        inspect(io.BytesIO(b"Name,City\nAna,Oslo\n"), encoding=encoding)


def test_columns_of_the_same_name_are_numbered() -> None:
    data = b"Phone,phone,Phone (2),,Column 4,PHONE\n1,2,3,4,5,6\n"

    assert inspect(io.BytesIO(data)).columns == (
        "Phone", "phone (3)", "Phone (2)", "Column 4", "Column 4 (2)", "PHONE (4)",
    )  # fmt: skip
    long = inspect(io.BytesIO(("x" * 300 + "," + "x" * 300 + "\n1,2\n").encode())).columns
    assert len(set(long)) == 2
    assert max(map(len, long)) <= files.MAX_NAME


@pytest.mark.parametrize(
    "data",
    [
        b"Contacts 2026\r\n\r\nexported by Ana\r\nName;E-mail;City\r\nAna;a@b.example;Oslo\r\n",
        b"Contacts 2026;;\r\n;;\r\nexported by Ana;;\r\nName;E-mail;City\r\nAna;a@b.example;Oslo\r\n",
    ],
)
def test_titles_above_a_table_are_no_header(data: bytes) -> None:
    assert inspect(io.BytesIO(data)).columns == ("Name", "E-mail", "City")
    assert rows_of(data) == [(5, ["Ana", "a@b.example", "Oslo"])]


@pytest.mark.parametrize("data", [b"Name\nAna\nBo\n", b"Name,\nAna,x\n", b"Name\n" + b"Ana\n" * 40])
def test_a_narrow_table_has_no_titles(data: bytes) -> None:
    assert inspect(io.BytesIO(data)).columns[0] == "Name"
    assert rows_of(data)[0][1][0] == "Ana"


def test_columns_without_a_name_are_counted() -> None:
    assert inspect(io.BytesIO(b"Name,,City\nAna,1,Oslo\n")).columns == ("Name", "Column 2", "City")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n  \r\n", "empty"),
        (b"Name,City\n", "no rows"),
        (b",,\n ,\n", "no names of columns"),
        (b"PK\x03\x04 a workbook", "Excel workbook"),
        (b"%PDF-1.7 not a table", "not a text file"),
        (b"Name,City\nAna,Os\x00lo\n", "NUL"),
        (b"Name,City\n" + b"Ana,Oslo\n" * 20_000 + b"Eva,\x00\n", "NUL"),
        (bytes(range(256)) * 20, "NUL"),
        (b"\x00\x01\x02" * 1000, "not a text file"),
        (b'Name,City\nAna,"Oslo\n' + b"x" * 200_000, "quotation mark"),
    ],
)
def test_what_is_no_table_is_refused_in_plain_words(data: bytes, words: str) -> None:
    with pytest.raises(BadFile) as refused:
        inspect(io.BytesIO(data))

    assert words in refused.value.fields["file"][0]


def test_a_file_of_too_many_rows_is_refused(monkeypatch: Any) -> None:
    monkeypatch.setattr(files, "MAX_ROWS", 3)

    with pytest.raises(BadFile, match="more than 3 rows"):
        inspect(io.BytesIO(b"Name,City\n" + b"Ana,Oslo\n" * 40))


@given(st.binary(max_size=400))
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_a_table_or_are_refused_in_words(data: bytes) -> None:
    assert isinstance(looked_at(data), str | files.Layout)


def looked_at(data: bytes) -> Any:
    try:
        return inspect(io.BytesIO(data))
    except BadFile as error:
        return error.fields["file"][0]
