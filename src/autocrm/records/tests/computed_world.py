"""What the tests of computed fields share: fields made, records made, values read, jobs done."""

from datetime import timedelta
from typing import Any

import time_machine

from autocrm.jobs import services as jobs
from autocrm.kernel.clock import now
from autocrm.records import services
from autocrm.records.custom import fields as custom_fields
from autocrm.records.models import CustomField
from autocrm.records.registry import record_types
from tests.support.cast import Person


def formula(person: Person, label: str, source: str, *, on: str = "company", **values: Any) -> CustomField:
    return add(person, label, "formula", on=on, config={"formula": source}, **values)


def rollup(person: Person, label: str, function: str, *, on: str = "company", **config: Any) -> CustomField:
    given = {"record_type": "contact", "relation": "company", "function": function, **config}
    return add(person, label, "rollup", on=on, config=given)


def add(person: Person, label: str, kind: str, *, on: str = "company", **values: Any) -> CustomField:
    with person.at_work() as actor:
        return custom_fields.create_field({"record_type": on, "label": label, "kind": kind, **values}, actor=actor)


def make(person: Person, kind: str = "company", **values: Any) -> Any:
    named = {"company": {"name": "Acme"}, "contact": {"first_name": "Ada"}}.get(kind, {})
    with person.at_work() as actor:
        return services.create_record(record_types.get(kind), {**named, **values}, actor=actor)


def change(person: Person, record: Any, kind: str = "company", **values: Any) -> Any:
    with person.at_work() as actor:
        return services.update_record(record_types.get(kind), record.id, values, actor=actor)


def value(person: Person, record: Any, key: str, kind: str = "company") -> Any:
    """The stored value, as the database has it."""
    with person.at_work():
        record_type = record_types.get(kind)
        return record_type.by_key[key].read(record_type.rows().get(pk=record.id))


def work_off(person: Person) -> None:
    """All jobs that are waiting, also for every process to know."""
    with time_machine.travel(now() + timedelta(minutes=1)):
        jobs.run_due(tenant_id=person.tenant.id)
