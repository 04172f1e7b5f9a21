"""Small things of the daily work that must not go wrong: slips in numbers, what follows an edit, what is selected."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from autocrm.contacts.tests.factories import make_many
from autocrm.records.lists import view_services
from autocrm.records.registry import record_types
from autocrm.records.services import ensure_tag
from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.given import address_of, change_record, choose_field, make_record, make_records
from tests.e2e.test_bulk import said
from tests.e2e.test_lists import cell, names, rows
from tests.support.cast import Person, make_person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def type_into(page: Page, place: Locator, text: str) -> None:
    place.click()
    expect(place.get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def bar(page: Page) -> Locator:
    return page.get_by_role("toolbar", name="Selected rows")


def test_a_number_is_what_was_typed_or_refused(browsing: Browsing, alice: Person) -> None:
    make_record(alice, "company", name="Globex", revenue="700")
    page = browsing.enter(alice)
    page.goto("/companies/")
    revenue = cell(page, "Globex", "revenue")

    type_into(page, revenue, "12e")
    expect(revenue).to_contain_text("This is not a number.")
    page.keyboard.press("Escape")
    expect(revenue).to_have_text("700")

    type_into(page, revenue, "12 345,60")
    expect(revenue).to_contain_text("12,346")
    page.reload()
    expect(cell(page, "Globex", "revenue")).to_contain_text("12,346")


def test_several_choices_are_saved_as_they_were_made(browsing: Browsing, alice: Person) -> None:
    with alice.at_work() as actor:
        tags_there = [ensure_tag(name, actor=actor) for name in ("At risk", "Hot", "VIP")]
    make_record(alice, "company", name="Globex", tags=[str(tags_there[-1].id)])
    page = browsing.enter(alice)
    page.goto("/companies/?columns=name,tags,city")
    tags = cell(page, "Globex", "tags")

    tags.click()
    expect(page.get_by_role("option")).to_have_text(["At risk", "Hot", "VIP"])
    page.keyboard.type("Ho")
    expect(page.get_by_role("option").first).to_have_text("Hot")
    page.keyboard.press("Enter")
    expect(tags.locator(".combo-chip")).to_have_text(["VIP", "Hot"])
    page.get_by_role("option", name="VIP").click()
    expect(tags.locator(".combo-chip")).to_have_text(["Hot"])
    page.keyboard.press("Enter")

    expect(tags.locator(".pill")).to_have_text(["Hot"])
    expect(tags.locator(".ed-form")).not_to_be_attached()


def test_a_filter_takes_numbers_as_people_write_them(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "company", [{"name": "Small", "revenue": "1000"}, {"name": "Large", "revenue": "5000"}])
    page = browsing.enter(alice)
    page.goto("/companies/")
    page.get_by_role("button", name="Filter").click()
    builder = page.get_by_role("dialog", name="Filter")
    choose_field(builder.get_by_role("combobox", name="Field", exact=True), "Annual revenue")
    builder.get_by_label("Test", exact=True).select_option(label="is more than")

    builder.get_by_label("Value", exact=True).press_sequentially("1,500")

    expect(names(page)).to_have_text(["Large"])
    page.reload()
    page.get_by_role("button", name="Filter · 1").click()
    expect(builder.get_by_label("Value", exact=True)).to_have_value("1500")


def test_what_follows_from_an_edit_shows_in_the_row_at_once(browsing: Browsing, alice: Person) -> None:
    globex = make_record(alice, "company", name="Globex", sector="energy")
    make_record(alice, "company", name="Initech", sector="software")
    make_record(alice, "contact", first_name="Ingrid", last_name="Halvorsen", company=str(globex.pk))
    page = browsing.enter(alice)
    page.goto("/contacts/?columns=name,first_name,company,company.sector")

    type_into(page, cell(page, "Halvorsen", "first_name"), "Inga")
    expect(names(page)).to_have_text(["Inga Halvorsen"])
    cell(page, "Halvorsen", "company").click()
    page.keyboard.type("Initech")
    page.get_by_role("option", name="Initech").click()

    expect(rows(page)).to_contain_text("software")
    expect(said(page)).to_contain_text("Company changed")
    said(page).get_by_role("button", name="Undo").last.click()
    expect(rows(page)).to_contain_text("energy")


def test_what_is_typed_before_the_editor_is_there_belongs_to_it(browsing: Browsing, alice: Person) -> None:
    make_record(alice, "contact", last_name="Halvorsen", title="Buyer")
    page = browsing.enter(alice)
    page.goto("/contacts/?columns=name,title")
    title = cell(page, "Halvorsen", "title")
    held: list[Route] = []
    page.route("**/edit/title/?in=list", lambda route: held.append(route), times=1)  # noqa: PLW0108 - Playwright counts its arguments

    title.click()
    page.keyboard.type("nexus")
    expect(title).to_have_attribute("aria-busy", "true")
    held[0].continue_()
    expect(title.get_by_role("textbox")).to_have_value("nexus")
    page.keyboard.press("Enter")

    expect(title).to_contain_text("nexus")
    expect(page.locator("#drawer")).to_be_hidden()


def test_an_undo_that_came_too_late_shows_what_the_other_wrote(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", last_name="Halvorsen", title="Buyer")
    dana = make_person("Dana Drew", alice.tenant)
    page = browsing.enter(alice)
    page.goto("/contacts/?columns=name,title")
    title = cell(page, "Halvorsen", "title")
    type_into(page, title, "CTO")
    undo = said(page).get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    change_record(dana, "contact", contact, title="CFO")

    undo.click()

    expect(said(page)).to_contain_text("Dana Drew changed Job title after that.")
    expect(title).to_contain_text("CFO")


def test_of_more_than_are_counted_about_as_many_are_selected(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "contact", [{"last_name": f"Lead {n:02}"} for n in range(60)])
    page = browsing.enter(alice)

    page.goto("/contacts/")
    expect(page.locator("#list-count")).to_have_text("60")
    # What the count of a list of more than ten thousand says.
    page.evaluate("document.dispatchEvent(new CustomEvent('autocrm:list-total', {detail: {total: 60, exact: false}}))")
    page.get_by_role("checkbox", name="Select all on this page").check()
    bar(page).get_by_role("button", name="Select all about 60").click()

    expect(bar(page)).to_contain_text("All about 60 selected")


def test_all_that_match_never_come_to_be_others(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "contact", [{"last_name": f"Lead {n:02}", "type": "lead"} for n in range(60)])
    make_records(alice, "contact", [{"last_name": "Partner", "type": "partner"}])
    page = browsing.enter(alice)
    page.goto("/contacts/?type=lead")
    page.get_by_role("checkbox", name="Select all on this page").check()
    bar(page).get_by_role("button", name="Select all 60").click()
    page.get_by_role("columnheader", name="Name").get_by_role("button").click()
    expect(bar(page)).to_contain_text("All 60 selected")
    bar(page).get_by_role("button", name="Edit fields").click()
    expect(page.get_by_role("dialog")).to_contain_text("All 60 selected")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()

    page.get_by_role("button", name="Remove the filter Type").click()

    expect(page.locator("#list-count")).to_have_text("61")
    expect(bar(page)).to_be_hidden()
    expect(page.locator("tr[aria-selected=true]")).to_have_count(0)


def test_nothing_is_selected_once_it_is_gone(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "contact", [{"last_name": "Anker"}, {"last_name": "Berg"}])
    page = browsing.enter(alice)
    page.goto("/contacts/")
    page.get_by_role("checkbox", name="Select Anker").check()

    bar(page).get_by_role("button", name="Move to the bin").click()

    expect(names(page)).to_have_text(["Berg"])
    expect(bar(page)).to_be_hidden()


def test_the_palette_knows_what_was_seen_and_what_was_kept(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ingrid", last_name="Halvorsen")
    with alice.at_work() as actor:
        view_services.create_view(
            record_types.get("contact"), name="Best customers", query="type=customer", visibility="private", actor=actor
        )
    page = browsing.enter(alice)
    for path in ("/companies/", address_of("contact", contact), "/contacts/"):
        page.goto(path)
        expect(page.locator("main")).to_be_visible()

    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Search records and commands")
    expect(page.get_by_role("group", name="Recent").get_by_role("option")).to_have_text(["Ingrid Halvorsen"])
    box.fill("zzzz")
    expect(page.locator("#pal-list")).to_have_text("Nothing matches “zzzz”.")
    box.fill("go to companies")
    expect(page.get_by_role("option", name="Companies", exact=True)).to_be_visible()
    box.fill("best cust")
    page.get_by_role("group", name="Views").get_by_role("option").click()

    expect(page.get_by_role("navigation", name="Views").locator("[aria-current]")).to_have_text("Best customers")


def test_a_list_is_searched_ordered_and_laid_out_on_a_phone(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "contact", [{"last_name": name, "type": "lead"} for name in ("Anker", "Berg", "Celan")])
    page = browsing.enter(alice, size=PHONE)
    page.goto("/contacts/")

    page.get_by_role("button", name="Sort").tap()
    page.get_by_label("Level 1").select_option(label="Name")
    expect(names(page)).to_have_text(["Celan", "Berg", "Anker"])
    page.get_by_label("Direction").select_option(label="ascending")
    page.keyboard.press("Escape")
    expect(names(page)).to_have_text(["Anker", "Berg", "Celan"])
    page.get_by_role("searchbox", name="Search contacts").fill("Berg")
    expect(names(page)).to_have_text(["Berg"])
    page.get_by_role("button", name="Board").tap()

    expect(page.locator("[data-carried]")).to_have_count(1)
    expect(page.get_by_role("button", name="Group")).to_be_hidden()


def test_a_list_that_could_not_be_loaded_is_used_on(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "contact", [{"last_name": "Anker"}, {"last_name": "Berg"}])
    browsing.watch.expect("sendError|INTERNET_DISCONNECTED")
    page = browsing.enter(alice)
    page.goto("/contacts/")
    expect(rows(page)).to_have_count(2)
    page.context.set_offline(True)

    page.get_by_role("columnheader", name="Name").get_by_role("button").click()
    expect(said(page)).to_contain_text("You are offline.")
    expect(page.locator("#list")).not_to_have_attribute("aria-busy", "true")
    page.get_by_role("link", name="Anker").click()
    expect(page.locator("#peek")).to_be_hidden()
    page.get_by_role("link", name="New contact").click()
    expect(page.locator("#drawer")).to_be_hidden()

    page.context.set_offline(False)
    page.get_by_role("link", name="Anker").click()
    expect(page.locator("#peek").get_by_role("heading", name="Anker")).to_be_visible()
    expect(page.get_by_role("button", name="Previous record")).not_to_have_attribute("aria-disabled", "true")
    expect(page.get_by_role("button", name="Next record")).to_have_attribute("aria-disabled", "true")


def test_a_double_click_on_a_name_opens_its_page(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", last_name="Anker")
    page = browsing.enter(alice)
    page.goto("/contacts/")

    page.get_by_role("link", name="Anker").dblclick()

    expect(page).to_have_url(re.compile(address_of("contact", contact)))


def test_what_is_added_up_follows_an_edit(browsing: Browsing, alice: Person) -> None:
    for name, revenue in (("Globex", "700"), ("Initech", "300")):
        make_record(alice, "company", name=name, revenue=revenue, owner=str(alice.id))
    page = browsing.enter(alice)
    page.goto("/companies/?columns=name,revenue,owner&group=owner&sums=revenue:sum,employees:avg")
    head, foot = page.locator("tr.grp-row"), page.locator("tfoot")
    expect(head).to_contain_text("1,000")
    expect(foot).to_contain_text("1,000")

    type_into(page, cell(page, "Globex", "revenue"), "1200")

    expect(foot).to_contain_text("1,500")
    expect(head).to_contain_text("1,500")


def test_a_card_that_somebody_else_moved_meanwhile_goes_where_it_is(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", last_name="Anker", type="lead")
    dana = make_person("Dana Drew", alice.tenant)
    page = browsing.enter(alice)
    page.goto("/contacts/?layout=board&by=type")
    card = page.locator("[data-carried]")
    expect(card).to_be_visible()
    change_record(dana, "contact", contact, type="vendor")

    card.focus()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)

    expect(said(page)).to_contain_text("Dana Drew changed this meanwhile")
    expect(page.locator('[data-carry-list="is:vendor"] [data-carried]')).to_have_count(1)


def test_many_go_to_the_bin_only_when_it_is_meant_and_the_list_stays(browsing: Browsing, alice: Person) -> None:
    make_records(alice, "contact", [{"last_name": f"Lead {number:03}"} for number in range(120)])
    page = browsing.enter(alice)
    page.goto("/contacts/")
    page.get_by_role("checkbox", name="Select all on this page").check()
    bar(page).get_by_role("button", name="Select all 120").click()
    question = page.locator("#confirm")

    bar(page).get_by_role("button", name="Move to the bin").click()
    expect(question).to_contain_text("Move 120 records to the bin?")
    question.get_by_role("button", name="Cancel").click()
    expect(page.locator("#list-count")).to_have_text("120")
    bar(page).get_by_role("button", name="Move to the bin").click()
    question.get_by_role("button", name="Move to the bin").click()

    expect(rows(page)).to_have_count(0)
    expect(page).to_have_url(re.compile("/contacts/$"))


def test_whoever_comes_back_to_a_long_list_is_where_she_was(browsing: Browsing, alice: Person) -> None:
    make_many(alice, 260)
    page = browsing.enter(alice)
    page.goto("/contacts/?sort=name")
    list_box = page.locator(".dtw")
    for passed in (30, 75, 120, 165):
        list_box.evaluate("(box, at) => { box.scrollTop = at }", passed * 32)
        expect(page.locator(f'tr[aria-rowindex="{passed + 30}"]')).to_be_attached()
    middle = "document.elementFromPoint(400, 500).closest('[data-row]')?.dataset.id"
    page.wait_for_function(middle)
    seen = page.evaluate(middle)
    there = list_box.evaluate("(box) => box.scrollTop")

    page.goto(f"/contacts/{seen}/")
    expect(page.locator(".rec-head")).to_be_visible()
    page.go_back()

    expect(page.locator(f'tr[data-id="{seen}"]')).to_be_in_viewport()
    assert abs(list_box.evaluate("(box) => box.scrollTop") - there) < 40
    list_box.evaluate("(box) => { box.scrollTop = 0 }")
    expect(rows(page).first).to_be_in_viewport()
    list_box.evaluate("(box) => { box.scrollTop = box.scrollHeight }")
    expect(page.locator('tr[aria-rowindex="230"]')).to_be_attached()
