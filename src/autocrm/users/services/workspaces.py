"""A whole new workspace: the tenant, its first roles and its owner, all or nothing."""

from typing import Any

from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.tenants.models import Tenant
from autocrm.tenants.services import opening_tenant
from autocrm.users import events
from autocrm.users.default_roles import OWNER
from autocrm.users.models import Membership, User
from autocrm.users.services.roles import ensure_default_roles


def create_workspace(*, name: str, subdomain: str, owner: User, by: str = "", **values: Any) -> Tenant:
    """A tenant with the default roles and `owner` as its first member; `values` as for `tenants.services`.

    An act of the installation (command, operator, demo). Journal: tenant.created, member.added.
    Raises Invalid, Conflict.
    """
    with opening_tenant(name=name, subdomain=subdomain, by=by, **values) as tenant:
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
