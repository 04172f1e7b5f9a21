"""The end of a demo workspace: nothing of it is left, and nothing of another is touched."""

import pytest
from django.apps import apps
from django.db import transaction

from autocrm.kernel.errors import Conflict, Denied
from autocrm.kernel.platform import rows
from autocrm.kernel.tenancy import tenant_scope
from autocrm.kernel.tenant_column import is_tenant_owned
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import forget_cached_tenants
from autocrm.users.models import Membership, User
from autocrm.users.services.workspaces import remove_demo
from tests.support.cast import Person


def make_demo(person: Person) -> None:
    rows(Tenant, reason="test").filter(pk=person.tenant.id).update(is_demo=True)
    forget_cached_tenants()


def count_rows(tenant_id: int) -> int:
    owned = [model for model in apps.get_models() if is_tenant_owned(model)]
    return sum(rows(model, reason="test").filter(tenant_id=tenant_id).count() for model in owned)


def test_one_click_leaves_nothing_of_the_demo(alice: Person, charlie: Person) -> None:
    make_demo(alice)
    before = count_rows(charlie.tenant.id)

    response = alice.page.post("/settings/workspace/remove-demo/")

    assert response.status_code == 302
    assert count_rows(alice.tenant.id) == 0
    assert not rows(Tenant, reason="test").filter(pk=alice.tenant.id).exists()
    assert not User.objects.filter(pk=alice.user.id).exists()
    assert count_rows(charlie.tenant.id) == before


def test_somebody_with_another_workspace_keeps_their_account(alice: Person, charlie: Person) -> None:
    make_demo(alice)
    with charlie.at_work():
        Membership.objects.create(user=alice.user, role=charlie.role)

    with tenant_scope(alice.tenant):
        remove_demo(actor=alice.actor)

    assert User.objects.filter(pk=alice.user.id).exists()


def test_a_real_workspace_is_not_removed(alice: Person) -> None:
    with pytest.raises(Conflict), alice.at_work():
        remove_demo(actor=alice.actor)

    assert rows(Tenant, reason="test").filter(pk=alice.tenant.id).exists()


def test_bob_cannot_remove_the_demo(alice: Person, bob: Person) -> None:
    make_demo(alice)

    refused = bob.page.post("/settings/workspace/remove-demo/")
    with pytest.raises(Denied), bob.at_work():
        remove_demo(actor=bob.actor)

    assert refused.status_code == 403
    with tenant_scope(alice.tenant), transaction.atomic():
        assert Membership.objects.count() >= 2
