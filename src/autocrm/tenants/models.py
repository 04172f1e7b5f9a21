"""The tenant: one customer organisation of this installation. A row of the installation, not of a tenant."""

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.tenancy import DEFAULT_DATABASE

GIBIBYTE = 1024**3

SUBDOMAIN = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
subdomain_validator = RegexValidator(
    SUBDOMAIN,
    _("Use lower-case letters, digits and hyphens; begin and end with a letter or digit."),
)


def default_settings() -> dict[str, Any]:
    """Currency, time zone, locale, fiscal year and working hours of a new tenant."""
    return {
        "currency": "USD",
        "time_zone": "UTC",
        "locale": "en",
        "region": "US",
        "fiscal_year_start_month": 1,
        "week_start": 0,
        "business_hours": {"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "17:00"},
    }


class Tenant(models.Model):
    """Name, address, placement, plan and limits. The app role may read every row and change only its own.

    `data_model` changes with every change of the tenant's own record types and fields; "" means it has none.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=200)
    subdomain = models.CharField(_("subdomain"), max_length=63, unique=True, validators=[subdomain_validator])
    custom_domain = models.CharField(_("custom domain"), max_length=253, unique=True, null=True, blank=True)
    database = models.CharField(_("database"), max_length=63, default=DEFAULT_DATABASE)
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(_("demo"), default=False)
    plan = models.CharField(_("plan"), max_length=40, default="standard")
    features = models.JSONField(_("features"), default=dict, blank=True)
    settings = models.JSONField(_("settings"), default=default_settings, blank=True)
    user_limit = models.PositiveIntegerField(_("user limit"), default=1000)
    storage_limit_bytes = models.BigIntegerField(_("storage limit"), default=50 * GIBIBYTE)
    storage_used_bytes = models.BigIntegerField(_("storage used"), default=0)
    data_model = models.CharField(max_length=32, default="", db_default="", blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")

    @override
    def __str__(self) -> str:
        return self.name

    def has_feature(self, feature: str) -> bool:
        """Whether a feature toggle is on; features are on unless switched off."""
        return bool(self.features.get(feature, True))
