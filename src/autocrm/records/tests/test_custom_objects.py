"""Record types that a tenant makes on a page: one declaration of rows, and every door of the engine opens."""

from dataclasses import replace

import pytest
from django.urls import get_resolver

from autocrm.kernel.conditions.tree import where
from autocrm.kernel.errors import Denied, Invalid
from autocrm.records import paging, selectors, services, stretches
from autocrm.records.custom import objects as custom_objects
from autocrm.records.custom.objects import TAKEN_WORDS
from autocrm.records.listing import ListQuery
from autocrm.records.models import CustomObject, CustomRecord
from autocrm.records.orders import parse_sort
from autocrm.records.registry import record_types
from autocrm.records.schema import RecordSchema
from autocrm.records.tests.computed_world import add, change
from tests.support.cast import Person, make_person, make_role


def make_object(person: Person, label: str = "Property", plural: str = "Properties", **values: object) -> CustomObject:
    with person.at_work() as actor:
        return custom_objects.create_object({"label": label, "label_plural": plural, **values}, actor=actor)


def make_one(person: Person, key: str, name: str) -> CustomRecord:
    with person.at_work() as actor:
        return services.create_record(record_types.get(key), {"name": name}, actor=actor)


def test_an_object_is_a_record_type_of_its_tenant_alone(alice: Person, charlie: Person) -> None:
    made = make_object(alice)

    with alice.at_work():
        found = record_types.find("property")
        assert found is not None
        assert (found.plural, str(found.label_plural)) == ("properties", "Properties")
    with charlie.at_work():
        assert "property" not in record_types
    assert "property" not in record_types
    assert (made.key, made.plural) == ("property", "properties")


def test_its_records_are_listed_opened_changed_and_found(alice: Person) -> None:
    make_object(alice)
    record = make_one(alice, "property", "Villa Aurora")

    assert "Villa Aurora" in alice.page.get("/properties/").content.decode()
    assert "Villa Aurora" in alice.page.get(f"/properties/{record.id}/").content.decode()
    assert alice.page.get(f"/properties/{record.id}/peek/").status_code == 200
    edited = alice.page.post(f"/properties/{record.id}/edit/name/?in=list", {"value": "Villa Luna", "version": "1"})
    assert edited.status_code == 200
    assert "Villa <mark>Luna</mark>" in alice.page.get("/palette/?q=luna").content.decode()


def test_its_records_have_a_rest_address_a_timeline_and_tasks(alice: Person) -> None:
    make_object(alice)

    answer = alice.api.post("/api/v1/properties/", {"name": "Villa Aurora"})
    assert answer.status_code == 201
    ident = answer.json()["id"]
    assert answer.json()["record_type"] == "property"
    assert alice.api.patch(f"/api/v1/properties/{ident}/", {"name": "Villa Luna"}).json()["name"] == "Villa Luna"
    listed = alice.api.get("/api/v1/properties/", {"name__contains": "luna"}).json()["results"]
    assert [each["id"] for each in listed] == [ident]
    assert alice.api.post(f"/api/v1/properties/{ident}/tasks/", {"subject": "Show it"}).status_code == 201
    assert alice.api.get(f"/api/v1/properties/{ident}/timeline/").status_code == 200
    assert alice.api.delete(f"/api/v1/properties/{ident}/").status_code == 204
    assert alice.api.post(f"/api/v1/properties/{ident}/restore/").status_code == 200


def test_types_in_one_table_do_not_see_each_others_records(alice: Person) -> None:
    make_object(alice)
    make_object(alice, "Vehicle", "Vehicles")
    villa = make_one(alice, "property", "Villa Aurora")

    assert alice.page.get(f"/vehicles/{villa.id}/").status_code == 404
    assert alice.api.get(f"/api/v1/vehicles/{villa.id}/").status_code == 404
    assert alice.api.patch(f"/api/v1/vehicles/{villa.id}/", {"name": "Taken"}).status_code == 404
    assert alice.api.get("/api/v1/vehicles/").json()["results"] == []
    with alice.at_work() as actor:
        assert selectors.get_record(record_types.get("property"), villa.id, actor=actor).name == "Villa Aurora"


def test_another_tenant_finds_nothing_of_it(alice: Person, charlie: Person) -> None:
    make_object(alice)
    villa = make_one(alice, "property", "Villa Aurora")

    for address in ("/properties/", f"/properties/{villa.id}/"):
        assert charlie.page.get(address).status_code == 404
    for address in ("/api/v1/properties/", f"/api/v1/properties/{villa.id}/"):
        assert charlie.api.get(address).status_code == 404


def test_a_role_decides_over_an_object_as_over_any_type(alice: Person) -> None:
    make_object(alice)
    own = make_person("Olga Own", alice.tenant, make_role(alice.tenant, records={"property": {"read": "own"}}))
    villa = make_one(alice, "property", "Villa Aurora")

    assert "Properties" in alice.page.get(f"/settings/roles/{own.role.id}/").content.decode()
    assert own.api.get(f"/api/v1/properties/{villa.id}/").status_code == 404
    assert own.api.post("/api/v1/properties/", {"name": "Another"}).status_code == 403
    with alice.at_work():
        assert CustomRecord.objects.count() == 1


def test_only_who_may_change_the_data_model_makes_objects(bob: Person) -> None:
    with bob.at_work() as actor, pytest.raises(Denied):
        custom_objects.create_object({"label": "Property"}, actor=actor)

    assert bob.api.post("/api/v1/custom_objects/", {"label": "Property"}).status_code == 403
    with bob.at_work():
        assert CustomObject.objects.count() == 0


def test_an_archived_object_is_gone_with_its_addresses_and_comes_back_with_its_records(alice: Person) -> None:
    made = make_object(alice)
    villa = make_one(alice, "property", "Villa Aurora")

    assert alice.api.delete(f"/api/v1/custom_objects/{made.id}/").status_code == 204
    assert alice.page.get("/properties/").status_code == 404
    assert alice.api.get(f"/api/v1/properties/{villa.id}/").status_code == 404
    assert "Villa" not in alice.page.get("/palette/?q=villa").content.decode()

    assert alice.api.post(f"/api/v1/custom_objects/{made.id}/restore/").status_code == 200
    assert alice.api.get(f"/api/v1/properties/{villa.id}/").json()["name"] == "Villa Aurora"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"label": ""}, "label"),
        ({"label": "x" * 61}, "label"),
        ({"label": "Contact"}, "key"),
        ({"label": "Thing", "plural": "settings"}, "plural"),
        ({"label": "Thing", "plural": "contacts"}, "plural"),
        ({"label": "物件"}, "key"),
        ({"label": "Thing", "key": "a b"}, "key"),
        ({"label": "Thing", "icon": "<b>"}, "icon"),
        ({"label": "Thing", "in_nav": "maybe"}, "in_nav"),
        ({"label": "Thing", "nonsense": 1}, "nonsense"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(alice: Person, values: dict[str, object], field: str) -> None:
    with alice.at_work() as actor, pytest.raises(Invalid) as raised:
        custom_objects.create_object(values, actor=actor)

    assert field in raised.value.fields


def test_a_change_of_labels_is_in_force_at_once_and_leaves_the_address(alice: Person) -> None:
    made = make_object(alice)

    answer = alice.api.patch(f"/api/v1/custom_objects/{made.id}/", {"label_plural": "Estates", "name_label": "Title"})

    assert answer.status_code == 200
    page = alice.page.get("/properties/").content.decode()
    assert "Estates" in page
    assert "Title" in page


def test_no_object_can_take_an_address_of_the_product() -> None:
    taken = set()
    for pattern in get_resolver().url_patterns:
        for route in _routes(pattern, ""):
            first = route.split("/")[0]
            if first and not first.startswith("<") and first.replace("-", "").isalpha():
                taken.add(first)

    assert taken - TAKEN_WORDS == set()


def _routes(pattern: object, prefix: str) -> list[str]:
    here = prefix + str(pattern.pattern)
    inner = getattr(pattern, "url_patterns", None)
    return [here] if inner is None else [route for each in inner for route in _routes(each, here)]


def test_an_object_is_made_and_renamed_in_the_drawer(alice: Person) -> None:
    posted = {"label": "Property", "label_plural": "Properties", "icon": "home", "in_nav": "on"}

    answer = alice.page.post("/settings/data-model/objects/new/", posted, headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"] == "/settings/data-model/properties/"
    with alice.at_work():
        made = CustomObject.objects.get(key="property")
    assert made.icon == "home"
    renamed = {**posted, "label_plural": "Estates"}
    alice.page.post(f"/settings/data-model/objects/{made.id}/", renamed, headers={"HX-Request": "true"})
    assert "Estates" in alice.page.get("/properties/").content.decode()


def test_what_is_wrong_in_the_drawer_stands_beside_its_field_and_nothing_is_made(alice: Person) -> None:
    posted = {"label": "Contact", "label_plural": "Contacts", "icon": "home"}

    answer = alice.page.post("/settings/data-model/objects/new/", posted, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "Another kind of record is called so." in answer.content.decode()
    with alice.at_work():
        assert CustomObject.objects.count() == 0


def test_who_may_not_change_the_data_model_gets_no_drawer(alice: Person, bob: Person) -> None:
    made = make_object(alice)

    for address in ("new/", f"{made.id}/"):
        assert bob.page.get(f"/settings/data-model/objects/{address}").status_code == 403
    assert bob.page.post(f"/settings/data-model/objects/{made.id}/archive/").status_code == 403
    assert alice.page.get("/properties/").status_code == 200


@pytest.mark.parametrize("sort", ["", "name", "-size", "updated_at,name"])
def test_its_list_is_filtered_by_a_fast_field_in_any_order(alice: Person, sort: str) -> None:
    make_object(alice)
    add(alice, "Size", "number", on="property", indexed=True)
    small, large = make_one(alice, "property", "Hut"), make_one(alice, "property", "Villa Aurora")
    for record, size in ((small, "3"), (large, "12")):
        change(alice, record, "property", size=size)

    query = {"size__gt": "10"} | ({"sort": sort} if sort else {})
    listed = alice.api.get("/api/v1/properties/", query)
    page = alice.page.get("/properties/", query)

    assert [each["id"] for each in listed.json()["results"]] == [str(large.id)]
    assert page.status_code == 200
    assert "Villa Aurora" in page.content.decode()
    assert "Hut" not in page.content.decode()


def test_its_lists_are_read_piece_by_piece_where_time_is_short(
    alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_object(alice)
    make_object(alice, "Boat", "Boats")
    add(alice, "Street", "text", on="property")
    with alice.at_work() as actor:
        owners = (alice.id, bob.id, None)
        for at in range(24):
            values = {"name": f"House {at % 9}", "street": ("Main", "Side")[at % 2], "owner": owners[at % 3]}
            services.create_record(record_types.get("property"), values, actor=actor)
        services.create_record(record_types.get("boat"), {"name": "Aurora"}, actor=actor)
    monkeypatch.setattr(paging, "FIRST_PIECE", 5)
    monkeypatch.setattr(stretches, "STRETCH", 4)
    monkeypatch.setattr(stretches, "MOST_SORTED", 4)

    for order in ("name", "-created_at", "owner,-name"):
        with alice.at_work() as actor:
            kind = record_types.get("property")
            schema = RecordSchema(kind, actor)
            wanted = ListQuery(condition=where("street", "is", "Main"), sort=parse_sort(order.split(","), schema))
            whole = [each.id for each in selectors.list_records(kind, wanted, actor=actor).rows]
            impatient, found = replace(wanted, patience=1e-6, goes_on=True), []
            page = selectors.list_records(kind, impatient, actor=actor)
            is_short = 0 < page.looked < 24
            while found.extend(each.id for each in page.rows) or page.next_cursor:
                page = selectors.list_records(kind, replace(impatient, cursor=page.next_cursor), actor=actor)

        assert (len(found), found, is_short) == (12, whole, True), order
