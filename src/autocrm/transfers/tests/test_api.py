"""Imports over the API: taken at once, told how far they are, within the rights of whoever asks."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from autocrm.jobs import services as jobs
from autocrm.kernel.platform import rows
from autocrm.transfers.models import Import
from autocrm.transfers.tests.workplace import Company, Contact, checksum, people, upload
from tests.support.cast import ApiClient, Person

URL = "/api/v1/contacts/bulk_import/"


def ended(person: Person, answer: Any) -> dict[str, Any]:
    """What the API says of the import that `answer` began, once it has run."""
    assert answer.status_code == 202, answer.content
    jobs.run_due(tenant_id=person.tenant.id)
    found: dict[str, Any] = person.api.get(f"/api/v1/imports/{answer.json()['task_id']}/").json()
    return found


def send_file(person: Person, content: str, query: str = "", **form: Any) -> Any:
    file = SimpleUploadedFile("people.csv", content.encode(), content_type="text/csv")
    return person.api.client.post(f"{URL}{query}", {"file": file, **form})


def test_a_file_is_taken_at_once_and_imported_later(alice: Any) -> None:
    answer = send_file(alice, people(40))

    assert answer.status_code == 202
    said = answer.json()
    assert said["status"] == "processing"
    assert said["url"].endswith(f"/api/v1/imports/{said['task_id']}/")
    assert answer["Location"] == said["url"]
    assert said["mapping"]["E-mail"] == "email"
    with alice.at_work():
        assert Contact.objects.count() == 0

    end = ended(alice, answer)

    assert (end["status"], end["created"], end["done_rows"], end["progress"]) == ("done", 40, 40, 1.0)
    with alice.at_work():
        assert Contact.objects.count() == 40


def test_the_body_may_be_the_file_itself(alice: Any) -> None:
    answer = alice.api.client.post(f"{URL}?filename=fair.csv", people(7).encode(), content_type="text/csv")

    end = ended(alice, answer)

    assert (end["filename"], end["created"]) == ("fair.csv", 7)


@pytest.mark.parametrize("wrapped", [True, False])
def test_rows_may_be_sent_as_json(alice: Any, wrapped: bool) -> None:
    sent: Any = [
        {"first_name": "Ana", "email": "ana@example.com", "company": {"name": "Globex"}, "tags": ["VIP", "Fair"]},
        {"first_name": "Eva", "email": None, "next_follow_up_on": "2026-12-01", "unknown": 1},
        {"first_name": "Ida", "email": "no address"},
    ]
    answer = alice.api.post(URL, {"rows": sent} if wrapped else sent)

    end = ended(alice, answer)

    assert (end["created"], end["faults"], end["ignored_columns"]) == (3, 1, ["unknown"])
    faults = alice.api.get(f"{end['faults_url']}").json()
    assert faults["results"] == [
        {
            "row": 4,
            "column": "email",
            "value": "no address",
            "message": "This is not an e-mail address.",
            "kind": "fault",
            "row_imported": True,
        }
    ]
    with alice.at_work():
        ana = Contact.objects.get(first_name="Ana")
        assert (ana.company.name, len(ana.tags)) == ("Globex", 2)


def test_mapping_and_options_come_with_the_file(alice: Any) -> None:
    ended(alice, send_file(alice, people(2)))
    content = "who,where\nAna0,ana0@example.com\nZoe,zoe@example.com\n"
    mapping = json.dumps({"who": "last_name", "where": "email"})

    end = ended(alice, send_file(alice, content, mapping=mapping, match="update", create_related="false"))

    assert (end["created"], end["updated"], end["options"]["create_related"]) == (1, 1, False)
    with alice.at_work():
        assert Contact.objects.get(email_key="ana0@example.com").last_name == "Ana0"


def test_companies_are_imported_the_same_way(alice: Any) -> None:
    answer = alice.api.post("/api/v1/companies/bulk_import/", [{"name": "Globex", "revenue": "1100.04"}])

    ended(alice, answer)

    with alice.at_work():
        assert Company.objects.get().revenue == 110_004


@pytest.mark.parametrize(
    ("content", "form", "field"),
    [
        ("", {}, "file"),
        ("PK\x03\x04", {}, "file"),
        ("a,b\n1,2\n", {}, ""),
        ("First name\nAna\n", {"mapping": '{"First name": "engagement_score"}'}, "First name"),
        ("First name\nAna\n", {"mapping": '{"Nickname": "first_name"}'}, "Nickname"),
        ("First name\nAna\n", {"mapping": "[]"}, "mapping"),
        ("First name\nAna\n", {"match": "guess"}, "match"),
        ("First name\nAna\n", {"run_workflows": "perhaps"}, "run_workflows"),
        ("First name\nAna\n", {"delimiter": "abc"}, "delimiter"),
        ("First name\nAna\n", {"encoding": "klingon"}, "file"),
    ],
)
def test_what_cannot_be_imported_is_said_at_once(alice: Any, content: str, form: Any, field: str) -> None:
    answer = send_file(alice, content, **form)

    assert answer.status_code in {400, 422}, answer.content
    assert field in answer.json()["errors"]
    with alice.at_work():
        assert Import.objects.count() == 0


@pytest.mark.parametrize("body", ["{", '"rows"', "7", '{"rows": 7}', "[1, 2]", "[]"])
def test_json_that_is_no_list_of_rows_is_refused(alice: Any, body: str) -> None:
    answer = alice.api.client.post(URL, body, content_type="application/json")

    assert answer.status_code in {400, 422}, answer.content


def test_whoever_has_no_right_to_import_changes_nothing(bob: Any) -> None:
    before = checksum(bob.tenant.id)

    answers = [send_file(bob, people(3)), bob.api.post(URL, [{"first_name": "Ana"}])]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert checksum(bob.tenant.id) == before


def test_a_token_without_the_scope_changes_nothing(alice: Any) -> None:
    client = ApiClient(alice.new_token(scopes=["contact:read", "contact:create"]), alice.host)

    assert client.post(URL, [{"first_name": "Ana"}]).status_code == 403


def test_a_token_imports_with_its_own_rights(alice: Any) -> None:
    client = ApiClient(alice.new_token(scopes=["contact:import", "contact:create", "contact:read"]), alice.host)

    answer = client.post(URL, [{"first_name": "Ana", "company": "Globex"}])
    end = ended(alice, answer)

    # It may not make companies, so the name stays a fault.
    assert (end["created"], end["related"], end["faults"]) == (1, 0, 1)


def test_another_tenants_import_does_not_exist(alice: Any, charlie: Any) -> None:
    answer = send_file(alice, people(3))
    url = f"/api/v1/imports/{answer.json()['task_id']}/"
    before = checksum(alice.tenant.id)

    for path in (url, f"{url}faults/"):
        assert charlie.api.get(path).status_code == 404
    assert charlie.api.post(f"{url}cancel/").status_code == 404
    assert charlie.api.get("/api/v1/imports/").json()["results"] == []
    assert checksum(alice.tenant.id) == before


def test_a_colleague_sees_only_her_own_imports(alice: Any, bob: Any) -> None:
    answer = send_file(alice, people(3))

    assert bob.api.get("/api/v1/imports/").json()["results"] == []
    assert bob.api.get(f"/api/v1/imports/{answer.json()['task_id']}/").status_code == 404


def test_an_import_is_cancelled_once(alice: Any) -> None:
    answer = send_file(alice, people(3))
    url = f"/api/v1/imports/{answer.json()['task_id']}/"

    assert alice.api.post(f"{url}cancel/").json()["status"] == "cancelled"
    assert alice.api.post(f"{url}cancel/").status_code == 409
    jobs.run_due(tenant_id=alice.tenant.id)
    assert alice.api.get(url).json()["created"] == 0


def test_the_file_counts_towards_the_workspaces_storage(alice: Any) -> None:
    content = people(3)
    before = alice.tenant.storage_used_bytes

    upload(alice, content)

    tenant = rows(type(alice.tenant), reason="test").get(id=alice.tenant.id)
    assert tenant.storage_used_bytes == before + len(content)


def test_a_full_workspace_takes_no_file(alice: Any) -> None:
    rows(type(alice.tenant), reason="test").filter(id=alice.tenant.id).update(storage_limit_bytes=10)

    answer = send_file(alice, people(3))

    assert answer.json()["code"] == "storage_limit"


def test_the_document_describes_it(alice: Any) -> None:
    document = alice.api.get("/api/v1/schema/").json()

    described = document["paths"]["/api/v1/contacts/bulk_import/"]["post"]
    assert set(described["requestBody"]["content"]) == {"application/json", "multipart/form-data", "text/csv"}
    assert "202" in described["responses"]
