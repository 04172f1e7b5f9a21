"""The commands: a workspace with its owner, and a token that is all the command prints."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from autocrm.kernel.errors import Conflict, Invalid
from autocrm.kernel.ids import new_id
from autocrm.tenants.models import Tenant
from autocrm.users import selectors
from autocrm.users.models import User
from autocrm.users.services.people import create_user
from tests.support.cast import PASSWORD, ApiClient, Person


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_workspace_is_made_with_roles_and_an_owner(db: None) -> None:
    subdomain = f"initech-{new_id().hex[-12:]}"
    email = f"Peter.{subdomain}@example.com"

    told = run("create_workspace", "Initech", "--subdomain", subdomain, "--owner-email", email, "--password", PASSWORD)

    tenant, owner = Tenant.objects.get(subdomain=subdomain), User.objects.get(email=email.lower())
    assert subdomain in told
    assert PASSWORD not in told
    assert owner.check_password(PASSWORD)
    assert selectors.build_actor(owner, tenant).grants.everything
    assert [each.id for each in selectors.list_workspaces(owner)] == [tenant.id]


def test_an_existing_person_may_own_another_workspace(alice: Person) -> None:
    subdomain = f"initech-{new_id().hex[-12:]}"

    told = run("create_workspace", "Initech", "--subdomain", subdomain, "--owner-email", alice.user.email)

    assert "Password" not in told
    assert {each.name for each in selectors.list_workspaces(alice.user)} == {"Acme", "Initech"}


@pytest.mark.parametrize("subdomain", ["www", "UPPER CASE", "-x", "123", ""])
def test_a_workspace_that_can_not_be_leaves_nothing_behind(db: None, subdomain: str) -> None:
    email = f"x.{new_id().hex[-12:]}@example.com"
    before = Tenant.objects.count()

    with pytest.raises(CommandError):
        run("create_workspace", "Initech", "--subdomain", subdomain, "--owner-email", email, "--password", PASSWORD)

    assert Tenant.objects.count() == before
    assert not User.objects.filter(email=email).exists()


def test_a_taken_subdomain_leaves_nothing_behind(alice: Person) -> None:
    email = f"x.{new_id().hex[-12:]}@example.com"

    with pytest.raises(CommandError, match="taken"):
        run("create_workspace", "Initech", "--subdomain", alice.tenant.subdomain, "--owner-email", email)

    assert not User.objects.filter(email=email).exists()


def test_the_token_command_prints_a_token_that_works_and_nothing_else(bob: Person) -> None:
    printed = run("create_token", bob.user.email.upper(), "--tenant", bob.tenant.subdomain)

    assert printed.count("\n") == 1
    me = ApiClient(printed.strip(), "localhost").get("/api/v1/me/").json()
    assert me["user"]["email"] == bob.user.email
    assert me["everything"] is False


@pytest.mark.parametrize("wrong", ["user", "tenant", "member", "role"])
def test_the_token_command_says_what_is_wrong(alice: Person, charlie: Person, wrong: str) -> None:
    user = {"user": "nobody@example.com", "member": charlie.user.email}.get(wrong, alice.user.email)
    tenant = "no-such-workspace" if wrong == "tenant" else alice.tenant.subdomain
    more = ["--role", "No such role"] if wrong == "role" else []

    with pytest.raises(CommandError):
        run("create_token", user, "--tenant", tenant, *more)


def test_people_are_made_once_and_with_sound_values(alice: Person) -> None:
    with pytest.raises(Conflict):
        create_user(email=alice.user.email.upper(), name="Another Alice")
    for email, name, password in (("nonsense", "X", None), ("x@example.com", " ", None), ("x@example.com", "X", "123")):
        with pytest.raises(Invalid):
            create_user(email=email, name=name, password=password)
