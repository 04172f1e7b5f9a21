"""The catalogue guard finds nothing in the product's database and every hole that is planted in a scratch one."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connections

from autocrm.kernel.platform import platform_cursor
from autocrm.tenants.guard import describe, find_holes
from autocrm.tenants.tests.scratch import scratch_database
from tests.support import database

PLANTED = {
    "no row-level security": "ALTER TABLE scratch_book NO FORCE ROW LEVEL SECURITY",
    "row-level security without a policy": "DROP POLICY tenant_isolation ON scratch_book",
    "tenant may be NULL": "CREATE TABLE loose (tenant_id bigint, id int)",
    "policy is not the canonical one": "CREATE POLICY open ON scratch_book USING (true)",
    "foreign key without the tenant": (
        "CREATE TABLE child (tenant_id bigint NOT NULL, id int, up int);"
        "CREATE TABLE parent (tenant_id bigint NOT NULL, id int UNIQUE);"
        "ALTER TABLE child ADD FOREIGN KEY (up) REFERENCES parent (id)"
    ),
    "unique index without the tenant": "CREATE UNIQUE INDEX oracle ON scratch_book (isbn)",
    "index does not begin with the tenant": "CREATE INDEX slow ON scratch_book (isbn)",
    "view does not run as its caller": (
        "CREATE VIEW peephole AS SELECT * FROM scratch_book; GRANT SELECT ON peephole TO autocrm_app"
    ),
    "materialised view is readable": (
        "CREATE MATERIALIZED VIEW photo AS SELECT * FROM scratch_book; GRANT SELECT ON photo TO autocrm_app"
    ),
    "right that steps round row-level security": "GRANT TRUNCATE ON scratch_book TO autocrm_app",
    "role owns a table": (
        "CREATE TABLE mine (id int); GRANT CREATE ON SCHEMA public TO autocrm_app;ALTER TABLE mine OWNER TO autocrm_app"
    ),
    "SECURITY DEFINER function not on the list": (
        "CREATE FUNCTION door() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1::bigint'"
    ),
}


@pytest.fixture(scope="module")
def scratch(django_db_setup: None) -> Iterator[str]:
    with scratch_database(f"autocrm_guard_{os.getpid()}") as name:
        yield name


def test_the_products_own_database_has_no_hole(db: None) -> None:
    with platform_cursor(reason="test") as cursor:
        holes = find_holes(cursor, "autocrm_app")

    assert describe(holes) == ""


@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_hole_is_found(scratch: str, rule: str) -> None:
    with psycopg.connect(database.url_for("admin", scratch)) as admin, admin.cursor() as cursor:
        assert find_holes(cursor, "autocrm_app") == []

        cursor.execute(PLANTED[rule])

        assert rule in {hole.rule for hole in find_holes(cursor, "autocrm_app")}
        admin.rollback()


def test_an_unprotected_partition_is_found(scratch: str) -> None:
    with psycopg.connect(database.url_for("admin", scratch)) as admin, admin.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE log (tenant_id bigint NOT NULL, at date NOT NULL, PRIMARY KEY (tenant_id, at))"
            " PARTITION BY RANGE (at);"
            "CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')"
        )

        assert {"log", "log_1"} <= {hole.name for hole in find_holes(cursor, "autocrm_app")}
        admin.rollback()


@pytest.mark.parametrize("change", ["BYPASSRLS", "CREATEROLE", "CREATEDB"])
def test_a_role_that_steps_round_the_policies_is_found(scratch: str, change: str) -> None:
    with psycopg.connect(database.url_for("admin", scratch)) as admin, admin.cursor() as cursor:
        cursor.execute(f"CREATE ROLE trial_{change.lower()} {change}")

        assert "role attribute" in {hole.rule for hole in find_holes(cursor, f"trial_{change.lower()}")}
        admin.rollback()


def test_membership_in_a_bypassing_role_is_found(scratch: str) -> None:
    with psycopg.connect(database.url_for("admin", scratch)) as admin, admin.cursor() as cursor:
        cursor.execute("CREATE ROLE trial_member; GRANT autocrm_platform TO trial_member")

        found = {hole.rule for hole in find_holes(cursor, "trial_member")}

        assert "role is a member of one that bypasses" in found
        admin.rollback()


def test_the_app_role_cannot_switch_row_security_off(db: None) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
