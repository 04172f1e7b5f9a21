"""Custom fields over REST: defined there, and at once part of everything the API does with records."""

from typing import Any

import pytest

from autocrm.records.models import CustomField
from tests.support.cast import Person, make_role

FIELDS = "/api/v1/custom_fields/"
COMPANIES = "/api/v1/companies/"


def define(person: Person, label: str, kind: str, **values: Any) -> dict[str, Any]:
    answer = person.api.post(FIELDS, {"record_type": "company", "label": label, "kind": kind, **values})
    assert answer.status_code == 201, answer.json()
    return dict(answer.json())


def test_a_field_is_defined_read_changed_put_away_and_brought_back(alice: Person) -> None:
    made = define(alice, "Contract value", "currency", minimum="0", group="Contract")

    assert (made["key"], made["minimum"], made["group"]) == ("contract_value", "0.00", "Contract")
    url = f"{FIELDS}{made['id']}/"
    assert alice.api.patch(url, {"label": "Value"}).json()["label"] == "Value"
    assert alice.api.get(url).json()["values"] == 0
    assert alice.api.delete(url).status_code == 204
    assert alice.api.get(FIELDS, {"record_type": "company"}).json()["results"] == []
    assert alice.api.post(f"{url}restore/").json()["archived"] is False
    assert [each["key"] for each in alice.api.get(FIELDS, {"record_type": "company"}).json()["results"]] == [
        "contract_value"
    ]


def test_a_field_is_set_read_filtered_and_sorted_by_at_once(alice: Person) -> None:
    define(alice, "Tier", "select", options=["Gold", "Silver"])
    define(alice, "Budget", "currency")
    define(alice, "Partner", "relation", relation="company")
    first = alice.api.post(COMPANIES, {"name": "a", "tier": "Gold", "budget": "12.50"}).json()
    alice.api.post(COMPANIES, {"name": "b", "tier": "silver", "budget": "3", "partner": first["id"]})

    assert (first["tier"], first["budget"]) == ("gold", "12.50")
    listed = alice.api.get(COMPANIES, {"ordering": "-budget", "fields": "name,budget"}).json()["results"]
    assert [each["budget"] for each in listed] == ["12.50", "3.00"]
    assert [each["name"] for each in alice.api.get(COMPANIES, {"tier": "silver"}).json()["results"]] == ["b"]
    opened = alice.api.get(COMPANIES, {"partner": first["id"], "expand": "partner"}).json()["results"][0]
    assert opened["partner"] == {"id": first["id"], "title": "a"}
    refused = alice.api.post(COMPANIES, {"name": "c", "tier": "bronze", "partner": str(alice.id)})
    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == {"tier", "partner"}


def test_bad_definitions_are_told_at_their_fields(alice: Person) -> None:
    bad = {
        "label": "",
        "options": [],
        "default": "x",
        "unique": True,
        "max_length": 5,
        "nonsense": 1,
        "visible_when": {"field": "no_such", "cmp": "is"},
        "minimum": 1,
    }

    answer = alice.api.post(FIELDS, {"record_type": "company", "kind": "select", **bad})

    assert answer.status_code == 422
    assert {"label", "options", "max_length", "nonsense", "visible_when", "minimum"} == set(answer.json()["errors"])
    assert alice.api.get(FIELDS, {"record_type": "company"}).json()["results"] == []


def test_a_field_that_a_role_hides_is_as_good_as_unknown(alice: Person) -> None:
    define(alice, "Secret", "text")
    alice.api.post(COMPANIES, {"name": "a", "secret": "xyz"})
    role = make_role(
        alice.tenant, records={"company": {"read": "all"}}, fields={"company": {"secret": "hidden"}}, codes=[]
    )
    from_outside = {"authorization": f"Bearer {alice.new_token(role=role)}"}

    listed = alice.api.client.get(COMPANIES, headers=from_outside).json()["results"]
    assert "secret" not in listed[0]
    for asked in ({"secret": "xyz"}, {"ordering": "secret"}, {"fields": "secret"}, {"expand": "secret"}):
        assert alice.api.client.get(COMPANIES, asked, headers=from_outside).status_code == 422


def test_nobody_without_the_right_and_nobody_of_another_workspace_sees_or_changes_a_field(
    alice: Person, bob: Person, charlie: Person
) -> None:
    made = define(alice, "Budget", "currency")
    url = f"{FIELDS}{made['id']}/"

    for stranger, code in ((bob, 403), (charlie, 404)):
        assert stranger.api.get(url).status_code == code
        assert stranger.api.patch(url, {"label": "x"}).status_code == code
        assert stranger.api.delete(url).status_code == code
        assert stranger.api.post(f"{url}remove/", {"expected": 9}).status_code == code
    with alice.at_work():
        kept = CustomField.objects.get()
        assert (kept.label, kept.archived_at, kept.deleted_at) == ("Budget", None, None)


@pytest.mark.parametrize("indexed", [False, True])
def test_own_choices_stand_in_the_order_in_which_they_were_defined(alice: Person, *, indexed: bool) -> None:
    define(alice, "Tier", "select", options=["Small", "Middle", "Grand"], indexed=indexed)
    for name, tier in (("g", "grand"), ("none", ""), ("s", "small"), ("m", "middle"), ("s2", "small")):
        assert alice.api.post(COMPANIES, {"name": name, "tier": tier}).status_code == 201

    def listed(ordering: str) -> list[str]:
        names, cursor = [], ""
        while True:
            page = alice.api.get(COMPANIES, {"ordering": ordering, "limit": "2", "cursor": cursor}).json()
            names += [each["name"] for each in page["results"]]
            cursor = page["next_cursor"]
            if not cursor:
                return names

    assert listed("tier,name") == ["s", "s2", "m", "g", "none"]
    assert listed("-tier,name") == ["g", "m", "s", "s2", "none"]
