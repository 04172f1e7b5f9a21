"""Writes of tenants: made and placed by operators on the platform role, settings by their own people, limits kept.

The app role can change only its own tenant's name, settings, features and storage counter; the rest is out of its
reach by policy and column grants, so what is here an operator's act runs on the platform role.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import zone_names
from autocrm.kernel.errors import Conflict, Invalid, LimitReached, NotFound, Text
from autocrm.kernel.ids import new_id
from autocrm.kernel.permissions import authorize
from autocrm.kernel.platform import platform_transaction, rows
from autocrm.kernel.tenancy import current_database, current_tenant_id, tenant_scope
from autocrm.tenants import events
from autocrm.tenants.models import GIBIBYTE, Tenant, default_settings, subdomain_validator
from autocrm.tenants.permissions import MANAGE_SETTINGS
from autocrm.tenants.selectors import forget_cached_tenants, look_alone

RESERVED_SUBDOMAINS = frozenset(
    {"www", "api", "app", "admin", "operators", "accounts", "static", "media", "mail", "smtp", "imap", "ws", "status"}
)


@contextmanager
def opening_tenant(*, name: str, subdomain: str, by: str = "", **values: Any) -> Iterator[Tenant]:
    """Make a tenant and work in it at once: the body runs in its scope and transaction, all of it or nothing stays.

    `values` are further columns (plan, limits, `settings` as changes to the defaults). Journal: tenant.created.
    Raises Invalid for a name or subdomain that can't be, Conflict for a subdomain that is taken.
    """
    name, subdomain = name.strip(), subdomain.strip().lower()
    _check_names(name, subdomain)
    values["settings"] = _checked_settings(default_settings(), values.get("settings", {}))
    with platform_transaction(reason="create a tenant"):
        try:
            with transaction.atomic(using=rows(Tenant, reason="create a tenant").db):
                tenant = rows(Tenant, reason="create a tenant").create(name=name, subdomain=subdomain, **values)
        except IntegrityError as error:
            raise Conflict(_("This subdomain is taken."), code="subdomain_taken") from error
        with tenant_scope(tenant), transaction.atomic(using=tenant.database):
            actor = Actor.system(tenant.id, by or "AutoCRM")
            journal.write(events.TENANT_CREATED, data={"name": name, "subdomain": subdomain}, actor=actor)
            yield tenant
    forget_cached_tenants()


def create_tenant(*, name: str, subdomain: str, by: str = "", **values: Any) -> Tenant:
    """A tenant with nothing in it; see `opening_tenant`, and `users` for a workspace with an owner and roles."""
    with opening_tenant(name=name, subdomain=subdomain, by=by, **values) as tenant:
        return tenant


def update_settings(changes: Mapping[str, Any], *, name: str | None = None, actor: Actor) -> Tenant:
    """Change the current tenant's settings, and its name. Journal: tenant.updated with what changed.

    Raises Denied, and Invalid naming the settings that don't exist or can't have that value.
    """
    authorize(actor, MANAGE_SETTINGS)
    tenant = _lock_own()
    before, old_name = dict(tenant.settings), tenant.name
    tenant.settings = _checked_settings(before, changes)
    if name is not None:
        _check_names(name.strip(), tenant.subdomain)
        tenant.name = name.strip()
    differing = {key: [before.get(key), value] for key, value in tenant.settings.items() if before.get(key) != value}
    if tenant.name != old_name:
        differing["name"] = [old_name, tenant.name]
    return _save(tenant, differing, ("settings", "name"), actor)


def set_features(features: Mapping[str, bool], *, actor: Actor) -> Tenant:
    """Switch features of the current tenant on or off. Journal: tenant.updated. Raises Denied."""
    authorize(actor, MANAGE_SETTINGS)
    tenant = _lock_own()
    before = dict(tenant.features)
    tenant.features = before | {key: bool(value) for key, value in features.items()}
    differing = {
        f"features.{key}": [before.get(key, True), value]
        for key, value in tenant.features.items()
        if before.get(key, True) != value
    }
    return _save(tenant, differing, ("features",), actor)


def ensure_room_for_user(taken: int) -> None:
    """Refuse one more user when `taken` places fill the tenant's limit.

    Locks the tenant's row to the end of the transaction, so that two invitations can't take the last place together;
    call it before counting afresh would matter. Raises LimitReached.
    """
    limit = _lock_own().user_limit
    if taken >= limit:
        text = ngettext(
            "Your plan allows %(limit)d user. Disable a member or ask for a larger plan.",
            "Your plan allows %(limit)d users. Disable a member or ask for a larger plan.",
            limit,
        )
        raise LimitReached(text % {"limit": limit}, code="user_limit")


def claim_storage(size: int) -> None:
    """Count `size` bytes of a new file to the current tenant. Raises LimitReached, and then counts nothing."""
    claimed = Tenant.objects.filter(
        id=current_tenant_id(), storage_limit_bytes__gte=F("storage_used_bytes") + max(size, 0)
    ).update(storage_used_bytes=F("storage_used_bytes") + max(size, 0))
    if not claimed:
        limit = _get_own().storage_limit_bytes
        text = _("The workspace's storage of %(limit).1f GiB is full. Delete files or ask for a larger plan.")
        raise LimitReached(text % {"limit": limit / GIBIBYTE}, code="storage_limit")


def release_storage(size: int) -> None:
    """Give back the bytes of a file that is gone."""
    tenant = _lock_own()
    tenant.storage_used_bytes = max(0, tenant.storage_used_bytes - max(size, 0))
    tenant.save(update_fields=["storage_used_bytes"])


def stamp_data_model() -> None:
    """Say that the current tenant's own record types or fields changed, in the transaction that changes them.

    In force for the transaction itself at once, for this process when it commits, for others within CACHE_SECONDS; jobs
    look afresh when they begin. A stamp never comes twice, so that what a rolled-back change left in a cache is never
    taken for a later one.
    """
    Tenant.objects.filter(id=current_tenant_id()).update(data_model=new_id().hex)
    look_alone(current_database())


def set_active(tenant_id: int, *, active: bool, by: str) -> None:
    """Disable or enable a whole tenant; an operator's act, in force everywhere within 5 s. Journalled. NotFound."""
    _operate(tenant_id, events.TENANT_ENABLED if active else events.TENANT_DISABLED, {"is_active": active}, by)


def change_limits(tenant_id: int, *, by: str, **values: Any) -> None:
    """Change plan, `user_limit` or `storage_limit_bytes`; an operator's act. Journal: tenant.limits_changed."""
    unknown = set(values) - {"plan", "user_limit", "storage_limit_bytes"}
    if unknown:
        raise Invalid(fields={name: [_("This is not a limit.")] for name in sorted(unknown)})
    _operate(tenant_id, events.LIMITS_CHANGED, values, by)


def set_custom_domain(tenant_id: int, domain: str | None, *, by: str) -> None:
    """Give a tenant a host name of its own, or none; an operator's act. Journalled. Raises Conflict, NotFound."""
    name = (domain or "").strip().lower() or None
    if (
        name is not None
        and rows(Tenant, reason="custom domain").filter(custom_domain=name).exclude(id=tenant_id).exists()
    ):
        raise Conflict(_("Another workspace has this domain."), code="domain_taken")
    _operate(tenant_id, events.TENANT_UPDATED, {"custom_domain": name}, by)


def _operate(tenant_id: int, kind: str, values: Mapping[str, Any], by: str) -> None:
    with platform_transaction(reason=kind):
        tenant = rows(Tenant, reason=kind).select_for_update().filter(id=tenant_id).first()
        if tenant is None:
            raise NotFound
        differing = {name: [getattr(tenant, name), value] for name, value in values.items()}
        with tenant_scope(tenant), transaction.atomic(using=tenant.database):
            journal.write(kind, changes=differing, actor=Actor.system(tenant.id, by))
        rows(Tenant, reason=kind).filter(id=tenant_id).update(**values)
    forget_cached_tenants()


def _save(tenant: Tenant, differing: dict[str, list[Any]], columns: tuple[str, ...], actor: Actor) -> Tenant:
    if differing:
        tenant.save(update_fields=columns)
        journal.write(events.TENANT_UPDATED, changes=differing, actor=actor)
        forget_cached_tenants()
        transaction.on_commit(forget_cached_tenants)
    return tenant


def _get_own() -> Tenant:
    return Tenant.objects.get(id=current_tenant_id())


def _lock_own() -> Tenant:
    return Tenant.objects.select_for_update().get(id=current_tenant_id())


def _check_names(name: str, subdomain: str) -> None:
    faults: dict[str, list[Text]] = {}
    if not name or len(name) > 200:
        faults["name"] = [_("Give the workspace a name of at most 200 characters.")]
    try:
        subdomain_validator(subdomain)
    except ValidationError as error:
        faults["subdomain"] = list(error.messages)
    else:
        if subdomain in RESERVED_SUBDOMAINS or subdomain.isdecimal():
            faults["subdomain"] = [_("This subdomain is reserved.")]
    if faults:
        raise Invalid(fields=faults)


def _checked_settings(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    faults: dict[str, list[Text]] = {}
    for key, value in changes.items():
        check = _CHECKS.get(key)
        if check is None:
            faults[key] = [_("There is no such setting.")]
        elif not check(value):
            faults[key] = [_("This is not a possible value.")]
    if faults:
        raise Invalid(fields=faults)
    return {**before, **changes}


def _is_currency(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()


def _is_clock(value: Any) -> bool:
    if not isinstance(value, str) or len(value) != 5 or value[2] != ":":
        return False
    hours, minutes = value[:2], value[3:]
    return hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60


def _is_business_hours(value: Any) -> bool:
    if not isinstance(value, Mapping) or set(value) != {"days", "from", "to"}:
        return False
    days = value["days"]
    return (
        isinstance(days, list)
        and all(isinstance(day, int) and 1 <= day <= 7 for day in days)
        and _is_clock(value["from"])
        and _is_clock(value["to"])
        and value["from"] < value["to"]
    )


_CHECKS: dict[str, Any] = {
    "currency": _is_currency,
    "time_zone": lambda value: isinstance(value, str) and value in zone_names(),
    "locale": lambda value: isinstance(value, str) and 2 <= len(value) <= 12,
    "region": lambda value: isinstance(value, str) and len(value) == 2 and value.isalpha() and value.isupper(),
    "fiscal_year_start_month": lambda value: isinstance(value, int) and 1 <= value <= 12,
    "week_start": lambda value: isinstance(value, int) and 0 <= value <= 6,  # as date.weekday(): 0 is Monday
    "business_hours": _is_business_hours,
    "bin_days": lambda value: isinstance(value, int) and 1 <= value <= 365,
}
