"""Phone numbers: the quick way and the library agree; nothing written is lost."""

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autocrm.kernel import phones
from autocrm.kernel.phones import Phone, digits_of, parse_phone, phone_terms, phone_uri, phone_words

REAL_DATA = Path(__file__).resolve().parents[5] / "shared" / "data" / "people"


@pytest.mark.parametrize(
    ("raw", "region", "e164", "extension"),
    [
        ("(202) 555-0123", "US", "+12025550123", ""),
        ("202.555.0123", "US", "+12025550123", ""),
        ("2025550123", "CA", "+12025550123", ""),
        ("1-202-555-0123", "US", "+12025550123", ""),
        ("+1-202-555-0123x98765", "US", "+12025550123", "98765"),
        ("202-555-0123 ext. 12", "US", "+12025550123", "12"),
        ("202-555-0123 #12", "US", "+12025550123", "12"),
        ("tel:+1-202-555-0123;ext=7", "US", "+12025550123", "7"),
        ("  (202)555-0123x1 ", "US", "+12025550123", "1"),
        ("001-202-555-0123x5", "US", "+12025550123", "5"),
        ("0049 30 123456", "US", "+4930123456", ""),
        ("0049 30 123456", "DE", "+4930123456", ""),
        ("+49 (0)30 123456", "US", "+4930123456", ""),
        ("030 / 12 34 56", "DE", "+4930123456", ""),
        ("030 123456-0", "DE", "+49301234560", ""),
        ("06 12 34 56 78", "FR", "+33612345678", ""),
        ("020 7946 0018", "GB", "+442079460018", ""),
        ("06 1234 5678", "IT", "+390612345678", ""),
        ("1-800-FLOWERS", "US", "+18003569377", ""),
        ("004-930-1234x5", "US", "+49301234", "5"),
        # Whoever writes the code of a country is believed.
        ("+1 043 555 0123", "US", "+10435550123", ""),
        ("٠٣٠١٢٣٤٥٦", "DE", "+4930123456", ""),
        ("+１ ２０２ ５５５ ０１２３", "DE", "+12025550123", ""),
    ],
)
def test_possible_numbers_become_e164(raw: Any, region: Any, e164: Any, extension: Any) -> None:
    phone = parse_phone(raw, region)

    assert (phone.e164, phone.extension, phone.reason) == (e164, extension, "")
    assert phone.raw == raw
    assert phone.key == e164


@pytest.mark.parametrize(
    ("raw", "region", "reason"),
    [
        ("", "US", "empty"),
        ("   ", "US", "empty"),
        ("n/a", "US", "not_a_number"),
        ("-", "US", "not_a_number"),
        ("call me", "US", "not_a_number"),
        ("12", "US", "too_short"),
        ("555-0123", "US", "local_only"),
        ("123456", "US", "too_short"),
        ("202-555-0123-4567", "US", "too_long"),
        ("+999 123 456 789", "US", "country"),
        ("1" * 200, "US", "too_long"),
        ("030 123456", "XX", "country"),
        ("ana@acme.test", "US", "not_a_number"),
        # Paris, Berlin and London written as at home: not in North America, whose numbers are as long.
        ("06 12 34 56 78", "US", "elsewhere"),
        ("030 1234567", "US", "elsewhere"),
        ("(020) 794-6001", "CA", "elsewhere"),
        ("123-555-0123", "US", "elsewhere"),
        ("0 12 34 56 78", "FR", "elsewhere"),
    ],
)
def test_impossible_numbers_keep_what_was_written_and_say_why(raw: Any, region: Any, reason: Any) -> None:
    phone = parse_phone(raw, region)

    assert phone == Phone(raw, reason=reason)
    assert not phone.is_possible
    assert reason in phones.REASONS
    assert phone.key == digits_of(raw)


@given(st.from_regex(phones._NANP, fullmatch=True), st.sampled_from(["US", "CA"]))
@settings(max_examples=1000)
@example("0115550123", "US")
@example("(011)555-0123", "US")
@example("+1 011 555 0123", "US")
@example("911-911-9111x1", "CA")
def test_the_quick_way_and_the_library_agree(raw: Any, region: Any) -> None:
    assert parse_phone.__wrapped__(raw, region) == phones._by_library(raw, raw, region)


@given(st.from_regex(phones._NANP_FROM_ABROAD, fullmatch=True), st.sampled_from(["US", "CA"]))
@settings(max_examples=1000)
@example("001-011-555-0123x7", "US")
@example("001 (100) 555 0123", "CA")
def test_the_quick_way_and_the_library_agree_on_calls_from_abroad(raw: Any, region: Any) -> None:
    assert parse_phone.__wrapped__(raw, region) == phones._by_library(raw, raw, region)


def test_the_quick_way_and_the_library_agree_on_every_area_code() -> None:
    for area in range(1000):
        for form in ("{:03d}2345678", "({:03d}) 234-5678", "+1{:03d}2345678", "{:03d}-011-0000x12"):
            raw = form.format(area)
            assert parse_phone.__wrapped__(raw, "US") == phones._by_library(raw, raw, "US")


@pytest.mark.real_data
@pytest.mark.skipif(not REAL_DATA.is_dir(), reason="the real data is not here")
def test_real_exports_are_read_as_the_library_reads_them() -> None:
    raws = []
    for name in ("customers-10000.csv", "leads-10000.csv"):
        with (REAL_DATA / name).open(encoding="utf-8", newline="") as file:
            raws += [row[column] for row in csv.DictReader(file) for column in ("Phone 1", "Phone 2")]

    assert len(raws) == 40_000
    for raw in raws:
        assert parse_phone.__wrapped__(raw, "US") == phones._by_library(raw, raw, "US")


@given(st.text(max_size=80), st.sampled_from(["US", "DE", "GB", "XX", ""]))
def test_no_text_raises_and_every_answer_is_consistent(raw: Any, region: Any) -> None:
    phone = parse_phone(raw, region)

    assert phone.raw == raw
    assert bool(phone.e164) != bool(phone.reason)
    if phone.e164:
        assert phone.e164.startswith("+")
        assert phone.e164[1:].isdigit()
        assert parse_phone(phone.e164, region).e164 == phone.e164
    else:
        assert phone.reason in phones.REASONS


@pytest.mark.parametrize(
    ("kept", "words", "uri"),
    [
        ("+4930123456", "+49 30 123456", "tel:+4930123456"),
        ("+12025550123", "+1 202-555-0123", "tel:+12025550123"),
        ("+12025550123 x12", "+1 202-555-0123 ext. 12", "tel:+12025550123;ext=12"),
        ("555 0123", "555 0123", "tel:5550123"),
    ],
)
def test_a_kept_number_is_said_in_groups_and_dialled(kept: str, words: str, uri: str) -> None:
    assert (phone_words(kept), phone_uri(kept)) == (words, uri)


@given(st.from_regex(r"\(?[2-9][0-9]{2}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4}( x[0-9]{1,5})?", fullmatch=True))
def test_what_is_kept_is_kept_the_same_when_it_comes_again(text: str) -> None:
    kept = parse_phone(text).kept

    assert parse_phone(kept, "DE").kept == kept


def test_digits_find_a_number_typed_in_any_form() -> None:
    assert digits_of("(202) 555-01 23") == "2025550123"
    assert digits_of("٠٣٠") == "030"
    assert digits_of("²") == ""
    assert phones.is_region("DE")
    assert not phones.is_region("XX")


def test_a_number_is_found_by_what_people_know_of_it_in_their_own_town() -> None:
    assert {"79460018", "9460018"} <= set(phone_terms("020 7946 0018", "+442079460018"))
    assert phone_terms("+12025550123", "+12025550123") == ["+12025550123", "12025550123", "2025550123", "5550123"]
