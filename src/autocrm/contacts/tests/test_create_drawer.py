"""The create drawer: nothing is saved before it is sent, faults stand beside fields, duplicates are told of."""

import json

from autocrm.contacts.models import Contact
from autocrm.contacts.tests.factories import make_company, make_contact
from tests.support.cast import Person

HTMX = {"HX-Request": "true"}


def test_opening_the_drawer_saves_nothing(alice: Person) -> None:
    company = make_company(alice, name="Globex")

    drawer = alice.page.get(f"/contacts/new/?company={company.id}", headers=HTMX).content.decode()

    assert f'<option value="{company.id}" selected>Globex</option>' in drawer
    assert f'<option value="{alice.id}" selected>Alice Archer</option>' in drawer
    with alice.at_work():
        assert Contact.objects.count() == 0


def test_a_contact_is_created_with_what_was_filled_in(alice: Person) -> None:
    sent = {"first_name": "Ingrid", "last_name": "Halvorsen", "email": "Ingrid@Globex.example", "type": "customer"}

    answer = alice.page.post("/contacts/new/", sent | {"owner": str(alice.id), "city": ""}, headers=HTMX)

    events = json.loads(answer["HX-Trigger"])
    assert answer.status_code == 204
    assert events["autocrm:toast"]["message"] == "Ingrid Halvorsen added"
    assert events["autocrm:changed"]["type"] == "contact"
    assert "autocrm:drawer-close" in events
    with alice.at_work():
        contact = Contact.objects.get()
    assert (contact.full_name, contact.email_key, contact.type) == (
        "Ingrid Halvorsen",
        "ingrid@globex.example",
        "customer",
    )
    assert contact.owner_id == alice.id


def test_every_fault_comes_back_beside_its_field_with_what_was_typed(alice: Person) -> None:
    answer = alice.page.post("/contacts/new/", {"last_name": "Ok", "email": "nonsense", "phone": "?"}, headers=HTMX)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="f-email_error"' in html
    assert 'value="nonsense"' in html
    assert 'id="f-phone_error"' in html
    assert 'value="Ok"' in html


def test_what_looks_like_a_duplicate_is_shown_while_typing(alice: Person, charlie: Person) -> None:
    known = make_contact(alice, first_name="Ingrid", last_name="Halvorsen", email="ingrid@globex.example")
    make_contact(charlie, first_name="Ingrid", last_name="Halvorsen")

    by_name = alice.page.post("/contacts/duplicates/", {"first_name": "ingrid", "last_name": "HALVORSEN"})
    by_email = alice.page.post("/contacts/duplicates/", {"email": "INGRID@globex.example"})
    by_nothing = alice.page.post("/contacts/duplicates/", {"first_name": "Somebody"})

    for answer in (by_name, by_email):
        assert answer.content.decode().count("<li>") == 1
        assert str(known.id) in answer.content.decode()
    assert by_nothing.content.decode().strip() == ""
    assert "Saving adds another one." in by_name.content.decode()
    assert "Another one cannot have the same under “E-mail”." in by_email.content.decode()


def test_a_company_with_another_legal_form_looks_the_same(alice: Person) -> None:
    known = make_company(alice, name="Acme Inc.")

    answer = alice.page.post("/companies/duplicates/", {"name": "ACME Corporation"})

    assert str(known.id) in answer.content.decode()


def test_a_likely_duplicate_is_saved_only_when_the_warning_was_seen(alice: Person) -> None:
    make_company(alice, name="Globex")

    warned = alice.page.post("/companies/new/", {"name": "globex"}, headers=HTMX)
    saved = alice.page.post("/companies/new/", {"name": "globex", "allow_duplicates": "1"}, headers=HTMX)

    assert warned.status_code == 422
    assert 'name="allow_duplicates"' in warned.content.decode()
    assert saved.status_code == 204


def test_save_and_new_leaves_an_empty_drawer(alice: Person) -> None:
    answer = alice.page.post("/contacts/new/", {"last_name": "One", "then": "new"}, headers=HTMX)

    assert answer.status_code == 200
    assert "<form" in answer.content.decode()
    assert 'value="One"' not in answer.content.decode()
    assert "autocrm:toast" in json.loads(answer["HX-Trigger"])


def test_without_script_the_page_does_the_same(alice: Person) -> None:
    page = alice.page.get("/contacts/new/")
    saved = alice.page.post("/contacts/new/", {"last_name": "Plain"})

    assert "<h1>New contact</h1>" in page.content.decode()
    assert saved.status_code == 302


def test_a_role_that_may_not_create_has_no_drawer(bob: Person) -> None:
    assert bob.page.get("/companies/new/").status_code == 403
    assert bob.page.post("/companies/new/", {"name": "Mine"}).status_code == 403
    assert bob.page.get("/contacts/new/").status_code == 200
