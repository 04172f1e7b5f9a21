"""Contacts and companies: their columns, their keys for matching, and the indexes their lists stand on.

Beside text that people compare stands a normalised column (`*_key`): under row-level security only plain comparisons
reach an index. Amounts are whole minor units of the workspace's currency. The indexes begin with the tenant (written by
the schema editor) and leave out what lies in the bin.
"""

from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.normalise import company_key, domain_of, name_key, normalise_email
from autocrm.kernel.phones import parse_phone
from autocrm.records.models import BINNED, Record

LIVE = Q(archived_at__isnull=True)


PLACES = ("street", "city", "state", "country", "postal_code")


def indexes_by(prefix: str, *names: str) -> list[models.Index]:
    """One index for each of these fields: lists are ordered and filtered by them, at any size."""
    return [models.Index(fields=[name, "id"], condition=LIVE, name=f"{prefix}_{name}"[:30]) for name in names]


class ContactType(models.TextChoices):
    """What a contact is to the business."""

    LEAD = "lead", _("Lead")
    PROSPECT = "prospect", _("Prospect")
    CUSTOMER = "customer", _("Customer")
    PARTNER = "partner", _("Partner")
    VENDOR = "vendor", _("Vendor")


class Consent(models.TextChoices):
    """Whether a contact agreed to be written to."""

    UNKNOWN = "unknown", _("Not asked")
    GRANTED = "granted", _("Given")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Addressed(models.Model):
    """A postal address."""

    street = models.CharField(_("street"), max_length=300, blank=True, default="")
    city = models.CharField(_("city"), max_length=120, blank=True, default="")
    state = models.CharField(_("state or region"), max_length=120, blank=True, default="")
    postal_code = models.CharField(_("postal code"), max_length=20, blank=True, default="")
    country = models.CharField(_("country"), max_length=120, blank=True, default="")

    class Meta:
        abstract = True


class Company(Record, Addressed):
    """An organisation; `parent` makes a tree.

    `domain` is kept in its normalised form; `match_key` is the name without its legal form, so that "Acme" and
    "Acme Inc." are seen to be one.
    """

    name = models.CharField(_("name"), max_length=200)
    name_key = models.CharField(max_length=200, editable=False)
    match_key = models.CharField(max_length=200, editable=False)
    domain = models.CharField(_("domain"), max_length=253, blank=True, default="")
    website = models.CharField(_("website"), max_length=500, blank=True, default="")
    sector = models.CharField(_("industry"), max_length=120, blank=True, default="")
    sector_key = models.CharField(max_length=120, editable=False, default="")
    employees = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    revenue = models.BigIntegerField(_("annual revenue"), null=True, blank=True)
    year_established = models.PositiveSmallIntegerField(_("founded"), null=True, blank=True)
    description = models.TextField(_("description"), blank=True, default="")
    phone = models.CharField(_("phone"), max_length=60, blank=True, default="")
    phone_key = models.CharField(max_length=40, editable=False, default="")
    external_id = models.CharField(_("id elsewhere"), max_length=120, blank=True, default="")
    parent = models.ForeignKey(
        "self", verbose_name=_("part of"), null=True, blank=True, on_delete=models.SET_NULL, related_name="children"
    )

    parent_id: UUID | None

    class Meta(Record.Meta):
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        indexes = [
            models.Index(fields=["name_key", "id"], condition=LIVE, name="contacts_company_name"),
            models.Index(fields=["-created_at", "-id"], condition=LIVE, name="contacts_company_created"),
            models.Index(fields=["-updated_at", "-id"], condition=LIVE, name="contacts_company_updated"),
            models.Index(fields=["-archived_at", "-id"], condition=BINNED, name="contacts_company_binned"),
            models.Index(fields=["owner", "name_key", "id"], condition=LIVE, name="contacts_company_owner_name"),
            models.Index(fields=["next_activity_at", "id"], condition=LIVE, name="contacts_company_next"),
            models.Index(fields=["match_key"], condition=LIVE, name="contacts_company_match"),
            models.Index(fields=["domain"], condition=LIVE & Q(domain__gt=""), name="contacts_company_domain"),
            models.Index(fields=["external_id"], condition=Q(external_id__gt=""), name="contacts_company_external"),
            models.Index(fields=["phone_key"], condition=Q(phone_key__gt=""), name="contacts_company_phone"),
            models.Index(fields=["sector_key", "revenue", "id"], condition=LIVE, name="contacts_company_sector"),
            models.Index(
                F("tenant_id"),
                F("revenue").desc(nulls_last=True),
                F("id").desc(),
                condition=LIVE,
                name="contacts_company_revenue",
            ),
            *indexes_by("contacts_company", "website", "employees", "year_established", *PLACES),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    def fill_keys(self, region: str = "US") -> None:
        """Derive the columns that matching and lists compare; the domain comes from the website where it is empty."""
        self.name_key = name_key(self.name)[:200]
        self.match_key = company_key(self.name)[:200]
        self.sector_key = name_key(self.sector)[:120]
        self.domain = domain_of(self.domain or self.website)[:253]
        self.phone_key = parse_phone(self.phone, region).key[:40]


class Contact(Record, Addressed):
    """A person. `called` is what people call the record; `email_key` stands once among live contacts."""

    first_name = models.CharField(_("first name"), max_length=120, blank=True, default="")
    last_name = models.CharField(_("last name"), max_length=120, blank=True, default="")
    full_name = models.CharField(_("name"), max_length=254, editable=False)
    full_name_key = models.CharField(max_length=254, editable=False)
    email = models.CharField(_("e-mail"), max_length=254, blank=True, default="")
    email_key = models.CharField(max_length=254, editable=False, default="")
    email2 = models.CharField(_("second e-mail"), max_length=254, blank=True, default="")
    email2_key = models.CharField(max_length=254, editable=False, default="")
    phone = models.CharField(_("phone"), max_length=60, blank=True, default="")
    phone_key = models.CharField(max_length=40, editable=False, default="")
    phone2 = models.CharField(_("second phone"), max_length=60, blank=True, default="")
    phone2_key = models.CharField(max_length=40, editable=False, default="")
    company = models.ForeignKey(
        Company, verbose_name=_("company"), null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts"
    )
    type = models.CharField(_("type"), max_length=20, choices=ContactType, default=ContactType.LEAD)
    title = models.CharField(_("job title"), max_length=160, blank=True, default="")
    website = models.CharField(_("website"), max_length=500, blank=True, default="")
    source = models.CharField(_("source"), max_length=120, blank=True, default="")
    consent = models.CharField(_("consent"), max_length=20, choices=Consent, default=Consent.UNKNOWN)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="")
    last_contact_at = models.DateTimeField(_("last contact"), null=True, blank=True)
    next_follow_up_on = models.DateField(_("next follow-up"), null=True, blank=True)
    engagement_score = models.PositiveSmallIntegerField(_("engagement"), default=0, editable=False)
    description = models.TextField(_("notes"), blank=True, default="")
    external_id = models.CharField(_("id elsewhere"), max_length=120, blank=True, default="")

    company_id: UUID | None

    class Meta(Record.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(
                fields=["email_key"], condition=LIVE & Q(email_key__gt=""), name="contacts_contact_email_unique"
            ),
            models.CheckConstraint(
                condition=Q(engagement_score__lte=100), name="contacts_contact_engagement_score_at_most_100"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], condition=LIVE, name="contacts_contact_created"),
            models.Index(fields=["-updated_at", "-id"], condition=LIVE, name="contacts_contact_updated"),
            models.Index(fields=["-archived_at", "-id"], condition=BINNED, name="contacts_contact_binned"),
            models.Index(fields=["full_name_key", "id"], condition=LIVE, name="contacts_contact_name"),
            models.Index(fields=["owner", "-created_at", "-id"], condition=LIVE, name="contacts_contact_owner_created"),
            models.Index(fields=["type", "-created_at", "-id"], condition=LIVE, name="contacts_contact_type_created"),
            models.Index(
                fields=["type", "-engagement_score", "-id"], condition=LIVE, name="contacts_contact_type_score"
            ),
            models.Index(fields=["-engagement_score", "-id"], condition=LIVE, name="contacts_contact_score"),
            models.Index(fields=["next_follow_up_on", "id"], condition=LIVE, name="contacts_contact_follow_up"),
            models.Index(fields=["next_activity_at", "id"], condition=LIVE, name="contacts_contact_next"),
            models.Index(
                F("tenant_id"),
                F("last_contact_at").desc(nulls_last=True),
                F("id").desc(),
                condition=LIVE,
                name="contacts_contact_last_contact",
            ),
            models.Index(fields=["email2_key"], condition=Q(email2_key__gt=""), name="contacts_contact_email2"),
            models.Index(fields=["phone_key"], condition=Q(phone_key__gt=""), name="contacts_contact_phone"),
            models.Index(fields=["phone2_key"], condition=Q(phone2_key__gt=""), name="contacts_contact_phone2"),
            models.Index(fields=["external_id"], condition=Q(external_id__gt=""), name="contacts_contact_external"),
            *indexes_by(
                "contacts_contact",
                "first_name",
                "last_name",
                "title",
                "source",
                "consent",
                "website",
                "time_zone",
                *PLACES,
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.called

    @property
    def called(self) -> str:
        """The name; without one the e-mail address or the number stands for it, as far as the reader may see these."""
        return self.full_name or self.email or self.phone

    def fill_keys(self, region: str = "US") -> None:
        """Derive the name and the columns that matching and lists compare."""
        self.full_name = f"{self.first_name} {self.last_name}".strip()[:254]
        self.full_name_key = name_key(self.full_name)[:254]
        self.email_key = normalise_email(self.email)[:254]
        self.email2_key = normalise_email(self.email2)[:254]
        self.phone_key = parse_phone(self.phone, region).key[:40]
        self.phone2_key = parse_phone(self.phone2, region).key[:40]

    @property
    def addresses(self) -> list[str]:
        """All e-mail addresses, the primary one first."""
        return [address for address in (self.email, self.email2) if address]


def makes_loop(company: Any, parent_id: UUID | None) -> bool:
    """Whether `parent_id` as parent of `company` would make it part of itself. One query a level, at most 50."""
    for _level in range(50):
        if parent_id is None:
            return False
        if parent_id == company.id:
            return True
        parent_id = Company.objects.filter(pk=parent_id).values_list("parent_id", flat=True).first()
    return True
