"""REST: a record's timeline, its notes and tasks, finishing a task."""

from typing import Any

import pytest

from autocrm.activities.models import ActivityLink, Note, Task
from autocrm.activities.tests.factories import make_note, make_record, make_task
from tests.support.cast import Person, make_person, make_role


def count_all(person: Person) -> tuple[int, ...]:
    with person.at_work():
        return tuple(model.objects.count() for model in (Task, Note, ActivityLink))


def test_a_note_is_added_to_a_record_and_listed_there(alice: Person) -> None:
    about, other = make_record(alice), make_record(alice)
    url = f"/api/v1/tasks/{about.record_id}/notes/"

    made = alice.api.post(url, {"body": "<p>Net 60<script>x()</script></p>", "is_pinned": True})

    assert made.status_code == 201
    body = made.json()
    assert (body["body"], body["is_pinned"]) == ("<p>Net 60</p>", True)
    assert made.headers["Location"].endswith(f"/api/v1/notes/{body['id']}/")
    assert made.headers["ETag"]
    assert [each["id"] for each in alice.api.get(url).json()["results"]] == [body["id"]]
    assert alice.api.get(f"/api/v1/tasks/{other.record_id}/notes/").json()["results"] == []


def test_notes_are_listed_by_pages_in_the_order_asked_for(alice: Person) -> None:
    about = make_record(alice)
    made = [str(make_note(alice, about, f"<p>{at}</p>").id) for at in range(5)]
    found: list[str] = []
    url: Any = f"/api/v1/tasks/{about.record_id}/notes/?limit=2&ordering=created_at&fields=body"

    while url:
        page = alice.api.get(url).json()
        found += [each["id"] for each in page["results"]]
        url = page["next"]

    assert found == made


def test_the_timeline_is_read_by_pages(alice: Person) -> None:
    about = make_record(alice)
    for at in range(4):
        make_note(alice, about, f"<p>{at}</p>")
    texts: list[str] = []
    url: Any = f"/api/v1/tasks/{about.record_id}/timeline/?limit=2"

    while url:
        page = alice.api.get(url).json()
        texts += [each["activity"]["text"] if each["activity"] else each["text"] for each in page["results"]]
        url = page["next"]

    assert texts == ["3", "2", "1", "0", "Alice Archer created this task"]


def test_the_timeline_tells_changes_and_who_made_them(alice: Person) -> None:
    about = make_record(alice)
    alice.api.patch(f"/api/v1/tasks/{about.record_id}/", {"priority": "high"})

    entry = alice.api.get(f"/api/v1/tasks/{about.record_id}/timeline/?kind=change").json()["results"][0]

    assert (entry["kind"], entry["changes"]) == ("record.updated", {"priority": ["normal", "high"]})
    assert entry["actor"]["kind"] == "token"
    assert entry["actor"]["id"] == str(alice.id)


@pytest.mark.parametrize("query", ["kind=poem", "person=nobody", "limit=0", "limit=101", "before=x", "before=-1"])
def test_a_parameter_that_makes_no_sense_is_named(alice: Person, query: str) -> None:
    about = make_record(alice)

    answer = alice.api.get(f"/api/v1/tasks/{about.record_id}/timeline/?{query}")

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [query.partition("=")[0]]


def test_a_task_is_completed_and_opened_again(alice: Person) -> None:
    task = make_task(alice)

    done = alice.api.post(f"/api/v1/tasks/{task.id}/complete/")
    again = alice.api.post(f"/api/v1/tasks/{task.id}/complete/")
    opened = alice.api.post(f"/api/v1/tasks/{task.id}/reopen/")

    assert (done.status_code, done.json()["status"]) == (200, "done")
    assert again.json()["version"] == done.json()["version"]
    assert (opened.json()["status"], opened.json()["completed_at"]) == ("open", None)


def test_input_that_is_wrong_writes_nothing(alice: Person) -> None:
    about = make_record(alice)
    before = count_all(alice)
    url = f"/api/v1/tasks/{about.record_id}/notes/"

    for body in ({}, {"body": ""}, {"body": "x", "nonsense": 1}, ["x"]):
        assert alice.api.post(url, body).status_code == 422

    assert count_all(alice) == before


def test_a_hidden_field_is_in_no_answer(alice: Person) -> None:
    role = make_role(alice.tenant, records={"task": {"read": "all"}}, fields={"task": {"priority": "hidden"}})
    dana = make_person("Dana Dean", alice.tenant, role)
    about = make_record(alice)
    make_task(alice, about, priority="high")
    alice.api.patch(f"/api/v1/tasks/{about.record_id}/", {"priority": "high"})

    answer = dana.api.get(f"/api/v1/tasks/{about.record_id}/timeline/")

    assert answer.status_code == 200
    assert "priority" not in answer.content.decode()


def test_bob_and_charlie_are_refused_and_nothing_changes(alice: Person, bob: Person, charlie: Person) -> None:
    about = make_record(alice)
    task = make_task(alice, about)
    before = count_all(alice)

    for stranger in (bob, charlie):
        for path in ("timeline/", "notes/"):
            assert stranger.api.get(f"/api/v1/tasks/{about.record_id}/{path}").status_code in {403, 404}
        assert stranger.api.post(f"/api/v1/tasks/{about.record_id}/notes/", {"body": "x"}).status_code in {403, 404}
        for verb in ("complete", "reopen"):
            assert stranger.api.post(f"/api/v1/tasks/{task.id}/{verb}/").status_code in {403, 404}

    assert count_all(alice) == before
    with alice.at_work():
        assert Task.objects.get(pk=task.pk).is_open


def test_a_token_without_the_scope_adds_nothing(alice: Person) -> None:
    about = make_record(alice)
    before = count_all(alice)
    reader = type(alice.api)(alice.new_token(scopes=["*:read"]), alice.host)

    assert reader.get(f"/api/v1/tasks/{about.record_id}/timeline/").status_code == 200
    assert reader.post(f"/api/v1/tasks/{about.record_id}/notes/", {"body": "x"}).status_code == 403
    assert count_all(alice) == before


def test_the_document_describes_it(alice: Person) -> None:
    paths = alice.api.get("/api/v1/schema/").json()["paths"]

    assert {"get", "post"} <= set(paths["/api/v1/tasks/{record_id}/notes/"])
    assert "get" in paths["/api/v1/tasks/{record_id}/timeline/"]
    assert "post" in paths["/api/v1/tasks/{record_id}/complete/"]
