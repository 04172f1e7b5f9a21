"""Following over REST: for oneself, by the rights of the page, described in the OpenAPI document."""

from typing import Any

import pytest

from autocrm.notifications.tests.test_following import followers, make
from autocrm.records.custom import objects as custom_objects
from autocrm.records.registry import record_types
from autocrm.records.services import create_record
from tests.support.cast import ApiClient, Person, make_person

Call = Any


def address(record: Any, plural: str = "contacts") -> str:
    return f"/api/v1/{plural}/{record.pk}/followers/"


def test_one_follows_and_lets_go_and_sees_who_else_does(alice: Person) -> None:
    dana = make_person("Dana Drew", alice.tenant)
    record = make(alice)

    assert alice.api.get(address(record)).json() == {"results": [], "following": False}
    assert [alice.api.post(address(record)).status_code for _each in range(2)] == [204, 204]
    assert dana.api.post(address(record)).status_code == 204

    listed = dana.api.get(address(record)).json()
    assert [(each["id"], each["name"]) for each in listed["results"]] == [
        (str(alice.id), "Alice Archer"),
        (str(dana.id), "Dana Drew"),
    ]
    assert listed["following"] is True

    assert alice.api.delete(address(record)).status_code == 204
    assert alice.api.get(address(record)).json()["following"] is False
    assert followers(alice, record) == {dana.id}


def test_what_cannot_be_seen_can_neither_be_followed_nor_asked_about(
    alice: Person, bob: Person, charlie: Person
) -> None:
    record = make(alice)
    alice.api.post(address(record))

    for person in (bob, charlie):
        for call in (person.api.get, person.api.post, person.api.delete):
            assert call(address(record)).status_code == 404
    assert alice.api.post(address(record, "nothings")).status_code == 404
    assert alice.api.post("/api/v1/contacts/nonsense/followers/").status_code == 404
    assert followers(alice, record) == {alice.id}


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (["contact:read"], (403, 403, 403)),
        (["contact:read", "notification:read"], (403, 403, 403)),
        (["contact:read", "notification:update"], (403, 204, 204)),
        (["notification:update"], (403, 403, 403)),
    ],
    ids=str,
)
def test_a_token_needs_the_scopes(alice: Person, scopes: list[str], expected: tuple[int, int, int]) -> None:
    record = make(alice)
    api = ApiClient(alice.new_token(scopes=scopes), alice.host)

    found = tuple(call(address(record)).status_code for call in (api.get, api.post, api.delete))

    assert found == expected
    assert followers(alice, record) == set()


def test_own_objects_are_followed_too(alice: Person) -> None:
    with alice.at_work() as actor:
        custom_objects.create_object({"label": "Property", "label_plural": "Properties"}, actor=actor)
    with alice.at_work() as actor:
        record = create_record(record_types.get("property"), {"name": "House"}, actor=actor)

    assert alice.api.post(address(record, "properties")).status_code == 204
    assert followers(alice, record) == {alice.id}


def test_who_has_left_is_not_listed(alice: Person) -> None:
    dana = make_person("Dana Drew", alice.tenant)
    record = make(alice)
    dana.api.post(address(record))
    dana.user.is_active = False
    dana.user.save(update_fields=["is_active"])

    assert alice.api.get(address(record)).json()["results"] == []


def test_it_is_described(alice: Person) -> None:
    document = alice.api.get("/api/v1/schema/", Accept="application/json").json()

    described = document["paths"]["/api/v1/{plural}/{record_id}/followers/"]
    assert {"get", "post", "delete"} <= set(described)
