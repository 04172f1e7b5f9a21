"""The whole wizard in the browser: a file is checked, imported, taken back, imported again; a view goes out."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.given import make_record
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

FILE = """First name;E-mail;Phone;Company;Lead Owner;Next follow-up;Shoe size
Ana;ana@example.com;+47 22 22 22 22;Acme;Mia Wall;03.04.2026;38,5
Bo;bo@example.com;12 34;Beta;Mia Wall;13.05.2026;41
Cy;nowhere;;;;;
"""


def upload(page: Page, folder: Path, mapped: int = 6) -> None:
    path = folder / "people.csv"
    path.write_text(FILE)
    page.goto("/contacts/import/")
    page.get_by_label("A file with contacts").set_input_files(path)
    page.get_by_role("button", name=re.compile("Upload")).click()
    expect(page.get_by_text(f"{mapped} of 7 mapped")).to_be_visible()


def test_a_file_is_checked_imported_taken_back_and_imported_again(
    browsing: Browsing, alice: Person, tmp_path: Path
) -> None:
    make_record(alice, "contact", first_name="Anna", email="ana@example.com")
    page = browsing.enter(alice)
    upload(page, tmp_path)
    expect(page.get_by_text("UTF-8 · semicolon · day first")).to_be_visible()
    page.get_by_label("Field for Shoe size").select_option("+number")
    expect(page.get_by_text("7 of 7 mapped")).to_be_visible()
    page.get_by_label("When a record exists already").select_option("update")
    expect(page.locator(".df del").first).to_have_text("Anna")
    page.get_by_role("button", name="Check all rows").click()

    expect(page.get_by_role("button", name="Import 3 rows")).to_be_visible()
    expect(page.get_by_text("1 placeholder will stand for an owner who is not here.")).to_be_visible()
    page.get_by_role("link", name=re.compile("Change")).click()
    expect(page.locator(".df > li")).to_have_count(1)
    page.get_by_role("link", name=re.compile("To look at")).click()
    expect(page.get_by_text("“12 34”: This number is too short. It is kept as it is written.")).to_be_visible()
    expect(page.get_by_text("“nowhere”: This is not an e-mail address.")).to_be_visible()
    page.get_by_role("button", name="Import 3 rows").click()

    expect(page.get_by_text("Imported, with faults")).to_be_visible()
    page.get_by_role("button", name="Take this import back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take back").click()
    expect(
        page.get_by_text("2 records went to the bin. 2 related ones went along. 1 has its old values again.")
    ).to_be_visible()

    upload(page, tmp_path, mapped=7)
    page.get_by_role("button", name="Import 3 rows").click()
    expect(page.get_by_text("Imported, with faults")).to_be_visible()
    page.goto("/settings/members/")
    expect(page.get_by_role("region", name="Placeholders")).to_contain_text("Mia Wall")


def test_a_view_goes_out_as_it_is_shown(browsing: Browsing, alice: Person) -> None:
    for name in ("Ana", "Bo"):
        make_record(alice, "contact", first_name=name, city="Oslo" if name == "Ana" else "Rome")
    page = browsing.enter(alice)
    page.goto("/contacts/?city=Oslo")
    page.get_by_role("button", name="More", exact=True).first.click()
    page.get_by_role("menuitem", name="Export this view").click()
    expect(page.get_by_text("1 record", exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    text = Path(download.value.path()).read_text()
    assert "Ana" in text
    assert "Bo" not in text


def test_a_selection_goes_out_from_the_bulk_bar(browsing: Browsing, alice: Person) -> None:
    make_record(alice, "contact", first_name="Ana")
    page = browsing.enter(alice)
    page.goto("/contacts/")
    page.get_by_label("Select Ana").check()
    page.get_by_role("toolbar", name="Selected rows").get_by_role("button", name="Export").click()
    page.get_by_role("dialog").get_by_role("button", name="Export").click()
    expect(page.locator("#toasts")).to_contain_text("1 record exported")
    page.goto("/exports/")
    expect(page.get_by_role("link", name="Download")).to_be_visible()


def test_a_check_fits_on_a_phone(browsing: Browsing, alice: Person, tmp_path: Path) -> None:
    page = browsing.enter(alice, size=PHONE)
    upload(page, tmp_path)
    page.get_by_role("button", name="Check all rows").click()
    expect(page.get_by_role("button", name="Import 3 rows")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
