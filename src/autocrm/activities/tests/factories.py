"""Activities and records to hang them on, made by the services as the product makes them.

No higher app may be known here, so tasks stand for any record: a task about a task.
"""

from datetime import timedelta
from typing import Any

from autocrm.activities import services
from autocrm.activities.models import Note, Task
from autocrm.activities.permissions import TASK
from autocrm.kernel.clock import now
from autocrm.records import services as records
from autocrm.records.custom import objects as custom_objects
from autocrm.records.registry import record_types
from tests.support.cast import Person


def make_record(person: Person, subject: str = "Prepare the offer", **values: Any) -> services.About:
    """Any record, as an activity names it."""
    with person.at_work() as actor:
        record = records.create_record(record_types.get(TASK), {"subject": subject} | values, actor=actor)
    return services.About(TASK, record.id)


def make_task(person: Person, about: services.About | None = None, **values: Any) -> Task:
    """A task of that person, perhaps about a record."""
    with person.at_work() as actor:
        given = {"subject": "Call back"} | values
        return services.create_task(given, about=[about] if about else [], actor=actor)


def make_note(person: Person, about: services.About, body: str = "<p>They want net 60.</p>") -> Note:
    """A note on a record."""
    with person.at_work() as actor:
        return services.create_note(body, about=[about], actor=actor)


def days(count: float) -> Any:
    """The moment so many days from now."""
    return now() + timedelta(days=count)


def make_place(person: Person, name: str = "Villa Aurora") -> services.About:
    """A record of a type that the workspace made itself: one that activities are planned about."""
    with person.at_work() as actor:
        if "property" not in record_types:
            values = {"label": "Property", "label_plural": "Properties"}
            custom_objects.create_object(values, actor=actor)
    with person.at_work() as actor:
        record = records.create_record(record_types.get("property"), {"name": name}, actor=actor)
    return services.About("property", record.id)
