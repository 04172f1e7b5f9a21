"""Makes an API token for scripts and prints nothing but the token: `./autocrm token USER --tenant T`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from typing_extensions import override

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import AutoCRMError
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import find_tenant, find_tenant_by_subdomain
from autocrm.users.models import Role, User, normalise_email
from autocrm.users.services.tokens import create_token


class Command(BaseCommand):
    """Acts as the installation: whoever may run it may do more than any token."""

    help = "Print a new API token of USER in a workspace."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="e-mail address of a member")
        parser.add_argument("--tenant", required=True, help="subdomain or id of the workspace")
        parser.add_argument("--name", default="command line", help="name under which it is listed")
        parser.add_argument("--role", help="name of a role (default: the member's own)")
        parser.add_argument("--scope", action="append", dest="scopes", help="such as contact:read; may be repeated")

    @override
    def handle(self, *_args: Any, **options: Any) -> str:
        tenant, user = _tenant(options["tenant"]), _user(options["user"])
        try:
            with tenant_scope(tenant), transaction.atomic(using=tenant.database):
                made = create_token(
                    name=options["name"],
                    role_id=_role_id(options["role"]),
                    scopes=options["scopes"],
                    user_id=user.id,
                    actor=Actor.system(tenant.id, "command line"),
                )
        except AutoCRMError as error:
            raise CommandError(str(error)) from error
        return made.secret


def _tenant(name: str) -> Tenant:
    tenant = find_tenant(int(name)) if name.isdecimal() else find_tenant_by_subdomain(name)
    if tenant is None:
        raise CommandError(f"There is no active workspace {name!r}.")
    return tenant


def _user(email: str) -> User:
    user = User.objects.filter(email=normalise_email(email), is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user {email!r}.")
    return user


def _role_id(name: str | None) -> Any:
    if name is None:
        return None
    role = Role.objects.filter(name=name).first()
    if role is None:
        raise CommandError(f"There is no role {name!r} in this workspace.")
    return role.id
