"""Makes roles, database, extensions and default rights on a server; may be run any number of times.

Four roles: the owner of the schema migrates; the app owns nothing and bypasses nothing; the platform role sees all
tenants, for the few audited jobs that need it; the search role owns the one function that searches below row-level
security.
"""

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from autocrm.config.cli.credentials import load_credentials, passwords_of
from autocrm.config.cli.paths import DataDirectory
from autocrm.config.cli.roles import Roles, database_name, url_as
from autocrm.config.supervisor.failure import CommandFailed
from autocrm.tenants.leakproof import LEAKPROOF_FUNCTIONS, UNMARKED_SQL

_OLDEST_SERVER = 15_00_00
_EXTENSIONS = ("pg_trgm", "btree_gin", "unaccent")
_OPTIONAL_EXTENSIONS = ("pg_stat_statements",)
_SETUP_REMEDY = (
    "For the first start, use one that may create databases and roles with BYPASSRLS (a superuser). Or have them made, "
    "and give all of DATABASE_URL (app role), AUTOCRM_DATABASE_PLATFORM_URL and AUTOCRM_DATABASE_OWNER_URL; "
    "docs/operations.md has the SQL."
)
_FROM_NOW_ON = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"


def set_up_database(admin_url: str, data: DataDirectory) -> None:
    """`ensure_database` for the installation of a data directory."""
    roles, credentials = Roles(), load_credentials(data.secrets)
    ensure_database(
        admin_url,
        roles,
        database=database_name(admin_url, roles),
        passwords=passwords_of(roles, credentials),
        installation=credentials.installation,
    )


def ensure_database(
    admin_url: str, roles: Roles, *, database: str, passwords: Mapping[str, str], installation: str
) -> None:
    """Bring the server to the state the product needs. Raises CommandFailed when the account may not do that."""
    try:
        with psycopg.connect(admin_url, autocommit=True) as admin:
            _require_version(admin)
            ensure_roles(admin, roles, passwords=passwords, installation=installation)
            _ensure_database(admin, database, roles)
        with psycopg.connect(url_as(admin_url, database), autocommit=True) as admin:
            prepare_database(admin, roles)
    except psycopg.OperationalError as error:
        where = urlsplit(admin_url)
        raise CommandFailed(
            f"the database server {where.hostname or unquote(where.query)} does not answer: {error}".rstrip(),
            remedy="Look at DATABASE_URL and whether the server runs.",
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise CommandFailed(
            f"the account of DATABASE_URL may not set up the database: {error.diag.message_primary}.",
            remedy=_SETUP_REMEDY,
        ) from error


def _require_version(admin: psycopg.Connection) -> None:
    if admin.info.server_version < _OLDEST_SERVER:
        raise CommandFailed(
            f"the database server is PostgreSQL {admin.info.server_version // 10_000}; AutoCRM needs 15 or newer."
        )


def ensure_roles(admin: psycopg.Connection, roles: Roles, *, passwords: Mapping[str, str], installation: str) -> None:
    """The four roles with their attributes and passwords (by name of the role; none where the server trusts)."""
    for name, attributes in roles.attributes.items():
        known = admin.execute(
            "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %s", [name]
        ).fetchone()
        mark = f"AutoCRM installation {installation}"
        if known is not None and known[0] not in {None, mark}:
            raise CommandFailed(
                f"the role {name} belongs to another AutoCRM on this server.",
                remedy="Roles belong to a whole server: use another server, or copy the secrets.json of the other.",
            )
        verb = sql.SQL("CREATE ROLE {} {}" if known is None else "ALTER ROLE {} {}")
        admin.execute(verb.format(sql.Identifier(name), sql.SQL(attributes)))
        if name in passwords:
            admin.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(passwords[name]))
            )
        admin.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(sql.Identifier(name), sql.Literal(mark)))
    # The owner hands its search function over; an administrator who is no superuser has to act for the owner.
    _run(admin, roles, "GRANT {search} TO {owner}")
    if not _is_superuser(admin):
        _run(admin, roles, "GRANT {owner} TO CURRENT_USER")


def _ensure_database(admin: psycopg.Connection, name: str, roles: Roles) -> None:
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                sql.Identifier(name), sql.Identifier(roles.owner)
            )
        )


def prepare_database(admin: psycopg.Connection, roles: Roles) -> None:
    """Extensions and rights inside one database, by default privileges: what the owner makes later is covered."""
    for extension in _EXTENSIONS:
        admin.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    for extension in _OPTIONAL_EXTENSIONS:
        _try_extension(admin, extension)
    database = sql.Identifier(admin.info.dbname)
    admin.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(database))
    for statement in (
        # TEMPORARY: imports COPY into a temporary table, because COPY FROM is refused under row-level security.
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {owner}, {app}, {platform}",
        "ALTER SCHEMA public OWNER TO {owner}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}, {platform}, {search}",
        "GRANT CREATE ON SCHEMA public TO {search}",
        f"{_FROM_NOW_ON} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{app}}, {{platform}}",
        f"{_FROM_NOW_ON} GRANT USAGE, SELECT ON SEQUENCES TO {{app}}, {{platform}}",
        f"{_FROM_NOW_ON} GRANT SELECT ON TABLES TO {{search}}",
    ):
        _run(admin, roles, statement, database=database)
    if _is_superuser(admin):
        mark_leakproof(admin)


def _try_extension(admin: psycopg.Connection, extension: str) -> None:
    # Managed servers offer it or not; nothing but the operator's own statistics depends on it. Its views show
    # statements of every tenant, so they live in a schema that only the superuser enters.
    try:
        admin.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS monitoring"))
        admin.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA monitoring").format(sql.Identifier(extension)))
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile, psycopg.errors.InsufficientPrivilege):
        return


def mark_leakproof(admin: psycopg.Connection) -> list[str]:
    """Mark what is unmarked of the product's list and return it; takes a superuser."""
    unmarked = [row[0] for row in admin.execute(UNMARKED_SQL, [list(LEAKPROOF_FUNCTIONS)]).fetchall()]
    for signature in unmarked:
        admin.execute(sql.SQL("ALTER FUNCTION {} LEAKPROOF").format(sql.SQL(signature)))
    return unmarked


def _is_superuser(admin: psycopg.Connection) -> bool:
    row = admin.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return row is not None and bool(row[0])


def _run(admin: psycopg.Connection, roles: Roles, statement: str, **more: sql.Composable) -> None:
    names = {kind: sql.Identifier(getattr(roles, kind)) for kind in ("owner", "app", "platform", "search")}
    admin.execute(sql.SQL(statement).format(**names, **more))
