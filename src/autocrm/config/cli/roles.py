"""The names of roles and database on a server, and URLs for them; no driver here, the supervisor stays small."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

_MAINTENANCE_DATABASES = {"", "postgres", "template1", "defaultdb"}


@dataclass(frozen=True, slots=True)
class Roles:
    """The names of the four roles. Migrations name them too, so the prefix is a constant rather than a setting."""

    prefix: str = "autocrm"

    @property
    def owner(self) -> str:
        """Owns the schema; only migrations and set-up use it."""
        return f"{self.prefix}_owner"

    @property
    def app(self) -> str:
        """What every request and every job of a tenant runs as."""
        return f"{self.prefix}_app"

    @property
    def platform(self) -> str:
        """Sees every tenant."""
        return f"{self.prefix}_platform"

    @property
    def search(self) -> str:
        """Owns the search function; nobody signs in as it."""
        return f"{self.prefix}_search"

    @property
    def attributes(self) -> Mapping[str, str]:
        """What each role may do by itself."""
        return {
            self.owner: "LOGIN NOBYPASSRLS",
            self.app: "LOGIN NOBYPASSRLS NOCREATEDB NOCREATEROLE",
            self.platform: "LOGIN BYPASSRLS",
            self.search: "NOLOGIN BYPASSRLS",
        }


def database_name(admin_url: str, roles: Roles) -> str:
    """The database the URL names, or one named like the roles when it names only the server."""
    named = urlsplit(admin_url).path.lstrip("/")
    return roles.prefix if named in _MAINTENANCE_DATABASES else named


def url_as(admin_url: str, database: str, user: str = "", password: str = "") -> str:
    """The admin's URL with another database and, where given, another role."""
    parts = urlsplit(admin_url)
    netloc = parts.netloc
    if user:
        place = netloc.rpartition("@")[2]
        who = f"{user}:{quote(password, safe='')}" if password else user
        netloc = f"{who}@{place}"
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{database}"))
