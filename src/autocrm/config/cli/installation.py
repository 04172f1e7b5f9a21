"""One installation: its data directory, its servers (embedded or given) and the environment its processes live in."""

import os
import sys
from pathlib import Path

from autocrm.config.cli.credentials import Credentials, load_credentials, passwords_of
from autocrm.config.cli.paths import SOURCE, DataDirectory
from autocrm.config.cli.roles import Roles, database_name, url_as
from autocrm.config.supervisor.child import ChildSpec
from autocrm.config.supervisor.failure import CommandFailed
from autocrm.config.supervisor.postgres import Postgres
from autocrm.config.supervisor.valkey import Valkey, find_binary

# How `up` tells the set-up step, and no other process, what only it may know.
SETUP_ADMIN_URL = "AUTOCRM_SETUP_ADMIN_URL"
SETUP_MARK_FILE = "AUTOCRM_SETUP_MARK_FILE"
SETUP_MARK = "AUTOCRM_SETUP_MARK"
_ROLE_URLS = ("DATABASE_URL", "AUTOCRM_DATABASE_PLATFORM_URL", "AUTOCRM_DATABASE_OWNER_URL")
# With several threads glibc keeps an arena each; two halve the resident size of web and worker at no measurable cost.
_SMALL_MEMORY = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}


class Installation:
    """Made once the data directory is known to be writable."""

    def __init__(self, data: DataDirectory, *, for_tests: bool = False) -> None:
        self.data = data
        self.roles = Roles()
        self._for_tests = for_tests
        given = {} if for_tests else os.environ
        self._given_database = given.get("DATABASE_URL", "")
        self._given_redis = given.get("REDIS_URL", "")
        self._roles_are_given = all(given.get(name) for name in _ROLE_URLS)
        for folder, mode in ((data.path, 0o711), (data.run, 0o711), (data.logs, 0o750)):
            folder.mkdir(parents=True, exist_ok=True, mode=mode)
        self.credentials: Credentials = load_credentials(data.secrets)
        self.postgres = None if self._given_database else self._embedded_postgres()
        self.valkey = None if self._given_redis else self._embedded_valkey()

    def _embedded_postgres(self) -> Postgres:
        return Postgres(
            folder=self.data.postgres,
            run=self.data.run,
            log=self.data.logs / "postgres.log",
            password=self.credentials.superuser_password,
            for_tests=self._for_tests,
        )

    def _embedded_valkey(self) -> Valkey:
        return Valkey(
            folder=self.data.valkey,
            run=self.data.run,
            log=self.data.logs / "valkey.log",
            password=self.credentials.valkey_password,
        )

    def prepare_storage(self) -> list[ChildSpec]:
        """Make what the embedded servers need and return their children. Raises CommandFailed."""
        specs = []
        if self.postgres is not None:
            self.postgres.prepare()
            specs.append(self.postgres.spec())
        if self.valkey is not None:
            binary = find_binary()
            if binary is None:
                raise CommandFailed(
                    "the embedded Valkey does not exist for this machine.",
                    remedy="Point REDIS_URL at a Redis 7 or newer, or a Valkey.",
                )
            self.valkey.prepare()
            specs.append(self.valkey.spec(binary))
        return specs

    def recall_storage(self) -> None:
        """Learn where the servers are that another process started."""
        if self.valkey is not None:
            self.valkey.recall()

    @property
    def admin_url(self) -> str:
        """Who sets up roles and database; empty when the operator made them."""
        if self._roles_are_given:
            return ""
        return self._given_database or self._postgres_here.admin_url

    @property
    def database(self) -> str:
        """The name of the product's database."""
        return database_name(self._given_database, self.roles)

    @property
    def preparation_mark(self) -> Path | None:
        """Where the last preparation is noted; only embedded clusters can be trusted to be as they were left."""
        return self.postgres.home.data / "autocrm-prepared" if self.postgres is not None else None

    @property
    def is_prepared(self) -> bool:
        """Whether set-up has run; servers of the operator's own are taken at their word."""
        return self.preparation_mark is None or self.preparation_mark.exists()

    @property
    def passwords(self) -> dict[str, str]:
        """Password by role; none where the server trusts its socket."""
        return {} if self._for_tests else passwords_of(self.roles, self.credentials)

    @property
    def redis_url(self) -> str:
        """For REDIS_URL."""
        return self._given_redis or self._valkey_here.url

    def environment(self, *, port: int = 8000, host: str = "127.0.0.1", as_owner: bool = False) -> dict[str, str]:
        """What a process of this installation finds in its environment; `as_owner` for migrations and set-up only."""
        made = {
            **_SMALL_MEMORY,
            "PYTHONPATH": str(SOURCE),
            "PYTHONUNBUFFERED": "1",
            # Containers often forbid it; then each process would compile the whole source at every start, and keep the
            # memory that took.
            "PYTHONDONTWRITEBYTECODE": "",
            "DJANGO_SETTINGS_MODULE": "autocrm.config.settings",
            "REDIS_URL": self.redis_url,
            "AUTOCRM_DATA_DIR": str(self.data.path),
            "AUTOCRM_PORT": str(port),
            "AUTOCRM_HOST": host,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        }
        if not self._roles_are_given:
            made |= dict(zip(_ROLE_URLS, map(self._role_url, ("app", "platform", "owner")), strict=True))
        if as_owner:
            made["AUTOCRM_DB_ROLE"] = "owner"
        kept = {
            "AUTOCRM_SECRET_KEY": self.credentials.secret_key,
            "AUTOCRM_MASTER_KEY": self.credentials.master_key,
        }
        return kept | dict(os.environ) | made

    def _role_url(self, kind: str) -> str:
        role: str = getattr(self.roles, kind)
        if self._given_database:
            return url_as(self._given_database, self.database, role, self.passwords.get(role, ""))
        return self._postgres_here.url(role, self.passwords.get(role, ""), self.database)

    @property
    def _postgres_here(self) -> Postgres:
        if self.postgres is None:
            raise LookupError("the database is not embedded")
        return self.postgres

    @property
    def _valkey_here(self) -> Valkey:
        if self.valkey is None:
            raise LookupError("Valkey is not embedded")
        return self.valkey
