"""Fields edited in place: saved, refused beside the field, or in conflict with somebody who was faster."""

import json

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
