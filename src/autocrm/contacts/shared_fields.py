"""What the declarations of companies and contacts have in common: addresses, numbers, headings."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.phones import parse_phone
from autocrm.records.fields import Field
from autocrm.tenants.selectors import get_tenant

REACH, ADDRESS, BUSINESS, PERSON = _("How to reach"), _("Address"), _("Business"), _("Person")

_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md", "mba", "esq"})
_PARTICLE_WORDS = """
af al av bin da das de degli dei del della den der des di do dos du el la las le los ten ter van vom von y zu zum zur
"""
_PARTICLES = frozenset(_PARTICLE_WORDS.split())


def phone_key(text: str) -> str:
    """What numbers are matched by."""
    return parse_phone(text).key


def region_of(record: Any) -> str:
    """The country in which the workspace's local numbers are dialled."""
    return str(get_tenant(record.tenant_id).settings.get("region", "US"))


def parts_of_name(whole: str) -> dict[str, str]:
    """First and last name of somebody written as a whole: "Ana Maria Silva", "Silva, Ana", "Ludwig van Beethoven"."""
    before, comma, after = whole.partition(",")
    if comma and after.strip() and after.strip().rstrip(".").casefold() not in _SUFFIXES:
        return {"first_name": " ".join(after.split()), "last_name": " ".join(before.split())}
    words = whole.split()
    # The family name is the last word, with the small ones before it and what stands behind it.
    at = len(words) - 1
    while at > 1 and words[at].rstrip(".").casefold() in _SUFFIXES:
        at -= 1
    while at > 1 and words[at - 1] in _PARTICLES:
        at -= 1
    at = max(at, 0)
    return {"first_name": " ".join(words[:at]), "last_name": " ".join(words[at:])}


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
