"""Lists into files: what is in them, who may have them, and that they come back as they went out."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from autocrm.jobs import services as jobs
from autocrm.journal.models import Entry
from autocrm.kernel.clock import now
from autocrm.records import services as records
from autocrm.transfers import tasks
from autocrm.transfers.models import Export, ExportState
from autocrm.transfers.services import exports
from autocrm.transfers.tests.workplace import COMPANY, CONTACT, Contact, bring_in, counts_of, people, told
from tests.support.cast import make_person, make_role

HTMX = {"HX-Request": "true"}


def make(person: Any, **values: Any) -> Any:
    with person.at_work() as actor:
        return records.create_record(CONTACT, values, allow_duplicates=True, actor=actor)


def body_of(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def take(person: Any, query: str = "", **form: str) -> bytes:
    return body_of(person.page.post(f"/contacts/export/{query}", {"format": "csv", **form}))


def rows_in(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def entries(person: Any) -> list[Any]:
    with person.at_work():
        return list(Entry.objects.filter(kind="records.exported").values_list("data", flat=True))


def test_a_view_goes_out_as_it_is_shown_and_is_journalled(alice: Any) -> None:
    bring_in(alice, people(30))
    make(alice, first_name="Zoe", last_name="Last", city="Oslo", email="zoe@example.com")
    page = alice.page.get("/contacts/export/?city=Oslo").content.decode()
    assert "1 record" in page

    found = rows_in(take(alice, "?city=Oslo&columns=email,city,first_name"))

    assert found == [{"Name": "Zoe Last", "E-mail": "zoe@example.com", "City": "Oslo", "First name": "Zoe"}]
    [said] = entries(alice)
    assert (said["count"], said["format"]) == (1, "csv")
    assert "Oslo" in said["filter"]


def test_columns_one_hop_away_go_out_too(alice: Any) -> None:
    with alice.at_work() as actor:
        values = {"name": "Acme", "sector": "Retail", "revenue": "12.50"}
        acme = records.create_record(COMPANY, values, allow_duplicates=True, actor=actor)
    make(alice, first_name="Ana", company=str(acme.id))
    make(alice, first_name="Bo")

    found = rows_in(take(alice, "?columns=company.sector,company.revenue&sort=name"))
    assert [each["Company: Industry"] for each in found] == ["Retail", ""]
    assert [each["Company: Annual revenue"] for each in found] == ["12.50", ""]
    assert found[0]["Company: Annual revenue, currency"]
    [ana, _bo] = json.loads(take(alice, "?columns=company.sector&sort=name", format="json"))
    assert ana["company.sector"] == "Retail"


def test_every_page_of_a_list_is_there_in_its_order(alice: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("autocrm.transfers.exporting.BATCH", 7)
    bring_in(alice, people(30))

    found = rows_in(take(alice, "?sort=email&columns=email"))

    assert [each["E-mail"] for each in found] == sorted(f"ana{number}@example.com" for number in range(30))


def test_what_looks_like_a_formula_is_none(alice: Any) -> None:
    make(alice, first_name="=1+1", last_name="@x", phone="+1 212 555 0100")
    text = take(alice, columns_of="all").decode()

    assert "'=1+1" in text
    assert ",+12125550100," in text
    book = load_workbook(io.BytesIO(take(alice, format="xlsx", columns_of="all")))
    assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)


def test_an_exported_file_comes_back_unchanged(alice: Any) -> None:
    bring_in(
        alice,
        "First name,Last name,E-mail,Phone,Company,Type,Tags,Next follow-up,Notes,Lead Owner\n"
        'Ana,Silva,ana@example.com,+4722222222,Acme,Customer,"VIP|a, b",2026-03-04,"=x\n\'+y",Alice Archer\n'
        "Bo,Ek,bo@example.com,12 34,,Lead,VIP,,,\n",
    )
    for form in ("csv", "xlsx"):
        data = take(alice, format=form, columns_of="all", with_ids="on")
        again = bring_in(alice, data, match="update")
        assert (counts_of(again), again.faults) == ((0, 0, 2, 0), 0), form


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(str.strip).filter(bool)


@given(TEXTS, TEXTS, st.sampled_from(["csv", "xlsx"]))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_field_comes_back(alice: Any, first: str, city: str, form: str) -> None:
    record = make(alice, first_name=first, city=city)
    again = bring_in(alice, take(alice, format=form, columns_of="all", with_ids="on"), match="update")

    assert again.updated == again.failed == 0
    with alice.at_work():
        Contact.objects.filter(id=record.id).delete()


def test_a_workbook_holds_dates_and_numbers_as_such(alice: Any) -> None:
    make(alice, first_name="Ana", next_follow_up_on="2026-03-04")
    sheet = load_workbook(io.BytesIO(take(alice, "?columns=next_follow_up_on", format="xlsx"))).active

    assert sheet["B2"].value.date().isoformat() == "2026-03-04"


def test_json_is_as_the_api_shows_records(alice: Any) -> None:
    make(alice, first_name="Ana")
    [one] = json.loads(take(alice, "?columns=first_name", format="json"))
    [line] = take(alice, "?columns=first_name", format="jsonl").decode().splitlines()

    assert one["first_name"] == "Ana"
    assert json.loads(line) == one
    with alice.at_work():
        Contact.objects.all().delete()
    assert json.loads(take(alice, format="json")) == []


def test_hidden_fields_are_absent_and_the_reach_of_the_right_holds(alice: Any, acme: Any) -> None:
    rights = {"records": {"contact": {"read": "all", "export": "own"}}, "fields": {"contact": {"source": "hidden"}}}
    dora = make_person("Dora", acme, make_role(acme, **rights))
    make(alice, first_name="Ana", source="Fair")
    make(alice, first_name="Bo", source="Fair", owner=str(dora.id))

    text = take(dora, columns_of="all").decode()

    assert "Bo" in text
    assert "Ana" not in text
    assert "Fair" not in text
    assert "Source" not in text
    assert dora.page.get("/contacts/export/?source=Fair").status_code == 422


def test_without_the_right_nothing_goes_out(alice: Any, bob: Any) -> None:
    make(alice, first_name="Ana")
    assert bob.page.post("/contacts/export/", {"format": "csv"}).status_code == 403
    assert bob.api.post("/api/v1/contacts/export/", {}).status_code == 403
    assert entries(alice) == []


def test_a_large_export_is_written_in_the_background_and_expires(alice: Any, bob: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(exports.DIRECT_ROWS, "csv", 10)
    bring_in(alice, people(30))
    assert alice.page.post("/contacts/export/", {"format": "csv", "mark": "on"})["Location"] == "/exports/"
    jobs.run_due(tenant_id=alice.tenant.id)

    with alice.at_work():
        export = Export.objects.get()
    assert (export.state, export.done_rows) == (ExportState.DONE, 30)
    assert told(alice)[0] == ("export_finished", "30 records exported")
    data = body_of(alice.page.get(f"/exports/{export.id}/file/"))
    assert data.startswith(b"\xef\xbb\xbf")
    assert len(rows_in(data)) == 30
    assert bob.page.get(f"/exports/{export.id}/file/").status_code == 404
    assert "Download" in alice.page.get("/exports/").content.decode()
    with alice.at_work():
        Export.objects.filter(id=export.id).update(expires_at=now() - timedelta(seconds=1))
    assert alice.page.get(f"/exports/{export.id}/file/").status_code == 404
    tasks.expire_exports()
    with alice.at_work():
        assert Export.objects.get().state == ExportState.EXPIRED


def test_a_selection_goes_out_from_the_bulk_bar(alice: Any) -> None:
    one = make(alice, first_name="Ana")
    make(alice, first_name="Bo")
    assert "Export the selection" in alice.page.get("/contacts/export/", headers=HTMX).content.decode()

    answer = alice.page.post("/contacts/export/", {"format": "csv", "ids": str(one.id)}, headers=HTMX)
    jobs.run_due(tenant_id=alice.tenant.id)

    assert answer.status_code == 204
    with alice.at_work():
        export = Export.objects.get()
    assert [each["Name"] for each in rows_in(body_of(alice.page.get(f"/exports/{export.id}/file/")))] == ["Ana"]


def test_the_api_exports_with_the_conditions_of_lists(alice: Any, charlie: Any) -> None:
    make(alice, first_name="Ana", city="Oslo")
    make(alice, first_name="Bo", city="Rome")
    condition = {"field": "city", "cmp": "is", "value": "Oslo"}
    answer = alice.api.post(
        "/api/v1/contacts/export/", {"format": "jsonl", "filter": condition, "columns": ["first_name", "city"]}
    )
    assert answer.status_code == 202
    jobs.run_due(tenant_id=alice.tenant.id)

    export = alice.api.get(answer.json()["url"]).json()
    assert (export["status"], export["done_rows"]) == ("done", 1)
    line = json.loads(body_of(alice.api.get(export["file_url"])))
    assert (line["first_name"], line["city"]) == ("Ana", "Oslo")
    assert charlie.api.get(answer.json()["url"]).status_code == 404
    assert alice.api.delete(answer.json()["url"]).json()["status"] == "expired"
    assert alice.api.post("/api/v1/contacts/export/", {"format": "pdf"}).status_code == 422


@pytest.mark.parametrize("state", ["gone", "revoked"])
def test_rights_lost_meanwhile_end_an_export(alice: Any, state: str) -> None:
    make(alice, first_name="Ana")
    alice.api.post("/api/v1/contacts/export/", {})
    with alice.at_work():
        change = {"user_id": None, "token_id": None} if state == "gone" else {"token_id": alice.id}
        Export.objects.update(**change)
    jobs.run_due(tenant_id=alice.tenant.id)
    with alice.at_work():
        assert Export.objects.get().state == ExportState.FAILED
