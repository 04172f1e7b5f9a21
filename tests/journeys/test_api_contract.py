"""What the API answers of a record is what its document says, for each kind of record."""

from typing import Any

import jsonschema
import pytest

from autocrm.records.custom import objects as custom_objects
from tests.support.cast import Person

BODIES: dict[str, dict[str, Any]] = {
    "contacts": {"first_name": "Ann", "last_name": "Other", "type": "customer", "title": "Buyer"},
    "companies": {"name": "Acorn Clinics", "revenue": "1500.00", "employees": 40},
    "tasks": {"subject": "Call Ann", "due_at": "2026-12-01T10:00:00Z"},
    "notes": {"body": "<p>Words</p>"},
    "calls": {"subject": "About the order", "at": "2026-12-01T10:00:00Z"},
    "meetings": {"subject": "Demo", "starts_at": "2026-12-01T10:00:00Z", "ends_at": "2026-12-01T11:00:00Z"},
    "properties": {"name": "House"},
}


@pytest.mark.parametrize("plural", BODIES)
def test_a_record_looks_as_the_document_says_whole_and_in_parts(alice: Person, plural: str) -> None:
    with alice.at_work() as actor:
        custom_objects.create_object({"label": "Property", "label_plural": "Properties"}, actor=actor)
    document = alice.api.get("/api/v1/schema/").json()
    path = document["paths"][f"/api/v1/{plural}/"]["get"]
    page = path["responses"]["200"]["content"]["application/json"]["schema"]
    made = alice.api.post(f"/api/v1/{plural}/", BODIES[plural])
    assert made.status_code == 201, made.json()

    whole = alice.api.get(f"/api/v1/{plural}/").json()
    part = alice.api.get(f"/api/v1/{plural}/?fields=id,version,record_type,record_title").json()

    for answer in (whole, part):
        jsonschema.validate(answer, page)
    envelope = {"id", "record_type", "record_title", "version"}
    assert [row.keys() for row in part["results"]] == [envelope]
    assert {key: whole["results"][0][key] for key in envelope} == part["results"][0]
    assert {key: whole["results"][0][key] for key in BODIES[plural] if key in {"type", "title", "name"}} == {
        key: value for key, value in BODIES[plural].items() if key in {"type", "title", "name"}
    }
