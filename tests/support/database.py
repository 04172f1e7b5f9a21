"""The suite's databases: one template made by the real migrations, one clone of it for each worker.

Needs AUTOCRM_TEST_ADMIN_URL, a superuser's URL of a server that trusts local connections; `./autocrm test` starts one.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parents[2]
ROLES = ("app", "platform", "owner")
EXTENSIONS = ("pg_trgm", "btree_gin", "unaccent")


def admin_url() -> str:
    """The superuser's URL, or a plain word on how to get one."""
    try:
        return os.environ["AUTOCRM_TEST_ADMIN_URL"]
    except KeyError:
        raise SystemExit("The tests need real servers: run them with ./autocrm test [path]") from None


def url_for(role: str, name: str) -> str:
    """The URL of database `name` as one of the product's roles."""
    parts = urlsplit(admin_url())
    host = f"{parts.hostname}:{parts.port or 5432}" if parts.hostname else ""
    user = "postgres" if role == "admin" else f"autocrm_{role}"
    if role == "admin":
        return urlunsplit(parts._replace(path=f"/{name}"))
    return urlunsplit(parts._replace(netloc=f"{user}@{host}", path=f"/{name}"))


def place(role: str, name: str) -> dict[str, str]:
    """The same as Django's settings of a database have it."""
    parts = urlsplit(url_for(role, name))
    place = {"USER": parts.username, "HOST": parts.hostname, "PORT": str(parts.port or ""), "PASSWORD": parts.password}
    return {"NAME": name} | {key: value or "" for key, value in place.items()}


def environment(name: str) -> dict[str, str]:
    """What a process needs in its environment to work on database `name`."""
    return {
        "DATABASE_URL": url_for("app", name),
        "AUTOCRM_DATABASE_PLATFORM_URL": url_for("platform", name),
        "AUTOCRM_DATABASE_OWNER_URL": url_for("owner", name),
        "DJANGO_SETTINGS_MODULE": "autocrm.config.settings",
    }


def migrations_hash() -> str:
    """Changes whenever a migration, the schema editor or the set-up does."""
    digest = hashlib.sha256()
    package = ROOT / "src" / "autocrm"
    files = [*package.glob("*/migrations/*.py"), *package.glob("tenants/postgresql/*.py"), package / "kernel/rls.py"]
    files += package.glob("config/management/commands/setup_instance.py")
    # Set-up notes where each journal consumer begins.
    files += package.glob("*/subscribers.py")
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def ensure_template() -> str:
    """Make the template database unless one of these very migrations exists; safe for workers that race."""
    name = f"autocrm_template_{migrations_hash()}"
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute("SELECT pg_advisory_lock(7142)")
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        building = f"{name}_building"
        admin.execute(f'DROP DATABASE IF EXISTS "{building}" WITH (FORCE)')
        create_roles(admin)
        admin.execute(f'CREATE DATABASE "{building}" OWNER autocrm_owner')
        prepare(building)
        env = os.environ | environment(building) | {"AUTOCRM_DB_ROLE": "owner", "PYTHONPATH": str(ROOT / "src")}
        for command in (["migrate", "--verbosity", "0"], ["setup_instance"]):
            subprocess.run([sys.executable, "-m", "django", *command], env=env, check=True)
        admin.execute(f'ALTER DATABASE "{building}" RENAME TO "{name}"')
    return name


def create_roles(admin: psycopg.Connection) -> None:
    """The product's four roles, as the installer makes them."""
    for role, options in {
        "owner": "LOGIN",
        "app": "LOGIN",
        "platform": "LOGIN BYPASSRLS",
        "search": "NOLOGIN BYPASSRLS",
    }.items():
        if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [f"autocrm_{role}"]).fetchone():
            admin.execute(f"CREATE ROLE autocrm_{role} {options}")
    admin.execute("GRANT autocrm_search TO autocrm_owner")


def prepare(name: str) -> None:
    """Extensions, schema ownership and default privileges, as the installer gives them."""
    with psycopg.connect(url_for("admin", name), autocommit=True) as admin:
        for extension in EXTENSIONS:
            admin.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        admin.execute("ALTER SCHEMA public OWNER TO autocrm_owner")
        admin.execute("GRANT USAGE ON SCHEMA public TO autocrm_app, autocrm_platform, autocrm_search")
        admin.execute("GRANT CREATE ON SCHEMA public TO autocrm_search")
        for kind, rights in (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT")):
            admin.execute(
                f"ALTER DEFAULT PRIVILEGES FOR ROLE autocrm_owner IN SCHEMA public "
                f"GRANT {rights} ON {kind} TO autocrm_app, autocrm_platform"
            )
        admin.execute(
            "ALTER DEFAULT PRIVILEGES FOR ROLE autocrm_owner IN SCHEMA public GRANT SELECT ON TABLES TO autocrm_search"
        )


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
