"""`./autocrm test`: the whole suite on real servers of its own; arguments go to pytest.

Each run has a private PostgreSQL (without fsync) and Valkey in a folder that is removed afterwards: runs may overlap.
AUTOCRM_TEST_KEEP=1 keeps the servers and their template database in `data/test`, so that the next run starts at once.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autocrm.config.cli.assets import ensure_assets
from autocrm.config.cli.installation import Installation
from autocrm.config.cli.machine_parts import MACHINE_PARTS, MachinePart, ensure_parts
from autocrm.config.cli.managing import TEST_DATA
from autocrm.config.cli.paths import ROOT, SOURCE, DataDirectory
from autocrm.config.cli.progress import Progress
from autocrm.config.cli.services import own_storage
from autocrm.config.cli.shell import run, run_attached
from autocrm.config.supervisor.failure import CommandFailed
from autocrm.config.supervisor.instance_lock import read_holder
from autocrm.config.supervisor.preflight import require_writable
from autocrm.config.supervisor.watch import Supervisor

_REAL_DATA = ROOT.parent / "shared" / "data"
_SECONDS_PER_TEST = 300
_PATIENCE = 60.0
_LEFT_TO_THE_TESTS = ("DATABASE_URL", "REDIS_URL")
_MAKE_TEMPLATE = "from tests.support.database import ensure_template; print(ensure_template())"


def run_tests(arguments: list[str], progress: Progress) -> int:
    """Set up, run pytest, say what was not run; pytest's exit code."""
    os.chdir(ROOT)
    # From here on the folder is ours, and tests are found from it.
    os.environ.pop("PYTHONSAFEPATH", None)
    missing = ensure_parts(progress)
    if missing and os.environ.get("CI") == "true":
        raise CommandFailed(
            f"with CI=true everything has to run, and {_names(missing)} cannot be had.",
            remedy=f"Install: {' '.join(part.package for part in missing)}",
        )
    ensure_assets(progress)
    with _storage(progress) as (installation, supervisor):
        environment = _environment(installation)
        progress.line("making the template database")
        template = run(
            [sys.executable, "-c", _MAKE_TEMPLATE],
            doing="making the template database",
            environment=environment,
            folder=ROOT,
        )
        environment["AUTOCRM_TEST_TEMPLATE"] = template.strip().splitlines()[-1]
        progress.line("testing")
        code = run_attached(_pytest(arguments, missing), environment=environment, supervisor=supervisor)
    _say_what_was_not_run(missing, progress)
    return code


@contextmanager
def _storage(progress: Progress) -> Iterator[tuple[Installation, Supervisor | None]]:
    progress.line("starting PostgreSQL and Valkey for the tests")
    if os.environ.get("AUTOCRM_TEST_KEEP") == "1":
        yield _kept_installation(progress), None
        return
    folder = Path(tempfile.mkdtemp(prefix="autocrm-test-"))
    # PostgreSQL runs under another account when the tests run as root, and has to reach its folder.
    folder.chmod(0o711)
    try:
        require_writable(folder, is_first_start=True)
        with own_storage(Installation(DataDirectory(folder), for_tests=True), progress) as pair:
            yield pair
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _kept_installation(progress: Progress) -> Installation:
    holder = read_holder(TEST_DATA.lock)
    if holder is None or not holder.ready or not Path(f"/proc/{holder.pid}").exists():
        _start_holder()
    deadline = time.monotonic() + _PATIENCE
    while (holder := read_holder(TEST_DATA.lock)) is None or not holder.ready:
        if time.monotonic() > deadline:
            raise CommandFailed("the kept test servers do not start.", remedy=f"Look at {TEST_DATA.logs}.")
        time.sleep(0.05)
    installation = Installation(TEST_DATA, for_tests=True)
    installation.recall_storage()
    progress.line(f"the servers stay for the next run; to end them: kill {holder.pid}")
    return installation


def _start_holder() -> None:
    TEST_DATA.logs.mkdir(parents=True, exist_ok=True)
    with (TEST_DATA.logs / "hold.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "autocrm.config.cli", "hold"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _environment(installation: Installation) -> dict[str, str]:
    """Where the tests find their servers; nothing of an installation that this shell may point to."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in _LEFT_TO_THE_TESTS and not name.startswith("AUTOCRM_DATABASE_")
    }
    found = {part.variable: part.find() for part in MACHINE_PARTS if part.find()}
    return (
        inherited
        | found
        | {
            "PYTHONPATH": os.pathsep.join([str(SOURCE), str(ROOT)]),
            "DJANGO_SETTINGS_MODULE": "autocrm.config.settings",
            "AUTOCRM_TEST_ADMIN_URL": installation.admin_url,
            "AUTOCRM_DATA_DIR": str(installation.data.path / "product"),
            "REDIS_URL": installation.redis_url,
        }
    )


def _pytest(arguments: list[str], missing: list[MachinePart]) -> list[str]:
    command = [sys.executable, "-m", "pytest", f"--timeout={_SECONDS_PER_TEST}"]
    names_one_test = any("::" in argument for argument in arguments)
    if not names_one_test and not any(argument.startswith(("-n", "--numprocesses")) for argument in arguments):
        command += [
            "-n",
            os.environ.get("AUTOCRM_TEST_WORKERS", str(max(2, os.cpu_count() or 2))),
            "--dist",
            "loadgroup",
        ]
    if missing:
        return [*command, *_without(arguments, missing)]
    return [*command, *arguments]


def _without(arguments: list[str], missing: list[MachinePart]) -> list[str]:
    """The arguments with the missing parts' markers excluded, beside what the caller selects."""
    excluded = " and ".join(f"not {part.marker}" for part in missing)
    if "-m" not in arguments:
        return [*arguments, "-m", excluded]
    place = arguments.index("-m") + 1
    return [*arguments[:place], f"({arguments[place]}) and {excluded}", *arguments[place + 1 :]]


def _say_what_was_not_run(missing: list[MachinePart], progress: Progress) -> None:
    for part in missing:
        progress.line(
            f"not run: {part.used_for}, because {part.name} is missing; as root: apt-get install {part.package}"
        )
    if not _REAL_DATA.is_dir():
        progress.line(f"not run: tests on real data, because {_REAL_DATA} does not exist here")


def _names(parts: list[MachinePart]) -> str:
    return " and ".join(part.name for part in parts)
