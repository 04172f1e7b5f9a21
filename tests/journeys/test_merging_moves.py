"""What goes along with a merge and comes back with its undo: followers, activities, timeline, own objects, rollups."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from autocrm.activities import attending
from autocrm.activities import services as activities
from autocrm.activities.models import ActivityLink
from autocrm.activities.timelines import timeline
from autocrm.jobs import services as jobs
from autocrm.notifications import following
from autocrm.notifications.following import Subject
from autocrm.records import services
from autocrm.records.custom import fields as custom_fields
from autocrm.records.custom import objects as custom_objects
from autocrm.records.duplicate_models import MergeOperation
from autocrm.records.merging.merging import merge_records
from autocrm.records.merging.undoing import undo_merge
from autocrm.records.registry import record_types
from autocrm.records.view_models import SavedView
from tests.support.cast import Person, make_person


def create(key: str, actor: Any, **values: Any) -> Any:
    return services.create_record(record_types.get(key), values, actor=actor)


def merge(key: str, survivor: Any, *losers: Any, actor: Any) -> MergeOperation:
    return merge_records(record_types.get(key), survivor.pk, [each.pk for each in losers], actor=actor)


def read_field(record: Any, key: str, kind: str = "company") -> Any:
    record_type = record_types.get(kind)
    return record_type.by_key[key].read(record_type.rows().get(pk=record.pk))


def work_off(person: Person) -> None:
    jobs.run_due(tenant_id=person.tenant.id)


@dataclass(frozen=True)
class Pair:
    """Two companies: the one that stays and the one that goes."""

    stays: Any
    goes: Any


@pytest.fixture
def firms(alice: Person) -> Pair:
    with alice.at_work() as actor:
        return Pair(create("company", actor, name="Acme"), create("company", actor, name="Acme Ltd"))


@pytest.fixture
def dora(alice: Person) -> Person:
    return make_person("Dora Day", alice.tenant)


def followers(record: Any) -> set[Any]:
    subject = Subject("company", record.pk)
    return set(following.followers_of([subject]).get(subject, []))


def test_followers_go_along_and_come_back(alice: Person, dora: Person, firms: Pair) -> None:
    kind = record_types.get("company")
    for person in (alice, dora):
        with person.at_work() as actor:
            following.follow(kind, firms.goes.pk, actor=actor)
    with alice.at_work() as actor:
        following.follow(kind, firms.stays.pk, actor=actor)

        operation = merge("company", firms.stays, firms.goes, actor=actor)
        assert (followers(firms.stays), followers(firms.goes)) == ({alice.id, dora.id}, set())

        undo_merge(operation.pk, actor=actor)
        assert (followers(firms.stays), followers(firms.goes)) == ({alice.id}, {alice.id, dora.id})


def test_who_began_to_follow_after_the_merge_keeps_doing_so(alice: Person, dora: Person, firms: Pair) -> None:
    with alice.at_work() as actor:
        operation = merge("company", firms.stays, firms.goes, actor=actor)
    with dora.at_work() as actor:
        following.follow(record_types.get("company"), firms.stays.pk, actor=actor)
    with alice.at_work() as actor:
        undo_merge(operation.pk, actor=actor)

        assert dora.id in followers(firms.stays)
        assert dora.id not in followers(firms.goes)


def told(record: Any, actor: Any) -> list[tuple[str, str]]:
    """What the timeline of a record says: kinds, and the subjects of its activities."""
    page = timeline(record_types.get("company"), record.pk, limit=100, actor=actor)
    return [(item.kind, getattr(item.activity, "subject", "")) for item in page.items]


def test_the_timeline_tells_what_was_about_the_merged_record_too(alice: Person, firms: Pair) -> None:
    kind = record_types.get("company")
    with alice.at_work() as actor:
        for record, subject in ((firms.stays, "Call Acme"), (firms.goes, "Call Acme Ltd")):
            activities.create_task({"subject": subject}, about=[activities.About("company", record.pk)], actor=actor)
        services.update_record(kind, firms.goes.pk, {"city": "Oslo"}, actor=actor)
        before = told(firms.stays, actor)

        operation = merge("company", firms.stays, firms.goes, actor=actor)
        merged = told(firms.stays, actor)
        undo_merge(operation.pk, actor=actor)
        apart = told(firms.stays, actor)

    assert {"Call Acme", "Call Acme Ltd"} <= {subject for _kind, subject in merged}
    assert [kind for kind, _subject in merged].count("record.updated") == 1
    assert [kind for kind, _subject in merged].count("record.created") == 2
    assert "Call Acme Ltd" not in {subject for _kind, subject in apart}
    assert [each for each in apart if each[0] not in {"record.merged", "record.unmerged"}] == before


def test_activities_go_along_and_come_back(alice: Person, firms: Pair) -> None:
    with alice.at_work() as actor:
        about = [activities.About("company", firms.goes.pk)]
        made = [
            activities.create_task({"subject": "Task"}, about=about, actor=actor),
            activities.create_note("<p>Note</p>", about=about, actor=actor),
            activities.log_call({"subject": "Call", "direction": "out"}, about=about, actor=actor),
        ]

        operation = merge("company", firms.stays, firms.goes, actor=actor)
        links = ActivityLink.objects.filter(activity_id__in=[each.pk for each in made])
        assert set(links.values_list("record_id", flat=True)) == {firms.stays.pk}

        undo_merge(operation.pk, actor=actor)
        assert set(links.values_list("record_id", flat=True)) == {firms.goes.pk}


def test_places_in_meetings_go_along_and_come_back(alice: Person) -> None:
    with alice.at_work() as actor:
        stays = create("contact", actor, first_name="Jon", email="jon@x.example")
        goes = create("contact", actor, first_name="Jon", email="j@x.example")
        meeting, both = (activities.create_meeting({"subject": word}, actor=actor) for word in ("One", "Both"))
        attending.set_attendees(meeting.pk, [f"contact:{goes.pk}"], actor=actor)
        attending.set_attendees(both.pk, [f"contact:{goes.pk}", f"contact:{stays.pk}"], actor=actor)

        def guests() -> list[set[str]]:
            rows = [attending.guests_of(each, actor=actor) for each in (meeting, both)]
            return [{guest.word for guest in guests} for guests in rows]

        before = guests()
        operation = merge("contact", stays, goes, actor=actor)
        assert guests() == [{f"contact:{stays.pk}"}] * 2
        undo_merge(operation.pk, actor=actor)
        assert guests() == before


@pytest.fixture
def properties(alice: Person) -> str:
    """An object of the tenant's own with a relation to companies; companies count theirs and sum their worth."""
    with alice.at_work() as actor:
        custom_objects.create_object({"label": "Property", "label_plural": "Properties"}, actor=actor)
    with alice.at_work() as actor:
        for values in (
            {"label": "Owned by", "kind": "relation", "relation": "company"},
            {"label": "Worth", "kind": "number"},
        ):
            custom_fields.create_field({"record_type": "property", **values}, actor=actor)
    with alice.at_work() as actor:
        for label, config in (
            ("Properties held", {"function": "count"}),
            ("Worth held", {"function": "sum", "field": "worth"}),
        ):
            custom_fields.create_field(
                {
                    "record_type": "company",
                    "label": label,
                    "kind": "rollup",
                    "config": {"record_type": "property", "relation": "owned_by", **config},
                },
                actor=actor,
            )
    work_off(alice)
    return "property"


def test_records_of_own_objects_go_along_and_figures_follow(alice: Person, firms: Pair, properties: str) -> None:
    with alice.at_work() as actor:
        houses = [
            create(properties, actor, name=f"House {worth}", owned_by=str(owner.pk), worth=worth)
            for owner, worth in ((firms.stays, 1), (firms.goes, 10), (firms.goes, 100))
        ]
    work_off(alice)

    def figures() -> list[Any]:
        work_off(alice)
        with alice.at_work():
            return [
                (read_field(each, "properties_held"), read_field(each, "worth_held"))
                for each in (firms.stays, firms.goes)
            ]

    def owners() -> list[Any]:
        with alice.at_work():
            return [read_field(each, "owned_by", properties) for each in houses]

    before = (figures(), owners())
    with alice.at_work() as actor:
        operation = merge("company", firms.stays, firms.goes, actor=actor)
    between = (figures()[0], owners())
    with alice.at_work() as actor:
        undo_merge(operation.pk, actor=actor)

    assert before[0] == [(1, 1), (2, 110)]
    assert between == ((3, 111), [firms.stays.pk] * 3)
    assert (figures(), owners()) == before


def test_records_of_own_objects_are_merged_like_any_other(alice: Person, firms: Pair, properties: str) -> None:
    with alice.at_work() as actor:
        one = create(properties, actor, name="House", worth=1)
        other = create(properties, actor, name="House", owned_by=str(firms.goes.pk), worth=5)
        tag = services.ensure_tag("VIP", actor=actor)
        services.update_record(record_types.get(properties), other.pk, {"tags": [tag.pk]}, actor=actor)

        operation = merge(properties, one, other, actor=actor)
        assert read_field(one, "owned_by", properties) == firms.goes.pk
        assert read_field(one, "tags", properties) == [tag.pk]

        undo_merge(operation.pk, actor=actor)
        assert read_field(one, "owned_by", properties) is None
        assert read_field(one, "tags", properties) == []
        assert read_field(other, "owned_by", properties) == firms.goes.pk


def test_views_that_show_what_belongs_to_a_record_go_along_and_come_back(alice: Person, firms: Pair) -> None:
    def view(name: str, record: Any) -> SavedView:
        condition = {"field": "company", "cmp": "is", "value": str(record.pk)}
        state = urlencode({"filter": json.dumps(condition, separators=(",", ":")), "sort": "-created_at"})
        return SavedView.objects.create(record_type="contact", name=name, owner_id=alice.id, state=state)

    with alice.at_work() as actor:
        views = [view("goes", firms.goes), view("changed", firms.goes), view("stays", firms.stays)]
        create("contact", actor, last_name="Silva", company=firms.goes.pk)
        before = [each.state for each in views]

        operation = merge("company", firms.stays, firms.goes, actor=actor)
        for each in views:
            each.refresh_from_db()
        during = [each.state for each in views]
        SavedView.objects.filter(name="changed").update(state="sort=name")
        kept = undo_merge(operation.pk, actor=actor).kept
        for each in views:
            each.refresh_from_db()

    assert during[0] == before[0].replace(str(firms.goes.pk), str(firms.stays.pk)) == before[2]
    assert [each.state for each in views] == [before[0], "sort=name", before[2]]
    assert kept == ("Saved views: 1 was changed since and stays",)
