"""Charlie, Bob and a stranger knock at every address of the product with Acme's ids; Acme neither shows nor changes.

The routes come from the URLconf and the record types from the registry, so what is added is covered the day it is.
"""

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.db import connections
from django.test import Client

from autocrm.activities import services as activities
from autocrm.kernel.ids import new_id
from autocrm.kernel.platform import PLATFORM
from autocrm.kernel.tenant_column import is_tenant_owned
from autocrm.notifications import services as notifications
from autocrm.records import services as records
from autocrm.records.lists import view_services
from autocrm.records.registry import record_types
from autocrm.workflows.defaults import ensure_defaults
from tests.journeys.routes import Route, all_routes
from tests.support.cast import FEW_RIGHTS, ApiClient, Person, make_person, make_role, make_tenant

METHODS = ("get", "post", "patch", "put", "delete")
ROUTES = all_routes()


@dataclass
class Acme:
    """What Alice's workspace holds: a word that stands nowhere else, and the ids of everything."""

    alice: Person
    canary: str
    ids: dict[str, Any]
    bob: Person
    charlie: Person

    def strangers(self) -> list[Any]:
        """Charlie at home and at Acme's door, with a page and with a token, and somebody who is not signed in."""
        charlie = replace(self.charlie)
        on_acmes_host, stranger = (Client(headers={"host": self.alice.host}) for _one in range(2))
        on_acmes_host.force_login(charlie.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        token_on_acmes_host = ApiClient(charlie.new_token(), self.alice.host)
        return [charlie.page, charlie.api, on_acmes_host, token_on_acmes_host, stranger]

    def members(self) -> list[Any]:
        """Bob, who has few rights, with a page and with a token."""
        bob = replace(self.bob)
        return [bob.page, bob.api]

    def fill(self, route: Route) -> str:
        values = dict(self.ids)
        words = route.template.split("/")
        owner = next((each for each in record_types if each.plural in words or each.key in words), None)
        if owner is not None and owner.key in self.ids:
            values |= {"record_id": self.ids[owner.key], "id": self.ids[owner.key]}
        return route.fill(values, self.ids["contact"])


@cache
def _digests() -> str:
    """One statement that gives a digest of each table's rows of a tenant."""
    tables = sorted(model._meta.db_table for model in apps.get_models() if is_tenant_owned(model))
    return " UNION ALL ".join(
        f"SELECT '{table}' || md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), '')) FROM {table} row"
        " WHERE tenant_id = %(tenant)s"
        for table in tables
    )


def checksum_of(tenant_id: int) -> str:
    """One digest over every row of a tenant, past row-level security."""
    with connections[PLATFORM].cursor() as cursor:
        cursor.execute(_digests(), {"tenant": tenant_id})
        return ";".join(sorted(digest for (digest,) in cursor.fetchall()))


@pytest.fixture(scope="module")
def acme_inside(django_db_setup: None) -> Acme:
    """One for all addresses: what nobody may change is as good for the last one as for the first."""
    tenant, globex = make_tenant("Acme"), make_tenant("Globex")
    alice, charlie = make_person("Alice Archer", tenant), make_person("Charlie Okoye", globex)
    bob = make_person("Bob Baker", tenant, make_role(tenant, "Few rights", **FEW_RIGHTS))
    canary = f"Canary{new_id().hex[-12:]}"
    with alice.at_work() as actor:
        company = records.create_record(record_types.get("company"), {"name": canary}, actor=actor)
        values = {"first_name": canary, "email": f"{canary}@acme.example", "company": str(company.id)}
        contact = records.create_record(record_types.get("contact"), values, actor=actor)
        about = [activities.About("contact", contact.id)]
        task = activities.create_task({"subject": canary}, about=about, actor=actor)
        note = activities.create_note(f"<p>{canary}</p>", about=about, actor=actor)
        workflow = ensure_defaults(actor=actor)
        tag = records.ensure_tag("Friends", actor=actor)
        view = view_services.create_view(
            record_types.get("contact"), name=canary, query=f"first_name={canary}", actor=actor
        )
        told = notifications.notify(
            user_ids=[alice.user.id], kind="workflow_message", title=canary, actor=actor.system(actor.tenant_id)
        )
    ids = {
        "contact": contact.id,
        "company": company.id,
        "task": task.id,
        "note": note.id,
        "task_id": task.id,
        "note_id": note.id,
        "view_id": view.id,
        "workflow_id": workflow.id,
        "tag_id": tag.id,
        "notification_id": told[0].id,
        "user_id": alice.user.id,
        "role_id": alice.role.id,
        "record_id": contact.id,
        "entry_id": 1,
        "session_id": 1,
        "seq": 1,
        "key": "x" * 20,
        "field": "first_name",
        "field_key": "first_name",
    }
    alice.new_token()
    return Acme(alice, canary, ids, bob, charlie)


@pytest.fixture(autouse=True)
def without_a_limit(settings: LazySettings) -> None:
    """An answer of 429 would show nothing, whatever stands behind it."""
    settings.API_RATE_PER_MINUTE = 1_000_000


def knock(client: Any, method: str, path: str) -> Any:
    body: dict[str, Any] = {"first_name": "Taken over", "name": "Taken over", "subject": "Taken over", "value": "Taken"}
    if isinstance(client, ApiClient):
        return getattr(client, method)(path) if method == "get" else getattr(client, method)(path, body)
    if method == "get":
        return client.get(path)
    return getattr(client, method)(path, json.dumps(body), content_type="application/json")


def seen_in(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace") + str(response.headers)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.template)
def test_another_workspace_and_a_stranger_get_nothing_and_change_nothing(acme_inside: Acme, route: Route) -> None:
    path, before = acme_inside.fill(route), checksum_of(acme_inside.alice.tenant.id)

    for client in acme_inside.strangers():
        for method in METHODS:
            response = knock(client, method, path)

            assert response.status_code < 500, f"{method} {path}: {response.status_code}"
            assert acme_inside.canary not in seen_in(response), f"{method} {path} shows what is Acme's"
    assert checksum_of(acme_inside.alice.tenant.id) == before, f"{path} changed something of Acme's"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.template)
def test_a_member_with_few_rights_never_sees_what_is_not_his(acme_inside: Acme, route: Route) -> None:
    path = acme_inside.fill(route)

    for client in acme_inside.members():
        for method in METHODS:
            response = knock(client, method, path)
            assert response.status_code < 500, f"{method} {path}: {response.status_code}"
            assert acme_inside.canary not in seen_in(response), f"{method} {path} shows what Bob may not see"


def test_the_suite_knocks_at_the_addresses_of_every_record_type() -> None:
    templates = {route.template for route in ROUTES}

    for record_type in record_types:
        assert any(f"api/v1/{record_type.plural}/" in template for template in templates)
        assert any(template.startswith(f"{record_type.plural}/") for template in templates)
    assert len(ROUTES) > 60


@pytest.mark.parametrize("header", ["X-Tenant"])
def test_naming_another_workspace_in_the_header_opens_nothing(acme_inside: Acme, charlie: Person, header: str) -> None:
    for name in (acme_inside.alice.tenant.subdomain, str(acme_inside.alice.tenant.id)):
        response = charlie.api.get("/api/v1/contacts/", **{header: name})

        assert response.status_code in {401, 403, 404, 429}, response.content
        assert acme_inside.canary not in seen_in(response)


def test_filters_sorting_and_search_tell_charlie_nothing_about_acme(acme_inside: Acme, charlie: Person) -> None:
    contact: UUID = acme_inside.ids["contact"]
    for query in (
        {"search": acme_inside.canary},
        {"first_name": acme_inside.canary},
        {"filter": json.dumps({"field": "company", "cmp": "is", "value": str(acme_inside.ids["company"])})},
        {"count": "true"},
        {"expand": "company,owner"},
    ):
        response = charlie.api.get("/api/v1/contacts/", query)

        assert str(contact) not in seen_in(response)
        assert response.json().get("results", []) == []
    created = charlie.api.post("/api/v1/contacts/", {"first_name": "X", "company": str(acme_inside.ids["company"])})
    assert created.status_code in {400, 422}
