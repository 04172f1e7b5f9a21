"""The engagement score: counted on demand, followed by a consumer, never above a hundred."""

from uuid import UUID

import pytest

from autocrm.activities import services as activities
from autocrm.contacts import services
from autocrm.contacts.models import Contact
from autocrm.contacts.permissions import CONTACT
from autocrm.journal import services as journal
from autocrm.kernel.errors import NotFound
from autocrm.records import services as records
from autocrm.records.registry import record_types
from tests.support.cast import Person, make_person, make_role


def a_contact(person: Person) -> UUID:
    with person.at_work():
        values = {"first_name": "Ingrid", "last_name": "Halvorsen"}
        return records.create_record(record_types.get(CONTACT), values, actor=person.actor).id


def add_notes(person: Person, contact_id: UUID, count: int) -> None:
    with person.at_work():
        for number in range(count):
            about = [activities.About(CONTACT, contact_id)]
            activities.create_note(f"Note {number}", about=about, actor=person.actor)


@pytest.mark.parametrize(("notes", "score"), [(0, 0), (3, 30), (12, 100)])
def test_each_activity_of_the_last_month_counts_ten(alice: Person, notes: int, score: int) -> None:
    contact_id = a_contact(alice)
    add_notes(alice, contact_id, notes)

    with alice.at_work():
        contact = services.calculate_engagement(contact_id, actor=alice.actor)

    assert contact.engagement_score == score
    assert contact.version == 1


def test_the_score_follows_activities_by_itself(alice: Person) -> None:
    contact_id = a_contact(alice)
    add_notes(alice, contact_id, 2)

    journal.run_consumers(tenant_id=alice.tenant.id, consumer="engagement")

    with alice.at_work():
        assert Contact.objects.get(pk=contact_id).engagement_score == 20


def test_a_finished_call_is_the_last_contact(alice: Person) -> None:
    contact_id = a_contact(alice)
    with alice.at_work():
        about = [activities.About(CONTACT, contact_id)]
        call = activities.create_task({"subject": "Call", "kind": "call"}, about=about, actor=alice.actor)
    with alice.at_work():
        activities.complete_task(call.id, actor=alice.actor)

    journal.run_consumers(tenant_id=alice.tenant.id, consumer="engagement")

    with alice.at_work():
        assert Contact.objects.get(pk=contact_id).last_contact_at is not None


def test_the_api_answers_the_score(alice: Person) -> None:
    contact_id = a_contact(alice)
    add_notes(alice, contact_id, 1)

    response = alice.api.post(f"/api/v1/contacts/{contact_id}/calculate_engagement/")

    assert response.status_code == 200
    assert response.json() == {"id": str(contact_id), "engagement_score": 10}


def test_charlie_cannot_have_a_contact_of_acme_scored(alice: Person, charlie: Person) -> None:
    contact_id = a_contact(alice)
    add_notes(alice, contact_id, 1)

    with pytest.raises(NotFound), charlie.at_work():
        services.calculate_engagement(contact_id, actor=charlie.actor)
    refused = charlie.api.post(f"/api/v1/contacts/{contact_id}/calculate_engagement/")

    assert refused.status_code == 404
    with alice.at_work():
        assert Contact.objects.get(pk=contact_id).engagement_score == 0


def test_whoever_may_not_see_the_score_neither_asks_for_it_nor_hears_that_it_changed(alice: Person) -> None:
    contact_id = a_contact(alice)
    role = make_role(
        alice.tenant, records={"*": {"read": "all"}}, fields={"contact": {"engagement_score": "hidden"}}, codes=[]
    )
    bob = make_person("Bob Baker", alice.tenant, role)
    with alice.at_work() as actor:
        change = {"engagement_score": [0, 40]}
        journal.write(
            "contact.engagement_calculated", record_type="contact", record_id=contact_id, changes=change, actor=actor
        )

    assert bob.api.post(f"/api/v1/contacts/{contact_id}/calculate_engagement/").status_code == 403
    for path in (f"/contacts/{contact_id}/panels/history/", f"/contacts/{contact_id}/panels/activity/"):
        assert "engagement" in alice.page.get(path).content.decode()
        assert "engagement" not in bob.page.get(path).content.decode()
