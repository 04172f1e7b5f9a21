"""The record page and the peek: properties, history in words, related cards, the bin."""

import json

from autocrm.contacts.record_types import CONTACT_TYPE
from autocrm.contacts.tests.factories import make_company, make_contact
from autocrm.records import services
from tests.support.cast import Person, make_person, make_role


def test_the_page_shows_properties_that_can_be_edited(alice: Person) -> None:
    company = make_company(alice, name="Globex")
    contact = make_contact(alice, first_name="Ingrid", last_name="H", company=str(company.id), title="CTO")

    page = alice.page.get(f"/contacts/{contact.id}/").content.decode()

    assert '<h1 class="clip">Ingrid H</h1>' in page
    assert "CTO · Globex" in page
    assert f'data-edit-url="/contacts/{contact.id}/edit/title/?in=page"' in page
    assert "edit/created_at/" not in page


def test_history_says_who_changed_what_from_what_to_what(alice: Person) -> None:
    one, two = make_company(alice, name="Initech"), make_company(alice, name="Globex")
    contact = make_contact(alice, company=str(one.id), type="lead")
    with alice.at_work() as actor:
        services.update_record(CONTACT_TYPE, contact.id, {"type": "customer"}, actor=actor)
        services.update_record(CONTACT_TYPE, contact.id, {"company": str(two.id), "title": "CTO"}, actor=actor)

    text = " ".join(alice.page.get(f"/contacts/{contact.id}/panels/history/").content.decode().split())

    assert "<b>Alice Archer</b> changed <b>Type</b> from Lead to Customer" in text
    assert "<b>Company</b> from Initech to Globex" in text
    assert "<b>Job title</b> to CTO" in text
    assert "created this contact" in text


def test_history_goes_on_where_it_stopped(alice: Person) -> None:
    contact = make_contact(alice)
    with alice.at_work() as actor:
        for at in range(45):
            services.update_record(CONTACT_TYPE, contact.id, {"title": f"T{at}"}, actor=actor)

    first = alice.page.get(f"/contacts/{contact.id}/panels/history/").content.decode()
    before = first.partition("?before=")[2].partition('"')[0]
    second = alice.page.get(f"/contacts/{contact.id}/panels/history/?before={before}").content.decode()

    assert "to T44" in first
    assert "created this" not in first
    assert "created this" in second


def test_related_records_stand_in_cards(alice: Person) -> None:
    company = make_company(alice, name="Globex")
    for at in range(7):
        make_contact(alice, first_name="Person", last_name=str(at), company=str(company.id))

    page = alice.page.get(f"/companies/{company.id}/").content.decode()

    assert '<h2>People</h2><span class="n">7</span>' in page
    assert page.count("Person ") >= 5
    assert f'href="/contacts/?company={company.id}"' in page
    assert f'data-drawer="/contacts/new/?company={company.id}"' in page


def test_a_record_goes_to_the_bin_and_comes_back(alice: Person) -> None:
    contact = make_contact(alice, first_name="Gone", last_name="Soon")

    answer = alice.page.post(f"/contacts/{contact.id}/archive/")
    toast = json.loads(answer["HX-Trigger"])["autocrm:toast"]
    page = alice.page.get(f"/contacts/{contact.id}/").content.decode()
    alice.page.post(toast["undo_url"])

    assert toast["message"] == "Gone Soon moved to the bin"
    assert "This record is in the bin" in page
    assert "data-edit-url" not in page
    assert "This record is in the bin" not in alice.page.get(f"/contacts/{contact.id}/").content.decode()


def test_an_address_of_a_contact_in_the_bin_is_free_again(alice: Person) -> None:
    contact = make_contact(alice, email="ingrid@globex.example")
    alice.page.post(f"/contacts/{contact.id}/archive/")

    make_contact(alice, email="ingrid@globex.example")
    refused = alice.page.post(f"/contacts/{contact.id}/restore/")

    assert refused.status_code == 409
    assert "This record is in the bin" in alice.page.get(f"/contacts/{contact.id}/").content.decode()


def test_the_peek_shows_key_fields_and_leads_to_the_page(alice: Person) -> None:
    contact = make_contact(alice, email="ingrid@globex.example", phone="+47 22 55 01 90")

    peek = alice.page.get(f"/contacts/{contact.id}/peek/", headers={"HX-Request": "true"}).content.decode()

    assert 'href="mailto:ingrid@globex.example"' in peek
    assert 'href="tel:+4722550190"' in peek
    assert f'href="/contacts/{contact.id}/"' in peek
    assert "<html" not in peek


def test_people_are_picked_among_members_only(alice: Person, bob: Person, charlie: Person) -> None:
    everyone = alice.page.get("/pick/user/").json()["results"]
    found = alice.page.get("/pick/user/?q=bob").json()["results"]

    assert {each["label"] for each in everyone} == {"Alice Archer", "Bob Baker"}
    assert everyone[0]["label"] == "Alice Archer"
    assert [each["value"] for each in found] == [str(bob.id)]


def test_a_domain_that_comes_from_a_hidden_website_is_hidden_too(alice: Person) -> None:
    company = make_company(alice, name="Globex", website="https://www.globex-hidden.example/")
    role = make_role(
        alice.tenant, records={"*": {"read": "all", "update": "all"}}, fields={"company": {"website": "hidden"}}
    )
    reader = make_person("Rita Reader", alice.tenant, role)
    assert "globex-hidden.example" in alice.page.get(f"/companies/{company.id}/").content.decode()

    for path in (f"/companies/{company.id}/", "/companies/?columns=name,domain", f"/companies/{company.id}/peek/"):
        assert "globex-hidden" not in reader.page.get(path).content.decode(), path
    assert reader.page.get(f"/companies/{company.id}/edit/domain/").status_code == 404
    assert "globex-hidden" not in reader.api.get(f"/api/v1/companies/{company.id}/").content.decode()
