"""What the shell shows to this person in this workspace, as the frozen data that `ui` draws."""

import time
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel import navigation
from autocrm.kernel.actors import Actor
from autocrm.kernel.navigation import NavEntry
from autocrm.kernel.settings_pages import PERSONAL, visible_settings_pages
from autocrm.kernel.tenancy import current_database
from autocrm.notifications import selectors as notifications
from autocrm.tenants.models import Tenant
from autocrm.ui.context import Appearance, NavGroup, NavItem, Shell, ShellUser, Workspace, read_appearance
from autocrm.users import selectors as users
from autocrm.users.models import User
from autocrm.web.navigation import find_current, list_creatable, list_entries

# The switcher is read across tenants; a new workspace may take this long to appear in it.
SWITCHER_SECONDS = 30.0
PHONE_ITEMS = 3

_switcher_cache: dict[UUID, tuple[float, list[Tenant]]] = {}


def build_shell(request: HttpRequest) -> Shell | Appearance:
    """The shell of a signed-in person within a workspace; only the appearance for everybody else."""
    look = read_appearance(request.COOKIES)
    actor: Actor | None = getattr(request, "actor", None)
    tenant: Tenant | None = getattr(request, "tenant", None)
    if actor is None or actor.user_id is None or tenant is None or not isinstance(request.user, User):
        return look
    # Error pages are drawn after the request's transaction was rolled back; inside one this adds nothing.
    with transaction.atomic(using=current_database(), savepoint=False):
        unread = notifications.count_unread(actor)
        entries = [*list_entries(actor), *navigation.personal_entries(actor)]
        current = find_current(entries, request.path, request.GET.get("view", ""))
        items = {
            each.key: _item(each, count=unread if each.key == "inbox" else _count(each, actor), current=current)
            for each in entries
            if each.url
        }
    return Shell(
        workspace=Workspace(tenant.name, others=_switcher(request, request.user, tenant)),
        nav=tuple(_groups(entries, items)),
        user=ShellUser(str(actor.user_id), str(request.user), request.user.email, _menu(actor)),
        unread=unread,
        theme=look.theme,
        density=look.density,
        rail=look.rail,
        footer=tuple(items[each.key] for each in entries if each.group == navigation.FOOT and each.url),
        phone=tuple(items[each.key] for each in entries if each.phone and each.url)[:PHONE_ITEMS],
        create=tuple(
            NavItem(force_str(each.create_label), each.create_url, each.icon, drawer=each.create_drawer)
            for each in list_creatable(actor)
        ),
    )


def workspace_url(request: HttpRequest, tenant: Tenant) -> str:
    """The address of another workspace, with the scheme and port of this request."""
    scheme = "https" if request.is_secure() else "http"
    _name, colon, port = request.get_host().rpartition(":")
    port = f":{port}" if colon and port.isdecimal() else ""
    host = tenant.custom_domain or f"{tenant.subdomain}.{settings.BASE_DOMAINS[0]}"
    return f"{scheme}://{host}{port}/"


def list_workspaces(user: User) -> list[Tenant]:
    """The person's workspaces, at most SWITCHER_SECONDS old."""
    now = time.monotonic()
    hit = _switcher_cache.get(user.id)
    if hit is None or hit[0] < now:
        if len(_switcher_cache) > 10_000:
            _switcher_cache.clear()
        hit = _switcher_cache[user.id] = (now + SWITCHER_SECONDS, users.list_workspaces(user))
    return hit[1]


def _item(entry: NavEntry, *, count: int | None, current: str) -> NavItem:
    return NavItem(
        label=force_str(entry.label),
        url=entry.url,
        icon=entry.icon,
        count=count,
        current=entry.key == current,
        dot=entry.dot,
        key=entry.shortcut,
    )


def _count(entry: NavEntry, actor: Actor) -> int | None:
    return None if entry.count is None else entry.count(actor)


def _groups(entries: Iterable[NavEntry], items: dict[str, NavItem]) -> Iterable[NavGroup]:
    """The unlabelled head, the records, then the groups that apps declared."""
    labels = {navigation.HEAD: "", navigation.RECORDS: _("Records")}
    labels |= {each.key: force_str(each.label) for each in sorted(navigation.sections, key=lambda each: each.order)}
    entries = list(entries)
    for key, label in labels.items():
        found = tuple(items[each.key] for each in entries if each.group == key and each.url)
        if found:
            yield NavGroup(label, found)


def _switcher(request: HttpRequest, user: User, tenant: Tenant) -> tuple[NavItem, ...]:
    """All workspaces of the person with the present one marked; empty when there is only one."""
    places = list_workspaces(user)
    if len(places) < 2:
        return ()
    return tuple(NavItem(each.name, workspace_url(request, each), current=each.id == tenant.id) for each in places)


def _menu(actor: Actor) -> tuple[NavItem, ...]:
    """What is about oneself."""
    pages = visible_settings_pages(actor)
    return tuple(NavItem(force_str(each.label), each.url, each.icon) for each in pages if each.group == PERSONAL)
