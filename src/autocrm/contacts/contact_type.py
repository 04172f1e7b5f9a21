"""The declaration of `contact`."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.contacts.models import Consent, Contact, ContactType
from autocrm.contacts.permissions import COMPANY, CONTACT
from autocrm.contacts.shared_fields import ADDRESS, PERSON, REACH, address_fields, parts_of_name, phone_key, region_of
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import zone_names
from autocrm.kernel.conditions.schema import Option, Storage
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.normalise import name_key, normalise_email
from autocrm.kernel.phones import phone_terms
from autocrm.records.fields import Field
from autocrm.records.match_rules import MatchKind, MatchRule
from autocrm.records.registry import KnownBy, RecordType, Search, Values


def _derive_contact(contact: Contact) -> None:
    contact.fill_keys(region_of(contact))


def _check_contact(contact: Contact, values: Values, actor: Actor) -> None:
    def value(key: str) -> Any:
        return values[key] if key in values else getattr(contact, key)

    if not any(value(key) for key in ("first_name", "last_name", "email", "phone")):
        raise Invalid(fields={"last_name": [_("Give a name, an e-mail address or a phone number.")]})
    zone = values.get("time_zone")
    if zone and zone not in zone_names():
        raise Invalid(fields={"time_zone": [_("This is not a time zone like Europe/Oslo.")]})


def _contact_subtitle(contact: Contact) -> str:
    company = contact.company.name if contact.company_id and contact.company else ""
    return " · ".join(part for part in (contact.title, company) if part)


def _contact_terms(contact: Contact) -> list[str]:
    company = contact.company.name if contact.company_id and contact.company else ""
    return [
        contact.email,
        contact.email2,
        company,
        contact.title,
        contact.city,
        contact.external_id,
        *phone_terms(contact.phone, contact.phone_key),
        *phone_terms(contact.phone2, contact.phone2_key),
    ]


_MATCHING = (
    MatchRule(kind=MatchKind.EMAIL, fields=("email", "email2"), points=75, differing=10),
    MatchRule(kind=MatchKind.PHONE, fields=("phone", "phone2"), points=50),
    MatchRule(kind=MatchKind.ID, fields=("external_id",), points=90, differing=20),
    MatchRule(kind=MatchKind.PERSON, fields=("first_name", "last_name"), exact="name", points=50, differing=25),
    MatchRule(kind=MatchKind.SUPPORT, fields=("company",), points=25, differing=15),
)
_TYPE_TONES = {"lead": "warn", "prospect": "accent", "customer": "ok", "partner": "info"}
_CONSENT_TONES = {"granted": "ok", "withdrawn": "bad"}

contact_type = RecordType(
    key=CONTACT,
    plural="contacts",
    label=_("Contact"),
    label_plural=_("Contacts"),
    icon="users",
    model=Contact,
    title=lambda contact: contact.called,
    title_fields=("name",),
    stand_ins=("email", "phone"),
    subtitle=_contact_subtitle,
    subtitle_fields=("title", "company"),
    list_columns=(
        "name",
        "company",
        "type",
        "engagement_score",
        "next_follow_up_on",
        "last_contact_at",
        "owner",
        "phone",
        "email",
        "tags",
    ),
    highlights=("type", "engagement_score", "next_follow_up_on", "last_contact_at", "owner"),
    search=Search(
        subtitle=_contact_subtitle,
        terms=_contact_terms,
        fields=("email", "email2", "company", "title", "city", "external_id", "phone", "phone2"),
    ),
    default_sort=("-created_at",),
    natural_key=("email",),
    matching=_MATCHING,
    nav_order=10,
    shortcut="c",
    known_by=(KnownBy("full_name_key", name_key), KnownBy("email_key", normalise_email)),
    derive=_derive_contact,
    check=_check_contact,
    fields=(
        Field(
            key="name",
            label=_("Name"),
            kind=FieldKind.TEXT,
            path="full_name",
            editable=False,
            importable=False,
            normalised="full_name_key",
            normalise=name_key,
            made_of=("first_name", "last_name"),
            taken_apart=parts_of_name,
            aliases=("full name", "display name", "contact name"),
            extra={"on_page": False},
        ),
        Field(
            key="first_name",
            label=_("First name"),
            kind=FieldKind.TEXT,
            in_form=True,
            max_length=120,
            group=PERSON,
            aliases=("given name", "forename", "firstname"),
        ),
        Field(
            key="last_name",
            label=_("Last name"),
            kind=FieldKind.TEXT,
            in_form=True,
            max_length=120,
            group=PERSON,
            aliases=("surname", "family name", "lastname"),
        ),
        Field(
            key="email",
            label=_("E-mail"),
            kind=FieldKind.EMAIL,
            in_form=True,
            unique=True,
            max_length=254,
            normalised="email_key",
            normalise=normalise_email,
            group=REACH,
            aliases=("email", "e-mail address", "email address", "email 1", "mail"),
        ),
        Field(
            key="phone",
            label=_("Phone"),
            kind=FieldKind.PHONE,
            in_form=True,
            max_length=60,
            normalised="phone_key",
            normalise=phone_key,
            group=REACH,
            aliases=("phone 1", "telephone", "mobile", "phone number", "tel"),
        ),
        Field(
            key="company",
            label=_("Company"),
            kind=FieldKind.RELATION,
            relation=COMPANY,
            in_form=True,
            nullable=True,
            sortable=False,
            group=PERSON,
            aliases=("account", "organization", "organisation", "company name", "employer"),
        ),
        Field(
            key="title",
            label=_("Job title"),
            kind=FieldKind.TEXT,
            in_form=True,
            max_length=160,
            group=PERSON,
            aliases=("role", "position", "title", "job"),
        ),
        Field(
            key="type",
            label=_("Type"),
            kind=FieldKind.SELECT,
            in_form=True,
            required=True,
            default=ContactType.LEAD.value,
            options=tuple(Option(value, ContactType(value).label) for value in ContactType.values),
            group=PERSON,
            aliases=("contact type", "lifecycle stage"),
            extra={"tones": _TYPE_TONES, "quick": True},
        ),
        Field(
            key="engagement_score",
            label=_("Engagement"),
            kind=FieldKind.NUMBER,
            storage=Storage.INTEGER,
            editable=False,
            importable=False,
            group=_("Relationship"),
            extra={"widget": "gauge"},
        ),
        Field(
            key="next_follow_up_on",
            label=_("Next follow-up"),
            kind=FieldKind.DATE,
            nullable=True,
            group=_("Relationship"),
            aliases=("follow up", "follow-up date", "next follow up"),
            extra={"deadline": True},
        ),
        Field(
            key="last_contact_at",
            label=_("Last contact"),
            kind=FieldKind.DATETIME,
            nullable=True,
            editable=False,
            group=_("Relationship"),
        ),
        Field(
            key="source",
            label=_("Source"),
            kind=FieldKind.TEXT,
            max_length=120,
            group=_("Relationship"),
            aliases=("lead source", "channel", "origin"),
        ),
        Field(
            key="consent",
            label=_("Consent"),
            kind=FieldKind.SELECT,
            default=Consent.UNKNOWN.value,
            options=tuple(Option(value, Consent(value).label) for value in Consent.values),
            group=_("Relationship"),
            aliases=("opt-in", "gdpr consent", "marketing consent"),
            extra={"tones": _CONSENT_TONES},
        ),
        Field(
            key="email2",
            label=_("Second e-mail"),
            kind=FieldKind.EMAIL,
            max_length=254,
            normalised="email2_key",
            normalise=normalise_email,
            group=REACH,
            aliases=("email 2", "other email", "secondary email"),
        ),
        Field(
            key="phone2",
            label=_("Second phone"),
            kind=FieldKind.PHONE,
            max_length=60,
            normalised="phone2_key",
            normalise=phone_key,
            group=REACH,
            aliases=("phone 2", "other phone", "work phone"),
        ),
        Field(
            key="website",
            label=_("Website"),
            kind=FieldKind.URL,
            max_length=500,
            group=REACH,
            aliases=("web", "url", "homepage"),
        ),
        Field(
            key="description",
            label=_("Notes"),
            kind=FieldKind.LONG_TEXT,
            sortable=False,
            max_length=20_000,
            group=PERSON,
            aliases=("description", "comment", "remarks"),
        ),
        *address_fields(),
        Field(
            key="time_zone",
            label=_("Time zone"),
            kind=FieldKind.TEXT,
            max_length=64,
            group=ADDRESS,
            aliases=("timezone", "tz"),
        ),
        Field(
            key="external_id",
            label=_("Id elsewhere"),
            kind=FieldKind.TEXT,
            max_length=120,
            group=_("System"),
            aliases=("customer id", "account id", "contact id", "lead id"),
            help_text=_("What another system calls this contact"),
        ),
    ),
)
