"""What journeys find when they begin: records made by the services, as Alice."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from playwright.sync_api import Locator, expect

from autocrm.kernel.ids import new_id
from autocrm.kernel.tenancy import tenant_scope
from autocrm.records import services as records
from autocrm.records.registry import record_types
from autocrm.users.default_roles import OWNER
from autocrm.users.models import Role
from autocrm.users.services import workspaces
from tests.support.cast import Person, make_user


def open_workspace(name: str, owner: str, **values: Any) -> Person:
    """The owner of a workspace made as people make it, with everything a workspace begins with."""
    user = make_user(owner)
    subdomain = f"{name.lower()}-{new_id().hex[-12:]}"
    tenant = workspaces.create_workspace(name=name, subdomain=subdomain, owner=user, **values)
    with tenant_scope(tenant), transaction.atomic():
        return Person(user, tenant, Role.objects.get(key=OWNER))


def make_records(person: Person, key: str, rows: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Records of type `key`, made by `person`."""
    record_type = record_types.get(key)
    with person.at_work() as actor:
        return [records.create_record(record_type, values, allow_duplicates=True, actor=actor) for values in rows]


def make_record(person: Person, key: str, **values: Any) -> Any:
    return make_records(person, key, [values])[0]


def change_record(person: Person, key: str, record: Any, **values: Any) -> Any:
    with person.at_work() as actor:
        return records.update_record(record_types.get(key), record.pk, values, actor=actor)


def address_of(key: str, record: Any) -> str:
    return f"/{record_types.get(key).plural}/{record.pk}/"


def choose_field(box: Locator, field: str) -> None:
    """Find a field by typing and take it."""
    box.fill(field)
    box.page.get_by_role("option", name=field, exact=True).first.click()
    expect(box).to_have_value(field)


def fill_condition(builder: Locator, place: int, field: str, test: str, value: str) -> None:
    """Choose and type one line of the filter builder."""
    choose_field(builder.get_by_role("combobox", name="Field", exact=True).nth(place), field)
    builder.get_by_label("Test", exact=True).nth(place).select_option(label=test)
    builder.get_by_label("Value", exact=True).nth(place).fill(value)
