"""Merging all that is the same beyond doubt: in the background, a result for each record, cancelling, undo."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from autocrm.contacts.models import Contact
from autocrm.contacts.tests.factories import make_contact
from autocrm.contacts.tests.test_duplicates import FOUND, HTMX, contact_type, look_again, pairs
from autocrm.jobs import services as jobs
from autocrm.journal import services as journal
from autocrm.kernel.clock import as_of, now
from autocrm.kernel.errors import Conflict, Denied
from autocrm.notifications.models import Notification
from autocrm.records import tasks
from autocrm.records.bulk_models import BulkOperation, BulkResult
from autocrm.records.bulk_operations import lifecycle as operations
from autocrm.records.bulk_operations import selectors
from autocrm.records.duplicate_models import DuplicatePair, MergeOperation
from autocrm.records.matching.pairs import mark_not_duplicates
from autocrm.records.merging import certain
from autocrm.records.merging.certain import MERGE_CERTAIN
from autocrm.records.merging.merging import merge_records
from autocrm.records.merging.undoing import undo_merge
from autocrm.tenants.models import Tenant
from tests.support.cast import Person, make_person, make_role

EVERY = dict.fromkeys(("read", "create", "update", "delete", "bulk"), "all")


def twins(person: Person, count: int = 1, alike: int = 2) -> list[list[Contact]]:
    """So many groups of people, each as often in the list as `alike` says."""
    made = [
        [
            make_contact(person, first_name="Ingrid", last_name=f"Halvorsen{'abcdefgh'[number]}", phone=phone)
            for _each in range(alike)
        ]
        for number in range(count)
        for phone in [f"+1 212 555 01{number:02}"]
    ]
    look_again(person)
    with person.at_work():
        DuplicatePair.objects.update(score=100)
    return made


def begin(person: Person) -> BulkOperation:
    with person.at_work() as actor:
        return operations.prepare_planned(contact_type(), MERGE_CERTAIN, actor=actor)


def work(person: Person, operation: BulkOperation) -> BulkOperation:
    assert operation.job_id is not None
    jobs.run_one(operation.job_id, person.tenant.id)
    with person.at_work():
        return BulkOperation.objects.get(pk=operation.pk)


def live_ids(person: Person) -> set[Any]:
    with person.at_work():
        return set(Contact.objects.filter(archived_at=None).values_list("pk", flat=True))


def results(person: Person, operation: BulkOperation) -> dict[Any, tuple[str, str]]:
    with person.at_work():
        found = BulkResult.objects.filter(operation=operation)
        return {each.record_id: (each.outcome, each.reason) for each in found}


def test_the_button_begins_it_and_says_where_it_is_followed(alice: Person) -> None:
    [(one, other)] = twins(alice)
    assert "merge-certain" in alice.page.get(FOUND).content.decode()

    answer = alice.page.post(f"{FOUND}merge-certain/", headers=HTMX)

    with alice.at_work() as actor:
        operation = BulkOperation.objects.get()
        [shown] = selectors.recent_work(actor, 5)
    assert f"/bulk/{operation.pk}/" in answer["HX-Trigger"]
    assert (shown.state, shown.url) == ("running", f"/bulk/{operation.pk}/")
    assert live_ids(alice) == {one.pk, other.pk}


def test_the_button_goes_when_nothing_is_left_to_merge(alice: Person) -> None:
    twins(alice)
    before = alice.page.get(FOUND, headers=HTMX).content.decode()

    work(alice, begin(alice))
    look_again(alice)
    after = alice.page.get(FOUND, headers=HTMX).content.decode()

    for part in (before, after):
        assert '<span class="hs" id="duplicates-certain" hx-swap-oob="true">' in part
    assert "Merge all with 100 (1)" in before
    assert "Merge all with 100" not in after


def test_each_group_is_merged_into_its_oldest_and_each_record_has_its_result(alice: Person) -> None:
    groups = twins(alice, count=3)

    done = work(alice, begin(alice))
    look_again(alice)

    assert (done.state, done.total, done.changed, done.refused) == ("done", 6, 6, 0)
    assert live_ids(alice) == {group[0].pk for group in groups}
    assert pairs(alice) == []
    said = results(alice, done)
    assert said[groups[0][0].pk] == ("changed", "One record was merged into it")
    assert said[groups[0][1].pk] == ("changed", "Merged into Ingrid Halvorsena")
    with alice.at_work():
        [told] = Notification.objects.filter(user_id=alice.id, url=f"/bulk/{done.pk}/")
    assert "Merge what is the same beyond doubt: 6 changed" in told.title


def test_the_undo_of_the_whole_brings_all_of_them_back(alice: Person) -> None:
    groups = twins(alice, count=2)
    done = work(alice, begin(alice))

    with alice.at_work() as actor:
        undo = operations.prepare_undo(done.pk, actor=actor)
    undone = work(alice, undo)

    assert (undone.state, undone.changed) == ("done", 4)
    assert live_ids(alice) == {each.pk for group in groups for each in group}
    with alice.at_work() as actor, pytest.raises(Conflict):
        operations.prepare_undo(done.pk, actor=actor)
    with alice.at_work() as actor, pytest.raises(Conflict, match="cannot be undone"):
        operations.prepare_undo(undone.pk, actor=actor)


def test_what_was_taken_apart_one_by_one_stays_so_in_the_undo_of_the_whole(alice: Person) -> None:
    groups = twins(alice, count=2)
    done = work(alice, begin(alice))
    with alice.at_work() as actor:
        first = MergeOperation.objects.get(survivor_id=groups[0][0].pk)
        undo_merge(first.pk, actor=actor)
        undo = operations.prepare_undo(done.pk, actor=actor)

    undone = work(alice, undo)

    assert (undone.changed, undone.unchanged) == (2, 2)
    assert len(live_ids(alice)) == 4


def test_more_than_one_merge_holds_go_into_the_same_record(alice: Person) -> None:
    [group] = twins(alice, alike=7)

    done = work(alice, begin(alice))

    assert live_ids(alice) == {group[0].pk}
    assert done.changed == 7
    with alice.at_work() as actor:
        undo = operations.prepare_undo(done.pk, actor=actor)
    work(alice, undo)
    assert live_ids(alice) == {each.pk for each in group}


def test_who_was_told_apart_is_not_merged_through_a_third(alice: Person) -> None:
    [group] = twins(alice, alike=3)
    with alice.at_work() as actor:
        mark_not_duplicates(contact_type(), [group[1].pk, group[2].pk], actor=actor)

    done = work(alice, begin(alice))

    assert (done.changed, done.refused) == (0, 3)
    assert live_ids(alice) == {each.pk for each in group}
    assert {reason for _outcome, reason in results(alice, done).values()} == {
        "Somebody said that two of these are different records."
    }


def test_a_pair_that_ended_meanwhile_is_left_alone(alice: Person) -> None:
    [group] = twins(alice)
    operation = begin(alice)
    with alice.at_work() as actor:
        found = BulkOperation.objects.select_for_update().get(pk=operation.pk)
        operations.fix_records(found, actor=actor)
    with alice.at_work() as actor:
        mark_not_duplicates(contact_type(), [each.pk for each in group], actor=actor)

    done = work(alice, operation)

    assert (done.changed, done.unchanged) == (0, 2)
    assert live_ids(alice) == {each.pk for each in group}


def test_a_stop_keeps_what_was_merged(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certain, "RECORDS_AT_ONCE", 2)
    twins(alice, count=3)
    operation = begin(alice)
    hint, hints = operations.push_state, []

    def stop() -> None:
        with alice.at_work() as actor:
            operations.cancel_operation(operation.pk, actor=actor)

    def hint_and_stop(each: BulkOperation) -> None:
        hint(each)
        hints.append(each.done)
        if len(hints) == 2:
            transaction.on_commit(stop)

    monkeypatch.setattr(operations, "push_state", hint_and_stop)
    stopped = work(alice, operation)

    assert (stopped.state, stopped.total, stopped.changed) == ("cancelled", 6, 2)
    assert hints[:2] == [0, 2]
    assert len(live_ids(alice)) == 5


@pytest.mark.parametrize("missing", ["bulk", "update", "delete"])
def test_without_the_right_nothing_begins(acme: Tenant, alice: Person, missing: str) -> None:
    [group] = twins(alice)
    rights = {verb: level for verb, level in EVERY.items() if verb != missing}
    bob = make_person("Bob Baker", acme, make_role(acme, records={"contact": rights, "*": {}}, codes=[]))

    assert "merge-certain" not in bob.page.get(FOUND).content.decode()
    assert bob.page.post(f"{FOUND}merge-certain/", headers=HTMX).status_code == 403

    with alice.at_work():
        assert not BulkOperation.objects.exists()
    assert live_ids(alice) == {each.pk for each in group}


def test_who_does_not_see_why_cannot_merge_by_it(acme: Tenant, alice: Person) -> None:
    twins(alice)
    hidden = {"contact": {"phone": "hidden"}}
    bob = make_person("Bob Baker", acme, make_role(acme, records={"contact": EVERY, "*": {}}, fields=hidden, codes=[]))

    with pytest.raises(Denied):
        begin(bob)


def test_records_out_of_reach_stay_as_they_are(acme: Tenant, alice: Person) -> None:
    own = {"contact": EVERY | {"bulk": "own"}, "company": {"read": "all"}, "*": {}}
    bob = make_person("Bob Baker", acme, make_role(acme, records=own, codes=[]))
    [group] = twins(alice)

    done = work(bob, begin(bob))

    assert (done.changed, done.out_of_reach) == (0, 2)
    assert live_ids(alice) == {each.pk for each in group}


def test_old_values_are_dropped_when_it_is_too_late_for_an_undo(alice: Person) -> None:
    one, other = make_contact(alice, first_name="Jon", city="Oslo"), make_contact(alice, first_name="Jon")
    late, later = make_contact(alice, first_name="Ann"), make_contact(alice, first_name="Ann")
    with alice.at_work() as actor:
        old = merge_records(contact_type(), one.pk, [other.pk], actor=actor)
        with as_of(now() + timedelta(days=2)):
            young = merge_records(contact_type(), late.pk, [later.pk], actor=actor)

    def sweep(after: timedelta) -> tuple[bool, bool]:
        with as_of(now() + after):
            tasks.forget_merges()
            jobs.run_due(tenant_id=alice.tenant.id)
        with alice.at_work():
            return bool(read(old).snapshot), bool(read(young).snapshot)

    def read(operation: MergeOperation) -> MergeOperation:
        return MergeOperation.objects.get(pk=operation.pk)

    assert sweep(timedelta(days=29, hours=23)) == (True, True)
    assert sweep(timedelta(days=30, hours=1)) == (False, True)
    with as_of(now() + timedelta(days=31)):
        with alice.at_work() as actor, pytest.raises(Conflict, match="30 days"):
            undo_merge(old.pk, actor=actor)
        with alice.at_work() as actor:
            undo_merge(young.pk, actor=actor)
    assert {late.pk, later.pk, one.pk} <= live_ids(alice)
    assert other.pk not in live_ids(alice)


def test_workflows_do_not_take_a_merge_for_news(alice: Person) -> None:
    twins(alice)
    done = work(alice, begin(alice))

    journal.run_consumers(tenant_id=alice.tenant.id)

    with alice.at_work():
        assert not Notification.objects.filter(user_id=alice.id).exclude(url=f"/bulk/{done.pk}/").exists()
