"""Contacts and companies for tests, made by the services as the product makes them."""

from typing import Any

from autocrm.contacts.models import Company, Contact
from autocrm.contacts.record_types import COMPANY_TYPE, CONTACT_TYPE
from autocrm.kernel.ids import new_id
from autocrm.records import services
from tests.support.cast import Person


def make_contact(person: Person, **values: Any) -> Contact:
    """A contact that `person` creates."""
    defaults = {"first_name": "Ingrid", "last_name": f"Halvorsen {new_id().hex[-6:]}"}
    with person.at_work() as actor:
        return services.create_record(CONTACT_TYPE, defaults | values, actor=actor)


def make_company(person: Person, **values: Any) -> Company:
    """A company that `person` creates."""
    with person.at_work() as actor:
        return services.create_record(COMPANY_TYPE, {"name": f"Globex {new_id().hex[-6:]}"} | values, actor=actor)


def make_many(person: Person, count: int, **values: Any) -> None:
    """Contacts in bulk, past the services: rows for lists to read."""
    with person.at_work():
        made = [
            Contact(first_name="Row", last_name=f"{at:05d}", owner_id=person.id, created_by_id=person.id, **values)
            for at in range(count)
        ]
        for contact in made:
            contact.fill_keys()
        Contact.objects.bulk_create(made)
