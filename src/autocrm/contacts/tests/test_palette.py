"""People in the palette: found by their names although the same names stand in everything that is to be done."""

import re

import pytest

from autocrm.activities import services as activities
from autocrm.contacts.tests.factories import make_contact
from tests.support.cast import Person


def groups(person: Person, query: str) -> list[str]:
    page = person.page.get("/palette/", {"q": query}).content.decode()
    return re.findall(r'role="group" aria-label="([^"]+)"', page)


def test_somebody_is_found_however_many_tasks_name_them(alice: Person) -> None:
    contact = make_contact(alice, first_name="Hugo", last_name="Petrov")
    with alice.at_work() as actor:
        for number in range(12):
            activities.create_task({"subject": f"Prepare offer {number} for Hugo Petrov"}, actor=actor)

    assert groups(alice, "petrov") == ["Contacts", "Tasks"]
    assert f'href="/contacts/{contact.pk}/"' in alice.page.get("/palette/", {"q": "petrov"}).content.decode()


def test_a_task_that_is_called_so_stands_before_people_who_nearly_are(alice: Person) -> None:
    make_contact(alice, first_name="Ida", last_name="Reviser")
    with alice.at_work() as actor:
        activities.create_task({"subject": "Send the revised offer"}, actor=actor)

    assert groups(alice, "revised") == ["Tasks", "Contacts"]


@pytest.mark.parametrize("typed", ["王", "jeanluc", "jean-luc"])
def test_names_are_found_by_one_sign_and_written_together(alice: Person, typed: str) -> None:
    contact = make_contact(alice, first_name="Jean-Luc", last_name="王")

    assert f'href="/contacts/{contact.pk}/"' in alice.page.get("/palette/", {"q": typed}).content.decode()


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("neuer Kontakt", "/contacts/new/"),
        ("Firma anlegen", "/companies/new/"),
        ("gehe zu Dubletten", "/contacts/duplicates-found/"),
    ],
)
def test_commands_are_found_as_a_german_says_them(alice: Person, typed: str, leads_to: str) -> None:
    alice.user.locale = "de"
    alice.user.save(update_fields=["locale"])

    assert f'href="{leads_to}"' in alice.page.get("/palette/", {"q": typed}).content.decode()
