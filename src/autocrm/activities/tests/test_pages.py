"""The pages of activities: what they write, what they show, to whom, and that nothing written becomes code."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from typing_extensions import override

from autocrm.activities import services
from autocrm.activities.forms import read_due
from autocrm.activities.models import ActivityLink, Note, Task
from autocrm.activities.permissions import NOTE, TASK
from autocrm.activities.tests.factories import days, make_note, make_record, make_task
from autocrm.kernel.clock import now
from autocrm.records import services as records
from autocrm.records.registry import record_types
from tests.support.cast import Person, make_person, make_role

HTMX = {"HX-Request": "true"}
PAYLOADS = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    "</textarea><script>alert(1)</script>",
    '<svg onload="alert(1)">',
)


class Live(HTMLParser):
    """Collects what a browser would run of a page: inline scripts, handlers, script addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and not given.get("src") and given.get("type") != "application/json":
            self.found.append(f"<{tag}>")
        self.found += [name for name in given if name.startswith("on")]
        self.found += [str(value) for value in given.values() if value and value.strip().startswith("javascript:")]


def live_code(html: str) -> list[str]:
    reader = Live()
    reader.feed(html)
    return reader.found


def state(person: Person) -> tuple[Any, ...]:
    """Everything of activities in the person's workspace, to compare before and after."""
    with person.at_work():
        return tuple(list(model.objects.order_by("pk").values_list()) for model in (Task, Note, ActivityLink))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_is_written_becomes_code(alice: Person, payload: str) -> None:
    about = make_record(alice, subject=payload)
    url = f"/tasks/{about.record_id}/"
    alice.page.post(f"{url}compose/note/", {"body": f"<p>Hello</p>{payload}", "format": "html"}, headers=HTMX)
    alice.page.post(f"{url}compose/note/", {"body": payload}, headers=HTMX)
    task = make_task(alice, about, subject=payload, body=payload)
    with alice.at_work() as actor:
        records.update_record(record_types.get(TASK), about.record_id, {"body": payload}, actor=actor)
        note = Note.objects.order_by("pk").first()
        Note.objects.filter(pk=note.pk).update(body=f"<p>Past the services</p>{payload}")

    pages = [url, f"{url}peek/", f"{url}timeline/", f"{url}panels/notes/", f"/tasks/{task.id}/", "/today/"]
    pages += [f"/notes/{note.pk}/", f"/notes/{note.pk}/write/", "/notes/", "/tasks/"]

    for page in pages:
        assert live_code(alice.page.get(page).content.decode()) == [], page


def test_a_note_is_written_where_one_stands(alice: Person) -> None:
    about = make_record(alice)

    response = alice.page.post(
        f"/tasks/{about.record_id}/compose/note/", {"body": "See https://globex.example & call"}, headers=HTMX
    )

    assert response.status_code == 200
    assert '"type": "note"' in response.headers["HX-Trigger"]
    with alice.at_work():
        note = Note.objects.get()
        assert note.text == "See https://globex.example & call"
        assert 'href="https://globex.example"' in note.body


def test_who_is_named_and_cannot_see_it_is_said(alice: Person, bob: Person) -> None:
    about, dana = make_record(alice), make_person("Dana Dean", alice.tenant)
    url = f"/tasks/{about.record_id}/compose/note/"

    def write(*people: Person) -> str:
        words = "".join(f'<span data-mention="{each.id}">@{each.user}</span>' for each in people)
        answer = alice.page.post(url, {"body": f"<p>Ask {words}</p>", "format": "html"}, headers=HTMX)
        return str(answer.headers["HX-Trigger"])

    assert "Not told, since it is out of their reach: Bob Baker" in write(bob, dana)
    assert "Not told" not in write(dana)


def test_faults_come_back_beside_what_was_typed(alice: Person) -> None:
    about = make_record(alice)
    before = state(alice)

    empty = alice.page.post(f"/tasks/{about.record_id}/compose/note/", {"body": " "}, headers=HTMX)

    assert empty.status_code == 422
    assert "This is required." in empty.content.decode()
    assert state(alice) == before


def test_a_task_page_takes_notes_but_no_tasks_of_its_own(alice: Person) -> None:
    about = make_record(alice)

    page = alice.page.get(f"/tasks/{about.record_id}/").content.decode()

    assert 'id="compose-note"' in page
    assert 'id="compose-task"' not in page


def test_done_tells_what_was_done_and_how_to_take_it_back(alice: Person) -> None:
    task = make_task(alice)

    done = alice.page.post(f"/tasks/{task.id}/complete/", headers=HTMX)
    assert (done.status_code, "Done: Call back" in done.headers["HX-Trigger"]) == (204, True)
    undone = alice.page.post(f"/tasks/{task.id}/reopen/", headers=HTMX)

    assert undone.status_code == 204
    with alice.at_work():
        assert Task.objects.get(pk=task.pk).is_open


@pytest.mark.parametrize(("to", "ahead"), [("today", 0), ("tomorrow", 1), ("next_week", None), ("never", None)])
def test_a_task_moves_to_another_day(alice: Person, to: str, ahead: int | None) -> None:
    task = make_task(alice, due_at=days(-5))

    response = alice.page.post(f"/tasks/{task.id}/reschedule/?to={to}", headers=HTMX)

    assert response.status_code == 204
    with alice.at_work() as actor:
        due = Task.objects.get(pk=task.pk).due_at
        today = now().astimezone(actor.zone).date()
        if to == "never":
            assert due is None
        elif to == "next_week":
            assert due.astimezone(actor.zone).weekday() == 0
            assert timedelta(0) < due.astimezone(actor.zone).date() - today <= timedelta(days=7)
        else:
            assert (due.astimezone(actor.zone).date() - today).days == ahead
            assert due > now()


def test_the_month_so_far_leads_to_just_what_it_counts(alice: Person) -> None:
    with time_machine.travel(datetime(2026, 11, 30, 12, 0, tzinfo=UTC), tick=False) as traveller:
        for day in (1, 10, 20):
            traveller.move_to(datetime(2026, 11, day, 12, 0, tzinfo=UTC))
            make_task(alice, subject=f"Of the {day}th", status="done")
        traveller.move_to(datetime(2026, 11, 30, 12, 0, tzinfo=UTC))

        today = alice.page.get("/today/").content.decode()
        month = alice.page.get("/today/done/?of=month").content.decode()
        lately = alice.page.get("/today/done/").content.decode()
        first = alice.page.get("/today/done/?of=month&shown=2").content.decode()

    assert '/today/done/?of=month"><b class="medium">3</b>' in today
    assert [month.count("data-todo="), lately.count("data-todo="), first.count("data-todo=")] == [3, 1, 2]
    assert "shown=102" in first
    assert "shown=" not in month


def test_moving_is_undone_to_the_very_moment(alice: Person) -> None:
    task = make_task(alice, due_at=days(-5))
    undo = alice.page.post(f"/tasks/{task.id}/reschedule/?to=tomorrow", headers=HTMX).headers["HX-Trigger"]
    url = undo.split('"undo_url": "')[1].split('"')[0]

    alice.page.post(url, headers=HTMX)

    with alice.at_work():
        assert Task.objects.get(pk=task.pk).due_at == task.due_at


def test_a_day_keeps_the_hour_across_the_change_of_clocks(alice: Person) -> None:
    with alice.at_work() as actor:
        task = Task(due_at=days(-1))
        due = read_due({"to": "tomorrow"}, task, actor)

        assert due is not None
        assert due.time() == task.due_at.astimezone(actor.zone).time()


def test_a_day_that_is_none_moves_nothing(alice: Person) -> None:
    task = make_task(alice, due_at=days(1))
    before = state(alice)

    for query in ("?to=someday", "?due=gestern", "?due=2026-99-99T00:00", ""):
        assert alice.page.post(f"/tasks/{task.id}/reschedule/{query}", headers=HTMX).status_code == 422

    assert state(alice) == before


def test_a_pinned_note_stands_on_top_and_only_there(alice: Person) -> None:
    about = make_record(alice)
    note = make_note(alice, about, "<p>Keep this</p>")
    url = f"/tasks/{about.record_id}/timeline/"

    alice.page.post(f"/notes/{note.id}/pin/", headers=HTMX)
    page = alice.page.get(url).content.decode()
    assert (page.count("Keep this"), "Pinned" in page) == (1, True)
    alice.page.post(f"/notes/{note.id}/pin/?off", headers=HTMX)

    assert "Pinned" not in alice.page.get(url).content.decode()


def test_one_writes_ones_own_notes_again_and_nobody_elses(alice: Person) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    about = make_record(alice)
    note = make_note(alice, about)

    assert dana.page.get(f"/notes/{note.id}/write/", headers=HTMX).status_code == 403
    assert dana.page.post(f"/notes/{note.id}/write/", {"body": "x"}, headers=HTMX).status_code == 403
    saved = alice.page.post(f"/notes/{note.id}/write/", {"body": "<p>Net 30.</p>", "format": "html"}, headers=HTMX)

    assert saved.status_code == 204
    page = alice.page.get(f"/tasks/{about.record_id}/timeline/").content.decode()
    assert "Net 30." in page
    assert "Edited" in page


def test_a_deleted_note_leaves_the_timeline_and_comes_back(alice: Person) -> None:
    about = make_record(alice)
    note = make_note(alice, about, "<p>Gone and back</p>")
    url = f"/tasks/{about.record_id}/timeline/"

    alice.page.post(f"/notes/{note.id}/archive/", headers=HTMX)
    assert "Gone and back" not in alice.page.get(url).content.decode()
    alice.page.post(f"/notes/{note.id}/restore/", headers=HTMX)

    assert "Gone and back" in alice.page.get(url).content.decode()


def test_the_timeline_goes_on_below_and_heads_no_day_twice(alice: Person) -> None:
    about = make_record(alice)
    for at in range(35):
        make_note(alice, about, f"<p>Note {at:02d}</p>")
    url = f"/tasks/{about.record_id}/timeline/"

    first = alice.page.get(url).content.decode()
    onward = first.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
    second = alice.page.get(onward).content.decode()

    assert ("Note 34" in first, "Note 04" in first) == (True, False)
    assert ("Note 34" in second, "Note 04" in second) == (False, True)
    assert second.count("tl-day") == 0
    assert "hx-get" not in second.split("Note 00")[-1].split("tl-foot")[-1].split("</div>", 1)[-1].split("write")[0]


def test_today_has_ones_own_tasks_with_what_they_are_about(alice: Person) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    about = make_record(alice, subject="Globex offer", status="done")
    make_task(alice, about, subject="Overdue thing", due_at=days(-3))
    make_task(alice, subject="Some day")
    make_task(dana, subject="Of Dana", due_at=days(-1))

    page = alice.page.get("/today/").content.decode()

    assert all(word in page for word in ("Overdue thing", "3 days", "Globex offer", "Some day", "Without a date"))
    assert "Of Dana" not in page


def test_what_a_task_is_about_is_not_told_to_who_may_not_see_it(alice: Person, bob: Person) -> None:
    about = make_record(alice, subject="Secret merger")
    make_task(alice, about, subject="Prepare papers", owner=str(bob.id))

    page = bob.page.get("/today/").content.decode()

    assert "Prepare papers" in page
    assert "Secret merger" not in page


def test_today_costs_the_same_for_few_and_many(alice: Person) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            alice.page.get("/today/", headers=HTMX)
        return len(queries)

    about = make_record(alice, status="done")
    make_task(alice, about, due_at=days(-1))
    alice.page.get("/today/")
    few = cost()
    for _time in range(12):
        make_task(alice, about, due_at=days(-1))

    assert cost() <= few


def test_done_lists_what_was_completed_lately(alice: Person) -> None:
    task = make_task(alice, subject="Finished")
    with alice.at_work() as actor:
        services.complete_task(task.id, actor=actor)

    assert "Finished" in alice.page.get("/today/done/").content.decode()


def test_the_palette_knows_the_way_to_today(alice: Person) -> None:
    answer = alice.page.get("/palette/?q=go to today").content.decode()

    assert 'href="/today/"' in answer


def test_bob_may_look_at_nothing_and_write_nothing_that_is_not_his(alice: Person, bob: Person) -> None:
    about = make_record(alice)
    note, task = make_note(alice, about), make_task(alice, about)
    before = state(alice)
    below = f"/tasks/{about.record_id}"

    for path in ("timeline/", "upcoming/", "timeline/authors/", "panels/activity/", "compose/note/"):
        assert bob.page.get(f"{below}/{path}").status_code in {403, 404}, path
    for path in (
        f"{below}/compose/note/",
        f"/tasks/{task.id}/complete/",
        f"/tasks/{task.id}/reopen/",
        f"/tasks/{task.id}/reschedule/?to=today",
        f"/notes/{note.id}/pin/",
        f"/notes/{note.id}/write/",
    ):
        answer = bob.page.post(path, {"body": "x", "subject": "x"}, headers=HTMX)
        assert answer.status_code in {403, 404}, path

    assert state(alice) == before


def test_charlie_finds_none_of_it_by_any_door(alice: Person, charlie: Person) -> None:
    about = make_record(alice)
    note, task = make_note(alice, about), make_task(alice, about)
    before, own = state(alice), state(charlie)
    below = f"/tasks/{about.record_id}"

    for path in (f"{below}/timeline/", f"{below}/upcoming/", f"{below}/compose/task/", f"/notes/{note.id}/write/"):
        assert charlie.page.get(path).status_code == 404, path
    for path in (
        f"{below}/compose/note/",
        f"{below}/compose/call/",
        f"/tasks/{task.id}/complete/",
        f"/tasks/{task.id}/reschedule/?to=today",
        f"/notes/{note.id}/pin/",
        f"/notes/{note.id}/write/",
    ):
        assert charlie.page.post(path, {"body": "x", "subject": "x"}, headers=HTMX).status_code == 404, path

    assert (state(alice), state(charlie)) == (before, own)


def test_who_may_only_read_is_offered_nothing_to_press(alice: Person) -> None:
    role = make_role(alice.tenant, records={"*": {"read": "all"}})
    dana = make_person("Dana Dean", alice.tenant, role)
    about = make_record(alice)
    make_note(alice, about)
    make_task(alice, about)

    page = dana.page.get(f"/tasks/{about.record_id}/").content.decode()

    assert "They want net 60." in page
    for offered in ("/compose/", "/complete/", "/pin/", "/archive/", "/write/"):
        assert offered not in page, offered


def test_unknown_places_are_not_found(alice: Person) -> None:
    about = make_record(alice)

    assert alice.page.get(f"/nothings/{about.record_id}/timeline/").status_code == 404
    assert alice.page.post(f"/tasks/{about.record_id}/compose/poem/", {"body": "x"}).status_code == 404
    assert alice.page.get(f"/tasks/{about.record_id}/timeline/?show=no&by=no&before=no&day=no").status_code == 200
    assert NOTE in record_types


def test_tasks_are_narrowed_by_a_click_and_their_board_begins_with_the_status(alice: Person) -> None:
    make_task(alice, subject="Call Ingrid")

    table = alice.page.get("/tasks/").content.decode()
    board = alice.page.get("/tasks/?layout=board").content.decode()

    assert 'data-param="status" value="open"' in table
    assert 'data-param="priority" value="high"' in table
    assert '<option value="status" selected>' in board
