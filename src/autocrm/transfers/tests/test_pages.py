"""The pages of an import: upload, columns, progress, result; who may open them."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from autocrm.jobs import services as jobs
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.tests.workplace import Contact, bring_in, people, reread, upload

HTMX = {"HX-Request": "true"}


def send(person: Any, content: str, name: str = "fair.csv") -> Any:
    return person.page.post("/contacts/import/", {"file": SimpleUploadedFile(name, content.encode())})


def newest(person: Any) -> Import:
    with person.at_work():
        return Import.objects.order_by("-created_at").first()


def form_of(batch: Import, **changes: str) -> dict[str, str]:
    columns = {f"column-{batch.columns.index(column)}": key for column, key in batch.mapping.items()}
    return {**columns, "match": "skip", "create_related": "on", **changes}


def test_a_file_goes_through_the_pages_to_its_records(alice: Any) -> None:
    assert alice.page.get("/contacts/import/").status_code == 200
    answer = send(alice, people(3) + "Bad,Mail,nowhere,\n")
    batch = newest(alice)
    assert answer["Location"] == f"/imports/{batch.id}/"

    columns = alice.page.get(answer["Location"]).content.decode()
    assert "Import 4 rows" in columns
    assert "4 of 4 mapped" in columns
    assert "“nowhere”: This is not an e-mail address." in columns
    with alice.at_work():
        assert Contact.objects.count() == 0

    begun = alice.page.post(f"/imports/{batch.id}/start/", form_of(batch), headers=HTMX)
    assert begun["HX-Redirect"] == f"/imports/{batch.id}/"
    running = alice.page.get(f"/imports/{batch.id}/").content.decode()
    assert 'data-refresh-on="job notification"' in running
    jobs.run_due(tenant_id=alice.tenant.id)

    result = alice.page.get(f"/imports/{batch.id}/")
    shown = result.content.decode()
    assert "Show the new contacts" in shown
    assert "This is not an e-mail address." in shown
    assert "data-refresh-on" not in alice.page.get(f"/imports/{batch.id}/", headers=HTMX).content.decode()
    made = alice.page.get(result.context["new_url"])
    assert made.status_code == 200
    assert made.content.decode().count("data-row ") == 4


def test_dates_that_may_mean_two_days_are_asked_about(alice: Any) -> None:
    columns = "Last name,Next follow-up,Wedding\n"
    open_file, telling = columns + "A,01/03/2026,05/03/2026\n", columns + "A,01/03/2026,25/03/2026\n"

    pages = []
    for content in (open_file, telling):
        batch = upload(alice, content)
        form = form_of(batch, **{"column-2": "+date"})
        pages.append(alice.page.post(f"/imports/{batch.id}/preview/", form, headers=HTMX).content.decode())
    chosen = alice.page.post(f"/imports/{batch.id}/preview/", {**form, "dates": "dmy"}, headers=HTMX)

    assert "Day or month first?" in pages[0]
    assert "05/03 is read as 3 May." in pages[0]
    assert "Day or month first?" not in pages[1]
    assert "Recognised: day first" in pages[1]
    assert "Day or month first?" not in chosen.content.decode()


def test_the_order_of_a_date_that_becomes_a_new_field_can_be_chosen(alice: Any) -> None:
    batch = upload(alice, "Last name,Wedding\nA,05/03/2026\n")

    answer = alice.page.post(f"/imports/{batch.id}/preview/", form_of(batch, **{"column-1": "+date"}), headers=HTMX)

    assert 'name="dates"' in answer.content.decode()


def test_a_first_row_of_values_is_pointed_out(alice: Any) -> None:
    pages = [
        alice.page.get(send(alice, content)["Location"]).content.decode()
        for content in ("Ana,Silva,ana@a.example\nBo,Ek,bo@a.example\n", "Last name,2026\nEk,3\n")
    ]

    assert ["lack names of columns" in page for page in pages] == [True, False]


def test_the_records_of_one_import_are_listed_apart(alice: Any) -> None:
    bring_in(alice, people(5))
    batch = bring_in(alice, people(3, start_at=10))

    url = alice.page.get(f"/imports/{batch.id}/").context["new_url"]

    assert alice.page.get(url).content.decode().count("data-row ") == 3


def test_changing_a_choice_shows_what_it_would_do(alice: Any) -> None:
    bring_in(alice, people(2))
    batch = upload(alice, people(3).replace("Ana1,", "Anna,"))

    answer = alice.page.post(f"/imports/{batch.id}/preview/", form_of(batch, match="update"), headers=HTMX)

    shown = answer.content.decode()
    assert answer.context["look"]["counts"] == {"new": 1, "changed": 1, "same": 1, "refused": 0}
    assert "<del>Ana1</del>" in shown
    assert "<ins>Anna</ins>" in shown
    assert "<html" not in shown
    assert reread(alice, batch).state == ImportState.UPLOADED
    with alice.at_work():
        assert Contact.objects.count() == 2


def test_choices_that_cannot_be_come_back_with_words(alice: Any) -> None:
    batch = upload(alice, people(3))

    answer = alice.page.post(f"/imports/{batch.id}/start/", {"match": "skip"}, headers=HTMX)

    assert answer.status_code == 422
    assert "No column goes into a field" in answer.content.decode()
    assert reread(alice, batch).state == ImportState.UPLOADED


def test_a_file_that_is_no_table_is_refused_on_the_page(alice: Any) -> None:
    answer = send(alice, "PK\x03\x04")

    assert answer.status_code == 422
    assert "This workbook is damaged" in answer.content.decode()


def test_faulty_rows_come_back_as_a_file_that_can_be_mended(alice: Any) -> None:
    content = 'First name,E-mail\nAna,ana@example.com\n"=1+1",nowhere\nIda,ida@example.com\nEva,a,b\n'
    batch = bring_in(alice, content)

    answer = alice.page.get(f"/imports/{batch.id}/faults.csv")

    assert "attachment" in answer["Content-Disposition"]
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert table == [
        ["First name", "E-mail", "Row", "Problem"],
        ["'=1+1", "nowhere", "3", "E-mail: This is not an e-mail address."],
        ["Eva", "a", "5", "This row has 3 cells, the header has 2."],
    ]
    again = bring_in(alice, answer.content)
    with alice.at_work():
        assert Contact.objects.filter(first_name="=1+1").count() == 2
    assert again.created == 2


def test_the_list_shows_imports_and_offers_new_ones(alice: Any) -> None:
    bring_in(alice, people(2))

    shown = alice.page.get("/imports/").content.decode()

    assert "people.csv" in shown
    assert "/companies/import/" in shown


@pytest.mark.parametrize("address", ["/imports/", "/exports/", "/bulk/", "/contacts/duplicates-found/merged/"])
def test_a_list_that_loads_itself_again_comes_without_its_page(alice: Any, address: str) -> None:
    page = alice.page.get(address).content.decode()
    part = alice.page.get(address, headers=HTMX).content.decode()

    assert "data-refresh-on" in part
    assert part.strip() in page
    assert "<html" not in part


def test_lists_offer_the_import_to_whoever_may(alice: Any, bob: Any) -> None:
    assert 'href="/contacts/import/"' in alice.page.get("/contacts/").content.decode()
    assert 'href="/contacts/import/"' not in bob.page.get("/contacts/").content.decode()
    assert alice.page.get("/imports/new/?type=company")["Location"] == "/companies/import/"


def test_the_palette_offers_it_while_it_is_typed(alice: Any, bob: Any) -> None:
    assert "/contacts/import/" in alice.page.get("/palette/?q=import").content.decode()
    assert "/contacts/import/" not in bob.page.get("/palette/?q=import").content.decode()


def test_whoever_may_not_import_gets_no_page(bob: Any) -> None:
    assert bob.page.get("/contacts/import/").status_code == 403
    assert send(bob, people(2)).status_code == 403


def test_another_tenants_import_does_not_exist(alice: Any, charlie: Any) -> None:
    batch = bring_in(alice, people(2) + "Bad,Mail,nowhere,\n")
    waiting = upload(alice, people(2))

    for path in ("", "faults.csv"):
        assert charlie.page.get(f"/imports/{batch.id}/{path}").status_code == 404
    for path in ("preview", "start", "cancel"):
        assert charlie.page.post(f"/imports/{waiting.id}/{path}/", form_of(waiting)).status_code == 404
    assert reread(alice, waiting).state == ImportState.UPLOADED


def test_the_tray_shows_what_runs(alice: Any, charlie: Any) -> None:
    batch = upload(alice, people(2))
    alice.page.post(f"/imports/{batch.id}/start/", form_of(batch))

    assert str(batch.id) in alice.page.get("/jobs/").content.decode()
    assert str(batch.id) not in charlie.page.get("/jobs/").content.decode()
    alice.page.post(f"/imports/{batch.id}/cancel/")
    assert reread(alice, batch).state == ImportState.CANCELLED
