"""A whole new workspace, all or nothing; and the end of one, with everything in it."""

import logging
from typing import Any

from django.apps import apps
from django.utils import translation
from django.utils.translation import gettext as _

from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Conflict
from autocrm.kernel.permissions import authorize
from autocrm.kernel.platform import platform_transaction, rows
from autocrm.kernel.tenant_column import is_tenant_owned
from autocrm.tenants.models import Tenant
from autocrm.tenants.permissions import MANAGE_SETTINGS
from autocrm.tenants.selectors import forget_cached_tenants, get_tenant
from autocrm.tenants.services import opening_tenant
from autocrm.users import events
from autocrm.users.default_roles import OWNER
from autocrm.users.models import Membership, User
from autocrm.users.services.roles import ensure_default_roles

logger = logging.getLogger(__name__)


def create_workspace(*, name: str, subdomain: str, owner: User, by: str = "", **values: Any) -> Tenant:
    """A tenant with the default roles and `owner` as its first member; `values` as for `tenants.services`.

    What it begins with is named in its language (`settings["locale"]`).
    An act of the installation (command, operator, demo). Journal: tenant.created, member.added.
    Raises Invalid, Conflict.
    """
    with opening_tenant(name=name, subdomain=subdomain, by=by, **values) as tenant:
        with translation.override(tenant.settings["locale"]):
            role = ensure_default_roles()[OWNER]
        Membership.objects.create(user=owner, role=role)
        journal.write(
            events.MEMBER_ADDED,
            record_type="user",
            record_id=owner.id,
            record_label=str(owner),
            data={"role": role.name},
            actor=Actor.system(tenant.id, by or "AutoCRM"),
        )
    return tenant


def remove_demo(*, actor: Actor) -> None:
    """Remove the actor's workspace, which must be a demo, with every row of it; its journal goes as well.

    People who belong to no other workspace go too. Nothing of other workspaces is touched. Runs on the platform
    role, in a transaction of its own. Raises Denied, and Conflict for a workspace that is no demo.
    """
    authorize(actor, MANAGE_SETTINGS)
    if not get_tenant(actor.tenant_id).is_demo:
        raise Conflict(_("Only a demo can be removed this way."))
    reason = "remove a demo workspace"
    owned = [model for model in apps.get_models() if is_tenant_owned(model)]
    with platform_transaction(reason=reason):
        members = list(
            rows(Membership, reason=reason).filter(tenant_id=actor.tenant_id).values_list("user_id", flat=True)
        )
        for model in owned:
            # Foreign keys within the tenant are checked at commit, so the order is of no matter.
            found = rows(model, reason=reason).filter(tenant_id=actor.tenant_id)
            found._raw_delete(found.db)  # noqa: SLF001 - no cascades: every table is emptied anyway
        elsewhere = rows(Membership, reason=reason).filter(user_id__in=members).values_list("user_id", flat=True)
        rows(User, reason=reason).filter(pk__in=set(members) - set(elsewhere), is_operator=False).delete()
        rows(Tenant, reason=reason).filter(pk=actor.tenant_id).delete()
    forget_cached_tenants()
    logger.info("workspace.removed", extra={"tenant_id": actor.tenant_id})
