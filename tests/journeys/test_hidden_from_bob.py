"""What a role hides stays hidden by every way round: names behind references, filters over them, search, duplicates.

Bob sees his own contacts only, no company at all, and neither their e-mail address nor their names' owner.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from autocrm.records import services as records
from autocrm.records.models import Tag
from autocrm.records.registry import record_types
from autocrm.tenants.models import Tenant
from tests.support.cast import Person, make_person, make_role

COMPANY = "Umbrella Holding"
EMAIL = "secret.address@umbrella.example"


@dataclass
class Hidden:
    """Bob with a contact of his own, at a company that is not his to see."""

    bob: Person
    contact_id: str
    company_id: str


def given_bob(acme: Tenant, alice: Person, **fields: str) -> Hidden:
    rights = {"contact": dict.fromkeys(("read", "create", "update"), "own"), "*": {}}
    role = make_role(acme, records=rights, fields={"contact": fields}, codes=[])
    bob = make_person("Bob Baker", acme, role)
    with alice.at_work() as actor:
        company = records.create_record(record_types.get("company"), {"name": COMPANY, "revenue": 77}, actor=actor)
        values = {
            "first_name": "Bilbo",
            "email": EMAIL,
            "company": str(company.id),
            "owner": str(bob.user.id),
            "city": "Hobbiton",
        }
        contact = records.create_record(record_types.get("contact"), values, actor=actor)
    return Hidden(bob, str(contact.id), str(company.id))


@pytest.fixture
def hidden(acme: Tenant, alice: Person) -> Hidden:
    return given_bob(acme, alice, email="hidden")


def found(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["results"]]


def test_an_opened_reference_does_not_name_what_one_may_not_see(hidden: Hidden) -> None:
    for path in ("/api/v1/contacts/", f"/api/v1/contacts/{hidden.contact_id}/"):
        answer = hidden.bob.api.get(path, {"expand": "company"})

        assert answer.status_code == 200
        assert COMPANY not in answer.content.decode()


def test_the_owner_of_everything_still_reads_the_name_behind_a_reference(hidden: Hidden, alice: Person) -> None:
    answer = alice.api.get(f"/api/v1/contacts/{hidden.contact_id}/", {"expand": "company"})

    assert answer.json()["company"] == {"id": hidden.company_id, "title": COMPANY}


@pytest.mark.parametrize(
    "query",
    [
        {"company.name": COMPANY},
        {"company.revenue__gt": "1"},
        {"filter": json.dumps({"field": "company.name", "cmp": "starts_with", "value": "Umb"})},
    ],
    ids=str,
)
def test_a_filter_over_a_reference_is_no_way_into_records_one_may_not_see(
    hidden: Hidden, query: dict[str, str]
) -> None:
    answer = hidden.bob.api.get("/api/v1/contacts/", query)

    assert answer.status_code == 422


@pytest.mark.parametrize("text", [EMAIL, "umbrella", "secret"])
def test_the_search_does_not_find_by_what_is_hidden(hidden: Hidden, alice: Person, text: str) -> None:
    assert found(hidden.bob.api.get("/api/v1/contacts/", {"search": text})) == []
    assert "Bilbo" not in hidden.bob.page.get("/palette/", {"q": text}).content.decode()
    assert "Bilbo" not in hidden.bob.page.get("/pick/contact/", {"q": text}).content.decode()
    assert found(alice.api.get("/api/v1/contacts/", {"search": text})) == [hidden.contact_id]


def test_the_search_still_finds_by_name_where_something_is_hidden(hidden: Hidden) -> None:
    assert found(hidden.bob.api.get("/api/v1/contacts/", {"search": "bilb"})) == [hidden.contact_id]


def test_a_hidden_name_stands_in_no_answer(acme: Tenant, alice: Person) -> None:
    hidden = given_bob(acme, alice, name="hidden", first_name="hidden")

    for path in ("/api/v1/contacts/", f"/api/v1/contacts/{hidden.contact_id}/", "/contacts/"):
        client = hidden.bob.api if path.startswith("/api") else hidden.bob.page
        answer = client.get(path)

        assert answer.status_code == 200
        assert "Bilbo" not in answer.content.decode()
    assert found(hidden.bob.api.get("/api/v1/contacts/", {"search": "bilbo"})) == []


def test_the_warning_of_duplicates_compares_no_hidden_field(hidden: Hidden) -> None:
    answer = hidden.bob.page.get("/contacts/duplicates/", {"email": EMAIL})

    assert answer.status_code == 200
    assert "Bilbo" not in answer.content.decode()


def test_a_refused_form_leaves_no_new_tag_behind(alice: Person) -> None:
    drawer = alice.page.post("/contacts/new/", {"first_name": "A", "email": "not an address", "tags": "Fresh word"})

    assert drawer.status_code == 422
    with alice.at_work():
        assert not Tag.objects.filter(name="Fresh word").exists()
