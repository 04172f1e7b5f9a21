"""The declaration of `company`."""

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from autocrm.contacts.errors import CompanyLoop
from autocrm.contacts.models import Company, makes_loop
from autocrm.contacts.permissions import COMPANY, CONTACT
from autocrm.contacts.shared_fields import BUSINESS, REACH, address_fields, phone_key, region_of
from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.schema import Storage
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.normalise import company_key, domain_of, name_key
from autocrm.kernel.phones import phone_terms
from autocrm.records.fields import Field
from autocrm.records.match_rules import MatchKind, MatchRule
from autocrm.records.registry import KnownBy, RecordType, RelatedCard, Search, Values


def _derive_company(company: Company) -> None:
    company.fill_keys(region_of(company))


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
        *phone_terms(company.phone, company.phone_key),
    ]


_MATCHING = (
    MatchRule(kind=MatchKind.DOMAIN, fields=("domain",), typed=("website",), points=70, differing=20),
    MatchRule(kind=MatchKind.PHONE, fields=("phone",), points=40),
    MatchRule(kind=MatchKind.ID, fields=("external_id",), points=90, differing=20),
    MatchRule(kind=MatchKind.NAME, fields=("name",), exact="name", points=75, differing=10),
    MatchRule(kind=MatchKind.SUPPORT, fields=("city",), points=10),
)

company_type = RecordType(
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
    search=Search(
        subtitle=_company_subtitle,
        terms=_company_terms,
        fields=("domain", "website", "sector", "city", "country", "external_id", "phone"),
    ),
    default_sort=("name",),
    natural_key=("name", "domain"),
    matching=_MATCHING,
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
            group=BUSINESS,
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
            # Where none is given it is that of the website.
            made_of=("website",),
            group=REACH,
            aliases=("email domain", "e-mail domain"),
            help_text=_("The part after www. or @, as in globex.com"),
        ),
        Field(
            key="website",
            label=_("Website"),
            kind=FieldKind.URL,
            max_length=500,
            group=REACH,
            aliases=("web", "url", "homepage", "web site"),
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
            group=BUSINESS,
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
            group=BUSINESS,
            aliases=("number of employees", "size", "headcount", "company size"),
        ),
        Field(
            key="revenue",
            label=_("Annual revenue"),
            kind=FieldKind.CURRENCY,
            nullable=True,
            group=BUSINESS,
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
            group=BUSINESS,
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
            group=BUSINESS,
            aliases=("subsidiary_of", "subsidiary of", "parent company", "parent", "parent account"),
        ),
        Field(
            key="description",
            label=_("Description"),
            kind=FieldKind.LONG_TEXT,
            sortable=False,
            max_length=20_000,
            group=BUSINESS,
            aliases=("notes", "about", "comment"),
        ),
        *address_fields(),
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
