"""The record types of this app, declared to the record engine."""

from autocrm.contacts.company_type import company_type
from autocrm.contacts.contact_type import contact_type
from autocrm.records.registry import register

CONTACT_TYPE = register(contact_type)
COMPANY_TYPE = register(company_type)
