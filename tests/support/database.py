"""The suite's databases: one template made by the real migrations, one clone of it for each worker.

Needs AUTOCRM_TEST_ADMIN_URL, a superuser's URL of a server that trusts local connections; `./autocrm test` starts one.
"""

import os
import subprocess
import sys

import psycopg

from autocrm.config import env
from autocrm.config.cli import fingerprint
from autocrm.config.cli.database import ensure_roles, prepare_database
from autocrm.config.cli.paths import ROOT
from autocrm.config.cli.roles import Roles, url_as

ROLES = Roles()
# The roles of a server that several suites share say whose they are.
INSTALLATION = "of the test suite"


def admin_url() -> str:
    """The superuser's URL, or a plain word on how to get one."""
    try:
        return os.environ["AUTOCRM_TEST_ADMIN_URL"]
    except KeyError:
        raise SystemExit("The tests need real servers: run them with ./autocrm test [path]") from None


def url_for(role: str, name: str) -> str:
    """The URL of database `name` as "admin" or as one of the product's roles."""
    return url_as(admin_url(), name, "" if role == "admin" else f"{ROLES.prefix}_{role}")


def place(role: str, name: str) -> dict[str, str]:
    """The same as Django's settings of a database have it."""
    found = env.database(url_for(role, name))
    return {key: found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}


def environment(name: str) -> dict[str, str]:
    """What a process needs in its environment to work on database `name`."""
    return {
        "DATABASE_URL": url_for("app", name),
        "AUTOCRM_DATABASE_PLATFORM_URL": url_for("platform", name),
        "AUTOCRM_DATABASE_OWNER_URL": url_for("owner", name),
        "DJANGO_SETTINGS_MODULE": "autocrm.config.settings",
    }


def ensure_template() -> str:
    """Make the template database unless one of this very preparation exists; safe for workers that race."""
    name = f"autocrm_template_{fingerprint.of_preparation()[:12]}"
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(7142)")
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        building = f"{name}_building"
        admin.execute(f'DROP DATABASE IF EXISTS "{building}" WITH (FORCE)')
        ensure_roles(admin, ROLES, passwords={}, installation=INSTALLATION)
        admin.execute(f'CREATE DATABASE "{building}" OWNER {ROLES.owner}')
        prepare(building)
        env = os.environ | environment(building) | {"AUTOCRM_DB_ROLE": "owner", "PYTHONPATH": str(ROOT / "src")}
        for command in (["migrate", "--verbosity", "0"], ["setup_instance"]):
            subprocess.run([sys.executable, "-m", "django", *command], env=env, check=True)
        admin.execute(f'ALTER DATABASE "{building}" RENAME TO "{name}"')
    return name


def prepare(name: str) -> None:
    """What the installer does inside a database: extensions, rights, marks."""
    with psycopg.connect(url_for("admin", name), autocommit=True) as admin:
        prepare_database(admin, ROLES)


def clone(name: str) -> None:
    """Make database `name` as a copy of the template."""
    template = ensure_template()
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(7142)")
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def drop(name: str) -> None:
    """Remove database `name`, whoever is still connected."""
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
