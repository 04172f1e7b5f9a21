"""Fields edited in place: saved, refused beside the field, or in conflict with somebody who was faster."""

import json
import re

import pytest

from autocrm.contacts.record_types import CONTACT_TYPE
from autocrm.contacts.tests.factories import make_company, make_contact
from autocrm.records import services
from autocrm.records.models import Tag
from tests.support.cast import Person, make_person


def test_the_editor_holds_the_value_and_saving_answers_the_new_cell(alice: Person) -> None:
    contact = make_contact(alice, title="Buyer")
    url = f"/contacts/{contact.id}/edit/title/"

    editor = alice.page.get(url).content.decode()
    saved = alice.page.post(url, {"value": "CTO", "version": contact.version})

    assert 'name="value" value="Buyer"' in editor
    assert saved.status_code == 200
    assert "CTO" in saved.content.decode()
    with alice.at_work():
        contact.refresh_from_db()
    assert contact.title == "CTO"
    assert contact.version == 2


def test_a_value_that_cannot_be_comes_back_with_its_fault(alice: Person) -> None:
    contact = make_contact(alice, email="ingrid@globex.example")

    refused = alice.page.post(f"/contacts/{contact.id}/edit/email/", {"value": "not an address", "version": "1"})

    assert refused.status_code == 422
    assert "This is not an e-mail address." in refused.content.decode()
    assert 'value="not an address"' in refused.content.decode()


def test_an_address_that_another_contact_has_is_refused(alice: Person) -> None:
    make_contact(alice, email="taken@globex.example")
    contact = make_contact(alice)

    refused = alice.page.post(f"/contacts/{contact.id}/edit/email/", {"value": "TAKEN@globex.example"})

    assert refused.status_code == 422
    assert "Another record has this value already." in refused.content.decode()


def test_who_was_faster_at_the_same_field_is_named(alice: Person) -> None:
    contact = make_contact(alice, title="Buyer")
    dana = make_person("Dana Drew", alice.tenant)
    url = f"/contacts/{contact.id}/edit/title/"
    dana.page.post(url, {"value": "CEO", "version": "1"})

    conflict = alice.page.post(url, {"value": "CTO", "version": "1"})
    forced = alice.page.post(url, {"value": "CTO", "version": "1", "force": "1"})

    assert conflict.status_code == 409
    assert "Dana Drew changed this" in conflict.content.decode()
    assert "CEO" in conflict.content.decode()
    assert forced.status_code == 200
    with alice.at_work():
        contact.refresh_from_db()
    assert contact.title == "CTO"


@pytest.mark.parametrize(
    ("field", "theirs", "mine", "told"),
    [
        ("title", "CEO", "CTO", ("CEO", "CTO")),
        ("title", "", "CTO", ("Empty", "CTO")),
        ("type", "customer", "prospect", ("Customer", "Prospect")),
        ("owner", "alice", "dana", ("Alice Archer", "Dana Drew")),
        ("tags", "VIP", "Brand new", ("VIP", "Brand new")),
    ],
    ids=str,
)
def test_both_values_are_told_in_words(
    alice: Person, field: str, theirs: str, mine: str, told: tuple[str, str]
) -> None:
    dana = make_person("Dana Drew", alice.tenant)
    contact = make_contact(alice, title="Buyer", owner=str(dana.id))
    people = {"alice": str(alice.id), "dana": str(dana.id)}
    url = f"/contacts/{contact.id}/edit/{field}/"
    assert dana.page.post(url, {"value": people.get(theirs, theirs), "version": "1"}).status_code == 200

    conflict = alice.page.post(url, {"value": people.get(mine, mine), "version": "1"})

    assert conflict.status_code == 409
    values = re.findall(r"<dd>(.*?)</dd>", conflict.content.decode())
    assert tuple(re.sub("<[^>]+>", "", each) for each in values) == told
    with alice.at_work():
        assert not Tag.objects.filter(name="Brand new").exists()


def test_a_change_of_another_field_or_of_ones_own_is_no_conflict(alice: Person) -> None:
    contact = make_contact(alice)
    dana = make_person("Dana Drew", alice.tenant)
    dana.page.post(f"/contacts/{contact.id}/edit/city/", {"value": "Oslo", "version": "1"})
    alice.page.post(f"/contacts/{contact.id}/edit/title/", {"value": "CTO", "version": "2"})

    saved = alice.page.post(f"/contacts/{contact.id}/edit/title/", {"value": "CEO", "version": "1"})

    assert saved.status_code == 200


def test_tags_are_chosen_or_made_by_name(alice: Person) -> None:
    contact = make_contact(alice)
    with alice.at_work() as actor:
        vip = services.ensure_tag("VIP", actor=actor)

    alice.page.post(f"/contacts/{contact.id}/edit/tags/", {"value": [str(vip.id), "Brand new"]})

    with alice.at_work():
        contact.refresh_from_db()
        assert {tag.name for tag in Tag.objects.filter(id__in=contact.tags)} == {"VIP", "Brand new"}


def test_references_are_picked_and_must_exist_here(alice: Person, charlie: Person) -> None:
    contact, company, theirs = make_contact(alice), make_company(alice, name="Globex"), make_company(charlie)
    url = f"/contacts/{contact.id}/edit/company/?in=page"

    saved = alice.page.post(url, {"value": str(company.id)})
    refused = alice.page.post(url, {"value": str(theirs.id)})

    assert f'href="/companies/{company.id}/"' in saved.content.decode()
    assert refused.status_code == 422


def test_saving_on_the_page_tells_the_rest_of_the_page_and_in_a_list_it_does_not(alice: Person) -> None:
    contact = make_contact(alice)
    url = f"/contacts/{contact.id}/edit/title/"

    on_page = alice.page.post(f"{url}?in=page", {"value": "CTO"})
    in_list = alice.page.post(f"{url}?in=list", {"value": "CEO"})

    assert json.loads(on_page["HX-Trigger"])["autocrm:changed"] == {"type": "contact", "ids": [str(contact.id)]}
    assert "autocrm:changed" not in json.loads(in_list["HX-Trigger"])


def test_a_record_in_the_bin_is_not_edited(alice: Person) -> None:
    contact = make_contact(alice)
    with alice.at_work() as actor:
        services.archive_record(CONTACT_TYPE, contact.id, actor=actor)

    assert alice.page.post(f"/contacts/{contact.id}/edit/title/", {"value": "CTO"}).status_code == 404


def test_a_company_cannot_be_part_of_itself(alice: Person) -> None:
    top = make_company(alice)
    below = make_company(alice, parent=str(top.id))

    refused = alice.page.post(f"/companies/{top.id}/edit/parent/", {"value": str(below.id)})

    assert refused.status_code == 422
    assert "cannot be part of itself" in refused.content.decode()


@pytest.mark.parametrize(
    ("language", "typed", "stored", "shown"),
    [
        ("en", "12345,67", 1234567, "12345.67"),
        ("en", "1,234.50", 123450, "1234.50"),
        ("de", "1.234,50", 123450, "1234,50"),
        ("de", "1.234", 123400, "1234"),
        ("en", "62,040,000.00", 6204000000, "62040000"),
    ],
)
def test_an_amount_is_written_as_people_write_it(
    alice: Person, language: str, typed: str, stored: int, shown: str
) -> None:
    company = make_company(alice, revenue="7")
    url = f"/companies/{company.id}/edit/revenue/"
    alice.page.post("/settings/profile/", {"name": "Alice Archer", "locale": language, "time_zone": "UTC"})

    saved = alice.page.post(url, {"value": typed})
    editor = alice.page.get(url).content.decode()
    again = alice.page.post(url, {"value": shown})

    assert (saved.status_code, again.status_code) == (200, 200)
    assert f'type="text" id="f-value-revenue" name="value" value="{shown}"' in editor
    with alice.at_work():
        company.refresh_from_db()
        assert company.revenue == stored


def test_a_slip_in_a_number_is_said_and_loses_nothing(alice: Person) -> None:
    company = make_company(alice, revenue="7")

    refused = alice.page.post(f"/companies/{company.id}/edit/revenue/", {"value": "12e"})

    assert refused.status_code == 422
    assert 'value="12e"' in refused.content.decode()
    with alice.at_work():
        company.refresh_from_db()
        assert company.revenue == 700


def test_what_followed_an_edit_comes_along_with_its_row(alice: Person) -> None:
    old, new = (
        make_company(alice, name="Globex", sector="energy"),
        make_company(alice, name="Initech", sector="software"),
    )
    contact = make_contact(alice, first_name="Ingrid", last_name="Halvorsen", company=str(old.id))
    columns = {"columns": "name,company,company.sector"}

    named = alice.page.post(f"/contacts/{contact.id}/edit/first_name/?in=list", {"value": "Inga"} | columns)
    moved = alice.page.post(f"/contacts/{contact.id}/edit/company/?in=list", {"value": str(new.id)} | columns)

    assert "Inga Halvorsen</a>" in named.content.decode()
    assert "software" in moved.content.decode()
    assert "energy" not in moved.content.decode()


def test_a_row_that_comes_along_has_no_hidden_field(alice: Person, bob: Person) -> None:
    contact = make_contact(alice, title="CTO", owner=str(bob.id))

    answer = bob.page.post(
        f"/contacts/{contact.id}/edit/title/?in=list", {"value": "CEO", "columns": "name,title,source"}
    )

    assert answer.status_code == 200
    assert "data-row-now" not in answer.content.decode()
