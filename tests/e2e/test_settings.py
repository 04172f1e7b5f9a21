"""Settings: a field hidden by a role, tokens made and revoked on the page, the demo removed, themes, a phone."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import PHONE, Browsing
from tests.e2e.given import address_of, make_record, open_workspace
from tests.faults.processes import wait_until
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_a_field_hidden_on_the_roles_page_is_gone_for_its_people(
    browsing: Browsing, alice: Person, bob: Person
) -> None:
    values = {"first_name": "Ann", "last_name": "Other", "phone": "+1 415 555 0142", "owner": str(bob.id)}
    contact = make_record(alice, "contact", **values)
    his, hers = browsing.enter(bob), browsing.enter(alice)
    his.goto(address_of("contact", contact))
    expect(his.locator("#props")).to_contain_text("415-555-0142")

    hers.goto("/settings/roles/")
    hers.get_by_role("link", name="Few rights").click()
    hers.get_by_text("Fields of Contact", exact=False).click()
    hers.locator('select[name="access:contact:phone"]').select_option("hidden")
    hers.get_by_role("button", name="Save role").click()
    expect(hers.get_by_text("saved", exact=False).first).to_be_visible()

    # The right is looked up anew within three seconds in every process.
    wait_until(lambda: "415-555-0142" not in reload_text(his), seconds=10, what="the field to be hidden")
    expect(his.get_by_role("heading", level=1)).to_have_text("Ann Other")
    his.goto("/contacts/?columns=name,phone")
    expect(his.get_by_text("This list cannot be shown")).to_be_visible()


def test_what_is_chosen_for_a_kind_of_record_holds_for_it_and_the_others_follow_the_default(
    browsing: Browsing, alice: Person, bob: Person
) -> None:
    page = browsing.enter(alice)
    page.goto("/settings/roles/")
    page.get_by_role("link", name="Few rights").click()
    contacts = page.locator('input[name="own:contact"]')
    contacts.uncheck()
    page.get_by_label("Companies: own rules", exact=False).uncheck()

    page.get_by_label("Default: See").select_option("team_tree")
    expect(page.get_by_label("Contacts: See")).to_have_value("team_tree")
    page.get_by_label("Contacts: See").select_option("own")
    expect(contacts).to_be_checked()
    page.get_by_label("Default: See").select_option("all")
    expect(page.get_by_label("Contacts: See")).to_have_value("own")
    expect(page.get_by_label("Companies: See")).to_have_value("all")
    page.get_by_role("button", name="Save role").click()
    expect(page.get_by_text("saved", exact=False).first).to_be_visible()

    page.get_by_role("link", name="Few rights").click()
    expect(contacts).to_be_checked()
    expect(page.get_by_label("Contacts: See")).to_have_value("own")


def test_the_roles_page_says_what_each_choice_is_of_and_cuts_none_off(browsing: Browsing, alice: Person) -> None:
    page = browsing.enter(alice)
    page.goto("/settings/roles/new/")
    page.get_by_text("Fields of Contact", exact=False).click()
    narrow = "nodes => nodes.filter(each => each.clientWidth < each.scrollWidth || each.clientWidth < 20).length"
    assert page.locator("#fields-contact label > span").count() > 20
    assert page.locator("#fields-contact label > span").evaluate_all(narrow) == 0
    page.get_by_label("Contacts: Change", exact=True).select_option("team_tree")
    room = page.get_by_label("Contacts: Change", exact=True).evaluate("""select => {
        const style = getComputedStyle(select), canvas = document.createElement("canvas").getContext("2d");
        canvas.font = style.font;
        const words = canvas.measureText(select.selectedOptions[0].label).width;
        return select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - words;
    }""")
    assert room >= 0


def test_the_way_from_the_fields_of_a_kind_leads_to_their_rights_in_a_role(
    browsing: Browsing, alice: Person, bob: Person
) -> None:
    page = browsing.enter(alice)
    page.goto("/settings/data-model/contacts/")
    page.get_by_role("button", name="Who sees which field").click()
    page.get_by_role("menuitem", name="Few rights").click()
    expect(page.locator('select[name="access:contact:phone"]')).to_be_visible()


def reload_text(page: object) -> str:
    page.reload()  # type: ignore[attr-defined]
    return str(page.locator("#props").inner_text())  # type: ignore[attr-defined]


def test_a_token_made_on_the_page_opens_the_api_until_it_is_revoked(browsing: Browsing, alice: Person) -> None:
    make_record(alice, "contact", first_name="Ann", last_name="Other")
    page = browsing.enter(alice)

    page.goto("/settings/tokens/")
    page.get_by_role("link", name="New token").click()
    page.locator("#drawer").get_by_label("Name").fill("nightly report")
    page.keyboard.press("Control+Enter")
    secret = page.locator("#drawer .set-secret").inner_text()
    page.get_by_role("button", name="Done").click()

    def ask() -> httpx.Response:
        host = {"authorization": f"Bearer {secret}", "host": f"{alice.host}:{browsing.port}"}
        return httpx.get(f"http://127.0.0.1:{browsing.port}/api/v1/contacts/", headers=host)

    answer = ask()
    assert answer.status_code == 200, answer.text
    assert [row["name"] for row in answer.json()["results"]] == ["Ann Other"]

    page.get_by_role("row", name=re.compile("nightly report")).get_by_role("button", name="Revoke").click()
    page.locator("#confirm").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("cell", name=re.compile("nightly report"))).to_be_hidden()
    wait_until(lambda: ask().status_code == 401, seconds=6, what="the token to be refused")


def test_the_demo_is_removed_by_one_click_and_a_question(browsing: Browsing) -> None:
    dana = open_workspace("Sample", "Dana Demo", is_demo=True)
    make_record(dana, "contact", first_name="Ann", last_name="Other")
    page = browsing.enter(dana)

    page.goto("/settings/workspace/")
    page.get_by_role("button", name="Remove the demo workspace").click()
    page.locator("#confirm [data-yes]").click()

    expect(page.get_by_role("button", name="Remove the demo workspace")).to_be_hidden()
    page.goto("/contacts/")
    expect(page.get_by_text("Ann Other")).to_be_hidden()
    expect(page.get_by_role("heading", name="Contacts")).to_be_hidden()


def test_the_theme_is_kept_and_obeys_the_person_before_the_system(browsing: Browsing, alice: Person) -> None:
    page = browsing.enter(alice, scheme="light")
    page.goto("/contacts/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)

    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = page.evaluate(ground)
    assert dark != light

    page.goto("/companies/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(ground) == dark

    system = browsing.enter(alice, scheme="dark")
    system.goto("/contacts/")
    assert system.evaluate(ground) == dark


def test_a_phone_shows_the_same_work_without_sideways_scrolling(browsing: Browsing, alice: Person) -> None:
    contact = make_record(alice, "contact", first_name="Ann", last_name="Other", email="ann@acorn.example", type="lead")
    page = browsing.enter(alice, size=PHONE)
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

    page.goto("/contacts/")
    assert not page.evaluate(wide)
    page.get_by_role("navigation", name="Main").get_by_role("button", name="New", exact=True).click()
    page.get_by_role("menuitem", name="Contact").click()
    page.locator("#drawer").get_by_label("First name").fill("Ben")
    page.locator("#drawer").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Ben")).to_be_visible()

    page.get_by_role("link", name="Ann Other").click()
    expect(page).to_have_url(re.compile(re.escape(address_of("contact", contact)) + "$"))
    assert not page.evaluate(wide)
    page.get_by_role("tab", name="Details").click()
    expect(page.get_by_role("complementary", name="Details").get_by_text("ann@acorn.example")).to_be_visible()
    page.get_by_role("navigation", name="Actions").get_by_role("link", name="Note").click()
    page.get_by_role("textbox", name="Note").click()
    page.keyboard.type("Called from the train")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#timeline")).to_contain_text("Called from the train")
