"""The steps of an import over REST: upload, check, start, pause, undo, kept mappings."""

from typing import Any

from autocrm.jobs import services as jobs
from autocrm.transfers.tests.workplace import Contact, people


def test_a_file_is_uploaded_checked_started_and_taken_back(alice: Any) -> None:
    sent = alice.api.client.post("/api/v1/contacts/import/", people(3), content_type="text/csv")
    assert sent.status_code == 201
    url = sent["Location"]
    assert sent.json()["mapping"]["First name"] == "first_name"

    checked = alice.api.post(f"{url}check/", {"match": "update"})
    assert checked.status_code == 202
    jobs.run_due(tenant_id=alice.tenant.id)
    found = alice.api.get(f"{url}check/", {"outcome": "new", "limit": "2"}).json()
    assert (found["status"], found["counts"]["new"], found["next"]) == ("done", 3, 3)
    assert [row["number"] for row in found["results"]] == [2, 3]
    with alice.at_work():
        assert not Contact.objects.exists()

    assert alice.api.post(f"{url}start/", {}).status_code == 202
    assert alice.api.post(f"{url}pause/").json()["status"] == "paused"
    jobs.run_due(tenant_id=alice.tenant.id)
    assert alice.api.post(f"{url}resume/").json()["status"] == "processing"
    jobs.run_due(tenant_id=alice.tenant.id)
    ended = alice.api.get(url).json()
    assert (ended["status"], ended["created"], ended["options"]["match"]) == ("done", 3, "update")

    assert alice.api.post(f"{url}undo/").json()["status"] == "undoing"
    jobs.run_due(tenant_id=alice.tenant.id)
    assert alice.api.get(url).json()["undo"]["binned"] == 3
    assert alice.api.post(f"{url}undo/").status_code == 409


def test_mappings_are_kept_listed_and_forgotten(alice: Any, bob: Any) -> None:
    url = alice.api.client.post("/api/v1/contacts/import/", people(1), content_type="text/csv")["Location"]
    kept = alice.api.post(f"{url}template/", {"name": "Fair", "is_shared": True})
    assert kept.status_code == 201
    listed = alice.api.get("/api/v1/imports/templates/", {"record_type": "contact"}).json()["results"]
    assert [each["name"] for each in listed] == ["Fair"]
    one = f"/api/v1/imports/templates/{kept.json()['id']}/"
    assert bob.api.delete(one).status_code == 403
    assert alice.api.delete(one).status_code == 204
    assert alice.api.post(f"{url}template/", {}).status_code == 422


def test_strangers_find_nothing(alice: Any, charlie: Any) -> None:
    url = alice.api.client.post("/api/v1/contacts/import/", people(1), content_type="text/csv")["Location"]
    for address in ("start", "check", "pause", "resume", "undo", "template"):
        assert charlie.api.post(f"{url}{address}/", {}).status_code == 404
    with alice.at_work():
        assert not Contact.objects.exists()
