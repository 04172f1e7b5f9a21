"""Setting up a server: roles, rights and marks, on the suite's real PostgreSQL under a prefix of its own."""

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from autocrm.config.cli.database import ensure_database, mark_leakproof
from autocrm.config.cli.roles import Roles, database_name, url_as
from autocrm.config.supervisor.failure import CommandFailed
from autocrm.tenants.leakproof import LEAKPROOF_FUNCTIONS, UNMARKED_SQL
from tests.support.database import admin_url


@pytest.fixture
def roles() -> Iterator[Roles]:
    made = Roles(f"setup_{secrets.token_hex(4)}")
    yield made
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(made.prefix)))
        for name in [f"{made.prefix}_admin", *made.attributes]:
            if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
                admin.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(name)))
                admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def set_up(roles: Roles, *, url: str = "", installation: str = "one") -> None:
    ensure_database(
        url or admin_url(), roles, database=roles.prefix, passwords={roles.app: "secret"}, installation=installation
    )


def connect(roles: Roles, role: str) -> psycopg.Connection:
    return psycopg.connect(url_as(admin_url(), roles.prefix, role), autocommit=True)


def test_setting_up_twice_changes_nothing(roles: Roles) -> None:
    set_up(roles)
    set_up(roles)

    with psycopg.connect(admin_url()) as admin:
        rows = admin.execute(
            "SELECT rolname, rolcanlogin, rolbypassrls, rolsuper FROM pg_roles WHERE rolname LIKE %s ORDER BY 1",
            [f"{roles.prefix}_%"],
        ).fetchall()
    assert rows == [
        (roles.app, True, False, False),
        (roles.owner, True, False, False),
        (roles.platform, True, True, False),
        (roles.search, False, True, False),
    ]


def test_what_the_owner_makes_the_app_may_use_but_not_own(roles: Roles) -> None:
    set_up(roles)

    with connect(roles, roles.owner) as owner:
        owner.execute("CREATE TABLE thing (id bigserial PRIMARY KEY, name text)")

    with connect(roles, roles.app) as app:
        app.execute("INSERT INTO thing (name) VALUES ('a')")
        assert app.execute("UPDATE thing SET name = 'b' RETURNING name").fetchone() == ("b",)
        app.execute("CREATE TEMPORARY TABLE staged (LIKE thing)")
        for forbidden in ("TRUNCATE thing", "CREATE TABLE other ()", "ALTER TABLE thing DISABLE ROW LEVEL SECURITY"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(sql.SQL(forbidden))


def test_the_owner_can_hand_a_function_to_the_search_role(roles: Roles) -> None:
    set_up(roles)

    with connect(roles, roles.owner) as owner:
        owner.execute("CREATE FUNCTION find_all() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
        owner.execute(sql.SQL("ALTER FUNCTION find_all() OWNER TO {}").format(sql.Identifier(roles.search)))

        assert owner.execute("SELECT find_all()").fetchone() == (1,)


def test_a_superuser_leaves_the_operators_leakproof(roles: Roles) -> None:
    set_up(roles)

    with psycopg.connect(url_as(admin_url(), roles.prefix), autocommit=True) as admin:
        assert admin.execute(UNMARKED_SQL, [list(LEAKPROOF_FUNCTIONS)]).fetchall() == []
        admin.execute("ALTER FUNCTION texticlike(text, text) NOT LEAKPROOF")
        assert mark_leakproof(admin) == ["texticlike(text,text)"]


def test_every_function_of_the_list_exists(roles: Roles) -> None:
    set_up(roles)

    with psycopg.connect(url_as(admin_url(), roles.prefix)) as admin:
        unknown = [
            signature
            for signature in LEAKPROOF_FUNCTIONS
            if admin.execute("SELECT to_regprocedure(%s) IS NULL", [signature]).fetchone() == (True,)
        ]
    assert unknown == []


def test_the_roles_of_another_installation_are_left_alone(roles: Roles) -> None:
    set_up(roles)

    with pytest.raises(CommandFailed, match="belongs to another AutoCRM"):
        set_up(roles, installation="two")


def test_an_account_that_may_not_set_up_hears_what_to_do(roles: Roles) -> None:
    name = f"{roles.prefix}_admin"
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(name)))

    with pytest.raises(CommandFailed) as failed:
        set_up(roles, url=url_as(admin_url(), "postgres", name))

    assert "may not set up the database" in failed.value.problem
    assert "AUTOCRM_DATABASE_OWNER_URL" in failed.value.remedy


def test_an_account_without_superuser_rights_can_set_up(roles: Roles) -> None:
    """As on managed servers: it may make roles and bypass row-level security, and that is all."""
    name = f"{roles.prefix}_admin"
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE BYPASSRLS").format(sql.Identifier(name)))

    set_up(roles, url=url_as(admin_url(), "postgres", name))
    set_up(roles, url=url_as(admin_url(), "postgres", name))

    with connect(roles, roles.owner) as owner:
        owner.execute("CREATE TABLE thing (id bigint)")
    with connect(roles, roles.app) as app:
        app.execute("INSERT INTO thing VALUES (1)")


def test_a_server_that_does_not_answer_is_named() -> None:
    with pytest.raises(CommandFailed, match="does not answer"):
        set_up(Roles("nobody"), url="postgresql://nobody@127.0.0.1:1/postgres")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://admin@db.example.com/", "acme"),
        ("postgresql://admin@db.example.com/postgres", "acme"),
        ("postgresql://admin@db.example.com/crm", "crm"),
        ("postgresql://postgres@/postgres?host=/run/sockets&port=5432", "acme"),
    ],
)
def test_the_database_is_the_one_named_or_has_the_name_of_the_roles(url: str, expected: str) -> None:
    assert database_name(url, Roles("acme")) == expected


def test_a_url_keeps_its_place_when_the_role_changes() -> None:
    url = url_as("postgresql://admin:old@db.example.com:6432/postgres?sslmode=require", "crm", "app", "n:w/")

    assert url == "postgresql://app:n%3Aw%2F@db.example.com:6432/crm?sslmode=require"
