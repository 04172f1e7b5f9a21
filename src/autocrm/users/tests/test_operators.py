"""The operators' site: for operators only, whatever somebody may do in a tenant."""

from typing import Any

import pytest
from django.test import Client

from autocrm.journal.models import Entry
from autocrm.tenants.models import Tenant
from autocrm.users.models import User
from tests.support.cast import Person, make_user

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def operator(db: None) -> Client:
    """A browser of somebody who runs the installation and belongs to no tenant."""
    client = Client(headers={"host": "localhost"})
    client.force_login(make_user("Otto Operator", is_operator=True), backend=BACKEND)
    return client


def values_of(tenant: Tenant, **changes: Any) -> dict[str, Any]:
    return {
        "custom_domain": "",
        "is_active": "on",
        "plan": tenant.plan,
        "user_limit": tenant.user_limit,
        "storage_limit_bytes": tenant.storage_limit_bytes,
        **changes,
    }


@pytest.mark.parametrize("path", ["", "tenants/tenant/", "users/user/"])
def test_operators_see_tenants_and_people(operator: Client, alice: Person, path: str) -> None:
    page = operator.get(f"/operators/{path}")

    assert page.status_code == 200
    assert "AutoCRM operators" in page.content.decode()


@pytest.mark.parametrize("path", ["", "tenants/tenant/", "users/user/"])
def test_the_owner_of_a_tenant_is_nobody_there(alice: Person, path: str) -> None:
    signed_in = alice.page.get(f"/operators/{path}")
    visitor = Client(headers={"host": "localhost"}).get(f"/operators/{path}", follow=True)
    script = Client(headers={"host": "localhost", "authorization": f"Bearer {alice.new_token()}"})

    assert signed_in.status_code in {302, 403}
    assert "AutoCRM operators" not in signed_in.content.decode()
    assert "/accounts/login/" in visitor.redirect_chain[-1][0]
    assert script.get(f"/operators/{path}").status_code == 302


def test_an_operator_changes_limits_and_it_is_journalled(operator: Client, alice: Person) -> None:
    values = values_of(alice.tenant, user_limit=7, plan="large")

    response = operator.post(f"/operators/tenants/tenant/{alice.tenant.id}/change/", values)

    tenant = Tenant.objects.get(id=alice.tenant.id)
    assert response.status_code == 302
    assert (tenant.user_limit, tenant.plan) == (7, "large")
    with alice.at_work():
        entry = Entry.objects.get(kind="tenant.limits_changed")
        assert entry.changes["user_limit"] == [1000, 7]
        assert entry.actor_label == "Otto Operator"


def test_an_operator_closes_a_workspace_and_a_person(operator: Client, alice: Person, charlie: Person) -> None:
    values = values_of(alice.tenant)
    del values["is_active"]
    assert charlie.page.get("/settings/members/").status_code == 200

    operator.post(f"/operators/tenants/tenant/{alice.tenant.id}/change/", values)
    operator.post(
        f"/operators/users/user/{charlie.id}/change/", {"email": charlie.user.email, "name": charlie.user.name}
    )

    assert alice.page.get("/settings/members/").status_code == 404
    assert charlie.page.get("/settings/members/").status_code == 302
    assert User.objects.get(id=charlie.id).is_active is False


def test_nothing_is_made_or_deleted_there(operator: Client, alice: Person) -> None:
    assert operator.get("/operators/tenants/tenant/add/").status_code == 403
    assert operator.get("/operators/users/user/add/").status_code == 403
    assert operator.post(f"/operators/users/user/{alice.id}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(id=alice.id).exists()
