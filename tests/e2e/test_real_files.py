"""Files of the real world through the wizard as a new user would take them: checked, imported, taken back, again.

They lie in `../shared/data` beside the project and are read where they are; without them these journeys are skipped,
and say so.
"""

import csv
import re
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from autocrm.contacts.models import Company, Contact
from autocrm.transfers.models import ImportFault
from tests.e2e.browsing import Browsing
from tests.support.cast import Person

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data"
PEOPLE = FOLDER / "people"
ACCOUNTS = FOLDER / "maven_crm" / "accounts.csv"
SLICE = 400
# A whole file is checked, imported and taken back in well under a minute; a busy machine takes longer.
PATIENCE = 240_000

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.real_data,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not (PEOPLE.is_dir() and ACCOUNTS.is_file()),
        reason=f"the real files are missing: {PEOPLE} and {ACCOUNTS} lie beside the project",
    ),
]


def slice_of(name: str, folder: Path) -> Path:
    """The first rows of a file, as a file of its own in the test's own folder."""
    path = folder / name
    with (PEOPLE / name).open(newline="") as source, path.open("w", newline="") as target:
        csv.writer(target).writerows(islice(csv.reader(source), SLICE + 1))
    return path


def upload(page: Page, path: Path, mapped: str, *, into: str = "contacts") -> None:
    page.goto(f"/{into}/import/")
    page.get_by_label(f"A file with {into}").set_input_files(path)
    page.get_by_role("button", name=re.compile("Upload")).click()
    expect(page.get_by_text(mapped)).to_be_visible()


def check(page: Page) -> None:
    """Look at all rows before anything is saved."""
    page.get_by_role("button", name="Check all rows").click()
    page.wait_for_url(re.compile("/check/"))
    expect(page.get_by_text("Nothing is saved yet.")).to_be_visible(timeout=PATIENCE)


def bring_in(page: Page, rows: int) -> None:
    """Import them, from whichever page, and wait for the end."""
    page.get_by_role("button", name=f"Import {rows:,} rows").click()
    expect(page.get_by_role("group", name="What came of the rows")).to_contain_text(f"{rows:,}Rows", timeout=PATIENCE)
    expect(page.get_by_text(re.compile("^Imported")).first).to_be_visible(timeout=PATIENCE)


def take_back(page: Page) -> None:
    page.get_by_role("button", name="Take this import back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Taken back", exact=True).first).to_be_visible(timeout=PATIENCE)


def counts(page: Page) -> dict[str, str]:
    """The figures of a check or of an import by what they are called."""
    texts = page.locator(".sum > *").all_inner_texts()
    return {name: count for count, name in (text.split("\n", 1) for text in texts)}


def test_ten_thousand_customers_are_checked_imported_and_taken_back(browsing: Browsing, alice: Person) -> None:
    page = browsing.enter(alice)
    upload(page, PEOPLE / "customers-10000.csv", "10 of 12 mapped")
    check(page)
    found = {"New": "10,000", "Change": "0", "No change": "0", "Not imported": "0", "To look at": "2,482"}
    assert counts(page) == found
    expect(page.get_by_text("8,411 related records will be added.")).to_be_visible()
    with alice.at_work():
        assert not Contact.objects.exists()

    bring_in(page, 10_000)

    expect(page.get_by_text("2,666 values were kept as they are written; they stand below.")).to_be_visible()
    told = page.get_by_role("row").filter(has_text="011.718.2522")
    expect(told).to_contain_text("239")
    expect(told).to_contain_text("Phone 2")
    expect(told).to_contain_text("This number is too short. It is kept as it is written.")
    with alice.at_work():
        numbers = Contact.objects.exclude(phone_key="").values_list("phone_key", flat=True)
        assert (
            sum(not number.startswith("+") for number in numbers)
            == ImportFault.objects.filter(column="Phone 1").count()
        )
        kept = Contact.objects.get(phone2="011.718.2522")
        dialled = Contact.objects.get(external_id="EB54EF1154C3A78")
        assert (kept.phone2_key, dialled.phone2, dialled.phone2_key) == ("0117182522", "+19151121727", "+19151121727")

    take_back(page)

    expect(page.get_by_text("10,000 records went to the bin. 8,411 related ones went along.")).to_be_visible()
    with alice.at_work():
        assert not Contact.objects.filter(archived_at=None).exists()
        assert not Company.objects.filter(archived_at=None).exists()


def test_leads_bring_their_owners_as_placeholders_and_come_in_once(
    browsing: Browsing, alice: Person, tmp_path: Path
) -> None:
    page = browsing.enter(alice)
    file = slice_of("leads-10000.csv", tmp_path)
    upload(page, file, "12 of 14 mapped")
    check(page)
    expect(page.get_by_text(re.compile("placeholders will stand for owners who are not here"))).to_be_visible()
    bring_in(page, SLICE)
    take_back(page)

    upload(page, file, "12 of 14 mapped")
    bring_in(page, SLICE)
    assert counts(page)["New"] == str(SLICE)
    page.goto("/settings/members/")
    expect(page.get_by_role("region", name="Placeholders")).to_contain_text("Abigail Beck")

    upload(page, file, "12 of 14 mapped")
    expect(page.get_by_label("Find records that exist by").locator("option:checked")).to_contain_text("mail")
    check(page)
    assert (counts(page)["New"], counts(page)["No change"]) == ("0", str(SLICE))
    bring_in(page, SLICE)
    assert (counts(page)["New"], counts(page)["Left as they were"]) == ("0", str(SLICE))
    with alice.at_work():
        assert Contact.objects.filter(archived_at=None).count() == SLICE
        lead = Contact.objects.get(external_id="2FCBFE58CC70308", archived_at=None)
        assert (lead.owner.name, lead.company.name, lead.email2) == (
            "Selena Doyle",
            "Mays Inc",
            "rusheddie@massey.info",
        )


def test_organisations_and_accounts_become_companies_once(browsing: Browsing, alice: Person, tmp_path: Path) -> None:
    page = browsing.enter(alice)
    file = slice_of("organizations-10000.csv", tmp_path)
    for new in (True, False):
        upload(page, file, "8 of 9 mapped", into="companies")
        bring_in(page, SLICE)
        assert (counts(page)["New"] == "0") is not new
    upload(page, ACCOUNTS, "7 of 7 mapped", into="companies")
    check(page)
    assert counts(page)["New"] == "85"
    bring_in(page, 85)

    with alice.at_work():
        assert Company.objects.get(name="Bluth Company").parent.name == "Acme Corporation"
    page.get_by_role("link", name="Show the new companies").click()
    expect(page.locator("tbody [data-row]").first).to_be_visible()
