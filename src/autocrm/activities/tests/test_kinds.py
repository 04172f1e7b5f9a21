"""Every kind of activity by page and by REST: composed, linked, pinned, done; its text is clean, its costs are flat."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from autocrm.activities import selectors, services
from autocrm.activities.models import ActivityLink, Call, Email, Meeting, Note, Series, Task
from autocrm.activities.permissions import ACTIVITIES
from autocrm.activities.tests.factories import days, make_note, make_place, make_task
from autocrm.kernel.text import sanitise_html
from tests.support.cast import Person, make_person

HTMX = {"HX-Request": "true"}
FORMS = {
    "note": {"body": "<p>Hello</p>", "format": "html"},
    "task": {"subject": "Send", "due_at": "2030-01-01T09:00", "remind_before": "30", "rule": "FREQ=WEEKLY"},
    "call": {"subject": "Prices", "direction": "in", "outcome": "reached", "minutes": "12", "at": "2026-01-01T09:00"},
    "meeting": {"subject": "Demo", "starts_at": "2030-01-01T09:00", "ends_at": "2030-01-01T10:00", "place": "Room 4"},
    "email": {"subject": "Offer", "direction": "out", "recipients": "Ana <ana@x.example>; bob@x.example", "body": "Hi"},
}
MODELS: dict[str, Any] = {"note": Note, "task": Task, "call": Call, "meeting": Meeting, "email": Email}
# What has got through sanitisers elsewhere; none of it may keep anything that runs.
CORPUS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<a href="jav&#x09;ascript:alert(1)">x</a>',
    '<a href="  javascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:alert(1)">x</a>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<form action=javascript:alert(1)><input type=submit></form>",
    '<p style="background:url(javascript:alert(1))">x</p>',
    "<span data-mention='\"><img src=x onerror=alert(1)>'>@x</span>",
    "<template><script>alert(1)</script></template>",
    "<details open ontoggle=alert(1)>x</details>",
    "<<script>script>alert(1)<</script>/script>",
    '<p><a href="https://x.example" onclick="alert(1)">x</a></p>',
    "<style>@import 'https://evil.example'</style>",
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
    '<base href="https://evil.example/">',
    '<object data="x"></object><embed src="x">',
)


class Running(HTMLParser):
    """What of a text a browser would run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style", "iframe", "object", "embed", "svg", "math", "form", "base", "meta", "template"}:
            self.found.append(tag)
        for name, value in attrs:
            scheme = "".join((value or "").split()).lower().partition(":")[0]
            if name.startswith("on") or name in {"style", "srcdoc"} or scheme in {"javascript", "vbscript", "data"}:
                self.found.append(f"{name}={value}")


def running(html: str) -> list[str]:
    reader = Running()
    reader.feed(html)
    reader.close()
    return reader.found


@pytest.mark.parametrize("payload", CORPUS)
def test_nothing_hostile_stays_in_a_note_or_an_e_mail(alice: Person, payload: str) -> None:
    about = make_place(alice)
    with alice.at_work() as actor:
        note = services.create_note(f"<p>Words</p>{payload}", about=[about], actor=actor)
        email = services.log_email({"subject": "x", "body": f"<p>Words</p>{payload}"}, about=[about], actor=actor)

    assert running(note.body) == []
    assert running(email.body) == []
    assert "Words" in note.text


@given(st.lists(st.sampled_from(CORPUS), min_size=1, max_size=4).map("".join), st.text(max_size=60))
def test_cleaning_again_changes_nothing_and_nothing_runs(hostile: str, words: str) -> None:
    once = sanitise_html(f"{words}{hostile}{words}")

    assert sanitise_html(once) == once
    assert running(once) == []


def test_people_are_named_by_their_ids_and_only_members_count(alice: Person, charlie: Person) -> None:
    dana = make_person("Dana Dean", alice.tenant)
    about = make_place(alice)
    spans = "".join(f'<span data-mention="{each}">@x</span>' for each in (dana.id, charlie.id, dana.id, "nobody"))

    with alice.at_work() as actor:
        note = services.create_note(f"<p>{spans}</p>", about=[about], actor=actor)
        assert selectors.mentions_in(note) == [dana.id]
    assert note.body.count("data-mention") == 3


@pytest.mark.parametrize("form", ACTIVITIES)
def test_each_kind_is_composed_on_a_record_and_shown(alice: Person, form: str) -> None:
    about = make_place(alice)
    url = f"/properties/{about.record_id}/"

    answer = alice.page.post(f"{url}compose/{form}/", FORMS[form], headers=HTMX)

    assert answer.status_code == 200, answer.content
    assert f'data-draft-saved="{form}"' in answer.content.decode()
    with alice.at_work():
        made = MODELS[form].objects.get()
        assert ActivityLink.objects.get().activity_id == made.pk
        assert Series.objects.exists() is (form == "task")
    for part in ("", "timeline/", "upcoming/", "peek/"):
        assert alice.page.get(f"{url}{part}").status_code == 200
    plural = {"note": "notes", "task": "tasks", "call": "calls", "meeting": "meetings", "email": "emails"}[form]
    assert alice.page.get(f"/{plural}/{made.pk}/").status_code == 200
    assert alice.page.get(f"/{plural}/").status_code == 200


@pytest.mark.parametrize(
    ("form", "values"),
    [
        ("note", {"body": " "}),
        ("task", {"subject": ""}),
        ("task", {"subject": "x", "rule": "FREQ=NEVER", "due_at": "2030-01-01T09:00"}),
        ("task", {"subject": "x", "rule": "FREQ=DAILY"}),
        ("call", {"subject": "x", "minutes": "-1"}),
        ("meeting", {"subject": "x", "starts_at": "2030-01-01T09:00", "ends_at": "2029-01-01T09:00"}),
        ("meeting", {"subject": "x", "attendees": "nobody"}),
        ("meeting", {"subject": "x", "invite": "1"}),
        ("email", {"subject": "x", "recipients": "nobody"}),
    ],
)
def test_what_is_wrong_comes_back_and_nothing_is_kept(alice: Person, form: str, values: dict[str, str]) -> None:
    about = make_place(alice)

    answer = alice.page.post(f"/properties/{about.record_id}/compose/{form}/", values, headers=HTMX)

    assert answer.status_code == 422
    assert 'class="help bad"' in answer.content.decode()
    with alice.at_work():
        assert not any(model.objects.exists() for model in (*MODELS.values(), ActivityLink, Series))


@pytest.mark.parametrize("kind", ACTIVITIES)
def test_each_kind_is_made_pinned_linked_and_listed_by_rest(alice: Person, kind: str) -> None:
    about, other = make_place(alice), make_place(alice, "Villa Luna")
    plural = {"note": "notes", "task": "tasks", "call": "calls", "meeting": "meetings", "email": "emails"}[kind]
    values = {"body": "Hello"} if kind == "note" else {"subject": "Hello"}

    made = alice.api.post(f"/api/v1/properties/{about.record_id}/{plural}/", values)
    assert made.status_code == 201, made.content
    address = f"/api/v1/{plural}/{made.json()['id']}"

    assert alice.api.post(f"{address}/pin/").json()["is_pinned"] is True
    assert alice.api.post(f"{address}/pin/", {"pinned": False}).json()["is_pinned"] is False
    link = {"record_type": "property", "record_id": str(other.record_id)}
    assert len(alice.api.post(f"{address}/links/", link).json()["results"]) == 2
    assert alice.api.delete(f"{address}/links/", link).status_code == 204
    assert len(alice.api.get(f"{address}/links/").json()["results"]) == 1
    assert len(alice.api.get(f"/api/v1/properties/{about.record_id}/{plural}/").json()["results"]) == 1
    told = alice.api.get(f"/api/v1/properties/{about.record_id}/timeline/", {"kind": f"{kind},note"}).json()
    assert [each["activity"]["id"] for each in told["results"]] == [made.json()["id"]]


def test_planned_ones_are_completed_reopened_and_repeated_by_rest(alice: Person) -> None:
    for plural, values in (
        ("tasks", {"subject": "x", "due_at": "2030-01-01T09:00:00Z"}),
        ("calls", {"subject": "x", "at": "2030-01-01T09:00:00Z"}),
        ("meetings", {"subject": "x", "starts_at": "2030-01-01T09:00:00Z"}),
    ):
        address = f"/api/v1/{plural}/{alice.api.post(f'/api/v1/{plural}/', values).json()['id']}"
        if plural != "calls":
            answer = alice.api.put(f"{address}/repetition/", {"rule": "FREQ=WEEKLY;COUNT=3"})
            assert answer.json() == {"rule": "FREQ=WEEKLY;COUNT=3", "number": 1}
            assert alice.api.put(f"{address}/repetition/", {"rule": "nonsense"}).status_code == 422
        assert alice.api.post(f"{address}/complete/").json()["status"] == "done"
        assert alice.api.post(f"{address}/reopen/").json()["status"] == "open"


def test_attendees_are_set_and_listed_by_rest(alice: Person) -> None:
    address = f"/api/v1/meetings/{alice.api.post('/api/v1/meetings/', {'subject': 'x'}).json()['id']}"

    answer = alice.api.put(f"{address}/attendees/", {"attendees": [f"user:{alice.id}", "guest@example.com"]})

    assert [each["email"] for each in answer.json()["results"]] == [alice.user.email, "guest@example.com"]
    assert alice.api.put(f"{address}/attendees/", {"attendees": "guest@example.com"}).status_code == 422
    assert alice.api.post(f"{address}/invite/").status_code == 200


def test_the_timeline_costs_the_same_for_few_and_many_of_all_kinds(alice: Person) -> None:
    about = make_place(alice)
    url = f"/properties/{about.record_id}/timeline/"

    def fill(count: int) -> None:
        for _each in range(count):
            make_note(alice, about)
            make_task(alice, about, due_at=days(1))
            for kind in ("call", "meeting", "email"):
                with alice.at_work() as actor:
                    services.create_activity(kind, {"subject": "x"}, about=[about], actor=actor)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert alice.page.get(url).status_code == 200
        tables = ('FROM "activities_', 'FROM "journal_', 'FROM "users_', 'FROM "records_')
        return len([each for each in captured.captured_queries if any(table in each["sql"] for table in tables)])

    fill(1)
    cost()
    few = cost()
    fill(4)

    assert cost() <= few


def test_the_pages_of_one_activity_link_it_and_say_how_it_repeats(alice: Person) -> None:
    about, other = make_place(alice), make_place(alice, "Villa Luna")
    task = make_task(alice, about, due_at=days(1))
    url = f"/tasks/{task.pk}/"

    assert "Villa Aurora" in alice.page.get(f"{url}about/").content.decode()
    assert alice.page.get(f"{url}link/", headers=HTMX).status_code == 200
    assert alice.page.post(f"{url}link/", {}, headers=HTMX).status_code == 422
    assert alice.page.post(f"{url}link/", {"about-property": str(other.record_id)}, headers=HTMX).status_code == 204
    assert "Villa Luna" in alice.page.get(f"{url}about/").content.decode()
    taken = {"type": "property", "id": str(other.record_id)}
    assert alice.page.post(f"{url}unlink/", taken, headers=HTMX).status_code == 204
    assert "Villa Luna" not in alice.page.get(f"{url}about/").content.decode()

    assert alice.page.get(f"{url}repeat/", headers=HTMX).status_code == 200
    wrong = {"rule": "own", "own": "nonsense"}
    assert alice.page.post(f"{url}repeat/", wrong, headers=HTMX).status_code == 422
    weekly = {"rule": "FREQ=WEEKLY", "ends": "count", "count": "4"}
    assert alice.page.post(f"{url}repeat/", weekly, headers=HTMX).status_code == 204
    assert "Every week, 4 times" in alice.page.get(url).content.decode()
    assert alice.page.get(f"{url}change/", headers=HTMX).status_code == 200
    changed = {"subject": "Once", "scope": "this"}
    assert alice.page.post(f"{url}change/", changed, headers=HTMX).status_code == 204
    with alice.at_work():
        assert (Task.objects.get().subject, Series.objects.get().pattern["subject"]) == ("Once", "Call back")


def test_a_note_is_no_task_and_repeats_nowhere(alice: Person) -> None:
    note = make_note(alice, make_place(alice))

    for word in ("complete", "reopen", "reschedule", "repeat"):
        assert alice.page.post(f"/notes/{note.pk}/{word}/").status_code == 404
    assert alice.page.post("/properties/00000000-0000-0000-0000-000000000000/complete/").status_code == 404


def test_one_line_becomes_what_it_says(alice: Person) -> None:
    assert alice.page.post("/today/add/", {"text": "Call Ana tomorrow 10:00"}, headers=HTMX).status_code == 200
    assert alice.page.post("/today/add/", {"text": "Lunch with Bob friday 12:30"}, headers=HTMX).status_code == 200
    assert alice.page.post("/today/add/", {"text": "Buy cake"}, headers=HTMX).status_code == 200
    assert alice.page.post("/today/add/", {"text": "  "}, headers=HTMX).status_code == 422

    with alice.at_work():
        assert (Call.objects.get().subject, Call.objects.get().status) == ("Call Ana", "open")
        assert Meeting.objects.get().subject == "Lunch with Bob"
        assert (Task.objects.get().subject, Task.objects.get().due_at) == ("Buy cake", None)
    assert alice.page.get("/today/?of=team").status_code == 200
