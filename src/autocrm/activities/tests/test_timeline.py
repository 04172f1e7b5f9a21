"""What a timeline tells, to whom, in which words and in how many queries."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autocrm.activities import services, timelines
from autocrm.activities.lines import day_heading, lines_of, who_did
from autocrm.activities.permissions import NOTE, TASK
from autocrm.activities.tests.factories import days, make_note, make_place, make_record, make_task
from autocrm.activities.timelines import Only, Show
from autocrm.journal import services as journal
from autocrm.kernel.actors import ActorKind
from autocrm.records import services as records
from autocrm.records.merging.merging import merge_records
from autocrm.records.registry import record_types
from autocrm.ui import formatting
from tests.support.cast import Person, make_person, make_role

TYPE = record_types.get(TASK)


def read(person: Person, record_id: UUID, **options: Any) -> timelines.Timeline:
    with person.at_work() as actor:
        return timelines.timeline(TYPE, record_id, actor=actor, **options)


def words(person: Person, record_id: UUID, **options: Any) -> list[str]:
    with person.at_work() as actor:
        page = timelines.timeline(TYPE, record_id, actor=actor, **options)
        return [f"{line.who} {line.did}" for line in lines_of(TYPE, page.items, actor=actor)]


def change(person: Person, about: services.About, **values: Any) -> None:
    with person.at_work() as actor:
        records.update_record(TYPE, about.record_id, values, actor=actor)


def test_a_change_is_told_field_by_field_from_old_to_new(alice: Person) -> None:
    about = make_record(alice)
    change(alice, about, priority="high", subject="Prepare the best offer")

    with alice.at_work() as actor:
        page = timelines.timeline(TYPE, about.record_id, actor=actor)
        line = lines_of(TYPE, page.items, actor=actor)[0]

    assert f"{line.who} {line.did}" == "Alice Archer changed"
    assert [(each.label, each.old, each.new) for each in line.changes] == [
        ("Subject", "Prepare the offer", "Prepare the best offer"),
        ("Priority", "Normal", "High"),
    ]


def test_a_note_written_anew_is_told_in_words_without_marks(alice: Person) -> None:
    note = make_note(alice, make_record(alice), "<p>Net <b>60</b></p>")
    with alice.at_work() as actor:
        services.write_note(note.id, "<p>Net <b>30</b></p>", actor=actor)
        page = timelines.timeline(record_types.get(NOTE), note.id, actor=actor)
        line = lines_of(record_types.get(NOTE), page.items, actor=actor)[0]

    assert [(each.old, each.new) for each in line.changes] == [("Net 60", "Net 30")]


def test_hidden_fields_are_left_out_and_so_is_a_change_of_nothing_else(alice: Person) -> None:
    role = make_role(alice.tenant, records={"task": {"read": "all"}}, fields={"task": {"priority": "hidden"}})
    dana = make_person("Dana Dean", alice.tenant, role)
    about = make_record(alice)
    change(alice, about, priority="high")
    change(alice, about, priority="low", subject="Another")

    page = read(dana, about.record_id)

    assert [sorted(item.entry.changes) for item in page.items] == [["subject"], ["subject"]]
    assert [item.kind for item in page.items] == ["record.updated", "record.created"]
    answer = dana.page.get(f"/tasks/{about.record_id}/timeline/").content.decode()
    assert "Priority" not in answer
    assert "Another" in answer


def test_notes_of_a_role_that_hides_them_are_neither_shown_nor_counted_on(alice: Person) -> None:
    records_of_role = {"task": {"read": "all"}, "note": {"read": "all"}}
    role = make_role(alice.tenant, records=records_of_role, fields={"note": {"body": "hidden", "text": "hidden"}})
    dana = make_person("Dana Dean", alice.tenant, role)
    about = make_record(alice)
    make_note(alice, about, "<p>Confidential</p>")

    answers = [
        dana.page.get(f"/tasks/{about.record_id}/").content.decode(),
        dana.page.get(f"/tasks/{about.record_id}/panels/notes/").content.decode(),
        dana.api.get(f"/api/v1/tasks/{about.record_id}/timeline/").content.decode(),
    ]

    assert all("Confidential" not in answer for answer in answers)


def test_completion_is_told_where_the_task_belongs_unless_it_was_taken_back(alice: Person) -> None:
    about = make_record(alice)
    task = make_task(alice, about)
    with alice.at_work() as actor:
        services.complete_task(task.id, actor=actor)
    assert words(alice, about.record_id)[0] == "Alice Archer completed"

    with alice.at_work() as actor:
        services.reopen_task(task.id, actor=actor)
    assert words(alice, about.record_id)[0] == "Alice Archer added a task"

    with alice.at_work() as actor:
        services.complete_task(task.id, actor=actor)
    assert words(alice, about.record_id)[:2] == ["Alice Archer completed", "Alice Archer added a task"]


def test_it_can_be_narrowed_to_a_sort_of_thing_and_to_a_person(alice: Person) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    about = make_record(alice)
    make_note(alice, about)
    make_task(dana, about)
    change(dana, about, priority="high")

    def kinds(only: Only) -> list[str]:
        return [item.kind for item in read(alice, about.record_id, only=only).items]

    assert kinds(Only(frozenset({Show.NOTES}))) == [NOTE]
    assert kinds(Only(frozenset({Show.TASKS}))) == [TASK]
    assert kinds(Only(frozenset({Show.CHANGES}))) == ["record.updated", "record.created"]
    assert kinds(Only(by=dana.id)) == ["record.updated", TASK]
    assert kinds(Only(frozenset({Show.NOTES}), dana.id)) == []


def test_pages_meet_without_gap_or_overlap_though_much_is_left_out(alice: Person) -> None:
    about = make_record(alice)
    notes = [make_note(alice, about, f"<p>{at}</p>") for at in range(7)]
    for note in notes[1:6]:
        with alice.at_work() as actor:
            records.archive_record(record_types.get(NOTE), note.id, actor=actor)

    first = read(alice, about.record_id, limit=2)
    second = read(alice, about.record_id, limit=2, before=first.following)

    assert [item.activity for item in first.items] == [notes[6], notes[0]]
    assert [item.kind for item in second.items] == ["record.created"]
    assert second.following is None


def test_the_installations_own_bookkeeping_stays_in_the_history(alice: Person) -> None:
    about = make_record(alice)
    with alice.at_work() as actor:
        system = type(actor).system(actor.tenant_id)
        journal.write("task.completed", record_type=TASK, record_id=about.record_id, actor=system)

    assert words(alice, about.record_id) == ["Alice Archer created this task"]


def test_an_erased_entry_still_leads_to_its_activity(alice: Person) -> None:
    about = make_record(alice)
    note = make_note(alice, about)

    with alice.at_work() as actor:
        journal.shred_record(TASK, about.record_id, actor=actor)

    assert read(alice, about.record_id, only=Only(frozenset({Show.NOTES}))).items[0].activity == note


@pytest.mark.parametrize(
    ("kind", "label", "said"),
    [
        (ActorKind.HUMAN, "Alice Archer", "Alice Archer"),
        (ActorKind.WORKFLOW, "New lead", "Workflow New lead"),
        (ActorKind.IMPORT, "", "Import"),
        (ActorKind.IMPORT, "Alice Archer", "Import by Alice Archer"),
        (ActorKind.TOKEN, "Shop", "Shop by API"),
        (ActorKind.SYSTEM, "", "AutoCRM"),
    ],
)
def test_who_acted_is_said_in_words(kind: ActorKind, label: str, said: str) -> None:
    assert who_did(kind.value, label) == said


def test_days_are_headed_as_people_say_them() -> None:
    today = formatting.today()

    assert day_heading(today) == "Today"
    assert day_heading(today.replace(year=today.year - 2)).endswith(str(today.year - 2))


def test_a_timeline_costs_the_same_for_few_and_many(alice: Person) -> None:
    def cost(about: services.About) -> int:
        with alice.at_work() as actor, CaptureQueriesContext(connection) as queries:
            page = timelines.timeline(TYPE, about.record_id, actor=actor)
            lines_of(TYPE, page.items, actor=actor)
        return len(queries)

    short, long = make_record(alice), make_record(alice)
    for about, count in ((short, 1), (long, 8)):
        for _time in range(count):
            make_note(alice, about)
            make_task(alice, about)

    assert cost(short) == cost(long)
    assert cost(long) <= 6


def test_what_happened_with_a_merged_record_stands_on_the_one_it_went_into(alice: Person) -> None:
    kept, gone = make_place(alice, "Villa Aurora"), make_place(alice, "Villa Aurora II")
    note, task = make_note(alice, gone), make_task(alice, gone, due_at=days(1))
    with alice.at_work() as actor:
        record_type = record_types.get("property")
        merge_records(record_type, kept.record_id, [gone.record_id], actor=actor)

    with alice.at_work() as actor:
        page = timelines.timeline(record_type, kept.record_id, actor=actor)
        told = [item.activity for item in page.items if item.activity is not None]
        assert told == [task, note]
        assert record_type.rows().get(pk=kept.record_id).next_activity_at == task.due_at
        assert record_type.rows().get(pk=gone.record_id).next_activity_at is None
        lines = [line.did for line in lines_of(record_type, page.items, actor=actor)]
        assert {"merged this with 1 other", "merged “Villa Aurora II” into this record"} <= set(lines)
    lately = alice.page.get("/properties/duplicates-found/merged/").content.decode()
    assert "Villa Aurora II was merged into it" in lately


def test_upcoming_shows_a_few_and_counts_all(alice: Person) -> None:
    place = make_place(alice)
    for number in range(7):
        make_task(alice, place, subject=f"Task {number}", due_at=days(number + 1))
    address = f"/properties/{place.record_id}/upcoming/"

    few = alice.page.get(address).content.decode()
    every = alice.page.get(f"{address}?all").content.decode()

    assert [f"Task {number}" in few for number in range(7)] == [True] * 5 + [False] * 2
    assert '<span class="n">7</span>' in few
    assert "Show all 7" in few
    assert "tasks=7" in few
    assert all(f"Task {number}" in every for number in range(7))
    assert "Show all 7" not in every
    assert f'data-refresh-url="{address}?all"' in every
