"""The files of the real world, through the API and through the page; collected only where they are."""

from collections import Counter
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from autocrm.jobs import services as jobs
from autocrm.records.models import SearchRow
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.tests.workplace import (
    COMPANY,
    CONTACT,
    REAL_DATA,
    Company,
    Contact,
    bring_in,
    counts_of,
    faults_of,
    upload,
)

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not REAL_DATA.is_dir(), reason="the real data is not here"),
]


def content_of(name: str) -> bytes:
    return (REAL_DATA / name).read_bytes()


def test_the_companies_come_in_with_their_parents_and_as_written(alice: Any) -> None:
    batch = bring_in(alice, content_of("maven_crm/accounts.csv"), into=COMPANY)

    assert (batch.state, *counts_of(batch), batch.faults) == (ImportState.DONE, 85, 0, 0, 0, 0)
    assert len(batch.mapping) == 7
    with alice.at_work():
        sectors = Counter(Company.objects.values_list("sector", flat=True))
        parents = dict(Company.objects.exclude(parent=None).values_list("name", "parent__name"))
        acme = Company.objects.get(name="Acme Corporation")
    assert sectors["technolgy"] == 12
    assert len(parents) == 15
    assert set(parents.values()) <= {
        "Acme Corporation",
        "Bubba Gump",
        "Golddex",
        "Inity",
        "Massive Dynamic",
        "Sonron",
        "Warephase",
    }
    assert (acme.revenue, acme.employees, acme.year_established, acme.country) == (
        110_004,
        2_822,
        1996,
        "United States",
    )


def test_the_customers_come_in_by_the_api_and_again_change_nothing(alice: Any) -> None:
    url = "/api/v1/contacts/bulk_import/"
    body = content_of("people/customers-10000.csv")

    first = alice.api.client.post(url, body, content_type="text/csv")
    again = alice.api.client.post(url, body, content_type="text/csv")
    jobs.run_due(tenant_id=alice.tenant.id)

    ends = [alice.api.get(answer.json()["url"]).json() for answer in (first, again)]
    assert [(end["created"], end["skipped"], end["failed"]) for end in ends] == [(10_000, 0, 0), (0, 10_000, 0)]
    assert ends[0]["ignored_columns"] == ["Index", "Subscription Date"]
    with alice.at_work():
        assert Contact.objects.count() == 10_000
        assert SearchRow.objects.filter(record_type="contact").count() == 10_000
        one = Contact.objects.get(external_id="EB54EF1154C3A78")
        assert (one.full_name, one.company.name, one.phone2_key) == ("Heather Callahan", "Mosley-David", "+19151121727")


def test_the_leads_come_in_by_the_page_and_unknown_owners_are_told(alice: Any) -> None:
    file = SimpleUploadedFile("leads.csv", content_of("people/leads-10000.csv"))
    alice.page.post("/contacts/import/", {"file": file})
    with alice.at_work():
        batch = Import.objects.get()
    form = {f"column-{batch.columns.index(column)}": key for column, key in batch.mapping.items()}
    alice.page.post(f"/imports/{batch.id}/start/", {**form, "match": "update", "create_related": "on"})
    jobs.run_due(tenant_id=alice.tenant.id)

    with alice.at_work():
        ended = Import.objects.get()
        assert Contact.objects.filter(owner_id=alice.id).count() == 10_000
    assert counts_of(ended) == (10_000, 0, 0, 0)
    assert {column for _row, column, _message in faults_of(alice, ended)} == {"Lead Owner"}
    assert "Lead Owner" in alice.page.get(f"/imports/{batch.id}/").content.decode()


def test_the_organisations_come_in_and_those_that_repeat_a_name_are_matched(alice: Any) -> None:
    batch = bring_in(alice, content_of("people/organizations-10000.csv"), into=COMPANY)

    with alice.at_work():
        assert Company.objects.count() == batch.created
    assert batch.created + batch.skipped == 10_000
    assert batch.faults == 0


def test_every_file_is_laid_out_as_it_is(alice: Any) -> None:
    layouts = {
        name: upload(alice, content_of(name), into=CONTACT)
        for name in ("people/customers-10000.csv", "people/leads-10000.csv")
    }

    assert {batch.total_rows for batch in layouts.values()} == {10_000}
