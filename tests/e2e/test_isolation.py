"""Charlie, who owns everything in Globex, looks for a record of Acme at every door of the product."""

import httpx
import pytest
from playwright.sync_api import expect

from autocrm.kernel.ids import new_id
from tests.e2e.browsing import Browsing
from tests.e2e.given import address_of, make_record
from tests.support.cast import Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def test_charlie_finds_a_record_of_acme_at_no_door(browsing: Browsing, alice: Person, charlie: Person) -> None:
    secret = f"Zebra{new_id().hex[-12:]}"
    company = make_record(alice, "company", name=secret)
    contact = make_record(alice, "contact", last_name=secret, email=f"{secret}@acme.example", company=str(company.pk))
    make_record(charlie, "contact", last_name="Own", email="own@globex.example")
    page = browsing.enter(charlie)

    for path in ("/contacts/", "/companies/", f"/contacts/?q={secret}", f"/contacts/?company={company.pk}"):
        page.goto(path)
        expect(page.get_by_role("main")).to_be_visible()
        assert secret not in page.locator("tbody, .blank").all_inner_texts().__str__(), path
        assert page.locator(f'[data-id="{contact.pk}"], [data-id="{company.pk}"]').count() == 0, path

    page.keyboard.press("/")
    page.get_by_role("combobox", name="Search records and commands").fill(secret)
    expect(page.locator("#pal-list")).to_contain_text("Nothing matches")
    page.keyboard.press("Escape")

    for record, key in ((contact, "contact"), (company, "company")):
        answer = page.goto(address_of(key, record))
        assert answer is not None
        assert answer.status == 404
        assert secret not in page.content()

    answer = page.goto(f"http://{alice.host}:{browsing.port}{address_of('contact', contact)}")
    assert answer is not None
    assert answer.status in {200, 404}
    assert secret not in page.content()
    for key, host, tenant in (
        ("the own host", charlie.host, ""),
        ("Acme's host", alice.host, ""),
        ("Acme's name", charlie.host, alice.tenant.subdomain),
    ):
        said = ask(browsing.port, charlie, host, tenant, f"/api/v1/contacts/{contact.pk}/")
        assert said.status_code in {401, 404}, key
        assert secret not in said.text, key
        assert secret not in ask(browsing.port, charlie, host, tenant, "/api/v1/contacts/").text, key


def ask(port: int, person: Person, host: str, tenant: str, path: str) -> httpx.Response:
    """As a script with the person's own token."""
    headers = {"authorization": f"Bearer {person.new_token()}", "host": f"{host}:{port}"}
    if tenant:
        headers["x-tenant"] = tenant
    return httpx.get(f"http://127.0.0.1:{port}{path}", headers=headers)
