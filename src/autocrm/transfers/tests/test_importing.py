"""What becomes of the rows of a file: new records, matched ones, related ones, faults by row and column."""

from typing import Any

from autocrm.jobs import services as jobs
from autocrm.journal.models import Entry
from autocrm.kernel.platform import rows
from autocrm.records import selectors as records
from autocrm.records.models import SearchRow, Tag
from autocrm.transfers.matching import Matcher
from autocrm.transfers.models import Import, ImportChunk, ImportState
from autocrm.transfers.tests.workplace import (
    COMPANY,
    Company,
    Contact,
    bring_in,
    checksum,
    counts_of,
    faults_of,
    people,
    start,
    told,
    upload,
)
from tests.support.cast import make_person


def test_a_whole_name_becomes_first_and_last_name(alice: Any) -> None:
    batch = upload(alice, 'Full name,E-mail\nLudwig van Beethoven,l@b.example\n"Silva, Ana",a@b.example\n')
    beside = upload(alice, "Name,Last name,First name\nX Y,Ek,Bo\n")

    start(alice, batch)
    jobs.run_due(tenant_id=alice.tenant.id)

    assert batch.mapping == {"Full name": "name", "E-mail": "email"}
    assert beside.mapping == {"Last name": "last_name", "First name": "first_name"}
    with alice.at_work():
        names = set(Contact.objects.values_list("first_name", "last_name"))
    assert names == {("Ludwig", "van Beethoven"), ("Ana", "Silva")}


def test_a_whole_name_that_a_record_has_already_changes_nothing_of_it(alice: Any) -> None:
    bring_in(alice, "First name,Last name,E-mail\nAna,Maria Silva,a@b.example\nBo,Ek,b@b.example\n")
    content = "Name,E-mail,City\nana  maria silva,a@b.example,Oslo\nBo Ekman,b@b.example,Bergen\n"

    bring_in(alice, content, match="update")

    with alice.at_work():
        found = set(Contact.objects.values_list("first_name", "last_name", "city"))
    assert found == {("Ana", "Maria Silva", "Oslo"), ("Bo", "Ekman", "Bergen")}


def test_every_row_becomes_a_record_with_its_journal_and_its_place_in_the_search(alice: Any) -> None:
    batch = bring_in(alice, people(2_350))

    assert batch.state == ImportState.DONE
    assert counts_of(batch) == (2_350, 0, 0, 0)
    with alice.at_work() as actor:
        contacts = Contact.objects.all()
        assert contacts.count() == SearchRow.objects.filter(record_type="contact").count() == 2_350
        one = contacts.get(email_key="ana17@example.com")
        assert (one.first_name, one.last_name, one.full_name_key) == ("Ana17", "Silva17", "ana17 silva17")
        assert (one.phone_key, one.type, one.owner_id, one.version) == ("+12125550017", "lead", alice.id, 1)
        entry = Entry.objects.get(record_id=one.id)
        assert (entry.kind, entry.actor_kind, entry.actor_id) == ("record.created", "import", alice.id)
        assert entry.changes["email"] == [None, "ana17@example.com"]
        assert entry.data == {"version": 1, "import": str(batch.id), "quiet": True}
        newest = contacts.get(email_key="ana2349@example.com")
        assert [hit.record_id for hit in records.search("silva2349", actor=actor)] == [newest.id]


def test_the_person_is_told_once(alice: Any) -> None:
    batch = bring_in(alice, people(3))

    assert told(alice) == [("import_finished", "Imported 3 contacts: 3 new, 0 matched, 0 faults")]
    found = alice.api.get("/api/v1/notifications/").json()["results"][0]
    assert found["data"] == {"import": str(batch.id), "record_type": "contact"}


def test_an_import_may_be_seen_by_workflows_when_asked(alice: Any) -> None:
    bring_in(alice, people(1), run_workflows=True)

    with alice.at_work():
        assert "quiet" not in Entry.objects.get(kind="record.created").data


def test_rows_that_exist_are_left_alone(alice: Any) -> None:
    bring_in(alice, people(5))

    again = bring_in(alice, people(8).replace("Ana3,", "Anna,"))

    assert counts_of(again) == (3, 0, 5, 0)
    with alice.at_work():
        assert Contact.objects.count() == 8
        assert not Contact.objects.filter(first_name="Anna").exists()


def test_rows_that_exist_are_overwritten_when_asked(alice: Any) -> None:
    bring_in(alice, people(5))

    again = bring_in(alice, people(5).replace("Ana3,", "Anna,"), match="update")

    assert counts_of(again) == (0, 1, 4, 0)
    with alice.at_work():
        changed = Contact.objects.get(first_name="Anna")
        assert (changed.full_name, changed.version, changed.updated_by_id) == ("Anna Silva3", 2, alice.id)
        entry = Entry.objects.get(record_id=changed.id, kind="record.updated")
        assert entry.changes == {"first_name": ["Ana3", "Anna"]}
        assert SearchRow.objects.get(record_id=changed.id).title == "Anna Silva3"


def test_empty_fields_alone_are_filled_when_asked(alice: Any) -> None:
    bring_in(alice, "First name,E-mail\nAna,ana@example.com\n")

    again = bring_in(alice, "First name,Last name,E-mail\nAnna,Silva,ANA@example.com\n", match="fill")

    assert counts_of(again) == (0, 1, 0, 0)
    with alice.at_work():
        assert Contact.objects.get().full_name == "Ana Silva"


def test_a_unique_value_can_not_be_added_twice(alice: Any) -> None:
    content = "First name,E-mail\nAna,ana@example.com\nEva,ana@example.com\n"

    batch = bring_in(alice, content, match="create")

    assert counts_of(batch) == (1, 0, 0, 1)
    assert faults_of(alice, batch) == [(3, "E-mail", "Another record has this value already.")]


def test_rows_of_the_same_chunk_that_repeat_each_other_are_one_record(alice: Any) -> None:
    content = "First name,Last name,E-mail\nAna,,ana@example.com\nAna,Silva,Ana@Example.com\nEva,,eva@example.com\n"

    batch = bring_in(alice, content, match="update")

    assert counts_of(batch) == (2, 1, 0, 0)
    with alice.at_work():
        assert Contact.objects.get(email_key="ana@example.com").full_name == "Ana Silva"


def test_cells_that_cannot_be_read_are_told_by_row_and_column_and_the_row_is_imported_without(alice: Any) -> None:
    content = (
        "First name,E-mail,Next follow-up,Type\n"
        "Ana,ana@example.com,2026-12-01,Customer\n"
        "Eva,not an address,2026-12-01,lead\n"
        "Ida,ida@example.com,some day,friend\n"
    )

    batch = bring_in(alice, content)

    assert counts_of(batch) == (3, 0, 0, 0)
    assert batch.faults == 3
    assert faults_of(alice, batch) == [
        (3, "E-mail", "This is not an e-mail address."),
        (4, "Next follow-up", "This is not a date like 2026-11-22."),
        (4, "Type", "This is not one of the choices: Lead, Prospect, Customer, Partner, Vendor."),
    ]
    with alice.at_work():
        ida = Contact.objects.get(first_name="Ida")
        assert (ida.next_follow_up_on, ida.type) == (None, "lead")


def test_a_row_without_what_it_needs_stays_out_whole(alice: Any) -> None:
    batch = bring_in(alice, "Name,Industry\nGlobex,medical\n,retail\n", into=COMPANY)

    assert counts_of(batch) == (1, 0, 0, 1)
    assert faults_of(alice, batch) == [(3, "Name", "This is required.")]


def test_a_row_that_breaks_a_rule_of_its_type_stays_out(alice: Any) -> None:
    batch = bring_in(alice, "First name,City\nAna,Oslo\n,Bergen\n")

    assert counts_of(batch) == (1, 0, 0, 1)
    assert faults_of(alice, batch) == [(3, "", "Give a name, an e-mail address or a phone number.")]


def test_ragged_rows_stay_out_and_blank_lines_do_not_count(alice: Any) -> None:
    content = "First name,City\nAna,Oslo\n\nEva\nIda,Bergen,too much\nPia,Molde,\n"

    batch = bring_in(alice, content)

    assert (batch.total_rows, *counts_of(batch)) == (4, 2, 0, 0, 2)
    assert faults_of(alice, batch) == [
        (4, "", "This row has 1 cells, the header has 2."),
        (5, "", "This row has 3 cells, the header has 2."),
    ]


def test_companies_are_found_by_name_or_domain_and_made_where_missing(alice: Any) -> None:
    bring_in(alice, "Name,Domain\nAcme Inc.,acme.example\n", into=COMPANY)
    rows = ("Ana,ACME", "Eva,www.acme.example", "Ida,Müller & Söhne GmbH", "Pia,muller and sohne", "Lea,Initech")
    content = "\n".join(("First name,Company", *rows))

    batch = bring_in(alice, content)

    assert (batch.created, batch.related, batch.faults) == (5, 2, 0)
    with alice.at_work() as actor:
        names = dict(Contact.objects.values_list("first_name", "company__name"))
        assert names == {
            "Ana": "Acme Inc.",
            "Eva": "Acme Inc.",
            "Ida": "Müller & Söhne GmbH",
            "Pia": "Müller & Söhne GmbH",
            "Lea": "Initech",
        }
        made = Company.objects.get(name="Initech")
        assert (made.owner_id, made.match_key) == (alice.id, "initech")
        assert Entry.objects.get(record_id=made.id).data["quiet"] is True
        assert {hit.title for hit in records.search("initech", actor=actor)} == {"Initech", "Lea"}
        assert ImportChunk.objects.get(batch=batch).related_ids


def test_a_company_that_is_missing_is_a_fault_when_none_is_to_be_made(alice: Any) -> None:
    batch = bring_in(alice, "First name,Company\nAna,Initech\n", create_related=False)

    assert counts_of(batch) == (1, 0, 0, 0)
    assert faults_of(alice, batch) == [(2, "Company", "There is no such record, or you may not see it.")]


def test_owners_are_found_by_name_or_address_and_unknown_ones_become_the_importing_person(alice: Any) -> None:
    eva = make_person("Eva Berg", alice.tenant, "member")
    content = f"First name,Lead Owner\nAna,eva berg\nIda,{eva.user.email}\nPia,Somebody Else\n"

    batch = bring_in(alice, content)

    assert faults_of(alice, batch) == [(4, "Lead Owner", "Nobody of the team is called so.")]
    with alice.at_work():
        owners = dict(Contact.objects.values_list("first_name", "owner_id"))
    assert owners == {"Ana": eva.id, "Ida": eva.id, "Pia": alice.id}


def test_tags_are_found_or_made(alice: Any) -> None:
    bring_in(alice, "First name,Tags\nAna,VIP; Partner\nIda,vip\nPia,\n")

    with alice.at_work():
        names = {tag.id: tag.name for tag in Tag.objects.all()}
        tagged = {c.first_name: sorted(names[tag] for tag in c.tags) for c in Contact.objects.all()}
    assert tagged == {"Ana": ["Partner", "VIP"], "Ida": ["VIP"], "Pia": []}


def test_parents_may_stand_below_their_children(alice: Any) -> None:
    content = "account,subsidiary_of\nChild,Mother\nMother,Grandmother\nSolo,\nLost,Nobody Ltd\nGrandmother,\n"

    batch = bring_in(alice, content, into=COMPANY)

    assert (batch.created, batch.related, batch.faults) == (5, 1, 0)
    with alice.at_work():
        parents = dict(Company.objects.values_list("name", "parent__name"))
        assert not ImportChunk.objects.exclude(pending=[]).exists()
    assert parents == {
        "Child": "Mother",
        "Mother": "Grandmother",
        "Grandmother": None,
        "Solo": None,
        "Lost": "Nobody Ltd",
        "Nobody Ltd": None,
    }


def test_a_circle_of_parents_is_refused_where_it_would_close(alice: Any) -> None:
    batch = bring_in(alice, "account,subsidiary_of\nA,B\nB,C\nC,A\nD,D\n", into=COMPANY)

    assert [(row, column) for row, column, _text in faults_of(alice, batch)] == [
        (4, "subsidiary_of"),
        (5, "subsidiary_of"),
    ]
    with alice.at_work():
        assert dict(Company.objects.values_list("name", "parent__name")) == {"A": "B", "B": "C", "C": None, "D": None}


def test_numbers_and_dates_are_read_as_the_column_writes_them(alice: Any) -> None:
    content = "Name;Annual revenue;Employees\nGlobex;1.234,50 €;2.500\nInitech;99,00;85\nHooli;(1.000,00);\n"

    batch = bring_in(alice, content, into=COMPANY)

    assert (batch.delimiter, batch.options["formats"]["Annual revenue"], batch.faults) == (";", ",", 0)
    with alice.at_work():
        found = dict(Company.objects.values_list("name", "revenue"))
        employees = dict(Company.objects.values_list("name", "employees"))
    assert found == {"Globex": 123_450, "Initech": 9_900, "Hooli": -100_000}
    assert employees == {"Globex": 2_500, "Initech": 85, "Hooli": None}


def test_another_tenant_stays_as_it_was(alice: Any, charlie: Any) -> None:
    bring_in(charlie, people(40))
    before = checksum(charlie.tenant.id)

    batch = bring_in(alice, people(60), match="update")

    assert counts_of(batch) == (60, 0, 0, 0)
    assert checksum(charlie.tenant.id) == before
    assert rows(Import, reason="test").filter(tenant_id=charlie.tenant.id).count() == 1


def test_a_value_written_by_somebody_else_meanwhile_is_found_at_the_second_look(alice: Any, monkeypatch: Any) -> None:
    bring_in(alice, people(3))
    looks, rows_of = [], Matcher._rows
    monkeypatch.setattr(Matcher, "_rows", lambda self, *keys: rows_of(self, *keys) if looks else looks.append(1) or [])

    batch = bring_in(alice, people(7))

    assert counts_of(batch) == (4, 0, 3, 0)


def test_a_row_the_database_refuses_is_the_only_one_that_stays_out(alice: Any, monkeypatch: Any) -> None:
    bring_in(alice, people(1, start_at=3))
    monkeypatch.setattr(Matcher, "_rows", lambda self, *keys: [])

    batch = bring_in(alice, people(7))

    assert counts_of(batch) == (6, 0, 0, 1)
    assert faults_of(alice, batch) == [(5, "", "Another record has the same value in E-mail.")]
    with alice.at_work():
        assert Contact.objects.count() == 7
