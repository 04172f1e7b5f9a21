"""What the declarations of companies and contacts have in common: addresses, numbers, headings."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.phones import parse_phone
from autocrm.records.fields import Field
from autocrm.tenants.selectors import get_tenant

REACH, ADDRESS, BUSINESS, PERSON = _("How to reach"), _("Address"), _("Business"), _("Person")


def phone_key(text: str) -> str:
    """What numbers are matched by."""
    return parse_phone(text).key


def region_of(record: Any) -> str:
    """The country in which the workspace's local numbers are dialled."""
    return str(get_tenant(record.tenant_id).settings.get("region", "US"))


def address_fields() -> tuple[Field, ...]:
    """The same five fields for whoever has an address."""
    return (
        Field(
            key="street",
            label=_("Street"),
            kind=FieldKind.TEXT,
            max_length=300,
            group=ADDRESS,
            aliases=("address", "street address", "address line 1"),
        ),
        Field(key="city", label=_("City"), kind=FieldKind.TEXT, max_length=120, group=ADDRESS, aliases=("town",)),
        Field(
            key="state",
            label=_("State or region"),
            kind=FieldKind.TEXT,
            max_length=120,
            group=ADDRESS,
            aliases=("state", "region", "province", "county"),
        ),
        Field(
            key="postal_code",
            label=_("Postal code"),
            kind=FieldKind.TEXT,
            max_length=20,
            group=ADDRESS,
            aliases=("zip", "zip code", "postcode", "postal code"),
        ),
        Field(
            key="country",
            label=_("Country"),
            kind=FieldKind.TEXT,
            max_length=120,
            group=ADDRESS,
            aliases=("office location", "office_location", "nation"),
        ),
    )
