"""Merging all that is the same beyond doubt over the API: begun, followed, undone; refused as on the page."""

from typing import Any

import pytest

from autocrm.contacts.tests.test_merging_many import EVERY, live_ids, twins, work
from autocrm.jobs.models import Job
from autocrm.records.bulk_models import BulkOperation
from autocrm.tenants.models import Tenant
from tests.support.cast import Person, make_person, make_role

BULK = "/api/v1/contacts/bulk/"
MERGE = {"action": "merge_certain"}


def carried_out(person: Person, answer: Any) -> dict[str, Any]:
    with person.at_work():
        operation = BulkOperation.objects.get(pk=answer.json()["id"])
    work(person, operation)
    found: dict[str, Any] = person.api.get(f"/api/v1/bulk_operations/{operation.pk}/").json()
    return found


def test_a_script_merges_all_follows_it_and_takes_it_back(alice: Person) -> None:
    (one, other), (third, fourth) = twins(alice, count=2)

    begun = alice.api.post(BULK, MERGE)
    done = carried_out(alice, begun)
    results = alice.api.get(f"/api/v1/bulk_operations/{done['id']}/results/").json()["results"]

    assert (begun.status_code, begun["Location"]) == (202, begun.json()["url"])
    assert (done["action"], done["status"], done["changed"], done["can_be_undone"]) == (
        "merge_certain", "done", 4, True,
    )  # fmt: skip
    assert live_ids(alice) == {one.pk, third.pk}
    assert {each["id"]: each["reason"] for each in results}[str(other.pk)].startswith("Merged into Ingrid")

    undone = carried_out(alice, alice.api.post(f"/api/v1/bulk_operations/{done['id']}/undo/"))

    assert (undone["status"], undone["undoes"], undone["changed"]) == ("done", done["id"], 4)
    assert live_ids(alice) == {one.pk, other.pk, third.pk, fourth.pk}


@pytest.mark.parametrize("more", [{"ids": []}, {"all": True}, {"filter": {}}, {"run_workflows": True}], ids=str)
def test_it_takes_no_selection_because_it_would_not_heed_it(alice: Person, more: dict[str, Any]) -> None:
    [pair] = twins(alice)

    refused = alice.api.post(BULK, MERGE | more)

    assert refused.status_code == 422
    assert refused.json()["errors"] == {next(iter(more)): ["This action finds its records itself."]}
    assert nothing_begun(alice)
    assert live_ids(alice) == {each.pk for each in pair}


@pytest.mark.parametrize("missing", ["bulk", "delete", "update"])
def test_without_the_right_nothing_begins(acme: Tenant, alice: Person, missing: str) -> None:
    [pair] = twins(alice)
    role = make_role(acme, records={"contact": EVERY | {missing: "none"}, "*": {}}, codes=[])
    bob = make_person("Bob Baker", acme, role)

    assert bob.api.post(BULK, MERGE).status_code == 403
    assert nothing_begun(alice)
    assert live_ids(alice) == {each.pk for each in pair}


def test_who_does_not_see_why_cannot_merge_by_it(acme: Tenant, alice: Person) -> None:
    twins(alice)
    hidden = {"contact": {"phone": "hidden"}}
    bob = make_person("Bob Baker", acme, make_role(acme, records={"contact": EVERY, "*": {}}, fields=hidden, codes=[]))

    assert bob.api.post(BULK, MERGE).status_code == 403
    assert nothing_begun(alice)


def test_a_token_for_reading_and_another_workspace_merge_nothing(alice: Person, charlie: Person) -> None:
    [pair] = twins(alice)
    reader = type(alice.api)(alice.new_token(scopes=["contact:read"]), alice.host)

    assert reader.post(BULK, MERGE).status_code == 403
    theirs = carried_out(charlie, charlie.api.post(BULK, MERGE))

    assert theirs["total"] == 0
    assert live_ids(alice) == {each.pk for each in pair}


def test_the_document_of_the_api_tells_of_it(alice: Person) -> None:
    document = alice.api.get("/api/v1/schema/", headers={"Accept": "application/json"}).json()

    body = document["paths"][BULK]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "merge_certain" in body["properties"]["action"]["description"]


def nothing_begun(person: Person) -> bool:
    with person.at_work():
        return not BulkOperation.objects.exists() and not Job.objects.filter(name="records.run_bulk").exists()
