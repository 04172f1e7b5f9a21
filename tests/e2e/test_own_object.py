"""An administrator makes "Property" on the pages: fields, a formula, a rollup, 1,000 rows, lists, and the interface.

The longest way through the data model there is, with the product's own worker at work.
"""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from autocrm.records import services
from autocrm.records.models import CustomObject, CustomRecord
from autocrm.records.registry import record_types
from tests.e2e.browsing import Browsing
from tests.e2e.given import fill_condition, make_record
from tests.faults.processes import wait_until
from tests.support.cast import Person, make_role

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

ROWS = 1_000
FIELDS = "/settings/data-model/properties/"


def make_the_object(page: Page) -> None:
    page.goto("/settings/data-model/")
    page.get_by_role("link", name="New object").click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("Singular name").fill("Property")
    drawer.get_by_label("Plural name").fill("Properties")
    drawer.get_by_role("button", name="Create and add fields").click()
    expect(page.get_by_text("No own fields yet")).to_be_visible()


def add_field(page: Page, kind: str, label: str, fill: Callable[[Locator], None] | None = None) -> None:
    page.get_by_role("link", name="New field").first.click()
    drawer = page.locator("#drawer")
    expect(drawer.get_by_label("Label")).to_be_visible()
    drawer.get_by_label("Kind", exact=True).select_option(kind)
    drawer.get_by_label("Label").fill(label)
    if fill is not None:
        fill(drawer)
    drawer.get_by_role("button", name="Add field").click()
    expect(page.get_by_role("link", name=label, exact=True)).to_be_visible()


def choices(drawer: Locator) -> None:
    for at, option in enumerate(("Free", "Reserved", "Sold")):
        if at > 1:
            drawer.get_by_label("Choice", exact=True).nth(at - 1).press("Enter")
        drawer.get_by_label("Choice", exact=True).nth(at).fill(option)


def price_by_area(drawer: Locator) -> None:
    drawer.get_by_label("Formula").fill("price / area")
    expect(drawer.get_by_text("Result: Amount of money")).to_be_visible()


def leads_to(label: str) -> Callable[[Locator], None]:
    return lambda drawer: drawer.get_by_label("Leads to").select_option(label=label) and None


def look_at(source: str) -> Callable[[Locator], None]:
    return lambda drawer: drawer.get_by_label("Look at").select_option(label=source) and None


def add_fields(page: Page) -> None:
    add_field(page, "text", "Street")
    add_field(page, "select", "Status", choices)
    add_field(page, "currency", "Price")
    add_field(page, "number", "Area")
    add_field(page, "date", "Free from")
    add_field(page, "relation", "Seller", leads_to("Company"))
    add_field(page, "formula", "Price by area", price_by_area)
    page.goto("/settings/data-model/contacts/")
    add_field(page, "relation", "Interested in", leads_to("Property"))
    page.goto(FIELDS)
    add_field(page, "rollup", "People", look_at("Contacts · Interested in"))
    expect(page.locator("[data-order-item]")).to_have_count(8)


def houses() -> str:
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(["Name", "Street", "Status", "Price", "Area", "Free from", "Seller"])
    for at in range(ROWS):
        day = date(2026, 3, 1) + timedelta(days=at % 28)
        status = ("Free", "Reserved", "Sold")[at % 3]
        # The later, the dearer: the formula orders them as their numbers do.
        rows.writerow([f"House {at:04}", f"Main street {at}", status, 1_000 * (at + 1), 10, day, "Globex"])
    return written.getvalue()


def bring_in(page: Page, folder: Path) -> None:
    path = folder / "houses.csv"
    path.write_text(houses())
    page.goto("/properties/import/")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name=re.compile("Upload")).click()
    expect(page.get_by_text("7 of 7 mapped")).to_be_visible()
    page.get_by_role("button", name="Check all rows").click()
    page.get_by_role("button", name="Import 1,000 rows").click()
    expect(page.get_by_text("Everything was read.")).to_be_visible(timeout=60_000)


def test_an_own_object_is_worked_with_from_the_first_minute(browsing: Browsing, alice: Person, tmp_path: Path) -> None:
    make_record(alice, "company", name="Globex")
    page = browsing.enter(alice)
    make_the_object(page)
    add_fields(page)
    bring_in(page, tmp_path)

    # A rollup of 1,000 records that nobody leads to is 0 as soon as it is there.
    page.goto(FIELDS)
    add_field(page, "rollup", "Late people", look_at("Contacts · Interested in"))
    page.goto("/properties/?columns=name,price_by_area,people,late_people&sort=-price_by_area")
    first = page.locator("tr[data-row]").first
    expect(first).to_contain_text("House 0999")
    expect(first).to_contain_text("100,000")
    expect(first.locator("td").nth(-2)).to_contain_text("0")
    expect(first.locator("td").nth(-1)).to_contain_text("0")

    filter_and_order(page)
    shapes(page)
    figures(page, alice)


def filter_and_order(page: Page) -> None:
    page.goto("/properties/")
    expect(page.locator("tr[data-row]").first).to_be_visible()
    page.get_by_role("button", name="Filter").click()
    builder = page.get_by_role("dialog", name="Filter")
    fill_condition(builder, 0, "Price by area", "is more than", "99000")
    builder.get_by_role("button", name="Done").click()
    expect(page.locator("tr[data-row]")).to_have_count(10)
    page.get_by_role("button", name="Sort", exact=True).click()
    menu = page.get_by_role("dialog", name="Sort")
    menu.get_by_label("Sort by", exact=True).select_option(label="Price by area")
    menu.get_by_role("button", name="Price by area first").click()
    expect(menu.get_by_label("Level 1")).to_have_value("price_by_area")
    expect(page).to_have_url(re.compile("sort=-price_by_area"))
    menu.get_by_label("Direction").nth(0).select_option(label="ascending")
    expect(page.locator("tr[data-row]").first).to_contain_text("House 0990")


def shapes(page: Page) -> None:
    page.goto("/properties/?group=status")
    expect(page.get_by_text("Reserved").first).to_be_visible()
    expect(page.get_by_text("334").first).to_be_visible()
    page.goto("/properties/?layout=board&by=status")
    expect(page.get_by_text("House 0999")).to_be_visible()
    page.goto("/properties/?layout=calendar&on=free_from&day=2026-03-01")
    expect(page.get_by_text("House 0000").first).to_be_visible()


def fetch(page: Page, address: str, headers: dict[str, str]) -> tuple[int, str]:
    """What a script gets that has a token and no session; asked from the page: the browser knows the host."""
    asks = """async ([address, headers]) => {
        const answer = await fetch(address, { headers, credentials: "omit" });
        return [answer.status, await answer.text()];
    }"""
    status, text = page.evaluate(asks, [address, headers])
    return status, text


def figures(page: Page, alice: Person) -> None:
    """Over the interface, with a token that may not see the price: nor what is worked out of it."""
    rights: dict[str, Any] = {"records": {"*": {"read": "all", "export": "all"}}, "codes": []}
    role = make_role(alice.tenant, fields={"property": {"price": "hidden"}}, **rights)
    token = {"Authorization": f"Bearer {alice.new_token(role=role)}"}
    full = {"Authorization": f"Bearer {alice.new_token()}"}

    def ask(headers: dict[str, str], query: str = "") -> Any:
        status, text = fetch(page, f"/api/v1/properties/?limit=5&{query}", headers)
        return json.loads(text)["results"] if status == 200 else status

    seen, known = ask(token, "sort=name")[0], ask(full, "sort=name")[0]
    assert (known["price"], known["price_by_area"], known["people"], known["late_people"]) == (
        "1000.00",
        "100.00",
        0,
        0,
    )
    assert {"price", "price_by_area"}.isdisjoint(seen)
    assert (seen["area"], seen["people"]) == (10, 0)
    for query in ("sort=price", "sort=-price_by_area", "price__gt=1", "price_by_area__gt=1"):
        assert ask(token, query) == 422
    _status, document = fetch(page, "/api/v1/schema/", {**token, "Accept": "application/json"})
    assert '"free_from"' in document
    assert '"price"' not in document
    assert '"price_by_area"' not in document


def test_an_own_object_goes_for_good(browsing: Browsing, alice: Person) -> None:
    page = browsing.enter(alice)
    make_the_object(page)
    with alice.at_work() as actor:
        services.create_record(record_types.get("property"), {"name": "Villa"}, actor=actor)
    page.goto("/settings/data-model/")
    page.get_by_role("link", name="Delete Properties").click()
    drawer = page.locator("#drawer")
    expect(drawer.get_by_text("1 record is deleted for good")).to_be_visible()
    drawer.get_by_label("Type “Properties” to delete it").fill("Property")
    drawer.get_by_role("button", name="Delete for good").click()
    expect(drawer.get_by_text("Type “Properties” to delete it.", exact=True)).to_be_visible()
    drawer.get_by_label("Type “Properties” to delete it").fill("properties")
    drawer.get_by_role("button", name="Delete for good").click()

    expect(page.get_by_role("navigation").get_by_text("Properties")).to_have_count(0)
    assert page.goto("/properties/").status == 404  # type: ignore[union-attr]
    # Its name is free again when the worker has removed the last of it.
    wait_until(lambda: is_gone(alice), seconds=60, what="the object to be gone")
    make_the_object(page)
    page.goto("/properties/")
    expect(page.get_by_text("Villa")).to_have_count(0)


def is_gone(person: Person) -> bool:
    with person.at_work():
        return not CustomObject.objects.exists() and not CustomRecord.objects.exists()
