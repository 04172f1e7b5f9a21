"""An import goes as far as the rights of the person go at that moment, row by row and field by field."""

from typing import Any

from autocrm.jobs import services as jobs
from autocrm.jobs.models import Job
from autocrm.transfers import running, tasks
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.services import runs
from autocrm.transfers.tests.workplace import (
    Contact,
    bring_in,
    counts_of,
    faults_of,
    people,
    reread,
    start,
    told,
    upload,
)
from autocrm.users.models import Membership
from autocrm.users.selectors import forget_cached_actors
from tests.support.cast import Person, make_person, make_role


def importer(alice: Person, **verbs: str) -> Person:
    """A colleague with these rights on contacts; the field "source" is hidden from her."""
    rights = {"read": "own", "create": "own", "update": "own", "import": "own"} | verbs
    role = make_role(alice.tenant, records={"contact": rights, "*": {}}, fields={"contact": {"source": "hidden"}})
    return make_person("Ida Importer", alice.tenant, role)


def test_records_of_others_are_neither_read_nor_changed(alice: Any) -> None:
    bring_in(alice, people(2))
    ida = importer(alice)

    batch = bring_in(ida, people(3), match="update")

    assert counts_of(batch) == (1, 0, 0, 2)
    assert faults_of(ida, batch) == [
        (2, "E-mail", "Another record has this value already."),
        (3, "E-mail", "Another record has this value already."),
    ]


def test_records_that_are_seen_but_not_ones_own_stay_as_they_are(alice: Any) -> None:
    bring_in(alice, people(1))
    ida = importer(alice, read="all")

    batch = bring_in(ida, people(1).replace("Ana0", "Eva"), match="update")

    assert faults_of(ida, batch) == [(2, "", "This record exists, and you may not change it.")]


def test_records_for_somebody_else_need_the_right_for_it(alice: Any) -> None:
    content = f"First name,Owner\nAna,{alice.user.email}\nEva,\n"
    ida = importer(alice)

    batch = bring_in(ida, content)

    assert counts_of(batch) == (1, 0, 0, 1)
    assert faults_of(ida, batch) == [(2, "Owner", "You may not create records for this person.")]


def test_a_hidden_field_is_left_out(alice: Any) -> None:
    batch = bring_in(importer(alice), "First name,Source\nAna,Fair\n")

    assert batch.mapping == {"First name": "first_name"}
    with alice.at_work():
        assert Contact.objects.get().source == ""


def test_whoever_loses_the_right_in_the_middle_stops_there(alice: Any, monkeypatch: Any) -> None:
    ida = importer(alice)
    batch = start(ida, upload(ida, people(3 * running.CHUNK_ROWS)))
    keep = running._Work._keep

    def keep_and_leave(self: Any, *arguments: Any) -> None:
        keep(self, *arguments)
        Membership.objects.filter(user_id=ida.id).update(is_active=False)
        forget_cached_actors()

    monkeypatch.setattr(running._Work, "_keep", keep_and_leave)
    jobs.run_due(tenant_id=alice.tenant.id)

    ended = reread(alice, batch)
    assert (ended.state, ended.done_rows, ended.error) == (
        ImportState.FAILED,
        running.CHUNK_ROWS,
        "You may not do this.",
    )
    with alice.at_work():
        assert Contact.objects.count() == running.CHUNK_ROWS


def test_what_was_cancelled_stops_at_the_next_chunk(alice: Any, monkeypatch: Any) -> None:
    batch = start(alice, upload(alice, people(3 * running.CHUNK_ROWS)))
    write = running._Work._write

    def write_and_cancel(self: Any, *chunk: Any) -> bool:
        written = write(self, *chunk)
        with alice.at_work() as actor:
            runs.cancel_import(batch.id, actor=actor)
        return written

    monkeypatch.setattr(running._Work, "_write", write_and_cancel)
    jobs.run_due(tenant_id=alice.tenant.id)

    ended = reread(alice, batch)
    assert (ended.state, ended.created) == (ImportState.CANCELLED, running.CHUNK_ROWS)
    with alice.at_work():
        assert Contact.objects.count() == running.CHUNK_ROWS
    assert told(alice) == []


def test_a_file_that_turns_out_broken_fails_with_words_and_one_notification(alice: Any) -> None:
    batch = upload(alice, people(3))
    with alice.at_work():
        Import.objects.filter(id=batch.id).update(total_rows=None, encoding="utf-16")

    start(alice, batch)
    jobs.run_due(tenant_id=alice.tenant.id)

    ended = reread(alice, batch)
    assert ended.state == ImportState.FAILED
    assert ended.error
    assert [kind for kind, _title in told(alice)] == ["import_failed"]


def test_an_import_whose_job_is_gone_is_told_as_failed(alice: Any) -> None:
    batch = start(alice, upload(alice, people(3)))
    with alice.at_work():
        Job.objects.filter(id=batch.job_id).update(state=Job.State.FAILED)

    tasks.find_lost()
    tasks.find_lost()

    assert reread(alice, batch).state == ImportState.FAILED
    assert len(told(alice)) == 1


def test_old_files_are_thrown_away_and_their_room_is_given_back(alice: Any) -> None:
    done = bring_in(alice, people(3))
    unused = upload(alice, people(4))
    fresh = bring_in(alice, people(5))
    with alice.at_work():
        Import.objects.filter(id=done.id).update(finished_at=done.finished_at - tasks.FILES_KEPT)
        Import.objects.filter(id=unused.id).update(created_at=unused.created_at - tasks.UNUSED_KEPT)

    tasks.forget_files()

    with alice.at_work():
        kept = dict(Import.objects.values_list("id", "file_key"))
    assert kept == {done.id: "", fresh.id: fresh.file_key}
