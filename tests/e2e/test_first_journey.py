"""The first journey, on real data: import, progress, message, filter, edit, note, task; Charlie finds none of it."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import Browsing
from tests.e2e.given import fill_condition
from tests.support.cast import Person
from tests.support.database import ROOT

REAL_DATA = ROOT.parent / "shared" / "data"
ACCOUNTS = REAL_DATA / "maven_crm" / "accounts.csv"
PEOPLE = REAL_DATA / "people" / "customers-10000.csv"
BROKEN = "Broken Harvest Ltd,medical,nineteen ninety,1200.50,12,Norway,"

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e"), pytest.mark.real_data]
if not REAL_DATA.is_dir():
    pytest.skip("the real data is not here", allow_module_level=True)


def upload(page: Page, plural: str, file: Path) -> None:
    page.goto(f"/{plural}/")
    page.get_by_role("link", name="Import").first.click()
    page.get_by_label(f"A file with {plural}").set_input_files(file)
    page.get_by_role("button", name="Upload and look at the columns").click()
    expect(page.get_by_role("region", name="Columns")).to_be_visible()


def rich_medicals() -> list[str]:
    """By hand: the companies that the filter has to find."""
    with ACCOUNTS.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["sector"] == "medical" and float(row["revenue"]) > 1000]
    return sorted([*(row["account"] for row in rows), "Broken Harvest Ltd"], key=str.casefold)


def test_real_companies_and_people_come_in_and_are_worked_with(
    browsing: Browsing, alice: Person, charlie: Person, tmp_path: Path
) -> None:
    page = browsing.enter(alice)

    bring_in_companies(page, tmp_path / "accounts.csv")
    bring_in_people(page)
    find_rich_medicals(page)
    name = work_on_the_first(page)

    finds_nothing(browsing.enter(charlie), name, page.url.replace(alice.host, charlie.host))


def bring_in_companies(page: Page, file: Path) -> None:
    """All of them, and one with a cell that nobody can read: it is named by row and column."""
    file.write_text(f"{ACCOUNTS.read_text(encoding='utf-8').rstrip()}\n{BROKEN}\n", encoding="utf-8")
    upload(page, "companies", file)
    expect(page.get_by_label("Field for account")).to_have_value("name")
    expect(page.get_by_label("Field for subsidiary_of")).to_have_value("parent")
    page.get_by_role("button", name="Import 86 rows").click()
    expect(page.get_by_role("button", name="Notifications, 1 unread")).to_be_visible()
    expect(page.get_by_role("group", name="What came of the rows")).to_contain_text(re.compile(r"86\s*New"))
    cells = page.get_by_role("region", name="Faults").get_by_role("row").nth(1).get_by_role("cell")
    expect(cells.nth(0)).to_have_text("87")
    expect(cells.nth(1)).to_have_text("year_established")
    expect(cells.nth(2)).to_have_text("nineteen ninety")


def bring_in_people(page: Page) -> None:
    """Ten thousand; Alice goes on meanwhile, and the message comes to the page she is on."""
    upload(page, "contacts", PEOPLE)
    page.get_by_role("button", name="Import 10,000 rows").click()
    expect(page.get_by_role("progressbar", name="Rows done")).to_be_visible()
    page.goto("/companies/")
    expect(page.get_by_role("button", name="Notifications, 2 unread")).to_be_visible(timeout=60_000)
    expect(page.locator("#toasts")).to_contain_text("10,000 contacts")


def find_rich_medicals(page: Page) -> None:
    """Sector is medical and revenue > 1000."""
    page.get_by_role("button", name="Filter").click()
    builder = page.get_by_role("dialog", name="Filter")
    fill_condition(builder, 0, "Industry", "is", "medical")
    builder.get_by_role("button", name="Condition").click()
    fill_condition(builder, 1, "Annual revenue", "is more than", "1000")
    builder.get_by_role("button", name="Done").click()
    expect(page.locator("tr[data-row] a[data-peek-link]")).to_have_text(rich_medicals())


def work_on_the_first(page: Page) -> str:
    """Peek, open, edit in place, a note, a task; the name of the company."""
    page.locator("tr[data-row] a[data-peek-link]").first.click()
    page.locator("#peek").get_by_role("link", name="Open page").click()
    expect(page).to_have_url(re.compile(r"/companies/[0-9a-f-]{36}/$"))
    city = page.locator('#props [data-edit-url*="/edit/city/"]')
    city.click()
    city.get_by_label("City").fill("Oslo")
    page.keyboard.press("Enter")
    expect(city).to_contain_text("Oslo")
    page.get_by_role("main").get_by_role("link", name="Note").first.click()
    page.keyboard.type("Runs three clinics")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#timeline")).to_contain_text("Runs three clinics")
    page.get_by_role("main").get_by_role("link", name="Task").first.click()
    page.keyboard.type("Ask about the fourth")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#upcoming")).to_contain_text("Ask about the fourth")
    return page.get_by_role("heading", level=1).inner_text()


def finds_nothing(page: Page, name: str, address: str) -> None:
    for path in ("/companies/", "/contacts/", "/tasks/", "/imports/", "/inbox/"):
        page.goto(path)
        expect(page.get_by_role("main")).not_to_contain_text(name)
        assert page.locator("tr[data-row], .ntf").count() == 0, path
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 404
