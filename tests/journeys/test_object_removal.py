"""An own object deleted for good: what it takes with it, what keeps it, and that a new one of its name begins clean."""

from typing import Any

import pytest

from autocrm.activities.models import ActivityLink
from autocrm.journal.models import Entry
from autocrm.kernel.errors import Conflict, Denied, Invalid
from autocrm.notifications import following
from autocrm.notifications.models import Follow, Notification
from autocrm.records import passes, services
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import objects as custom_objects
from autocrm.records.custom import removal
from autocrm.records.duplicate_models import MatchKey
from autocrm.records.lists import view_services
from autocrm.records.models import CustomField, CustomObject, CustomRecord, FieldValue, SearchRow
from autocrm.records.registry import record_types
from autocrm.records.tests.computed_world import add, make, rollup, value, work_off
from autocrm.records.tests.test_custom_objects import make_object, make_one
from autocrm.records.view_models import SavedView
from autocrm.users.models import ApiToken, Role
from autocrm.workflows import services as workflows
from autocrm.workflows.models import Workflow
from tests.support.cast import Person, make_person, make_role


def delete(person: Person, made: CustomObject, *, expected: int, name: str = "Properties") -> removal.ObjectLoss:
    with person.at_work() as actor:
        return removal.delete_object(made.id, name=name, expected=expected, actor=actor)


def furnish(alice: Person) -> tuple[CustomObject, Any, Any]:
    """An object with fields, a related contact, a task, a view, a follower, a workflow, and a record in the bin."""
    made = make_object(alice)
    add(alice, "Price", "number", on="property", indexed=True)
    add(alice, "Interested in", "relation", on="contact", relation="property")
    rollup(alice, "People", "count", on="property", record_type="contact", relation="interested_in")
    villa, hut = (make_one(alice, "property", name) for name in ("Villa Aurora", "Hut"))
    with alice.at_work() as actor:
        property_type = record_types.get("property")
        services.update_record(property_type, villa.id, {"price": "12"}, actor=actor)
        services.archive_record(property_type, hut.id, actor=actor)
        view_services.create_view(property_type, name="Dear ones", query="price__gt=10", actor=actor)
        workflows.create_workflow(
            "Greet",
            definition={
                "record_type": "property",
                "trigger": "record_created",
                "condition": None,
                "steps": [{"action": "notify", "inputs": {"title": "Greet"}}],
            },
            actor=actor,
        )
        following.follow(property_type, villa.id, actor=actor)
    person = make(alice, "contact", interested_in=str(villa.id))
    assert alice.api.post(f"/api/v1/properties/{villa.id}/tasks/", {"subject": "Show it"}).status_code == 201
    return made, villa, person


def test_what_would_be_lost_is_counted_and_nothing_is_done(alice: Person) -> None:
    made, _villa, _person = furnish(alice)

    page = alice.page.get(f"/settings/data-model/objects/{made.id}/delete/").content.decode()
    loss = alice.api.get(f"/api/v1/custom_objects/{made.id}/remove/").json()

    assert "2 records are deleted for good" in page
    assert "Contacts: Interested in" in page
    assert loss["records"] == 2
    assert loss["relations"] == ["Contacts: Interested in"]
    assert loss["related"] == 1
    wanted = {"fields": 2, "views": 1, "activities": 1, "followers": 1, "workflows": 1, "mappings": 0}
    assert loss["others"] == wanted
    with alice.at_work():
        assert CustomRecord.objects.count() == 2


def test_it_goes_with_everything_about_it(alice: Person) -> None:
    made, villa, person = furnish(alice)
    role = make_role(alice.tenant, records={"property": {"read": "all"}}, fields={"property": {"price": "hidden"}})
    alice.new_token(scopes=["property:read", "contact:read"])

    delete(alice, made, expected=2)

    # Gone at once, before any job.
    assert alice.page.get("/properties/").status_code == 404
    assert "interested_in" not in alice.api.get(f"/api/v1/contacts/{person.id}/").json()
    assert alice.api.post("/api/v1/custom_objects/", {"label": "Property"}).status_code == 422
    work_off(alice)
    with alice.at_work():
        assert CustomObject.objects.count() == 0
        assert CustomRecord.objects.count() == 0
        for model in (FieldValue, SearchRow, MatchKey, SavedView, Follow, ActivityLink):
            assert model.objects.filter(record_type="property").count() == 0, model
        assert CustomField.objects.filter(record_type="property").count() == 0
        assert [each.deleted_at is None for each in CustomField.objects.all()] == [False]
        assert FieldValue.objects.count() == 0
        contact = record_types.get("contact")
        assert "interested_in" not in contact.rows().get(pk=person.id).custom
        assert Role.objects.get(pk=role.pk).records == {}
        assert Role.objects.get(pk=role.pk).fields == {}
        assert ApiToken.objects.get(scopes__isnull=False).scopes == ["contact:read"]
        assert not Workflow.objects.get(name="Greet").is_on
        kinds = list(Entry.objects.filter(kind__in=["object.deleted", "field.deleted"]).values_list("kind", flat=True))
        assert sorted(kinds) == ["field.deleted", "object.deleted"]
        assert Entry.objects.filter(kind="record.deleted", record_type="property").count() == 2
        said = Entry.objects.filter(record_type="property", record_id=villa.id).exclude(kind="record.deleted")
        assert [each.changes for each in said if each.changes] == []


def test_a_new_object_of_the_same_name_begins_clean(alice: Person) -> None:
    made, _villa, _person = furnish(alice)
    role = make_role(alice.tenant, records={"property": {"read": "all"}})
    olga = make_person("Olga Old", alice.tenant, role)
    delete(alice, made, expected=2)
    work_off(alice)

    make_object(alice)
    one = make_one(alice, "property", "New")

    assert olga.api.get(f"/api/v1/properties/{one.id}/").status_code in {403, 404}
    listed = alice.api.get("/api/v1/properties/").json()["results"]
    assert [each["name"] for each in listed] == ["New"]
    assert "price" not in listed[0]


def test_pages_that_spoke_of_it_go_on(alice: Person) -> None:
    made, _villa, _person = furnish(alice)
    role = make_role(alice.tenant, records={"property": {"read": "all"}})
    delete(alice, made, expected=2)
    addresses = (
        "/", "/today/", "/inbox/", "/bin/", "/bulk/", "/imports/", "/exports/", "/workflows/", "/tasks/", "/contacts/",
        "/settings/data-model/", "/settings/roles/", f"/settings/roles/{role.id}/", "/settings/tokens/",
        "/palette/?q=villa",
    )  # fmt: skip

    for moment in ("before the job", "after it"):
        for address in addresses:
            status = alice.page.get(address, follow=True).status_code
            assert status == 200, (moment, address)
        work_off(alice)


@pytest.mark.parametrize(("name", "expected", "error"), [("Properti", 9, Invalid), ("properties", 1, Conflict)])
def test_a_wrong_name_or_more_records_than_were_told_keep_it(
    alice: Person, name: str, expected: int, error: type[Exception]
) -> None:
    made, _villa, _person = furnish(alice)

    with pytest.raises(error):
        delete(alice, made, expected=expected, name=name)

    assert alice.page.get("/properties/").status_code == 200
    with alice.at_work():
        assert CustomObject.objects.get().deleted_at is None
        assert not Entry.objects.filter(kind__in=["object.deleted", "field.deleted"]).exists()


def test_what_others_count_of_it_keeps_it(alice: Person) -> None:
    made = make_object(alice)
    add(alice, "Seller", "relation", on="property", relation="company")
    rollup(alice, "Houses", "count", on="company", record_type="property", relation="seller")
    add(alice, "Home", "relation", on="contact", relation="property")
    add(alice, "Home name", "formula", on="contact", config={"formula": "home.name"})

    with pytest.raises(Conflict) as raised:
        delete(alice, made, expected=0)

    assert "Companies: Houses" in str(raised.value)
    assert "Contacts: Home name" in str(raised.value)
    # It is said before anybody types the name.
    drawer = alice.page.get(f"/settings/data-model/objects/{made.id}/delete/").content.decode()
    assert "Companies: Houses" in drawer
    assert 'type="submit" disabled' in drawer
    assert alice.page.get("/properties/").status_code == 200


def test_who_may_not_change_the_data_model_deletes_nothing(alice: Person, bob: Person, charlie: Person) -> None:
    made = make_object(alice)

    with bob.at_work() as actor, pytest.raises(Denied):
        removal.delete_object(made.id, name="Properties", expected=0, actor=actor)
    for person, status in ((bob, 403), (charlie, 404)):
        body = {"name": "Properties", "expected": 0}
        assert person.api.post(f"/api/v1/custom_objects/{made.id}/remove/", body).status_code == status
        assert person.page.get(f"/settings/data-model/objects/{made.id}/delete/").status_code == status
        assert person.page.post(f"/settings/data-model/objects/{made.id}/delete/", body).status_code == status
    assert alice.page.get("/properties/").status_code == 200


def test_an_archived_object_is_deleted_with_its_records(alice: Person) -> None:
    made, _villa, _person = furnish(alice)
    with alice.at_work() as actor:
        custom_objects.archive_object(made.id, actor=actor)

    delete(alice, made, expected=2)
    work_off(alice)

    with alice.at_work():
        assert CustomRecord.objects.count() == 0
        assert CustomObject.objects.count() == 0


def test_a_field_of_an_archived_object_is_deleted_with_its_values(alice: Person) -> None:
    made, villa, _person = furnish(alice)
    with alice.at_work() as actor:
        price = CustomField.objects.get(key="price")
        custom_objects.archive_object(made.id, actor=actor)
        assert custom_fields.delete_field(price.id, expected=1, actor=actor) == 1
    work_off(alice)

    with alice.at_work() as actor:
        custom_objects.restore_object(made.id, actor=actor)
        assert "price" not in CustomRecord.objects.get(pk=villa.id).custom
    new = add(alice, "Price", "number", on="property")
    assert value(alice, villa, new.key, "property") is None


def test_it_is_deleted_on_the_page_and_whoever_did_it_is_told(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "QUIET", 1)
    made, _villa, _person = furnish(alice)
    address = f"/settings/data-model/objects/{made.id}/delete/"

    wrong = alice.page.post(address, {"name": "Prop", "expected": "2"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 422
    assert "Type “Properties” to delete it." in wrong.content.decode()
    done = alice.page.post(address, {"name": "Properties", "expected": "2"}, headers={"HX-Request": "true"})
    assert done.headers["HX-Redirect"] == "/settings/data-model/"
    with alice.at_work() as actor:
        assert [str(each.label) for each in passes.recent_work(actor, 5)] == [
            "Delete: Properties",
            "Delete values: Interested in",
        ]
    work_off(alice)

    with alice.at_work():
        told = Notification.objects.filter(kind="data_model_finished")
        assert [each.title for each in told] == ["Done: Delete: Properties"]
