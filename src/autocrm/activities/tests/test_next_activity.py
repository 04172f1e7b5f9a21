"""Every record knows its next activity, whatever is done with activities, and says it to those who may know."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autocrm.activities import selectors, services
from autocrm.activities.models import ActivityLink
from autocrm.activities.permissions import CALL, MEETING, TASK
from autocrm.activities.tests.factories import days, make_place, make_task
from autocrm.kernel.errors import Denied, Invalid, NotFound
from autocrm.records import bulk
from autocrm.records import services as records
from autocrm.records.models import CustomRecord
from autocrm.records.registry import record_types
from tests.support.cast import Person, make_person, make_role


def next_at(person: Person, about: services.About) -> datetime | None:
    with person.at_work():
        return CustomRecord.objects.get(pk=about.record_id).next_activity_at


def make(person: Person, activity_type: str, about: services.About, **values: Any) -> Any:
    with person.at_work() as actor:
        return services.create_activity(activity_type, {"subject": "Ring", **values}, about=[about], actor=actor)


def test_it_is_the_first_of_what_is_open_whatever_its_type(alice: Person) -> None:
    about = make_place(alice)
    make_task(alice, about, due_at=days(3))
    call = make(alice, CALL, about, at=days(1))
    make(alice, MEETING, about, starts_at=days(2), ends_at=days(2.1))
    make_task(alice, about)

    assert next_at(alice, about) == call.at


@pytest.mark.parametrize("act", ["done", "cancelled", "binned", "unlinked", "later", "undated"])
def test_it_follows_what_is_done_with_the_activity(alice: Person, act: str) -> None:
    about = make_place(alice)
    first, second = make_task(alice, about, due_at=days(1)), make_task(alice, about, due_at=days(2))
    kind = record_types.get(TASK)

    with alice.at_work() as actor:
        match act:
            case "done":
                services.complete_task(first.id, actor=actor)
            case "cancelled":
                records.update_record(kind, first.id, {"status": "cancelled"}, actor=actor)
            case "binned":
                records.archive_record(kind, first.id, actor=actor)
            case "unlinked":
                services.unlink_activity(TASK, first.id, about=about, actor=actor)
            case "later":
                services.reschedule_task(first.id, days(9), actor=actor)
            case "undated":
                services.reschedule_task(first.id, None, actor=actor)

    assert next_at(alice, about) == second.due_at


def test_it_comes_back_with_the_activity(alice: Person) -> None:
    about = make_place(alice)
    task = make_task(alice, about, due_at=days(1))
    kind = record_types.get(TASK)
    with alice.at_work() as actor:
        services.complete_task(task.id, actor=actor)
    assert next_at(alice, about) is None

    with alice.at_work() as actor:
        services.reopen_task(task.id, actor=actor)
    assert next_at(alice, about) == task.due_at
    with alice.at_work() as actor:
        bulk.archive_records(kind, [kind.rows().select_for_update().get(pk=task.id)], actor=actor)
    assert next_at(alice, about) is None
    with alice.at_work() as actor:
        bulk.restore_records(kind, [kind.rows().select_for_update().get(pk=task.id)], actor=actor)
    assert next_at(alice, about) == task.due_at


def test_the_record_is_not_another_version_for_it(alice: Person) -> None:
    about = make_place(alice)
    with alice.at_work():
        before = CustomRecord.objects.get(pk=about.record_id)

    make_task(alice, about, due_at=days(1))

    with alice.at_work():
        after = CustomRecord.objects.get(pk=about.record_id)
    assert (after.version, after.updated_at) == (before.version, before.updated_at)


def test_lists_are_filtered_and_sorted_by_it(alice: Person) -> None:
    late, soon, none = (make_place(alice, name) for name in ("Late", "Soon", "None"))
    make_task(alice, late, due_at=days(-2))
    make_task(alice, soon, due_at=days(2))

    def names(**params: str) -> list[str]:
        answer = alice.api.get("/api/v1/properties/", params)
        assert answer.status_code == 200, answer.content
        return [each["name"] for each in answer.json()["results"]]

    assert names(ordering="next_activity") == ["Late", "Soon", "None"]
    assert names(ordering="-next_activity") == ["Soon", "Late", "None"]
    assert names(next_activity__before=days(0).isoformat()) == ["Late"]
    assert names(next_activity__is_empty="true") == ["None"]
    page = alice.page.get("/properties/?columns=name,next_activity&sort=next_activity").content.decode()
    assert 'class="dot bad"' in page
    assert none is not None


def test_who_does_not_see_all_activities_does_not_see_the_column_but_is_shown_his_own(alice: Person) -> None:
    about = make_place(alice)
    rights = {"property": {"read": "all"}, TASK: {"read": "own", "create": "all"}, "*": {}}
    dana = make_person("Dana Dean", alice.tenant, make_role(alice.tenant, records=rights, codes=[]))
    make_task(alice, about, due_at=days(1))

    assert dana.api.get("/api/v1/properties/", {"ordering": "next_activity"}).status_code == 422
    assert dana.api.get("/api/v1/properties/", {"next_activity__before": days(9).isoformat()}).status_code == 422
    assert "next_activity" not in dana.api.get("/api/v1/properties/").json()["results"][0]
    assert dana.page.get("/properties/?sort=next_activity").status_code == 422
    with dana.at_work() as actor:
        assert selectors.next_of("property", [about.record_id], actor=actor) == {}
    own = make_task(alice, about, due_at=days(2), owner=str(dana.id))
    with dana.at_work() as actor:
        assert selectors.next_of("property", [about.record_id], actor=actor) == {about.record_id: own}


def test_the_next_of_many_records_takes_four_queries(alice: Person) -> None:
    places = [make_place(alice, f"House {number}") for number in range(4)]
    for about in places:
        make_task(alice, about, due_at=days(1))
        make(alice, CALL, about, at=days(2))
        make(alice, MEETING, about, starts_at=days(3))

    with alice.at_work() as actor, CaptureQueriesContext(connection) as captured:
        found = selectors.next_of("property", [about.record_id for about in places], actor=actor)

    assert len(found) == 4
    assert len(captured) <= 4


def test_a_record_may_be_linked_once_and_only_one_that_is_seen(alice: Person, charlie: Person) -> None:
    about, other = make_place(alice), make_place(alice, "Villa Luna")
    theirs = make_place(charlie, "In Globex")
    task = make_task(alice, about, due_at=days(1))

    with alice.at_work() as actor:
        services.link_activity(TASK, task.id, about=[other, about, other], actor=actor)
        assert ActivityLink.objects.filter(activity_id=task.id).count() == 2
    assert next_at(alice, other) == task.due_at
    with pytest.raises(NotFound), alice.at_work() as actor:
        services.link_activity(TASK, task.id, about=[theirs], actor=actor)
    with pytest.raises(NotFound), charlie.at_work() as actor:
        services.link_activity(TASK, task.id, about=[theirs], actor=actor)
    assert next_at(charlie, theirs) is None


def test_who_may_not_change_an_activity_cannot_put_it_elsewhere(alice: Person) -> None:
    about = make_place(alice)
    task = make_task(alice, about)
    reader = make_person("Rita Reader", alice.tenant, "read_only")

    with pytest.raises(Denied), reader.at_work() as actor:
        services.unlink_activity(TASK, task.id, about=about, actor=actor)

    with alice.at_work():
        assert ActivityLink.objects.filter(activity_id=task.id).count() == 1


def test_a_meeting_ends_after_it_begins_and_keeps_its_length_when_it_is_moved(alice: Person) -> None:
    about = make_place(alice)
    meeting = make(alice, MEETING, about, starts_at=days(1), ends_at=days(1.5))

    with alice.at_work() as actor:
        moved = services.reschedule(MEETING, meeting.id, days(3), actor=actor)
    assert moved.ends_at - moved.starts_at == meeting.ends_at - meeting.starts_at
    with pytest.raises(Invalid), alice.at_work() as actor:
        records.update_record(record_types.get(MEETING), meeting.id, {"ends_at": days(2)}, actor=actor)
