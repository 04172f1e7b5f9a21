"""An import is taken back: what it made goes, what it changed is as before, what changed since stays."""

from typing import Any

from autocrm.jobs import services as jobs
from autocrm.jobs.models import Job
from autocrm.journal.models import Entry
from autocrm.kernel.clock import now
from autocrm.records import services as records
from autocrm.transfers import taking_back
from autocrm.transfers.models import Import, ImportChunk, ImportState
from autocrm.transfers.tests.workplace import (
    COMPANY,
    CONTACT,
    Company,
    Contact,
    bring_in,
    counts_of,
    people,
    reread,
    told,
)


def undo(person: Any, batch: Import) -> Import:
    assert person.page.post(f"/imports/{batch.id}/undo/").status_code == 302
    jobs.run_due(tenant_id=person.tenant.id)
    return reread(person, batch)


def live(model: Any) -> Any:
    return model.objects.filter(archived_at=None)


def test_everything_goes_back(alice: Any) -> None:
    bring_in(alice, "First name,E-mail,City\nAna,ana0@example.com,Oslo\n")
    rows = "First name,E-mail,City,Company\nEva,ana0@example.com,Bergen,Acme\nBo,bo@example.com,,Acme\n"
    batch = bring_in(alice, rows, match="update")
    assert (counts_of(batch), batch.related) == ((1, 1, 0, 0), 1)

    undone = undo(alice, batch)

    assert undone.state == ImportState.UNDONE
    expected = {"binned": 1, "set_back": 1, "related": 1, "refused": 0}
    assert {key: undone.undo_counts[key] for key in expected} == expected
    with alice.at_work():
        kept = live(Contact).get()
        assert (kept.first_name, kept.city, kept.company_id) == ("Ana", "Oslo", None)
        assert not live(Company).exists()
        assert Entry.objects.filter(kind="import.undone").count() == 1
    assert told(alice)[0][0] == "import_undone"
    assert "Taken back" in alice.page.get(f"/imports/{batch.id}/").content.decode()
    # It is not taken back twice, and the same file comes in again.
    assert alice.page.post(f"/imports/{batch.id}/undo/").status_code == 409
    again = bring_in(alice, rows, match="update")
    assert counts_of(again) == (1, 1, 0, 0)


def test_what_somebody_changed_since_stays_and_is_named(alice: Any) -> None:
    batch = bring_in(alice, people(3))
    with alice.at_work() as actor:
        touched = Contact.objects.get(email_key="ana1@example.com")
        records.update_record(CONTACT, touched.id, {"first_name": "Anna"}, actor=actor)

    undone = undo(alice, batch)

    assert (undone.undo_counts["binned"], undone.undo_counts["refused"]) == (2, 1)
    with alice.at_work():
        assert live(Contact).get().id == touched.id
    page = alice.page.get(f"/imports/{batch.id}/").content.decode()
    assert "Not taken back" in page
    assert "Anna" in alice.page.get(f"/imports/{batch.id}/refusals.csv").content.decode() or "Ana1" in page


def test_a_company_that_others_belong_to_stays(alice: Any) -> None:
    batch = bring_in(alice, "First name,Company\nAna,Acme\nBo,Beta\n")
    with alice.at_work() as actor:
        acme = Company.objects.get(name="Acme")
        records.create_record(CONTACT, {"first_name": "Cy", "company": str(acme.id)}, actor=actor)

    undone = undo(alice, batch)

    assert (undone.undo_counts["related"], undone.undo_counts["refused"]) == (1, 1)
    with alice.at_work():
        assert [each.name for each in live(Company)] == ["Acme"]


def test_references_among_the_rows_go_back_with_them(alice: Any) -> None:
    batch = bring_in(alice, "account,subsidiary_of\nChild,Parent\nParent,\n", into=COMPANY)

    undone = undo(alice, batch)

    assert (undone.undo_counts["binned"], undone.undo_counts["refused"]) == (2, 0)
    with alice.at_work():
        assert not live(Company).exists()


def test_a_crash_in_the_middle_takes_nothing_back_twice(alice: Any, monkeypatch: Any) -> None:
    batch = bring_in(alice, people(4_500))
    act, calls = taking_back._Undo._take_records, []

    def failing(self: Any, *given: Any) -> None:
        calls.append(1)
        act(self, *given)
        if len(calls) == 2:
            raise ConnectionResetError("the network went away")

    monkeypatch.setattr(taking_back._Undo, "_take_records", failing)
    alice.page.post(f"/imports/{batch.id}/undo/")
    jobs.run_due(tenant_id=alice.tenant.id)
    with alice.at_work():
        assert ImportChunk.objects.filter(batch=batch, undone=1).count() == 1
        assert live(Contact).count() == 4_000
        jobs_of = Import.objects.get(id=batch.id).undo_job_id
    monkeypatch.undo()
    run_again(alice, jobs_of)

    assert reread(alice, batch).undo_counts["binned"] == 4_500
    with alice.at_work():
        assert Entry.objects.filter(kind="record.archived").count() == 4_500


def run_again(person: Any, job_id: Any) -> None:
    """As if the time until the next attempt were over."""
    with person.at_work():
        Job.objects.filter(id=job_id).update(run_at=now())
    jobs.run_due(tenant_id=person.tenant.id)


def test_only_who_imported_or_manages_imports_takes_back(alice: Any, bob: Any) -> None:
    batch = bring_in(alice, people(1))

    assert bob.page.post(f"/imports/{batch.id}/undo/").status_code == 404
    with alice.at_work():
        assert live(Contact).count() == 1
