"""Lists that are filtered and sorted by an indexed custom field walk through the typed value table, in its order."""

from typing import Any

import psycopg
import pytest
from django.db import connection

from autocrm.contacts.models import Company
from autocrm.records.custom import fields as custom_fields
from autocrm.records.models import FieldValue
from tests.journeys.test_plans import COMPANIES, ROWS, nodes, plan_of, statements
from tests.support.cast import Person
from tests.support.database import url_for


@pytest.fixture
def with_budgets(alice: Person) -> Person:
    """Companies of which nine in ten have a value in an indexed custom field."""
    with alice.at_work() as actor:
        made = custom_fields.create_field(
            {"record_type": "company", "label": "Budget", "kind": "currency", "indexed": True}, actor=actor
        )
        companies = [
            Company(name=f"Firm {at}", owner_id=alice.id, custom={"budget": at * 100} if at % 10 else {})
            for at in range(ROWS)
        ]
        Company.objects.bulk_create(companies)
        FieldValue.objects.bulk_create(
            FieldValue(record_type="company", field_id=made.id, record_id=each.id, number=each.custom["budget"])
            for each in companies
            if each.custom
        )
    with psycopg.connect(url_for("owner", connection.settings_dict["NAME"]), autocommit=True) as owner:
        owner.execute("ANALYZE contacts_company, records_fieldvalue")
    return alice


def scans_of(person: Person, sql: str) -> dict[str, dict[str, Any]]:
    """The indexes that a statement walks through, without any sort."""
    found = list(nodes(plan_of(person, sql)))
    kinds = {node["Node Type"] for node in found}
    assert not {"Seq Scan", "Sort", "Incremental Sort"} & kinds, f"{kinds}\n{sql}"
    return {node["Index Name"]: node for node in found if "Index" in node["Node Type"]}


@pytest.mark.parametrize("ordering", ["budget", "-budget"])
@pytest.mark.parametrize("narrowed", [{}, {"budget__gte": "300", "budget__lte": "500"}])
def test_a_list_by_a_custom_field_walks_through_its_values(
    with_budgets: Person, ordering: str, narrowed: dict[str, str]
) -> None:
    sql = statements(with_budgets, COMPANIES, {"ordering": ordering, **narrowed})[0]

    scans = scans_of(with_budgets, sql)

    walked = scans["records_fieldvalue_number"]
    assert "field_id" in walked["Index Cond"]
    assert ("number >= " in walked["Index Cond"]) == bool(narrowed)
    assert "contacts_company_pkey" in scans


def test_a_page_further_down_begins_at_its_value(with_budgets: Person) -> None:
    first = with_budgets.api.get(COMPANIES, {"ordering": "-budget"}).json()

    sql = statements(with_budgets, COMPANIES, {"ordering": "-budget", "cursor": first["next_cursor"]})[0]

    assert "number <= " in scans_of(with_budgets, sql)["records_fieldvalue_number"]["Index Cond"]
