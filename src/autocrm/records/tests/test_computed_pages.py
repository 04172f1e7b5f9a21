"""Formulas and rollups in the drawer: checked while they are written, tried on records, saved, refused in words."""

import re
from typing import Any

import pytest
from django.test import Client

from autocrm.kernel.errors import Conflict
from autocrm.records.custom import kinds as custom_kinds
from autocrm.records.models import CustomField
from autocrm.records.tests.computed_world import add, formula, make, rollup, value
from tests.support.cast import Person, make_person, make_role

COMPANIES = "/settings/data-model/companies/"
HTMX = {"HX-Request": "true"}


def post(page: Client, url: str, data: dict[str, Any]) -> Any:
    return page.post(url, data, headers=HTMX)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_formula_is_checked_and_tried_while_it_is_written(alice: Person) -> None:
    one, other = make(alice, name="One", revenue="5"), make(alice, name="Other")

    said = text(post(alice.page, f"{COMPANIES}formula/", {"formula": "revenue * 3"}))
    assert "Result: Amount of money" in said
    assert "$15.00" in said
    assert "empty" in said
    chosen = text(post(alice.page, f"{COMPANIES}formula/", {"formula": "revenue * 3", "sample": str(one.id)}))
    assert "Other" not in chosen
    assert other.name not in chosen
    wrong = text(post(alice.page, f"{COMPANIES}formula/", {"formula": "revenu *\n 3 +"}))
    assert "Line 2, column 5: Something is missing at the end." in wrong
    assert "did you mean revenue?" in text(post(alice.page, f"{COMPANIES}formula/", {"formula": "revenu * 3"}))
    assert "cannot hold" in text(post(alice.page, f"{COMPANIES}formula/", {"formula": "owner"}))


def test_what_would_be_refused_is_said_before_it_is_asked_for(alice: Person) -> None:
    row = formula(alice, "Triple", "revenue * employees")
    size = add(alice, "Size", "number")
    formula(alice, "Half", "size / 2")
    twice = formula(alice, "Twice", "triple * 2")

    circle = text(post(alice.page, f"{COMPANIES}formula/?key={row.key}", {"formula": "twice"}))
    assert "The value would depend on itself" in circle
    assert "The value would depend on itself" not in text(
        post(alice.page, f"{COMPANIES}formula/?key={twice.key}", {"formula": "triple * 4"})
    )
    assert text(post(alice.page, f"{COMPANIES}formula/", {"formula": " "})).strip() == ""
    for act in ("kind/?kind=text", "delete/"):
        drawer = text(alice.page.get(f"/settings/data-model/fields/{size.id}/{act}", headers=HTMX))
        assert "is part of: Half" in drawer
        assert re.search(r'type="submit"[^>]* disabled', drawer)
    assert "All" not in text(alice.page.get(f"/settings/data-model/fields/{size.id}/kind/?kind=text", headers=HTMX))
    tried = alice.api.get(f"/api/v1/custom_fields/{size.id}/kind/?kind=text")
    assert (tried.status_code, tried.json()["code"]) == (409, "field_is_used")


def test_who_may_not_manage_the_data_model_checks_nothing(bob: Person) -> None:
    assert post(bob.page, f"{COMPANIES}formula/", {"formula": "revenue"}).status_code in {403, 404}


def test_whoever_writes_a_formula_learns_nothing_that_is_hidden(alice: Person) -> None:
    make(alice, "contact", company=str(make(alice, revenue="5").id))
    role = make_role(
        alice.tenant,
        records={"contact": {"read": "all"}, "company": {"read": "own"}},
        fields={"contact": {"source": "hidden"}},
        codes=["data_model.manage"],
    )
    dora = make_person("Dora", alice.tenant, role)

    for hidden in ("source", "company.revenue"):
        said = text(post(dora.page, "/settings/data-model/contacts/formula/", {"formula": hidden}))
        assert "There is no field" in said
    drawer = text(dora.page.get("/settings/data-model/contacts/new/", {"kind": "formula"}, headers=HTMX))
    assert 'data-insert="source"' not in drawer
    assert 'data-insert="company.revenue"' not in drawer
    rollups = text(dora.page.get(f"{COMPANIES}new/", {"kind": "rollup"}, headers=HTMX))
    assert "company:parent" not in rollups


def test_a_formula_is_saved_from_the_drawer_and_changed_there(alice: Person) -> None:
    record = make(alice, employees="7")
    drawer = text(alice.page.get(f"{COMPANIES}new/", {"kind": "formula"}, headers=HTMX))
    assert 'name="formula"' in drawer
    assert 'data-insert="parent.revenue"' in drawer
    assert 'data-insert="coalesce("' in drawer

    answer = post(
        alice.page, f"{COMPANIES}new/", {"kind": "formula", "label": "Doubled", "formula": "employees\r\n * 2"}
    )
    assert answer.status_code == 204
    assert value(alice, record, "doubled") == 14

    with alice.at_work():
        field = CustomField.objects.get()
    assert field.config["formula"] == "employees\n * 2"
    url = f"/settings/data-model/fields/{field.id}/"
    assert "employees\n * 2" in text(alice.page.get(url, headers=HTMX))
    refused = post(alice.page, url, {"label": "Doubled", "formula": "employees *"})
    assert refused.status_code == 422
    assert "Line 1, column 12: Something is missing at the end." in text(refused)
    assert "employees *" in text(refused)
    another = post(alice.page, url, {"label": "Doubled", "formula": "name"})
    assert "make a new field" in text(another)
    assert post(alice.page, url, {"label": "Tripled", "formula": "employees * 3"}).status_code == 204
    assert value(alice, record, "doubled") == 21


def test_a_rollup_is_chosen_in_the_drawer(alice: Person) -> None:
    add(alice, "Worth", "currency", on="contact")
    company = make(alice)
    make(alice, "contact", company=str(company.id), worth="5")
    asked = {"kind": "rollup", "label": "Sum", "rollup_source": "contact:company", "rollup_function": "sum"}

    drawer = text(alice.page.get(f"{COMPANIES}new/", asked, headers=HTMX))
    assert '<option value="contact:company" selected>' in drawer
    assert '<option value="worth"' in drawer
    assert 'value="Sum"' in drawer
    only = '{"field":"worth","cmp":"gt","value":"1"}'
    answer = post(alice.page, f"{COMPANIES}new/", {**asked, "rollup_field": "worth", "rollup_filter": only})

    assert answer.status_code == 204
    assert value(alice, company, "sum") == 500
    with alice.at_work():
        field = CustomField.objects.get(kind="rollup")
    assert field.config["filter"]["field"] == "worth"
    edited = text(alice.page.get(f"/settings/data-model/fields/{field.id}/", headers=HTMX))
    assert '<option value="worth" selected>' in edited
    url = f"/settings/data-model/fields/{field.id}/"
    assert 'value="count" selected' in text(alice.page.get(url, {**asked, "rollup_function": "count"}, headers=HTMX))
    for wrong in ("{", '{"field":"nothing","cmp":"is","value":1}'):
        refused = post(alice.page, f"{COMPANIES}new/", {**asked, "rollup_field": "worth", "rollup_filter": wrong})
        assert refused.status_code == 422
        assert "callout" in text(refused)


def test_nothing_leads_to_what_nothing_leads_to(alice: Person) -> None:
    drawer = text(alice.page.get("/settings/data-model/tasks/new/", {"kind": "rollup"}, headers=HTMX))

    assert "Nothing leads to Tasks yet" in drawer


def test_a_field_that_is_part_of_a_formula_keeps_its_kind(alice: Person) -> None:
    budget = add(alice, "Budget", "number")
    formula(alice, "Half", "budget / 2")

    with alice.at_work() as actor, pytest.raises(Conflict):
        custom_kinds.change_kind(budget.id, "text", expected=0, actor=actor)

    with alice.at_work():
        assert CustomField.objects.get(key="budget").kind == "number"


def test_lists_and_pages_show_computed_values(alice: Person) -> None:
    formula(alice, "Big", "revenue > 3")
    rollup(alice, "People", "count")
    company = make(alice, revenue="5")
    make(alice, "contact", company=str(company.id))

    page = text(alice.page.get(f"/companies/{company.id}/"))
    asked = {"columns": "name,big,people", "filter": '{"field":"people","cmp":"gt","value":0}'}
    listed = text(alice.page.get("/companies/", asked))

    assert "People" in page
    assert 'data-id="' in listed
    assert alice.api.get(f"/api/v1/companies/{company.id}/").json()["people"] in (1, "1")
