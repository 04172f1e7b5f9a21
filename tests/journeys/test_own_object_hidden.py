"""A field of an own object that a token may not see is nowhere: nor is what is worked out of it, here or elsewhere."""

import json
from dataclasses import dataclass

import pytest

from autocrm.records import services
from autocrm.records.registry import record_types
from autocrm.records.tests.computed_world import add, formula, make, rollup, work_off
from autocrm.records.tests.test_custom_objects import make_object
from tests.support.cast import ApiClient, Person, make_person, make_role

# The hidden field, the formula that names it, a formula of that formula, and what companies sum up of both.
CLOSED = ("price", "price_per_m2", "is_dear")
CLOSED_ON_COMPANY = ("houses_worth", "dearest")
SECRETS = ("987654", "98765.4")


@dataclass
class Scene:
    """Hank, from whom the price is hidden, his token, a house and the company that sells it."""

    hank: Person
    token: ApiClient
    house: str
    company: str


@pytest.fixture
def scene(alice: Person) -> Scene:
    make_object(alice)
    add(alice, "Price", "currency", on="property")
    add(alice, "Area", "number", on="property")
    add(alice, "Seller", "relation", on="property", relation="company")
    formula(alice, "Price per m2", "price / area", on="property")
    formula(alice, "Is dear", "price_per_m2 > 1000", on="property")
    formula(alice, "Twice area", "area * 2", on="property")
    by_seller = {"record_type": "property", "relation": "seller"}
    rollup(alice, "Houses", "count", **by_seller)
    rollup(alice, "Houses worth", "sum", field="price", **by_seller)
    rollup(alice, "Dearest", "max", field="price_per_m2", **by_seller)
    company = make(alice)
    with alice.at_work() as actor:
        values = {"name": "Villa Aurora", "price": "987654", "area": "10", "seller": str(company.id)}
        house = services.create_record(record_types.get("property"), values, actor=actor)
        services.update_record(record_types.get("property"), house.id, {"price": "987654.50"}, actor=actor)
    verbs = dict.fromkeys(("read", "create", "update", "delete", "export", "import", "bulk"), "all")
    role = make_role(alice.tenant, records={"*": verbs}, fields={"property": {"price": "hidden"}}, codes=[])
    hank = make_person("Hank Hidden", alice.tenant, role)
    # Alice may see everything; the token she made for a script may not.
    token = ApiClient(alice.new_token(role=role), alice.host)
    return Scene(hank, token, str(house.id), str(company.id))


def test_the_owner_sees_all_of_it(scene: Scene, alice: Person) -> None:
    house = alice.api.get(f"/api/v1/properties/{scene.house}/").json()
    company = alice.api.get(f"/api/v1/companies/{scene.company}/").json()

    assert (house["price"], house["price_per_m2"], house["is_dear"]) == ("987654.50", "98765.45", True)
    assert (company["houses"], company["houses_worth"], company["dearest"]) == (1, "987654.50", "98765.45")


def test_a_record_and_a_list_are_without_it(scene: Scene) -> None:
    for client in (scene.token, scene.hank.api):
        one = client.get(f"/api/v1/properties/{scene.house}/").json()
        listed = client.get("/api/v1/properties/").json()["results"][0]
        company = client.get(f"/api/v1/companies/{scene.company}/").json()

        for answer in (one, listed):
            assert answer["twice_area"] == 20
            assert not set(CLOSED) & answer.keys()
        assert company["houses"] == 1
        assert not set(CLOSED_ON_COMPANY) & company.keys()


@pytest.mark.parametrize("key", CLOSED)
def test_it_is_no_filter_no_order_and_no_field_to_ask_for(scene: Scene, key: str) -> None:
    condition = json.dumps({"field": key, "cmp": "is_not_empty"})
    for query in ({key: "1"}, {f"{key}__gt": "1"}, {"filter": condition}, {"sort": f"-{key}"}, {"fields": key}):
        answer = scene.token.get("/api/v1/properties/", query)
        assert answer.status_code == 422, query
    over = scene.token.get("/api/v1/companies/", {"houses_worth__gt": "1"})
    assert over.status_code == 422


def test_it_is_written_by_nobody_who_does_not_see_it(scene: Scene, alice: Person) -> None:
    answer = scene.token.patch(f"/api/v1/properties/{scene.house}/", {"price": "1"})

    assert answer.status_code == 422
    assert alice.api.get(f"/api/v1/properties/{scene.house}/").json()["price"] == "987654.50"


def test_no_export_has_it(scene: Scene, alice: Person) -> None:
    for format_ in ("csv", "json"):
        made = scene.token.post("/api/v1/properties/export/", {"format": format_, "columns": "all"})
        assert made.status_code < 300, made.content
        work_off(alice)
        file = scene.token.get(f"/api/v1/exports/{made.json()['id']}/file/")
        text = b"".join(file.streaming_content).decode() if file.streaming else file.content.decode()
        assert "Villa Aurora" in text
        assert not says(text)
    for key in CLOSED:
        refused = scene.token.post("/api/v1/properties/export/", {"format": "csv", "columns": ["name", key]})
        assert refused.status_code == 422


def test_the_document_of_the_interface_does_not_know_it(scene: Scene, alice: Person) -> None:
    full = alice.api.get("/api/v1/schema/", accept="application/json").content.decode()
    seen = scene.token.get("/api/v1/schema/", accept="application/json").content.decode()

    assert '"twice_area"' in seen
    for key in (*CLOSED, *CLOSED_ON_COMPANY):
        assert f'"{key}"' in full
        assert f'"{key}"' not in seen


@pytest.mark.parametrize(
    "address",
    [
        "/properties/{house}/",
        "/properties/{house}/peek/",
        "/properties/{house}/panels/history/",
        "/properties/{house}/panels/activity/",
        "/properties/",
        "/properties/?layout=board&by=owner",
        "/properties/new/",
        "/properties/filter/",
        "/properties/bulk/edit/?ids={house}",
        "/properties/export/",
        "/properties/import/",
        "/companies/{company}/",
        "/companies/",
        "/palette/?q=villa",
    ],
)
def test_no_page_speaks_of_it(scene: Scene, address: str) -> None:
    answer = scene.hank.page.get(address.format(house=scene.house, company=scene.company), follow=True)

    assert answer.status_code == 200
    text = answer.content.decode()
    assert not says(text)
    assert "Price" not in text
    assert "Houses worth" not in text


@pytest.mark.parametrize(
    "query", ["columns=name,price", "sort=-is_dear", "group=is_dear", "sums=price:sum", "layout=board&by=is_dear"]
)
def test_a_list_asked_for_by_it_says_that_there_is_no_such_field(scene: Scene, query: str) -> None:
    answer = scene.hank.page.get(f"/properties/?{query}")

    assert answer.status_code == 422
    assert not says(answer.content.decode())


def test_the_timeline_over_rest_does_not_tell_it(scene: Scene) -> None:
    timeline = scene.token.get(f"/api/v1/properties/{scene.house}/timeline/")

    assert timeline.status_code == 200
    assert not says(timeline.content.decode())


def says(text: str) -> bool:
    """Whether the price or what is made of it stands there, however it is written."""
    plain = text.replace(",", "").replace("\N{NO-BREAK SPACE}", "")
    return any(secret in plain for secret in SECRETS) or "price_per_m2" in text or '"price"' in text
