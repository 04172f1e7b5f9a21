"""Bulk changes: their end is told to whoever began them, once; followers hear of all their records in one message."""

from typing import Any

from autocrm.jobs import services as jobs
from autocrm.journal import services as journal
from autocrm.notifications.models import Notification
from autocrm.records import services
from autocrm.records.bulk_operations import lifecycle as operations
from autocrm.records.bulk_operations.selection import Selection
from autocrm.records.registry import record_types

CONTACT = record_types.get("contact")


def test_the_end_is_told_once(alice: Any, bob: Any) -> None:
    with alice.at_work() as actor:
        services.create_record(CONTACT, {"first_name": "Ana", "type": "lead"}, actor=actor)
        operation = operations.prepare_operation(
            CONTACT,
            "edit",
            Selection(None, "type=lead"),
            {"values": {"type": "customer"}},
            in_background=True,
            actor=actor,
        )

    jobs.run_due(tenant_id=alice.tenant.id)

    with alice.at_work():
        told = Notification.objects.get(kind="bulk_finished")
        assert (told.user_id, told.title, told.url) == (alice.id, "Change Type: 1 changed", f"/bulk/{operation.id}/")


def change_all(person: Any, bob: Any, count: int) -> None:
    """Bob has so many contacts, of which he hears; `person` changes the type of all in one go."""
    with person.at_work() as actor:
        for number in range(count):
            services.create_record(
                CONTACT,
                {"first_name": f"Ana {number}", "type": "lead", "owner": str(bob.id)},
                allow_duplicates=True,
                actor=actor,
            )
    journal.run_consumers(tenant_id=person.tenant.id)
    with person.at_work() as actor:
        Notification.objects.all().delete()
        operations.prepare_operation(
            CONTACT,
            "edit",
            Selection(None, "type=lead"),
            {"values": {"type": "customer"}},
            in_background=True,
            actor=actor,
        )
    jobs.run_due(tenant_id=person.tenant.id)
    journal.run_consumers(tenant_id=person.tenant.id)


def heard(person: Any) -> list[tuple[str, str]]:
    with person.at_work():
        rows = Notification.objects.filter(user_id=person.id, kind="record.changed").order_by("seq")
        return list(rows.values_list("title", "body"))


def test_a_follower_of_many_hears_of_them_in_one_message(alice: Any, bob: Any) -> None:
    change_all(alice, bob, 12)

    assert heard(bob) == [("12 at once: Contacts", "Alice Archer changed records you follow")]
    assert heard(alice) == []


def test_a_follower_of_a_few_hears_of_each(alice: Any, bob: Any) -> None:
    change_all(alice, bob, 2)

    assert sorted(heard(bob)) == [
        ("Ana 0", "Alice Archer: Type Lead → Customer"),
        ("Ana 1", "Alice Archer: Type Lead → Customer"),
    ]


def test_what_nobody_may_see_is_not_counted(alice: Any, bob: Any) -> None:
    with alice.at_work() as actor:
        made = [
            services.create_record(
                CONTACT, {"first_name": "Ana", "owner": str(bob.id)}, allow_duplicates=True, actor=actor
            )
            for _ in range(6)
        ]
    journal.run_consumers(tenant_id=alice.tenant.id)
    with alice.at_work() as actor:
        Notification.objects.all().delete()
        operations.prepare_operation(
            CONTACT,
            "edit",
            Selection(tuple(each.pk for each in made), ""),
            {"values": {"source": "referral"}},
            in_background=True,
            actor=actor,
        )
    jobs.run_due(tenant_id=alice.tenant.id)
    journal.run_consumers(tenant_id=alice.tenant.id)

    assert heard(bob) == []
