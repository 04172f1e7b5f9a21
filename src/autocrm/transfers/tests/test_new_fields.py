"""Fields and choices that a file brings along, and matching by a unique field of the tenant's own."""

import re
from typing import Any

import pytest

from autocrm.jobs import services as jobs
from autocrm.records.custom import objects as custom_objects
from autocrm.records.custom.fields import create_field, delete_field
from autocrm.records.models import CustomField
from autocrm.transfers import running
from autocrm.transfers.new_fields import guess_kind
from autocrm.transfers.services import checks
from autocrm.transfers.tests.workplace import CONTACT, Contact, bring_in, counts_of, faults_of, reread, start, upload

FILE = "First name,Shoe size,Member since,Colour\nAna,38.5,03/04/2020,red\nBo,41,13/05/2021,blue\n"
MAPPING = {
    "First name": "first_name",
    "Shoe size": "+number",
    "Member since": "+date",
    "Colour": "+select",
}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["yes", "no"], "boolean"),
        (["Ja", "nein"], "boolean"),
        (["a@b.example"], "email"),
        (["https://a.example/x"], "url"),
        (["2020-01-02", "2021-03-04"], "date"),
        (["2020-01-02 10:30"], "datetime"),
        (["7%", "8.5 %"], "percent"),
        (["1,100.04", "12"], "number"),
        (["+47 22 22 22 22"], "phone"),
        (["red", "blue", "red", "blue"], "select"),
        (["x" * 200], "long_text"),
        (["Ana", "Bo"], "text"),
        ([], "text"),
    ],
)
def test_a_kind_is_guessed_from_the_values(values: list[str], kind: str) -> None:
    assert guess_kind(values) == kind


@pytest.mark.parametrize("kind", ["text", "number", "relation"])
def test_a_field_that_is_deleted_in_the_middle_of_an_import_takes_nothing_more(
    alice: Any, monkeypatch: Any, kind: str
) -> None:
    monkeypatch.setattr(running, "CHUNK_ROWS", 2)
    more = {"relation": "contact"} if kind == "relation" else {"indexed": True}
    with alice.at_work() as actor:
        field = create_field({"record_type": "contact", "label": "Shoe", "kind": kind, **more}, actor=actor)
    jobs.run_due(tenant_id=alice.tenant.id)
    rows = [f"Ana{number},{number}\n" for number in range(7)]
    batch = start(
        alice, upload(alice, "Last name,Shoe\n" + "".join(rows)), {"Last name": "last_name", "Shoe": field.key}
    )
    write = running._Work._write

    def write_and_delete(self: Any, *chunk: Any) -> bool:
        written = write(self, *chunk)
        with alice.at_work() as actor:
            if CustomField.objects.filter(deleted_at=None).exists():
                delete_field(field.pk, expected=99, actor=actor)
        return written

    monkeypatch.setattr(running._Work, "_write", write_and_delete)
    jobs.run_due(tenant_id=alice.tenant.id)

    ended = reread(alice, batch)
    assert (ended.state, counts_of(ended)) == ("done", (7, 0, 0, 0))
    assert [each for each in faults_of(alice, ended) if "deleted or archived" in each[2]] == [
        (4, "Shoe", "The field of this column was deleted or archived while the file was imported.")
    ]
    with alice.at_work():
        # What was written before goes by the pass that removes the field.
        assert set(Contact.objects.exclude(custom={}).values_list("last_name", flat=True)) <= {"Ana0", "Ana1"}


def test_columns_become_fields_when_the_import_begins_and_not_before(alice: Any) -> None:
    batch = upload(alice, FILE)
    with alice.at_work() as actor:
        checks.start_check(batch.id, mapping=MAPPING, actor=actor)
    jobs.run_due(tenant_id=alice.tenant.id)
    assert reread(alice, batch).check_counts["new"] == 2
    with alice.at_work():
        assert not CustomField.objects.exists()

    start(alice, batch, MAPPING)
    jobs.run_due(tenant_id=alice.tenant.id)

    ended = reread(alice, batch)
    assert (counts_of(ended), faults_of(alice, ended)) == ((2, 0, 0, 0), [])
    with alice.at_work():
        kinds = dict(CustomField.objects.values_list("label", "kind"))
        ana = Contact.objects.get(first_name="Ana")
    assert kinds == {"Shoe size": "number", "Member since": "date", "Colour": "select"}
    assert ana.custom["member_since"] == "2020-04-03"
    assert set(ana.custom) == {"shoe_size", "member_since", "colour"}


def test_the_kind_that_fits_best_is_offered(alice: Any) -> None:
    page = alice.page.get(f"/imports/{upload(alice, FILE).id}/").content.decode()
    assert "New field: Number (fits best)" in page


def test_choices_that_are_missing_are_added_if_asked(alice: Any) -> None:
    with alice.at_work() as actor:
        field = create_field(
            {"record_type": "contact", "kind": "select", "label": "Colour", "options": [{"label": "Red"}]}, actor=actor
        )
    rows = "First name,Colour\nAna,red\nBo,Green\nCy,green\n"
    both = {"First name": "first_name", "Colour": "colour"}
    without = bring_in(alice, rows, mapping=both)
    assert (counts_of(without), without.faults) == ((3, 0, 0, 0), 2)

    added = bring_in(alice, rows, mapping=both, create_options=True)

    assert (counts_of(added), added.faults) == ((3, 0, 0, 0), 0)
    with alice.at_work():
        assert [each["label"] for each in CustomField.objects.get(id=field.id).options] == ["Red", "Green"]


@pytest.mark.parametrize("kind", ["select", "multi_select"])
def test_a_new_field_of_choices_has_all_that_the_file_names_not_only_those_of_the_first_rows(
    alice: Any, kind: str
) -> None:
    rows = "First name,Stage\n" + "".join(f"Ana {at},{('Open', 'Won')[at % 2]}\n" for at in range(60)) + "Bo,Lost\n"
    batch = upload(alice, rows)
    mapping = {"First name": "first_name", "Stage": f"+{kind}"}
    with alice.at_work() as actor:
        checks.start_check(batch.id, mapping=mapping, actor=actor)
    jobs.run_due(tenant_id=alice.tenant.id)
    assert reread(alice, batch).check_counts["noted"] == 0

    start(alice, batch, mapping)
    jobs.run_due(tenant_id=alice.tenant.id)

    ended = reread(alice, batch)
    assert (counts_of(ended), faults_of(alice, ended)) == ((61, 0, 0, 0), [])
    with alice.at_work():
        assert [each["label"] for each in CustomField.objects.get().options] == ["Open", "Won", "Lost"]
        assert "lost" in Contact.objects.get(first_name="Bo").custom["stage"]


def test_what_a_file_brought_along_is_open_for_that_file_alone(alice: Any) -> None:
    mapping = {"First name": "first_name", "Stage": "+select"}
    bring_in(alice, "First name,Stage\nAna,Open\n", mapping=mapping)

    again = bring_in(alice, "First name,Stage\nBo,Lost\n", mapping={"First name": "first_name", "Stage": "stage"})

    assert (counts_of(again), again.faults) == ((1, 0, 0, 0), 1)


def test_records_are_found_by_a_unique_field_of_the_tenants_own(alice: Any) -> None:
    with alice.at_work() as actor:
        create_field({"record_type": "contact", "kind": "text", "label": "Badge", "unique": True}, actor=actor)
    both = {"First name": "first_name", "Badge": "badge"}
    first = bring_in(alice, "First name,Badge\nAna,A1\nBo,B2\n", mapping=both, match_by="badge")
    again = bring_in(alice, "First name,Badge\nEva,a1\nCy,C3\n", mapping=both, match_by="badge", match="update")
    taken = bring_in(alice, "First name,Badge\nDi,C3\n", mapping=both, match="update")

    assert [counts_of(each) for each in (first, again, taken)] == [(2, 0, 0, 0), (1, 1, 0, 0), (0, 0, 0, 1)]
    with alice.at_work():
        assert sorted(CONTACT.model.objects.values_list("first_name", flat=True)) == ["Bo", "Cy", "Eva"]


def test_yes_and_no_are_read_in_the_languages_they_are_told_in_and_one_key_is_offered_once(alice: Any) -> None:
    with alice.at_work() as actor:
        custom_objects.create_object({"label": "Property", "label_plural": "Properties"}, actor=actor)
        create_field({"record_type": "property", "label": "Garden", "kind": "boolean"}, actor=actor)
    body = "Name;Garden\nOne;ja\nTwo;Nein\nThree;perhaps\n"
    batch = alice.api.client.post("/api/v1/properties/import/", body, content_type="text/csv").json()

    page = alice.page.get(f"/imports/{batch['id']}/").content.decode()
    assert "“perhaps”: This is neither yes nor no." in page
    assert "“ja”" not in page
    assert "“Nein”" not in page
    assert re.search(r'<option value="">Name</option>', page)
    assert "Only Name" not in page


def test_a_new_field_is_not_called_as_one_that_is_there(alice: Any) -> None:
    batch = upload(alice, "First name,City\nAna,Oslo\n")

    start(alice, batch, {"First name": "first_name", "City": "+text"})
    jobs.run_due(tenant_id=alice.tenant.id)

    assert counts_of(reread(alice, batch)) == (1, 0, 0, 0)
    with alice.at_work():
        assert CustomField.objects.get().label == "City (2)"
