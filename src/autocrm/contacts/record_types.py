"""The declarations of `company` and `contact`: what the record engine makes lists, pages, forms, API and imports of."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from autocrm.contacts.errors import CompanyLoop
from autocrm.contacts.models import Company, Consent, Contact, ContactType, makes_loop
from autocrm.contacts.permissions import COMPANY, CONTACT
from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.schema import Option, Storage
from autocrm.kernel.errors import Invalid
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.normalise import company_key, domain_of, name_key, normalise_email
from autocrm.kernel.phones import digits_of, parse_phone
from autocrm.records.fields import Field
from autocrm.records.registry import KnownBy, RecordType, RelatedCard, Search, Values, register
from autocrm.tenants.selectors import get_tenant

_REACH, _ADDRESS, _BUSINESS, _PERSON = _("How to reach"), _("Address"), _("Business"), _("Person")


def _phone_key(text: str) -> str:
    return parse_phone(text).key


def _region(record: Any) -> str:
    return str(get_tenant(record.tenant_id).settings.get("region", "US"))


@cache
def _time_zones() -> set[str]:
    """Asked for once: the files of all zones are looked at for it."""
    return available_timezones()


def _address_fields() -> tuple[Field, ...]:
    """The same five fields for whoever has an address."""
    return (
        Field(
            key="street",
            label=_("Street"),
            kind=FieldKind.TEXT,
            max_length=300,
            group=_ADDRESS,
            aliases=("address", "street address", "address line 1"),
        ),
        Field(key="city", label=_("City"), kind=FieldKind.TEXT, max_length=120, group=_ADDRESS, aliases=("town",)),
        Field(
            key="state",
            label=_("State or region"),
            kind=FieldKind.TEXT,
            max_length=120,
            group=_ADDRESS,
            aliases=("state", "region", "province", "county"),
        ),
        Field(
            key="postal_code",
            label=_("Postal code"),
            kind=FieldKind.TEXT,
            max_length=20,
            group=_ADDRESS,
            aliases=("zip", "zip code", "postcode", "postal code"),
        ),
        Field(
            key="country",
            label=_("Country"),
            kind=FieldKind.TEXT,
            max_length=120,
            group=_ADDRESS,
            aliases=("office location", "office_location", "nation"),
        ),
    )


# --- Companies -------------------------------------------------------------------------------------------------------


def _derive_company(company: Company) -> None:
    company.fill_keys(_region(company))


def _check_company(company: Company, values: Values, actor: Actor) -> None:
    if values.get("parent") is not None and makes_loop(company, values["parent"]):
        raise CompanyLoop


def _company_subtitle(company: Company) -> str:
    people = _t("%(count)s people") % {"count": f"{company.employees:,}"} if company.employees else ""
    return " · ".join(part for part in (company.sector, people, company.country) if part)


def _company_terms(company: Company) -> list[str]:
    return [
        company.domain,
        company.website,
        company.sector,
        company.city,
        company.country,
        company.external_id,
        *_phone_terms(company.phone, company.phone_key),
    ]


def _similar_companies(values: Values) -> Q:
    key = company_key(str(values.get("name") or ""))
    domain = domain_of(str(values.get("domain") or values.get("website") or ""))
    return (Q(match_key=key) if key else Q(pk__in=[])) | (Q(domain=domain) if domain else Q(pk__in=[]))


COMPANY_TYPE = RecordType(
    key=COMPANY,
    plural="companies",
    label=_("Company"),
    label_plural=_("Companies"),
    icon="building",
    avatar="company",
    model=Company,
    title=lambda company: company.name,
    title_fields=("name",),
    subtitle=_company_subtitle,
    subtitle_fields=("sector", "employees", "country"),
    list_columns=("name", "sector", "revenue", "employees", "country", "owner", "domain", "phone", "tags"),
    highlights=("sector", "revenue", "employees", "country", "owner"),
    related=(
        RelatedCard(record_type=CONTACT, field="company", label=_("People"), columns=("title",)),
        RelatedCard(record_type=COMPANY, field="parent", label=_("Subsidiaries")),
    ),
    search=Search(subtitle=_company_subtitle, terms=_company_terms),
    default_sort=("name",),
    natural_key=("name", "domain"),
    similar=_similar_companies,
    nav_order=20,
    shortcut="o",
    known_by=(
        KnownBy("name_key", name_key),
        KnownBy("match_key", company_key),
        KnownBy("domain", domain_of),
    ),
    derive=_derive_company,
    check=_check_company,
    fields=(
        Field(
            key="name",
            label=_("Name"),
            kind=FieldKind.TEXT,
            required=True,
            max_length=200,
            normalised="name_key",
            normalise=name_key,
            group=_BUSINESS,
            aliases=("account", "company", "company name", "organization", "organisation", "account name"),
        ),
        Field(
            key="domain",
            label=_("Domain"),
            kind=FieldKind.TEXT,
            in_form=True,
            max_length=253,
            normalised="domain",
            normalise=domain_of,
            group=_REACH,
            aliases=("email domain", "e-mail domain"),
            help_text=_("The part after www. or @, as in globex.com"),
        ),
        Field(
            key="website",
            label=_("Website"),
            kind=FieldKind.URL,
            max_length=500,
            group=_REACH,
            aliases=("web", "url", "homepage", "web site"),
        ),
        Field(
            key="phone",
            label=_("Phone"),
            kind=FieldKind.PHONE,
            in_form=True,
            max_length=60,
            normalised="phone_key",
            normalise=_phone_key,
            group=_REACH,
            aliases=("phone 1", "telephone", "tel"),
        ),
        Field(
            key="sector",
            label=_("Industry"),
            kind=FieldKind.TEXT,
            in_form=True,
            max_length=120,
            normalised="sector_key",
            normalise=name_key,
            group=_BUSINESS,
            aliases=("sector", "branch", "vertical"),
        ),
        Field(
            key="employees",
            label=_("Employees"),
            kind=FieldKind.NUMBER,
            storage=Storage.INTEGER,
            in_form=True,
            nullable=True,
            minimum=0,
            maximum=2_000_000_000,
            group=_BUSINESS,
            aliases=("number of employees", "size", "headcount", "company size"),
        ),
        Field(
            key="revenue",
            label=_("Annual revenue"),
            kind=FieldKind.CURRENCY,
            nullable=True,
            group=_BUSINESS,
            aliases=("revenue", "turnover", "annual turnover"),
        ),
        Field(
            key="year_established",
            label=_("Founded"),
            kind=FieldKind.NUMBER,
            storage=Storage.INTEGER,
            nullable=True,
            minimum=1,
            maximum=9999,
            group=_BUSINESS,
            aliases=("year established", "year_established", "founded", "year founded"),
            extra={"ungrouped": True},
        ),
        Field(
            key="parent",
            label=_("Part of"),
            kind=FieldKind.RELATION,
            relation=COMPANY,
            nullable=True,
            sortable=False,
            group=_BUSINESS,
            aliases=("subsidiary_of", "subsidiary of", "parent company", "parent", "parent account"),
        ),
        Field(
            key="description",
            label=_("Description"),
            kind=FieldKind.LONG_TEXT,
            sortable=False,
            max_length=20_000,
            group=_BUSINESS,
            aliases=("notes", "about", "comment"),
        ),
        *_address_fields(),
        Field(
            key="external_id",
            label=_("Id elsewhere"),
            kind=FieldKind.TEXT,
            max_length=120,
            group=_("System"),
            aliases=("organization id", "organisation id", "account id", "company id"),
            help_text=_("What another system calls this company"),
        ),
    ),
)


# --- Contacts --------------------------------------------------------------------------------------------------------


def _derive_contact(contact: Contact) -> None:
    contact.fill_keys(_region(contact))


def _check_contact(contact: Contact, values: Values, actor: Actor) -> None:
    def value(key: str) -> Any:
        return values[key] if key in values else getattr(contact, key)

    if not any(value(key) for key in ("first_name", "last_name", "email", "phone")):
        raise Invalid(fields={"last_name": [_("Give a name, an e-mail address or a phone number.")]})
    zone = values.get("time_zone")
    if zone and zone not in _time_zones():
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
        *_phone_terms(contact.phone, contact.phone_key),
        *_phone_terms(contact.phone2, contact.phone2_key),
    ]


def _phone_terms(phone: str, key: str) -> list[str]:
    """A number as written, in one piece, and without its country code, so that any way of typing it finds it."""
    digits = digits_of(key or phone)
    # A country code has one to three digits; the last seven are what people know of a number of their own town.
    return [phone, digits, digits[1:], digits[2:], digits[3:], digits[-7:]] if phone else []


def _similar_contacts(values: Values) -> Q:
    name = name_key(f"{values.get('first_name') or ''} {values.get('last_name') or ''}".strip())
    email, phone = normalise_email(str(values.get("email") or "")), _phone_key(str(values.get("phone") or ""))
    found = Q(pk__in=[])
    if " " in name:
        found |= Q(full_name_key=name)
    if email:
        found |= Q(email_key=email) | Q(email2_key=email)
    if len(phone) > 6:
        found |= Q(phone_key=phone)
    return found


_TYPE_TONES = {"lead": "warn", "prospect": "accent", "customer": "ok", "partner": "info"}
_CONSENT_TONES = {"granted": "ok", "withdrawn": "bad"}

CONTACT_TYPE = RecordType(
    key=CONTACT,
    plural="contacts",
    label=_("Contact"),
    label_plural=_("Contacts"),
    icon="users",
    model=Contact,
    title=lambda contact: contact.full_name,
    title_fields=("name",),
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
    search=Search(subtitle=_contact_subtitle, terms=_contact_terms),
    default_sort=("-created_at",),
    natural_key=("email",),
    similar=_similar_contacts,
    nav_order=10,
    shortcut="c",
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
            extra={"on_page": False},
        ),
        Field(
            key="first_name",
            label=_("First name"),
            kind=FieldKind.TEXT,
            in_form=True,
            max_length=120,
            group=_PERSON,
            aliases=("given name", "forename", "firstname"),
        ),
        Field(
            key="last_name",
            label=_("Last name"),
            kind=FieldKind.TEXT,
            in_form=True,
            max_length=120,
            group=_PERSON,
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
            group=_REACH,
            aliases=("email", "e-mail address", "email address", "email 1", "mail"),
        ),
        Field(
            key="phone",
            label=_("Phone"),
            kind=FieldKind.PHONE,
            in_form=True,
            max_length=60,
            normalised="phone_key",
            normalise=_phone_key,
            group=_REACH,
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
            group=_PERSON,
            aliases=("account", "organization", "organisation", "company name", "employer"),
        ),
        Field(
            key="title",
            label=_("Job title"),
            kind=FieldKind.TEXT,
            in_form=True,
            max_length=160,
            group=_PERSON,
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
            group=_PERSON,
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
            group=_REACH,
            aliases=("email 2", "other email", "secondary email"),
        ),
        Field(
            key="phone2",
            label=_("Second phone"),
            kind=FieldKind.PHONE,
            max_length=60,
            normalised="phone2_key",
            normalise=_phone_key,
            group=_REACH,
            aliases=("phone 2", "other phone", "work phone"),
        ),
        Field(
            key="website",
            label=_("Website"),
            kind=FieldKind.URL,
            max_length=500,
            group=_REACH,
            aliases=("web", "url", "homepage"),
        ),
        Field(
            key="description",
            label=_("Notes"),
            kind=FieldKind.LONG_TEXT,
            sortable=False,
            max_length=20_000,
            group=_PERSON,
            aliases=("description", "comment", "remarks"),
        ),
        *_address_fields(),
        Field(
            key="time_zone",
            label=_("Time zone"),
            kind=FieldKind.TEXT,
            max_length=64,
            group=_ADDRESS,
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

register(CONTACT_TYPE)
register(COMPANY_TYPE)
