"""Bob asks for a hidden field by name, at every door that takes the name of a field: each says that there is none."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from autocrm.jobs import services as jobs
from autocrm.records.registry import record_types
from autocrm.records.tests.computed_world import add, change, formula, make, value
from tests.support.cast import Person, make_person, make_role

ALL = dict.fromkeys(("read", "create", "update", "delete", "export", "import", "bulk"), "all")
BEFORE, SECRET = "Zebrabefore", "Zebrasecret"
HX = {"HX-Request": "true"}
REFUSED = {400, 403, 404, 409, 422}


@dataclass
class Scene:
    """Bob, who does not see the code name of companies nor the formula of it, and a company that has one."""

    bob: Person
    company: Any


@pytest.fixture
def scene(alice: Person) -> Scene:
    add(alice, "Code name", "text", indexed=True)
    formula(alice, "Loud", "upper(code_name)")
    company = make(alice, name="Globex", code_name=BEFORE)
    change(alice, company, code_name=SECRET)
    fields = {"company": {"code_name": "hidden"}}
    codes = ["data_model.manage", "workflows.manage", "views.share"]
    role = make_role(alice.tenant, records={"*": ALL}, fields=fields, codes=codes)
    return Scene(make_person("Bob Baker", alice.tenant, role), company)


def says(answer: Any) -> bool:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return "zebra" in (content.decode(errors="replace") + str(answer.headers)).lower()


PAGES = [
    ("get", "/companies/{id}/edit/{key}/?in=page", {}),
    ("get", "/companies/{id}/edit/{key}/?in=list&show=1", {}),
    ("post", "/companies/{id}/edit/{key}/?in=page", {"value": "x", "version": "1"}),
    ("post", "/companies/{id}/edit/{key}/undo/?version=2", {}),
    ("post", "/companies/{id}/move/?layout=board&by={key}", {"field": "{key}", "to": "none", "version": "1"}),
    ("get", "/companies/?sort={key}", {}),
    ("get", "/companies/?group={key}", {}),
    ("get", "/companies/?columns=name,{key}", {}),
    ("get", "/companies/?{key}__starts_with=Z", {}),
    ("get", "/companies/?sums={key}:unique", {}),
    ("get", "/companies/?layout=board&by={key}", {}),
    ("get", "/companies/?layout=board&by=owner&cards={key}", {}),
    ("get", "/companies/?layout=calendar&on={key}", {}),
    ("get", "/contacts/?columns=name,company.{key}", {}),
    ("get", "/contacts/?sort=company.{key}", {}),
    ("get", "/contacts/?company.{key}__starts_with=Z", {}),
    ("post", "/companies/bulk/field/", {"field": "{key}"}),
    ("post", "/companies/bulk/edit/", {"ids": "{id}", "set": "{key}", "{key}": "x"}),
    ("post", "/settings/data-model/companies/formula/", {"formula": "{key}", "sample": "{id}"}),
]


@pytest.mark.parametrize("key", ["code_name", "loud"])
@pytest.mark.parametrize(("method", "path", "data"), PAGES, ids=lambda each: str(each)[:60])
def test_no_page_knows_it(scene: Scene, alice: Person, method: str, path: str, data: dict[str, str], key: str) -> None:
    filled = {
        name.format(key=key): text.format(key=key, id=scene.company.id) if "{" in text else text
        for name, text in data.items()
    }

    answer = getattr(scene.bob.page, method)(path.format(key=key, id=scene.company.id), filled, headers=HX)

    assert answer.status_code in REFUSED or "formula" in path, answer.content
    assert not says(answer)
    assert value(alice, scene.company, "code_name") == SECRET


def of_api(scene: Scene, key: str) -> list[tuple[str, str, Any]]:
    one = f"/api/v1/companies/{scene.company.id}/"
    condition = {"field": key, "cmp": "starts_with", "value": "Z"}
    step = {"action": "notify", "inputs": {"title": f"{{{{ company.{key} }}}}"}}
    made = {"name": "Tells", "record_type": "company", "trigger": "record_created", "steps": [step]}
    field = {"record_type": "company", "label": "Again"}
    rollup = {"record_type": "company", "relation": "parent", "function": "latest", "field": key}
    return [
        ("patch", one, {key: "x"}),
        ("post", "/api/v1/companies/", {"name": "A", key: "x"}),
        ("get", f"/api/v1/companies/?sort={key}", None),
        ("get", f"/api/v1/companies/?fields=name,{key}", None),
        ("get", f"/api/v1/companies/?expand={key}", None),
        ("get", f"/api/v1/companies/?{key}__contains=e", None),
        ("get", f"/api/v1/companies/?filter={json.dumps(condition)}", None),
        ("get", f"/api/v1/contacts/?company.{key}__contains=e", None),
        ("post", "/api/v1/companies/bulk/", {"action": "edit", "ids": [str(scene.company.id)], "values": {key: "x"}}),
        ("post", "/api/v1/companies/bulk/", {"action": "archive", "filter": condition}),
        ("post", "/api/v1/companies/export/", {"format": "csv", "columns": ["name", key]}),
        ("post", "/api/v1/companies/export/", {"format": "csv", "filter": condition}),
        (
            "post",
            "/api/v1/companies/bulk_import/",
            {"rows": [{"C": "x", "N": "A"}], "mapping": {"C": key, "N": "name"}},
        ),
        ("post", "/api/v1/views/", {"record_type": "company", "name": "V", "query": f"sort={key}"}),
        ("post", "/api/v1/workflows/", {**made, "condition": None}),
        ("post", "/api/v1/workflows/", {**made, "steps": [{**step, "inputs": {"title": "x"}}], "condition": condition}),
        ("post", "/api/v1/custom_fields/", {**field, "kind": "formula", "config": {"formula": f"lower({key})"}}),
        ("post", "/api/v1/custom_fields/", {**field, "kind": "rollup", "config": rollup}),
        ("post", "/api/v1/custom_fields/", {**field, "kind": "text", "visible_when": condition}),
    ]


@pytest.mark.parametrize("key", ["code_name", "loud"])
def test_no_address_of_the_interface_knows_it(scene: Scene, alice: Person, key: str) -> None:
    told = []
    for method, path, body in of_api(scene, key):
        answer = getattr(scene.bob.api, method)(path, body) if body is not None else scene.bob.api.get(path)
        if answer.status_code not in REFUSED or says(answer):
            told.append((method, path, body, answer.status_code, answer.content[:200]))
    jobs.run_due(tenant_id=alice.tenant.id)

    assert told == []
    assert value(alice, scene.company, "code_name") == SECRET
    with alice.at_work():
        assert [each.name for each in record_types.get("company").rows()] == ["Globex"]


def test_a_merge_neither_shows_nor_chooses_it(scene: Scene, alice: Person) -> None:
    other = make(alice, name="Globex", code_name="Zebraother")
    page = scene.bob.page.get(f"/companies/merge/?ids={scene.company.id},{other.id}")
    body = {"survivor": str(scene.company.id), "records": [str(other.id)], "values": {"code_name": str(other.id)}}

    refused = scene.bob.api.post("/api/v1/companies/merge/", body)
    merged = scene.bob.api.post("/api/v1/companies/merge/", {**body, "values": {}})

    assert (page.status_code, refused.status_code, merged.status_code) == (200, 422, 200)
    assert not any(map(says, (page, refused, merged)))
    assert value(alice, scene.company, "code_name") == SECRET
