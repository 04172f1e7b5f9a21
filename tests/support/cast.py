"""The cast: Alice (owner of Acme), Bob (Acme, few rights), Charlie (owner of Globex), each new for every test.

Tests commit for real, so every test has tenants of its own; that costs a few milliseconds. A person offers `.user`,
`.tenant`, `.actor` (built afresh at each look), `.page` (a signed-in browser on the tenant's host), `.api` (a client
with an API token) and `.at_work()`, the tenant's scope with a transaction, in which services and selectors are called:

    def test_owner_sees_all(alice):
        with alice.at_work():
            contacts.create_contact({...}, actor=alice.actor)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from autocrm.kernel.actors import Actor
from autocrm.kernel.ids import new_id
from autocrm.kernel.platform import rows
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.models import Tenant
from autocrm.users import selectors
from autocrm.users.default_roles import OWNER, new_default_roles
from autocrm.users.keys import TOKEN_MARK, new_key
from autocrm.users.models import ApiToken, Membership, Role, User

PASSWORD = "correct horse battery staple"

# What Bob may do: read, create and change his own contacts and tasks, nothing else, and one field is hidden from him.
FEW_RIGHTS: dict[str, Any] = {
    "records": {
        "contact": {"read": "own", "create": "own", "update": "own"},
        "task": {"read": "own", "create": "own", "update": "own"},
        "*": {},
    },
    "fields": {"contact": {"engagement_score": "read", "source": "hidden"}},
    "codes": [],
}


class ApiClient:
    """JSON in, response out, with an API token and no session."""

    def __init__(self, secret: str = "", host: str = "") -> None:
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        if host:
            headers["host"] = host
        self.client = Client(headers=headers, raise_request_exception=True)

    def get(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(path, data, headers=headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.client.post(path, data, content_type="application/json", headers=headers)

    def put(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.client.put(path, data, content_type="application/json", headers=headers)

    def patch(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.client.patch(path, data, content_type="application/json", headers=headers)

    def delete(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.client.delete(path, data, content_type="application/json", headers=headers)


@dataclass
class Person:
    """Somebody with a place in a tenant."""

    user: User
    tenant: Tenant
    role: Role
    _made: list[Any] = field(default_factory=list)

    @property
    def id(self) -> Any:
        return self.user.id

    @property
    def host(self) -> str:
        return host_of(self.tenant)

    @property
    def actor(self) -> Actor:
        """The rights that hold right now, past every cache."""
        selectors.forget_cached_actors(self.tenant.id)
        return selectors.build_actor(self.user, self.tenant)

    @cached_property
    def page(self) -> Client:
        """A browser that is signed in, on the tenant's host."""
        client = Client(headers={"host": self.host})
        client.force_login(self.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    @cached_property
    def api(self) -> ApiClient:
        """A script with a token of this person, with all of the person's rights."""
        return ApiClient(self.new_token(), self.host)

    @contextmanager
    def at_work(self) -> Iterator[Actor]:
        """The tenant's scope and a transaction that commits at the end; gives the actor."""
        actor = self.actor
        with tenant_scope(self.tenant), transaction.atomic():
            yield actor

    def new_token(self, *, scopes: list[str] | None = None, role: Role | None = None, **values: Any) -> str:
        """Make an API token, past the services, and return its text."""
        key = new_key(TOKEN_MARK, self.tenant.id)
        with tenant_scope(self.tenant), transaction.atomic():
            ApiToken.objects.create(
                user=self.user,
                role=role or self.role,
                name="test",
                prefix=key.prefix,
                token_hash=key.digest,
                scopes=scopes,
                **values,
            )
        return key.text

    def set_password(self, password: str = PASSWORD) -> str:
        """Give the person a real password; slow by design, so only where a test signs in by form."""
        self.user.set_password(password)
        self.user.save(update_fields=["password"])
        return password


def host_of(tenant: Tenant) -> str:
    """The host name under which the tenant is served in tests."""
    return f"{tenant.subdomain}.localhost"


def make_tenant(name: str, **values: Any) -> Tenant:
    """A tenant with the default roles and a subdomain of its own."""
    subdomain = f"{name.lower()}-{new_id().hex[-12:]}"
    tenant = rows(Tenant, reason="cast of a test").create(name=name, subdomain=subdomain, **values)
    with tenant_scope(tenant), transaction.atomic():
        Role.objects.bulk_create(new_default_roles().values())
    return tenant


def make_user(name: str, **values: Any) -> User:
    """A user who can't sign in by password; see `Person.set_password`."""
    email = f"{name.split(maxsplit=1)[0].lower()}.{new_id().hex[-12:]}@example.com"
    return User.objects.create(email=email, name=name, password="!", **values)


def make_person(name: str, tenant: Tenant, role: str | Role = OWNER, *, user: User | None = None) -> Person:
    """A member of `tenant` with a role, given as a key of the default roles or as a role of that tenant."""
    user = user or make_user(name)
    with tenant_scope(tenant), transaction.atomic():
        held = Role.objects.get(key=role) if isinstance(role, str) else role
        Membership.objects.create(user=user, role=held)
    return Person(user, tenant, held)


def make_role(tenant: Tenant, name: str = "", **rights: Any) -> Role:
    """A role of that tenant with just these `records`, `fields` and `codes`."""
    with tenant_scope(tenant), transaction.atomic():
        return Role.objects.create(name=name or f"Role {new_id().hex[-12:]}", **rights)


@pytest.fixture
def acme(db: None) -> Tenant:
    """Alice's and Bob's workspace."""
    return make_tenant("Acme")


@pytest.fixture
def globex(db: None) -> Tenant:
    """Charlie's workspace: whatever a test of Acme does, nothing here may be seen or change."""
    return make_tenant("Globex")


@pytest.fixture
def alice(acme: Tenant) -> Person:
    """Owner of Acme: may do everything there."""
    return make_person("Alice Archer", acme)


@pytest.fixture
def bob(acme: Tenant) -> Person:
    """Member of Acme with few rights: see FEW_RIGHTS."""
    return make_person("Bob Baker", acme, make_role(acme, "Few rights", **FEW_RIGHTS))


@pytest.fixture
def charlie(globex: Tenant) -> Person:
    """Owner of Globex: may do everything there and nothing in Acme."""
    return make_person("Charlie Cole", globex)


@pytest.fixture
def in_acme(alice: Person) -> Iterator[Actor]:
    """The whole test runs in Acme's scope and one transaction, as Alice; it commits at the end."""
    with alice.at_work() as actor:
        yield actor
