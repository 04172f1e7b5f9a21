"""Tenants: made whole or not at all, settings checked, limits kept, and only one's own row within reach."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction

from autocrm.journal.models import Entry
from autocrm.kernel.errors import Conflict, Denied, Invalid, LimitReached
from autocrm.kernel.ids import new_id
from autocrm.kernel.platform import rows
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants import selectors, services
from autocrm.tenants.models import Tenant
from tests.support.cast import Person


def subdomain() -> str:
    return f"t-{new_id().hex[-12:]}"


def test_a_new_tenant_has_sound_settings_and_a_first_journal_entry(db: None) -> None:
    tenant = services.create_tenant(name=" Initech ", subdomain=subdomain(), settings={"currency": "EUR"})

    assert tenant.name == "Initech"
    assert tenant.settings["currency"] == "EUR"
    assert tenant.settings["time_zone"] == "UTC"
    with tenant_scope(tenant), transaction.atomic():
        assert Entry.objects.get().kind == "tenant.created"
    assert selectors.find_tenant_by_subdomain(tenant.subdomain) == tenant


def test_a_tenant_whose_making_fails_was_never_there(db: None) -> None:
    name = subdomain()

    with pytest.raises(RuntimeError), services.opening_tenant(name="Initech", subdomain=name):
        raise RuntimeError("the owner could not be made")

    assert not Tenant.objects.filter(subdomain=name).exists()


@pytest.mark.parametrize("name", ["www", "api", "Ümlaut", "a--", "-a", "42", "a" * 64, ""])
def test_subdomains_that_can_not_be_are_refused(db: None, name: str) -> None:
    with pytest.raises(Invalid) as error:
        services.create_tenant(name="Initech", subdomain=name)

    assert "subdomain" in error.value.fields


def test_a_subdomain_is_taken_once(acme: Tenant) -> None:
    with pytest.raises(Conflict):
        services.create_tenant(name="Other", subdomain=acme.subdomain.upper())


def test_settings_change_and_are_journalled(alice: Person) -> None:
    with alice.at_work() as actor:
        services.update_settings({"currency": "CHF", "week_start": 6}, name="Acme South", actor=actor)
        services.set_features({"campaigns": False}, actor=actor)
        entries = list(Entry.objects.filter(kind="tenant.updated").order_by("id"))

    tenant = selectors.get_tenant(alice.tenant.id)
    assert (tenant.name, tenant.settings["currency"], tenant.has_feature("campaigns")) == ("Acme South", "CHF", False)
    assert entries[0].changes == {"currency": ["USD", "CHF"], "week_start": [0, 6], "name": ["Acme", "Acme South"]}
    assert entries[1].changes == {"features.campaigns": [True, False]}


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "euro"},
        {"time_zone": "Mars/Olympus"},
        {"fiscal_year_start_month": 13},
        {"week_start": 7},
        {"region": "Germany"},
        {"business_hours": {"days": [1], "from": "18:00", "to": "09:00"}},
        {"business_hours": {"days": [8], "from": "08:00", "to": "09:00"}},
        {"unheard_of": 1},
    ],
)
def test_settings_of_nonsense_are_refused(alice: Person, changes: dict[str, Any]) -> None:
    before = Tenant.objects.get(id=alice.tenant.id).settings

    with pytest.raises(Invalid), alice.at_work() as actor:
        services.update_settings(changes, actor=actor)

    assert Tenant.objects.get(id=alice.tenant.id).settings == before


def test_bob_and_charlie_do_not_change_acme(alice: Person, bob: Person, charlie: Person) -> None:
    outsider = charlie.actor

    with pytest.raises(Denied), bob.at_work() as actor:
        services.update_settings({"currency": "CHF"}, actor=actor)
    with pytest.raises(Denied), bob.at_work() as actor:
        services.set_features({"campaigns": False}, actor=actor)
    with pytest.raises(Denied), alice.at_work():
        services.update_settings({"currency": "CHF"}, actor=outsider)

    tenant = Tenant.objects.get(id=alice.tenant.id)
    assert (tenant.settings["currency"], tenant.features) == ("USD", {})


def test_the_app_role_reaches_no_other_row_and_no_limit(alice: Person, globex: Tenant) -> None:
    with alice.at_work():
        assert Tenant.objects.filter(id=globex.id).update(name="Stolen") == 0
    for statement in (
        "UPDATE tenants_tenant SET user_limit = 100000",
        "UPDATE tenants_tenant SET storage_limit_bytes = 1",
        "UPDATE tenants_tenant SET is_active = false",
        "UPDATE tenants_tenant SET database = 'elsewhere'",
        "INSERT INTO tenants_tenant (name) VALUES ('x')",
        "DELETE FROM tenants_tenant",
    ):
        with pytest.raises(DatabaseError, match="permission denied"), alice.at_work():
            connection.cursor().execute(statement)

    assert Tenant.objects.get(id=globex.id).name == "Globex"


def test_storage_is_counted_up_to_the_limit(alice: Person) -> None:
    rows(Tenant, reason="test").filter(id=alice.tenant.id).update(storage_limit_bytes=100)

    with alice.at_work():
        services.claim_storage(60)
    with pytest.raises(LimitReached), alice.at_work():
        services.claim_storage(41)
    with alice.at_work():
        services.claim_storage(40)
        services.release_storage(70)
        services.release_storage(1000)

    assert Tenant.objects.get(id=alice.tenant.id).storage_used_bytes == 0


def test_two_uploads_at_once_do_not_pass_the_limit(alice: Person) -> None:
    rows(Tenant, reason="test").filter(id=alice.tenant.id).update(storage_limit_bytes=100)
    barrier, outcomes = Barrier(4), []

    def upload() -> None:
        try:
            barrier.wait(5)
            with tenant_scope(alice.tenant), transaction.atomic():
                services.claim_storage(40)
            outcomes.append("stored")
        except LimitReached:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [Thread(target=upload) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(outcomes) == ["refused", "refused", "stored", "stored"]
    assert Tenant.objects.get(id=alice.tenant.id).storage_used_bytes == 80


def test_operators_change_limits_and_domains(acme: Tenant, globex: Tenant) -> None:
    domain = f"crm.{acme.subdomain}.example"

    services.change_limits(acme.id, by="Otto", user_limit=5)
    services.set_custom_domain(acme.id, f" {domain.upper()} ", by="Otto")

    assert selectors.find_tenant_by_host(f"{domain}:8000") == acme
    assert selectors.get_tenant(acme.id).user_limit == 5
    with pytest.raises(Conflict):
        services.set_custom_domain(globex.id, domain, by="Otto")
    with pytest.raises(Invalid):
        services.change_limits(acme.id, by="Otto", is_active=False)
