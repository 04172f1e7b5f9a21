"""Making the two demo workspaces and their people, and telling who may sign in how."""

import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from autocrm.config.demo.story import MONTHS, Size, Story
from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import find_tenant_by_subdomain
from autocrm.users import selectors as users_read
from autocrm.users.default_roles import MANAGER, MEMBER, OWNER
from autocrm.users.models import Role, User
from autocrm.users.services.members import join
from autocrm.users.services.people import create_user
from autocrm.users.services.teams import add_to_team, create_team
from autocrm.users.services.workspaces import create_workspace
from autocrm.workflows.defaults import ensure_defaults


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in to the demo."""

    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """One demo workspace."""

    name: str
    subdomain: str
    people: tuple[Person, ...]
    size: Size
    seed: int


WORKSPACES = (
    Workspace(
        "Acme",
        "acme",
        (
            Person("Alice Moreau", "alice@acme.example", OWNER),
            Person("Bob Lindqvist", "bob@acme.example", MEMBER),
            Person("Dana Whitfield", "dana@acme.example", MANAGER),
        ),
        Size(companies=60, contacts=240, activities=420),
        seed=7,
    ),
    Workspace(
        "Globex",
        "globex",
        (Person("Charlie Okonkwo", "charlie@globex.example", OWNER),),
        Size(companies=8, contacts=24, activities=40),
        seed=11,
    ),
)


def load_demo() -> dict[str, Any]:
    """Make what is not there yet and answer who can sign in: {"people": [{name, email, password, ...}]}.

    An address that has an account already keeps its password, which is then not told.
    """
    journal.ensure_partitions(months_back=MONTHS + 1)
    password = f"demo-{secrets.token_urlsafe(9)}"
    people: list[dict[str, str]] = []
    for workspace in WORKSPACES:
        if find_tenant_by_subdomain(workspace.subdomain) is None:
            people += _make(workspace, password)
    return {"people": people}


def _make(workspace: Workspace, password: str) -> list[dict[str, str]]:
    told = []
    users: list[User] = []
    for person in workspace.people:
        found = User.objects.filter(email=person.email).first()
        users.append(found or create_user(email=person.email, name=person.name, password=password))
        told.append(
            {
                "name": person.name,
                "email": person.email,
                "password": password if found is None else "",
                "role": person.role,
                "workspace": workspace.name,
                "url": f"http://{workspace.subdomain}.{settings.BASE_DOMAINS[0]}:{settings.PORT}/",
            }
        )
    tenant = create_workspace(
        name=workspace.name, subdomain=workspace.subdomain, owner=users[0], by="demo", is_demo=True
    )
    with tenant_scope(tenant), transaction.atomic():
        system = Actor.system(tenant.id)
        roles = {role.key: role for role in Role.objects.all()}
        for person, user in zip(workspace.people[1:], users[1:], strict=True):
            join(user, roles[person.role], actor=system)
        team = create_team(name="Sales", actor=system)
        for user in users:
            add_to_team(team.id, user.id, actor=system)
    _tell(tenant, users, workspace)
    return told


def _tell(tenant: Tenant, users: list[User], workspace: Workspace) -> None:
    with tenant_scope(tenant):
        with transaction.atomic():
            actors = [users_read.build_actor(user, tenant) for user in users]
        Story(actors, workspace.size, seed=workspace.seed).tell()
        with transaction.atomic():
            ensure_defaults(actor=Actor.system(tenant.id))
