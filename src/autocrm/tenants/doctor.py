"""What `doctor` asks about the servers: roles, row-level security, speed marks, migrations, clock, Redis, storage."""

import time
from collections.abc import Iterator

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from autocrm.kernel import redis
from autocrm.kernel.checks import Finding, fine, problem, register_check, warning
from autocrm.kernel.clock import now
from autocrm.tenants.guard import find_holes
from autocrm.tenants.leakproof import LEAKPROOF_FUNCTIONS, UNMARKED_SQL

_LARGEST_SKEW_SECONDS = 2.0
_OLDEST_SERVER = 15_00_00


def register_checks() -> None:
    """Called once, from the app's `ready()`."""
    for name, run in (
        ("database", check_server),
        ("roles", check_role),
        ("row-level security", check_walls),
        ("leakproof", check_leakproof),
        ("migrations", check_migrations),
        ("clock", check_clock),
        ("redis", check_redis),
        ("storage", check_storage),
    ):
        register_check(name, run)


def check_server() -> Iterator[Finding]:
    """The version of the server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
        number, version = cursor.fetchone()
    if number < _OLDEST_SERVER:
        yield problem(f"PostgreSQL {version} is too old.", "AutoCRM needs PostgreSQL 15 or newer.")
    else:
        yield fine(f"PostgreSQL {version}")


def check_role() -> Iterator[Finding]:
    """The role of requests may bypass nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        name, is_superuser, bypasses = cursor.fetchone()
    if is_superuser or bypasses:
        yield problem(
            f"requests run as {name}, which goes round row-level security.",
            "Let DATABASE_URL name the app role (autocrm_app), which owns nothing and bypasses nothing.",
        )
    else:
        yield fine(f"requests run as {name}")


def check_walls() -> Iterator[Finding]:
    """The catalogue guard: nothing lets one tenant see another."""
    with connection.cursor() as cursor:
        holes = find_holes(cursor, str(connection.settings_dict["USER"]))
    for hole in holes:
        yield problem(f"{hole.rule}: {hole.name}", "Tenants are not kept apart here; see docs/operations.md.")
    if not holes:
        yield fine("every table, key, policy and right keeps tenants apart")


def check_leakproof() -> Iterator[Finding]:
    """The marks without which filters on large tenants are slow."""
    with connection.cursor() as cursor:
        cursor.execute(UNMARKED_SQL, [list(LEAKPROOF_FUNCTIONS)])
        unmarked = [row[0] for row in cursor.fetchall()]
    if unmarked:
        statements = " ".join(f"ALTER FUNCTION {signature} LEAKPROOF;" for signature in unmarked)
        yield warning(
            f"{len(unmarked)} functions lack the LEAKPROOF mark, so large tenants filter slowly.",
            f"As a superuser, in this database: {statements}",
        )
    else:
        yield fine("the operators in use are marked LEAKPROOF")


def check_migrations() -> Iterator[Finding]:
    """Nothing is left to apply."""
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        yield problem(f"{len(pending)} migrations are not applied.", "Apply them: ./autocrm manage migrate")
    else:
        yield fine("all migrations are applied")


def check_clock() -> Iterator[Finding]:
    """The clocks of this machine and of the database agree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        skew = abs((cursor.fetchone()[0] - now()).total_seconds())
    if skew > _LARGEST_SKEW_SECONDS:
        yield problem(f"this machine and the database are {skew:.1f} s apart.", "Synchronise both clocks (NTP).")
    else:
        yield fine("the clocks agree")


def check_redis() -> Iterator[Finding]:
    """Redis answers; nothing is lost without it, but everything live is slow."""
    started = time.perf_counter()
    if redis.attempt(lambda client: bool(client.ping()), otherwise=False):
        yield fine(f"answers in {(time.perf_counter() - started) * 1000:.1f} ms")
    else:
        yield problem(
            "Redis does not answer: jobs start late and pages do not update.", "Look at REDIS_URL and the server."
        )


def check_storage() -> Iterator[Finding]:
    """Files can be written, read and removed."""
    storage = storages["default"]
    try:
        name = storage.save("doctor/probe", ContentFile(b"probe"))
        storage.delete(name)
    except OSError as error:
        yield problem(f"files cannot be stored: {error}", f"Make {settings.DATA_DIR / 'files'} writable.")
    else:
        yield fine("files can be stored")
