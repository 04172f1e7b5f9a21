"""Tasks and notes: who may add them to what, what the timeline shows, what is due."""

import re
from datetime import timedelta

import pytest

from autocrm.activities import agendas, attending, rules, selectors, services, timelines
from autocrm.activities.models import ActivityLink, Task
from autocrm.activities.permissions import NOTE, TASK
from autocrm.activities.tests.factories import days, make_task
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Denied, Invalid, NotFound
from autocrm.records import selectors as records_read
from autocrm.records import services as records
from autocrm.records.registry import record_types
from tests.support.cast import Person, make_person


def a_record(person: Person, subject: str = "Prepare the offer") -> services.About:
    """Any record will do to hang an activity on; here another task, since no higher app may be known."""
    with person.at_work():
        record = records.create_record(record_types.get(TASK), {"subject": subject}, actor=person.actor)
    return services.About(TASK, record.id)


def test_a_task_is_its_makers_own_unless_given_to_another(alice: Person) -> None:
    with alice.at_work():
        task = services.create_task({"subject": "Call back"}, actor=alice.actor)

    assert (task.owner_id, task.status, task.priority) == (alice.user.id, "open", "normal")


def test_an_activity_appears_on_the_timeline_of_what_it_is_about(alice: Person) -> None:
    about = a_record(alice)

    with alice.at_work():
        note = services.create_note("<p>They want <b>net 60</b>.</p>", about=[about], actor=alice.actor)
        task = services.create_task({"subject": "Call back", "due_at": now()}, about=[about], actor=alice.actor)

    with alice.at_work():
        items = timelines.timeline(record_types.get(TASK), about.record_id, actor=alice.actor).items
        assert [item.kind for item in items] == [TASK, NOTE, "record.created"]
        assert [item.activity for item in items] == [task, note, None]
        assert selectors.upcoming_of(TASK, about.record_id, actor=alice.actor) == [task]
        assert selectors.next_of(TASK, [about.record_id], actor=alice.actor) == {about.record_id: task}
        assert selectors.count_recent(TASK, [about.record_id]) == {about.record_id: 2}


def test_a_note_keeps_no_script(alice: Person) -> None:
    with alice.at_work():
        note = services.create_note("<p onclick=x()>Hi<script>alert(1)</script></p>", actor=alice.actor)

    assert note.body == "<p>Hi</p>"
    assert note.text.strip() == "Hi"


def test_an_empty_note_is_refused(alice: Person) -> None:
    with alice.at_work(), pytest.raises(Invalid):
        services.create_note("   ", actor=alice.actor)


def test_completing_and_reopening_keep_the_time_of_completion_true(alice: Person) -> None:
    about = a_record(alice)

    with alice.at_work():
        done = services.complete_task(about.record_id, actor=alice.actor)
    with alice.at_work():
        reopened = services.reopen_task(about.record_id, actor=alice.actor)

    assert done.completed_at is not None
    assert (reopened.status, reopened.completed_at) == ("open", None)


def test_the_agenda_sorts_ones_own_open_tasks_by_day(alice: Person) -> None:
    moments = {"late": now() - timedelta(days=2), "soon": now() + timedelta(days=3), "some day": None}
    with alice.at_work():
        for subject, due_at in moments.items():
            services.create_task({"subject": subject, "due_at": due_at}, actor=alice.actor)

    with alice.at_work():
        agenda = agendas.agenda(alice.actor)
        due = agendas.count_due(alice.actor)

    assert [
        [task.subject for task in each] for each in (agenda.overdue, agenda.today, agenda.week, agenda.undated)
    ] == [
        ["late"],
        [],
        ["soon"],
        ["some day"],
    ]
    assert due == 1


def test_the_numbers_of_today_are_those_of_what_stands_there(alice: Person) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    begins = now() - timedelta(days=2)
    with dana.at_work() as actor:
        meeting = services.create_meeting(
            {"subject": "Demo", "starts_at": begins, "ends_at": begins + timedelta(hours=1), "status": "open"},
            actor=actor,
        )
        attending.set_attendees(meeting.pk, [f"user:{alice.id}"], actor=actor)
    with alice.at_work() as actor:
        services.log_call({"subject": "Asked for prices"}, actor=actor)
        services.create_task({"subject": "Late", "due_at": begins}, actor=actor)

    with alice.at_work() as actor:
        assert [each.subject for each in agendas.agenda(actor).overdue] == ["Demo", "Late"]
        assert agendas.count_due(actor) == 2
        assert len(agendas.list_done(actor, begins)) == agendas.count_done(actor, begins, now()) == 1
    with dana.at_work() as actor:
        assert agendas.count_due(actor) == 1


def test_however_much_is_overdue_today_is_whole_and_all_is_counted(alice: Person) -> None:
    for number in range(4):
        make_task(alice, subject=f"Late {number}", due_at=days(-2 - number))
    make_task(alice, subject="Now", due_at=now())
    make_task(alice, subject="Some day")

    with alice.at_work() as actor:
        found = agendas.agenda(actor, limit=2)

    assert [each.subject for each in found.overdue] == ["Late 3", "Late 2"]
    assert found.overdue_count == 4
    assert [each.subject for each in (*found.today, *found.undated)] == ["Now", "Some day"]


def test_charlie_can_hang_nothing_on_a_record_of_acme(alice: Person, charlie: Person) -> None:
    about = a_record(alice)

    with pytest.raises(NotFound), charlie.at_work():
        services.create_note("Hello", about=[about], actor=charlie.actor)

    with charlie.at_work():
        assert not ActivityLink.objects.exists()
        assert not selectors.open_activities("task", charlie.actor).exists()
    with alice.at_work():
        assert ActivityLink.objects.count() == 0


def test_bob_without_the_right_completes_nothing(alice: Person, bob: Person) -> None:
    about = a_record(alice)

    with pytest.raises((Denied, NotFound)), bob.at_work():
        services.complete_task(about.record_id, actor=bob.actor)

    with alice.at_work():
        task = records_read.get_record(record_types.get(TASK), about.record_id, actor=alice.actor)
        assert isinstance(task, Task)
        assert task.is_open


@pytest.mark.parametrize(
    ("written", "links"),
    [
        ("<p>See https://example.com/x?a=1&amp;b=2, please</p>", ["https://example.com/x?a=1&amp;b=2"]),
        ("<p>Ana&nbsp;www.example.org</p>", ["http://www.example.org"]),
        ('<p><a href="https://example.com">https://example.com</a></p>', ["https://example.com"]),
        ("<p>Release 1.5 of <b>x.y</b> &lt;script&gt;</p>", []),
        ("See https://example.com", ["https://example.com"]),
    ],
)
def test_addresses_in_a_note_become_links_once(alice: Person, written: str, links: list[str]) -> None:
    about = a_record(alice)
    with alice.at_work() as actor:
        body = services.create_note(written, about=[about], actor=actor).body

    assert re.findall('href="([^"]*)"', body) == links
    assert rules.as_html(body) == body
