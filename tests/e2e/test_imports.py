"""A file becomes records: uploaded, mapped, watched without a reload, found in the list."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import PHONE, Browsing
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

FILE = """account,sector,revenue,employees,office_location,subsidiary_of
Acme Corporation,technolgy,1100.04,2822,United States,
Bluth Company,technolgy,1242.32,3027,United States,Acme Corporation
Bioholding,medical,587.34,1356,Philipines,
Golddex,finance,"52,5O",165,United States,
Zoomit,entertainment,324.19,978,United States,Sonron
Sonron,telecommunications,1699.85,5108,United States,
"""


def write_file(folder: Path) -> Path:
    path = folder / "accounts.csv"
    path.write_text(FILE)
    return path


def test_companies_come_from_a_file_without_a_reload(browsing: Browsing, alice: Person, tmp_path: Path) -> None:
    page = browsing.enter(alice)
    page.goto("/companies/")
    page.get_by_role("button", name="More", exact=True).first.click()
    page.get_by_role("menuitem", name="Import from a file").click()
    page.get_by_label("A file with companies").set_input_files(write_file(tmp_path))
    page.get_by_role("button", name=re.compile("Upload")).click()

    expect(page.get_by_text("6 of 6 mapped")).to_be_visible()
    expect(page.get_by_label("Field for subsidiary_of")).to_have_value("parent")
    expect(page.get_by_text("“52,5O”: This is not a number.")).to_be_visible()
    page.get_by_label("Field for employees").select_option("")
    expect(page.get_by_text("5 of 6 mapped")).to_be_visible()
    page.get_by_role("button", name="Import 6 rows").click()

    expect(page.get_by_text("Imported, with faults")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Imported 6 companies: 6 new, 0 matched, 1 fault")
    expect(page.get_by_role("region", name="Faults")).to_contain_text("This is not a number.")
    page.get_by_role("link", name="Show the new companies").click()
    expect(page.locator("tbody [data-row]")).to_have_count(6)
    page.wait_for_load_state("networkidle")
    page.goto(page.get_by_role("link", name="Bluth Company").first.get_attribute("href") or "")
    expect(page.locator("main")).to_contain_text("Acme Corporation")


def test_a_file_is_mapped_on_a_phone(browsing: Browsing, alice: Person, tmp_path: Path) -> None:
    page = browsing.enter(alice, size=PHONE)
    page.goto("/companies/import/")
    page.get_by_label("A file with companies").set_input_files(write_file(tmp_path))
    page.get_by_role("button", name=re.compile("Upload")).click()

    expect(page.get_by_text("6 of 6 mapped")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    page.get_by_role("button", name="Check all rows").click()
    page.get_by_role("button", name="Import 6 rows").click()
    expect(page.get_by_role("region", name="Faults")).to_be_visible()
    expect(page.get_by_text("Alice Archer").first).to_be_visible()
    for url in (page.url, "/imports/", "/exports/"):
        page.goto(url)
        wider = page.locator(".scroll, .page").evaluate_all(
            "all => all.filter(e => e.scrollWidth > e.clientWidth).length"
        )
        assert wider == 0, url
