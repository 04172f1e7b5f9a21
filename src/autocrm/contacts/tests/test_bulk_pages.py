"""Bulk actions through the pages and the API: the bar, the drawer, the answer, the operation's page, the bin."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from autocrm.contacts.models import Contact
from autocrm.jobs import services as jobs
from autocrm.journal.models import Entry
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Conflict
from autocrm.records import services, tasks
from autocrm.records.bulk_models import BulkOperation
from autocrm.records.models import SearchRow
from autocrm.records.registry import record_types
from autocrm.tenants import services as tenants
from tests.support.cast import Person, make_person, make_role

CONTACT = record_types.get("contact")


def make(person: Person, **values: Any) -> Any:
    with person.at_work() as actor:
        return services.create_record(CONTACT, {"first_name": "Ana", **values}, actor=actor)


def reread(person: Person, record: Any) -> Any:
    with person.at_work():
        return Contact.objects.filter(id=record.id).first()


def post(person: Person, path: str, records: list[Any] | None = None, **data: Any) -> Any:
    sent = data if records is None else {**data, "ids": ",".join(str(each.id) for each in records)}
    return person.page.post(path, sent, headers={"HX-Request": "true"})


def toast_of(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer["HX-Trigger"])["autocrm:toast"]
    return found


def only_operation(person: Person) -> BulkOperation:
    with person.at_work():
        return BulkOperation.objects.get()


def test_the_bar_offers_what_the_role_allows(alice: Any, acme: Any) -> None:
    rights = {"contact": {"read": "all", "update": "all", "bulk": "all"}}
    eve = make_person("Eve East", acme, make_role(acme, "No delete", records=rights))
    make(alice)

    whole, part = (person.page.get("/contacts/").content.decode() for person in (alice, eve))

    for key in ("edit", "assign", "tag", "untag"):
        assert f"/contacts/bulk/{key}/" in whole
        assert f"/contacts/bulk/{key}/" in part
    assert "/contacts/bulk/archive/" in whole
    assert "/contacts/bulk/archive/" not in part
    assert eve.page.post("/contacts/bulk/archive/", {"ids": "x"}).status_code == 403


def test_fields_are_chosen_in_the_drawer_and_set(alice: Any) -> None:
    first, second = make(alice, type="lead", city="Oslo"), make(alice, type="lead", city="Oslo")
    assert "Field to change" in alice.page.get("/contacts/bulk/edit/", headers={"HX-Request": "true"}).content.decode()
    field = post(alice, "/contacts/bulk/field/", field="type").content.decode()
    assert 'name="set" value="type"' in field

    answer = post(
        alice, "/contacts/bulk/edit/", [first, second], set=["type", "city"], type="customer", city="x", clear="city"
    )

    assert answer.status_code == 204
    toast = toast_of(answer)
    assert (toast["message"], toast["undo_url"]) == ("2 changed", f"/bulk/{only_operation(alice).id}/undo/")
    assert {(reread(alice, each).type, reread(alice, each).city) for each in (first, second)} == {("customer", "")}
    undone = alice.page.post(toast["undo_url"], headers={"HX-Request": "true"})
    assert toast_of(undone)["message"] == "2 set back"
    assert {(reread(alice, each).type, reread(alice, each).city) for each in (first, second)} == {("lead", "Oslo")}


def test_a_value_that_cannot_be_comes_back_at_its_field(alice: Any) -> None:
    contact = make(alice)

    answer = post(alice, "/contacts/bulk/edit/", [contact], set="website", website="not an address at all")

    assert answer.status_code == 422
    assert "This is not a web address." in answer.content.decode()
    assert 'value="not an address at all"' in answer.content.decode()
    with alice.at_work():
        assert not BulkOperation.objects.exists()


def test_a_field_that_is_hidden_or_unique_is_not_offered(alice: Any, acme: Any) -> None:
    rights = {"records": {"contact": {"read": "all", "update": "all", "bulk": "all"}}}
    role = make_role(acme, "Few", **rights, fields={"contact": {"source": "hidden", "city": "read"}})
    eve = make_person("Eve East", acme, role)

    drawer = eve.page.get("/contacts/bulk/edit/", headers={"HX-Request": "true"}).content.decode()

    assert 'value="country"' in drawer
    for key in ("source", "city", "email", "engagement_score"):
        assert f'value="{key}"' not in drawer
        assert post(eve, "/contacts/bulk/field/", field=key).status_code == 404


def test_all_that_match_go_into_the_background(alice: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("autocrm.records.bulk_operations.lifecycle.AT_ONCE", 1)
    leads = [make(alice, type="lead") for _number in range(3)]
    other = make(alice, type="partner")

    answer = post(alice, "/contacts/bulk/tag/", all_matching="1", query="type=lead&sort=name", tags=["VIP"])

    operation = only_operation(alice)
    assert toast_of(answer)["action"] == ["Show", f"/bulk/{operation.id}/"]
    assert "data-refresh-every" in alice.page.get(f"/bulk/{operation.id}/").content.decode()
    jobs.run_due(tenant_id=alice.tenant.id)
    page = alice.page.get(f"/bulk/{operation.id}/").content.decode()
    assert "Add tags: VIP" in page
    assert "data-refresh-every" not in page
    assert all(len(reread(alice, each).tags) == 1 for each in leads)
    assert reread(alice, other).tags == []
    csv = alice.page.get(f"/bulk/{operation.id}/results.csv").content.decode()
    assert csv.count("changed") == 3
    assert "Add tags: VIP" in alice.page.get("/bulk/").content.decode()


def test_a_list_that_cannot_be_understood_is_nothing_to_act_on(alice: Any) -> None:
    contact = make(alice)

    for query in ("nothing=1", "filter=%7Bbroken", "view=nowhere"):
        assert post(alice, "/contacts/bulk/archive/", all_matching="1", query=query).status_code in {404, 422}
    assert post(alice, "/contacts/bulk/archive/", ids="").status_code == 422

    assert reread(alice, contact).archived_at is None


def test_strangers_find_no_operation(alice: Any, bob: Any, charlie: Any) -> None:
    post(alice, "/contacts/bulk/archive/", [make(alice)])
    address = f"/bulk/{only_operation(alice).id}/"

    for person in (bob, charlie):
        assert person.page.get(address).status_code == 404
        assert person.page.get(f"{address}results.csv").status_code == 404
        for act in ("undo", "cancel"):
            assert person.page.post(f"{address}{act}/").status_code == 404
        assert person.api.get(f"/api/v1/bulk_operations/{only_operation(alice).id}/").status_code == 404
        assert address not in person.page.get("/bulk/").content.decode()


def test_an_operation_over_the_api(alice: Any) -> None:
    first, second = make(alice, type="lead"), make(alice, type="partner")
    wanted = {"field": "type", "cmp": "is", "value": "lead"}

    begun = alice.api.post("/api/v1/contacts/bulk/", {"action": "edit", "filter": wanted, "values": {"city": "Oslo"}})

    assert begun.status_code == 202
    url = begun["Location"]
    jobs.run_due(tenant_id=alice.tenant.id)
    done = alice.api.get(url).json()
    assert (done["status"], done["total"], done["changed"], done["can_be_undone"]) == ("done", 1, 1, True)
    assert [each["id"] for each in alice.api.get(f"{url}results/").json()["results"]] == [str(first.id)]
    assert (reread(alice, first).city, reread(alice, second).city) == ("Oslo", "")
    undo = alice.api.post(f"{url}undo/")
    assert undo.status_code == 202
    jobs.run_due(tenant_id=alice.tenant.id)
    assert reread(alice, first).city == ""
    assert alice.api.post(f"{url}undo/").status_code == 409
    assert alice.api.post(f"{url}cancel/").status_code == 409
    assert len(alice.api.get("/api/v1/bulk_operations/").json()["results"]) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"action": "archive"},
        {"action": "archive", "filter": "x"},
        {"action": "archive", "filter": {"field": "nothing", "cmp": "is", "value": 1}},
        {"action": "archive", "all": "yes"},
        {"action": "archive", "ids": ["x"]},
        {"action": "edit", "all": True, "values": {"nothing": 1}},
        {"action": "tag", "all": True, "tags": []},
        {"action": "assign", "all": True},
        {"action": "archive", "all": True, "run_workflows": "maybe"},
        [],
    ],
)
def test_what_is_not_said_clearly_does_nothing(alice: Any, body: Any) -> None:
    contact = make(alice)

    assert alice.api.post("/api/v1/contacts/bulk/", body).status_code in {400, 422}

    assert reread(alice, contact).archived_at is None
    with alice.at_work():
        assert not BulkOperation.objects.exists()


def test_the_bin_shows_who_put_what_there_and_gives_it_back(alice: Any, acme: Any, bob: Any, charlie: Any) -> None:
    dora = make_person("Dora Dean", acme)
    contact = make(alice, first_name="Binned")
    with dora.at_work() as actor:
        services.archive_record(CONTACT, contact.id, actor=actor)

    page = alice.page.get("/bin/").content.decode()

    assert "Binned" in page
    assert "Dora Dean" in page
    assert "Binned" in alice.page.get("/bin/?type=contact").content.decode()
    assert "Binned" not in alice.page.get("/bin/?type=company").content.decode()
    for stranger in (bob, charlie):
        assert "Binned" not in stranger.page.get("/bin/").content.decode()
    assert post(alice, f"/contacts/{contact.id}/restore/").status_code == 204
    assert "Binned" not in alice.page.get("/bin/").content.decode()


def test_one_record_is_deleted_for_good_from_the_bin_only(alice: Any, acme: Any) -> None:
    rights = {"contact": {"read": "all", "update": "all"}}
    eve = make_person("Eve East", acme, make_role(acme, "No delete", records=rights))
    contact = make(alice)
    address = f"/contacts/{contact.id}/erase/"

    assert post(alice, address).status_code == 409
    with alice.at_work() as actor:
        services.archive_record(CONTACT, contact.id, actor=actor)
    assert post(eve, address).status_code == 403
    assert reread(alice, contact) is not None
    assert post(alice, address).status_code == 204

    assert reread(alice, contact) is None
    jobs.run_due(tenant_id=alice.tenant.id)
    with alice.at_work():
        assert not SearchRow.objects.filter(record_id=contact.id).exists()
        entries = Entry.objects.filter(record_id=contact.id)
        assert entries.filter(kind="record.deleted").exists()
        assert not any(each.record_label or each.changes for each in entries)


def test_restoring_beside_a_taken_address_is_refused_in_words(alice: Any) -> None:
    contact = make(alice, email="ana@example.com")
    with alice.at_work() as actor:
        services.archive_record(CONTACT, contact.id, actor=actor)
    make(alice, email="ana@example.com")

    answer = post(alice, f"/contacts/{contact.id}/restore/")

    assert answer.status_code == 409
    said = "It cannot be restored: another record has the same value in E-mail."
    assert toast_of(answer)["message"] == said
    with alice.at_work() as actor, pytest.raises(Conflict):
        services.restore_record(CONTACT, contact.id, actor=actor)


def test_the_bin_empties_itself_after_its_days(alice: Any, charlie: Any) -> None:
    old, fresh, foreign = make(alice, first_name="Old"), make(alice, first_name="Fresh"), make(charlie)
    for person, record in ((alice, old), (charlie, foreign)):
        with person.at_work() as actor:
            services.archive_record(CONTACT, record.id, actor=actor)
    with charlie.at_work() as actor:
        tenants.update_settings({"bin_days": 90}, actor=actor)

    with time_machine.travel(now() + timedelta(days=31), tick=True):
        with alice.at_work() as actor:
            services.archive_record(CONTACT, fresh.id, actor=actor)
        tasks.empty_bins()
        for person in (alice, charlie):
            jobs.run_due(tenant_id=person.tenant.id)

    assert reread(alice, old) is None
    assert reread(alice, fresh) is not None
    assert reread(charlie, foreign) is not None


def test_a_relation_to_a_record_in_the_bin_stays_and_says_so(alice: Any) -> None:
    company_type = record_types.get("company")
    with alice.at_work() as actor:
        company = services.create_record(company_type, {"name": "Acorn"}, actor=actor)
    contact = make(alice, company=str(company.id))
    for path in ("/contacts/", f"/contacts/{contact.id}/"):
        assert "in the bin" not in alice.page.get(path).content.decode()
    with alice.at_work() as actor:
        services.archive_record(company_type, company.id, actor=actor)

    for path in ("/contacts/", f"/contacts/{contact.id}/"):
        page = alice.page.get(path).content.decode()
        assert "Acorn" in page
        assert "in the bin" in page
