"""The lists people look at most are served by an index, also below row-level security and for the app role.

A condition whose function is not leakproof is checked only after the policy, row by row, and no index helps. That does
not show on small tables, so the planner is told to avoid everything but indexes here: what then still scans or sorts
has no index that may serve it. The statements are those that the API really sends.
"""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autocrm.contacts.models import Company, Contact, ContactType
from autocrm.contacts.record_types import CONTACT_TYPE
from autocrm.contacts.tests.factories import make_contact
from autocrm.records.matching.candidates import find_candidates
from autocrm.tenants.models import Tenant
from tests.support.cast import Person, make_person, make_role
from tests.support.database import url_for

ROWS = 600

CONTACTS, COMPANIES = "/api/v1/contacts/", "/api/v1/companies/"
LEADS = {"type": "lead", "engagement_score__gte": "50", "ordering": "-engagement_score"}
RICH = {"sector": "medical", "revenue__gt": "1000", "ordering": "-revenue"}


@pytest.fixture
def acme_at_work(alice: Person) -> Person:
    """A workspace with enough rows to be listed, filtered and paged through, and known to the planner."""
    with alice.at_work():
        contacts = [
            Contact(
                first_name=f"Row {at}",
                email=f"row{at}@globex.example",
                phone=f"(212) 555-{at:04d}",
                type=ContactType.values[at % 5],
                engagement_score=at % 100,
                owner_id=alice.id,
            )
            for at in range(ROWS)
        ]
        companies = [
            Company(name=f"Firm {at}", sector=("Medical", "Retail")[at % 2], revenue=at * 100_000, owner_id=alice.id)
            for at in range(ROWS)
        ]
        for record in (*contacts, *companies):
            record.fill_keys()
        Contact.objects.bulk_create(contacts)
        Company.objects.bulk_create(companies)
    with psycopg.connect(url_for("owner", connection.settings_dict["NAME"]), autocommit=True) as owner:
        owner.execute("ANALYZE contacts_contact, contacts_company")
    return alice


def statements(person: Person, path: str, params: dict[str, str]) -> list[str]:
    """The SELECTs on records that the API sends for a list."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = person.api.get(path, params)
    assert answer.status_code == 200, answer.content
    return [each["sql"] for each in captured.captured_queries if 'FROM "contacts_' in each["sql"]]


def plan_of(person: Person, sql: str) -> dict[str, Any]:
    """The plan of a statement for the app role in this tenant, with nothing but indexes to choose from."""
    with person.at_work(), connection.cursor() as cursor:
        for other in ("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_incremental_sort"):
            cursor.execute(f"SET LOCAL {other} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0]
    found: dict[str, Any] = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def index_scan(person: Person, sql: str) -> dict[str, Any]:
    """The one node that reads the table; it must walk through an index in the order of the list."""
    kinds = [node["Node Type"] for node in nodes(plan_of(person, sql))]
    assert not {"Seq Scan", "Sort", "Incremental Sort"} & set(kinds), f"{kinds}\n{sql}"
    scans = [node for node in nodes(plan_of(person, sql)) if "Index" in node["Node Type"]]
    assert len(scans) == 1, kinds
    return scans[0]


@pytest.mark.parametrize(
    ("path", "params", "indexes", "begun_at"),
    [
        (CONTACTS, {}, {"contacts_contact_created"}, ["tenant_id"]),
        (CONTACTS, {"ordering": "name"}, {"contacts_contact_name"}, ["tenant_id"]),
        (CONTACTS, {"ordering": "-updated_at"}, {"contacts_contact_updated"}, ["tenant_id"]),
        (CONTACTS, {"ordering": "-last_contact_at"}, {"contacts_contact_last_contact"}, ["tenant_id"]),
        (CONTACTS, {"ordering": "last_contact_at"}, {"contacts_contact_last_contact"}, ["tenant_id"]),
        (CONTACTS, {"ordering": "next_follow_up_on"}, {"contacts_contact_follow_up"}, ["tenant_id"]),
        (CONTACTS, {"ordering": "-next_follow_up_on"}, {"contacts_contact_follow_up"}, ["tenant_id"]),
        (CONTACTS, LEADS, {"contacts_contact_type_score"}, ["tenant_id", "type", "engagement_score >= 50"]),
        (COMPANIES, {}, {"contacts_company_name"}, ["tenant_id"]),
        (COMPANIES, RICH, {"contacts_company_revenue"}, ["tenant_id", "revenue"]),
    ],
)
def test_a_list_walks_through_its_index(
    acme_at_work: Person, path: str, params: dict[str, str], indexes: set[str], begun_at: list[str]
) -> None:
    # An order by what may be empty is read in two parts: the filled ones, and the empty ones where the page has room.
    read = statements(acme_at_work, path, params)

    for sql in read:
        scan = index_scan(acme_at_work, sql)
        assert scan["Index Name"] in indexes
        assert all(part in scan["Index Cond"] for part in begun_at), scan
    assert 1 <= len(read) <= 2


def test_a_page_further_down_begins_where_the_last_one_ended(acme_at_work: Person) -> None:
    first = acme_at_work.api.get(CONTACTS).json()

    (sql,) = statements(acme_at_work, CONTACTS, {"cursor": first["next_cursor"]})
    scan = index_scan(acme_at_work, sql)

    assert scan["Index Name"] == "contacts_contact_created"
    assert "created_at <= " in scan["Index Cond"]


def test_who_sees_only_his_own_begins_at_his_own(acme_at_work: Person, acme: Tenant) -> None:
    role = make_role(acme, records={"contact": {"read": "own"}, "*": {}}, codes=[])
    bob = make_person("Bob Baker", acme, role)

    (sql,) = statements(bob, CONTACTS, {})
    scan = index_scan(bob, sql)

    assert scan["Index Name"] == "contacts_contact_owner_created"
    assert "owner_id" in scan["Index Cond"]


def test_one_record_is_found_by_its_key(acme_at_work: Person) -> None:
    contact = make_contact(acme_at_work)

    (sql,) = statements(acme_at_work, f"{CONTACTS}{contact.id}/", {})
    scan = index_scan(acme_at_work, sql)

    assert scan["Index Name"] == "contacts_contact_pkey"
    assert "tenant_id" in scan["Index Cond"]
    assert "id = " in scan["Index Cond"]


@pytest.mark.parametrize(
    ("params", "index"),
    [
        ({"email": "row7@globex.example"}, "contacts_contact_email_unique"),
        ({"phone": "+1 212 555 0007"}, "contacts_contact_phone"),
    ],
)
def test_an_address_or_a_number_is_found_in_its_own_index(
    acme_at_work: Person, params: dict[str, str], index: str
) -> None:
    (sql,) = statements(acme_at_work, CONTACTS, params)
    unordered = sql.partition(" ORDER BY ")[0]

    assert index_scan(acme_at_work, unordered)["Index Name"] == index


def test_the_look_for_duplicates_walks_through_indexes_only(acme_at_work: Person) -> None:
    values = {"email": "row7@globex.example", "phone": "+1 212 555 0007", "first_name": "Ann", "last_name": "Other"}
    with acme_at_work.at_work() as actor, CaptureQueriesContext(connection) as captured:
        find_candidates(CONTACT_TYPE, values, actor=actor)
    sql = next(each["sql"] for each in captured.captured_queries if '"email_key" = ANY' in each["sql"])

    found = list(nodes(plan_of(acme_at_work, sql)))
    assert "Seq Scan" not in {node["Node Type"] for node in found}
    assert {"contacts_contact_email_unique", "contacts_contact_phone", "contacts_contact_name"} <= {
        node.get("Index Name") for node in found
    }
