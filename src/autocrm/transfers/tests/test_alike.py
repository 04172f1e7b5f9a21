"""What an import brings in is searched for duplicates once it has ended, and not while it runs."""

from typing import Any

from autocrm.jobs import services as jobs
from autocrm.jobs.models import Job
from autocrm.journal import services as journal
from autocrm.records.duplicate_models import DuplicatePair
from autocrm.transfers.tests.workplace import Contact, bring_in, people, start, upload

FILE = "First name,Last name,E-mail,Phone,Company\n"


def _pairs(person: Any, record_type: str) -> list[set[Any]]:
    with person.at_work():
        found = DuplicatePair.objects.filter(record_type=record_type).values_list("left_id", "right_id")
        return [set(each) for each in found]


def _ids(person: Any, model: Any, **wanted: Any) -> set[Any]:
    with person.at_work():
        return set(model.objects.filter(**wanted).values_list("id", flat=True))


def test_what_an_import_brings_is_searched_for_duplicates_at_its_end(alice: Any) -> None:
    bring_in(alice, FILE + "Nora,Berg,nora@berg.example,+1 212 555 0101,\n")

    bring_in(alice, FILE + "Nora,Berg,n.berg@home.example,+1 212 555 0101,\n")

    assert _pairs(alice, "contact") == [_ids(alice, Contact, last_name="Berg")]


def test_the_journal_starts_no_search_for_what_an_import_writes(alice: Any) -> None:
    start(alice, upload(alice, people(20)))
    jobs.run_due(tenant_id=alice.tenant.id)

    journal.run_consumers(tenant_id=alice.tenant.id, consumer="duplicates")

    with alice.at_work():
        names = set(Job.objects.filter(name__contains="uplicates").values_list("name", flat=True))
        assert names == set()
        assert Job.objects.filter(name="transfers.find_alike", state=Job.State.DONE).count() == 1
