"""The request door: every way of naming a workspace, and that nothing of it shows to whoever does not belong there."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from autocrm.kernel.tenancy import find_tenant_id, tenant_scope
from autocrm.tenants import services as tenants
from autocrm.tenants.models import Tenant
from autocrm.users import selectors
from autocrm.users.services import members, people
from autocrm.users.services.roles import ensure_default_roles
from tests.support.cast import ApiClient, Person, make_person, make_user

PAGE = "/settings/members/"
HOME = "/"
API = "/api/v1/me/"
# Generous for a loaded machine, strict for the promise: 3 s of cache and the next look.
PROMISED_SECONDS = 5.0


def browser(person: Person, host: str, **headers: str) -> Client:
    client = Client(headers={"host": host, **headers})
    client.force_login(person.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def until(condition: Callable[[], bool], seconds: float = PROMISED_SECONDS) -> bool:
    """Poll; true as soon as the condition holds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


def test_the_host_names_the_workspace(alice: Person) -> None:
    assert alice.page.get(PAGE).status_code == 200
    assert find_tenant_id() is None


@pytest.mark.parametrize("by", ["subdomain", "id"])
def test_the_header_names_the_workspace(alice: Person, charlie: Person, by: str) -> None:
    name = alice.tenant.subdomain if by == "subdomain" else str(alice.tenant.id)

    hers = browser(alice, "localhost", **{"x-tenant": name}).get(PAGE)
    his = browser(charlie, charlie.host, **{"x-tenant": name}).get(PAGE)

    assert hers.status_code == 200
    assert alice.user.email in hers.content.decode()
    assert his.status_code == 404


def test_a_stranger_sees_the_same_whether_the_workspace_exists_or_not(alice: Person, charlie: Person) -> None:
    there = browser(charlie, alice.host).get(PAGE)
    nowhere = browser(charlie, "no-such-workspace.localhost").get(PAGE)

    assert there.status_code == nowhere.status_code == 404
    assert without_csrf(there) == without_csrf(nowhere)
    assert alice.tenant.name not in there.content.decode()


def test_a_visitor_is_asked_to_sign_in_at_any_host(alice: Person) -> None:
    for host in (alice.host, "no-such-workspace.localhost", "localhost"):
        response = Client(headers={"host": host}).get(PAGE)

        assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={PAGE}")


def test_home_outside_a_workspace_lists_the_persons_own(alice: Person, charlie: Person) -> None:
    make_person("Alice Archer", charlie.tenant, "read_only", user=alice.user)

    page = browser(alice, "localhost").get(HOME).content.decode()
    strangers = browser(charlie, alice.host).get(HOME)

    assert alice.host in page
    assert charlie.host in page
    assert alice.host not in strangers.content.decode() + strangers.get("Location", "")


def test_without_a_workspace_pages_lead_home(alice: Person) -> None:
    response = browser(alice, "localhost").get(PAGE)

    assert (response.status_code, response["Location"]) == (302, HOME)


def test_the_default_workspace_is_a_fallback_and_no_entitlement(alice: Person, charlie: Person, settings: Any) -> None:
    settings.DEFAULT_TENANT = alice.tenant.subdomain

    assert browser(alice, "localhost").get(PAGE).status_code == 200
    assert browser(charlie, "localhost").get(PAGE)["Location"] == HOME
    assert browser(charlie, charlie.host).get(PAGE).status_code == 200


def test_a_token_needs_no_header_and_opens_only_its_own_workspace(alice: Person, charlie: Person) -> None:
    secret = alice.new_token()

    anywhere = ApiClient(secret, "localhost").get(API)
    elsewhere = ApiClient(secret, charlie.host).get(API)
    by_header = ApiClient(secret, "localhost").get(API, **{"x-tenant": charlie.tenant.subdomain})
    nobody = ApiClient(host="localhost").get(API)
    wrong = ApiClient("acrm_1_0123456789_nonsense", "localhost").get(API)

    assert anywhere.status_code == 200
    assert anywhere.json()["workspace"]["subdomain"] == alice.tenant.subdomain
    assert [each.status_code for each in (elsewhere, by_header, nobody, wrong)] == [401] * 4
    assert "Bearer" in nobody["WWW-Authenticate"]
    assert alice.tenant.name not in elsewhere.content.decode()


def test_a_token_opens_no_page_of_a_person(alice: Person) -> None:
    client = Client(headers={"host": alice.host, "authorization": f"Bearer {alice.new_token()}"})

    assert client.get("/settings/profile/").status_code == 401
    assert client.get("/accounts/2fa/").status_code == 302
    assert client.post("/settings/profile/", {"name": "Stolen"}).status_code == 401
    alice.user.refresh_from_db()
    assert alice.user.name == "Alice Archer"


def test_a_token_beside_a_session_is_what_counts(alice: Person, bob: Person) -> None:
    client = browser(alice, alice.host, authorization=f"Bearer {bob.new_token()}")

    assert client.get(API).json()["user"]["email"] == bob.user.email
    assert client.get("/settings/roles/").status_code == 401


def test_a_session_at_the_api_needs_the_csrf_proof_and_a_token_does_not(alice: Person) -> None:
    careless = Client(enforce_csrf_checks=True, headers={"host": alice.host})
    careless.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    script = Client(
        enforce_csrf_checks=True, headers={"host": alice.host, "authorization": f"Bearer {alice.new_token()}"}
    )
    team = {"name": "North"}

    refused = careless.post("/api/v1/teams/", team, content_type="application/json")
    made = script.post("/api/v1/teams/", team, content_type="application/json")

    assert refused.status_code == 403
    assert made.status_code == 201


def test_a_stranger_at_the_api_gets_the_same_problem_for_any_workspace(alice: Person, charlie: Person) -> None:
    there = browser(charlie, alice.host).get(API)
    nowhere = browser(charlie, "no-such-workspace.localhost").get(API)

    assert there.status_code == nowhere.status_code == 404
    assert there.json() == nowhere.json()


def test_a_disabled_member_is_out_of_every_process_in_time(alice: Person, bob: Person) -> None:
    secret = bob.new_token()
    assert bob.page.get(PAGE).status_code == 200
    assert ApiClient(secret, bob.host).get(API).status_code == 200

    # As if another process did it: what this one remembers is put back after the service forgot it.
    remembered = dict(_cache())
    with alice.at_work() as actor:
        members.disable_member(bob.id, actor=actor)
    _cache().update(remembered)

    assert (bob.tenant.id, bob.id) in _cache()
    assert bob.page.get(PAGE).status_code == 200
    assert until(lambda: bob.page.get(PAGE).status_code == 404)
    assert until(lambda: ApiClient(secret, bob.host).get(API).status_code == 401)


def test_a_disabled_user_is_out_at_once(alice: Person) -> None:
    dora = make_person("Dora Dean", alice.tenant)
    assert dora.page.get(PAGE).status_code == 200

    people.set_user_active(dora.user, active=False)

    assert dora.page.get(PAGE).status_code == 302


def test_a_disabled_tenant_is_out_at_once_here(alice: Person) -> None:
    assert alice.page.get(PAGE).status_code == 200

    tenants.set_active(alice.tenant.id, active=False, by="operator")

    assert alice.page.get(PAGE).status_code == 404
    tenants.set_active(alice.tenant.id, active=True, by="operator")
    assert alice.page.get(PAGE).status_code == 200


def test_a_request_asks_little_of_the_database(alice: Person, django_assert_num_queries: Any) -> None:
    client, secret = alice.page, alice.new_token()
    script = ApiClient(secret, alice.host)
    client.get(API)
    script.get(API)

    with django_assert_num_queries(4):  # session, person; BEGIN and COMMIT round the view
        client.get(API)
    with django_assert_num_queries(3):  # the person, once the answer names her
        script.get(API)
    selectors.forget_cached_actors()
    with django_assert_num_queries(8):  # and when nothing is remembered: BEGIN, member and role, teams, COMMIT
        client.get(API)


def test_a_custom_domain_leads_to_its_workspace(db: None, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    name = f"crm-{make_user('Some Body').id.hex[-10:]}.example.org"
    with tenants.opening_tenant(name="Initech", subdomain=name.split(".", maxsplit=1)[0], custom_domain=name) as tenant:
        pass
    ivan = make_person_in(tenant)

    assert browser(ivan, name).get(PAGE).status_code == 200


def make_person_in(tenant: Tenant) -> Person:
    with tenant_scope(tenant), transaction.atomic():
        ensure_default_roles()
    return make_person("Ivan Inch", tenant)


def without_csrf(response: Any) -> str:
    return "".join(line for line in response.content.decode().splitlines() if "csrf" not in line)


def _cache() -> dict[Any, Any]:
    return selectors._cache
