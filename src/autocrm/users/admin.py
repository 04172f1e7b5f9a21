"""The operators' site: tenants and people of the whole installation, on the platform role, for operators only.

It shows no record of any tenant. What it changes goes through services, so that it is journalled where it belongs.
"""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.platform import rows
from autocrm.tenants import services as tenants
from autocrm.tenants.models import Tenant
from autocrm.users.models import User
from autocrm.users.services.people import set_user_active

REASON = "operators' site"


class OperatorSite(admin.AdminSite):
    """Django's admin, open to operators alone: no role in any tenant leads here."""

    site_header = _("AutoCRM operators")
    site_title = _("AutoCRM operators")
    index_title = _("Installation")

    @override
    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and request.user.is_staff

    @override
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """To the product's own sign-in: Django's would pass by the second factor and the throttle."""
        del extra_context
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.get_full_path(), reverse(settings.LOGIN_URL))


class PlatformAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes no parameters at run time
    """Reads and writes on the platform connection; nothing is deleted here."""

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = rows(self.model, reason=REASON)
        ordering = self.get_ordering(request)
        return found.order_by(*ordering) if ordering else found

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.save(using=rows(self.model, reason=REASON).db)

    @override
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic(using=rows(self.model, reason=REASON).db):
            return super().changeform_view(request, *args, **kwargs)

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TenantAdmin(PlatformAdmin):
    """Plan, limits and whether a workspace is open; they are made by command, with owner and roles."""

    list_display = ("name", "subdomain", "plan", "is_active", "user_limit", "created_at")
    list_filter = ("is_active", "plan")
    search_fields = ("name", "subdomain", "custom_domain")
    ordering = ("name",)
    fields = ("name", "subdomain", "custom_domain", "is_active", "plan", "user_limit", "storage_limit_bytes")
    readonly_fields = ("name", "subdomain")

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        by = str(request.user)
        limits = {name: form.cleaned_data[name] for name in form.changed_data if name in _LIMITS}
        if limits:
            tenants.change_limits(obj.id, by=by, **limits)
        if "is_active" in form.changed_data:
            tenants.set_active(obj.id, active=obj.is_active, by=by)
        if "custom_domain" in form.changed_data:
            tenants.set_custom_domain(obj.id, obj.custom_domain, by=by)


_LIMITS = frozenset({"plan", "user_limit", "storage_limit_bytes"})


class UserAdmin(PlatformAdmin):
    """People: name, address, whether they may sign in at all, and who is an operator."""

    list_display = ("email", "name", "is_active", "is_operator", "last_login")
    list_filter = ("is_active", "is_operator")
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = ("email", "name", "is_active", "is_operator", "last_login", "created_at")
    readonly_fields = ("last_login", "created_at")

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data:
            set_user_active(obj, active=obj.is_active)


site = OperatorSite(name="admin")
site.register(Tenant, TenantAdmin)
site.register(User, UserAdmin)
