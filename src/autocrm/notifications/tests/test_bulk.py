"""The end of a bulk operation that ran in the background is told to whoever began it, once."""

from typing import Any

from autocrm.jobs import services as jobs
from autocrm.notifications.models import Notification
from autocrm.records import bulk_operations as operations
from autocrm.records import services
from autocrm.records.bulk_selection import Selection
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
