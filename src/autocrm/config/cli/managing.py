"""`./autocrm manage` and `./autocrm token`: Django's commands on the servers of a data directory."""

import sys

from autocrm.config.cli.database import set_up_database
from autocrm.config.cli.installation import Installation
from autocrm.config.cli.paths import ROOT, DataDirectory
from autocrm.config.cli.progress import Progress
from autocrm.config.cli.services import borrowed_storage, own_storage
from autocrm.config.cli.shell import run_attached
from autocrm.config.supervisor.failure import CommandFailed
from autocrm.config.supervisor.instance_lock import InstanceLock
from autocrm.config.supervisor.watch import Supervisor

_OWNER_COMMANDS = {"migrate", "makemigrations", "setup_instance"}
_OWNER_FLAG = "--owner"
TEST_DATA = DataDirectory(ROOT / "data" / "test")


def manage(arguments: list[str], data: DataDirectory, progress: Progress) -> int:
    """Run one command and return its exit code. What changes the schema runs as the owner role, as does `--owner`."""
    if not arguments:
        raise CommandFailed("which command?", remedy="For a list: ./autocrm manage help", code=2)
    as_owner = arguments[0] in _OWNER_COMMANDS or _OWNER_FLAG in arguments
    rest = [argument for argument in arguments if argument != _OWNER_FLAG]
    with borrowed_storage(data, f"manage {arguments[0]}", progress) as (installation, supervisor):
        if not installation.is_prepared:
            set_up_database(installation.admin_url, data)
        return run_django(rest, installation, supervisor, as_owner=as_owner)


def run_django(
    arguments: list[str], installation: Installation, supervisor: Supervisor | None, *, as_owner: bool = False
) -> int:
    """One Django command on this terminal, with the embedded server's own `psql` at hand for `dbshell`."""
    environment = installation.environment(as_owner=as_owner)
    if installation.postgres is not None:
        environment["PATH"] = f"{installation.postgres.home.binaries}:{environment['PATH']}"
    command = [sys.executable, "-m", "autocrm.config.cli.manage", *arguments]
    return run_attached(command, environment=environment, supervisor=supervisor)


def hold(progress: Progress) -> int:
    """Keep the test servers of AUTOCRM_TEST_KEEP=1 until a signal comes; `./autocrm test` starts this itself."""
    TEST_DATA.path.mkdir(parents=True, exist_ok=True)
    lock = InstanceLock(TEST_DATA.lock)
    if not lock.acquire("hold"):
        return 0
    try:
        with own_storage(Installation(TEST_DATA, for_tests=True), progress) as (_, supervisor):
            lock.mark_ready("hold")
            supervisor.run()
    finally:
        lock.release()
    return 0
