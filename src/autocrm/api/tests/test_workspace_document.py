"""The OpenAPI document of a workspace describes what it added, to those who may see it."""

from typing import Any

from django.test import Client
from drf_spectacular.validation import validate_schema

from autocrm.api import openapi, workspace_document
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import objects as custom_objects
from tests.support.cast import Person, make_role

SCHEMA = "/api/v1/schema/"


def properties(document: dict[str, Any], plural: str) -> dict[str, Any]:
    operation = document["paths"][f"/api/v1/{plural}/"]["post"]
    return dict(operation["requestBody"]["content"]["application/json"]["schema"]["properties"])


def add(person: Person, record_type: str, label: str, **values: Any) -> None:
    with person.at_work() as actor:
        given = {"record_type": record_type, "label": label, "kind": "text", **values}
        custom_fields.create_field(given, actor=actor)


def test_a_members_document_has_the_own_fields_and_objects_and_is_valid(alice: Person, charlie: Person) -> None:
    with alice.at_work() as actor:
        custom_objects.create_object({"label": "Property", "label_plural": "Properties"}, actor=actor)
    add(alice, "company", "Tier", kind="select", options=["Gold"])
    add(alice, "property", "Floor area", kind="number", decimal_places=2)

    mine = alice.api.get(SCHEMA).json()

    validate_schema(mine)
    assert properties(mine, "companies")["tier"]["enum"] == ["gold", None]
    assert "floor_area" in properties(mine, "properties")
    assert mine["paths"]["/api/v1/properties/"]["get"]["operationId"] == "list_properties"
    assert alice.page.get(SCHEMA).json() == mine
    for other in (charlie.api.get(SCHEMA).json(), Client().get(SCHEMA).json()):
        assert "tier" not in properties(other, "companies")
        assert "/api/v1/properties/" not in other["paths"]


def test_what_a_role_hides_is_not_described(alice: Person) -> None:
    add(alice, "company", "Secret")
    add(alice, "company", "Fixed")
    role = make_role(
        alice.tenant,
        records={"company": {"read": "all", "create": "all"}},
        fields={"company": {"secret": "hidden", "fixed": "read", "revenue": "hidden"}},
        codes=[],
    )

    headers = {"authorization": f"Bearer {alice.new_token(role=role)}"}
    seen = alice.api.client.get(SCHEMA, headers=headers).json()

    text = str(seen["paths"]["/api/v1/companies/"])
    assert "secret" not in text
    assert "'revenue'" not in text
    assert "fixed" in text
    assert "fixed" not in properties(seen, "companies")


def test_the_document_follows_the_data_model(alice: Person) -> None:
    before = alice.api.get(SCHEMA).json()
    add(alice, "company", "Tier")

    assert "tier" not in properties(before, "companies")
    assert "tier" in properties(alice.api.get(SCHEMA).json(), "companies")


def test_the_document_is_in_one_language_whoever_asks_first(alice: Person, bob: Person) -> None:
    add(alice, "company", "Tier")
    openapi.document.cache_clear()
    workspace_document._made.cache_clear()
    alice.api.patch("/api/v1/me/", {"locale": "de"})

    german = alice.api.get(SCHEMA).json()
    alice.api.patch("/api/v1/me/", {"locale": "en"})

    assert properties(german, "companies")["revenue"]["title"] == "Annual revenue"
    assert alice.api.get(SCHEMA).json() == german
