"""Parts of the tests that come from the system's packages: found, installed as root, or named as missing."""

import os
import shutil
from dataclasses import dataclass

from autocrm.config.cli.progress import Progress
from autocrm.config.cli.shell import attempt


@dataclass(frozen=True, slots=True)
class MachinePart:
    """A program that some tests (those with `marker`) need."""

    name: str
    programs: tuple[str, ...]
    package: str
    marker: str
    variable: str
    used_for: str
    # What it is in where there is no such package.
    otherwise: str = ""

    def find(self) -> str:
        """The program's path, or an empty text."""
        given = os.environ.get(self.variable, "")
        return given or next((path for path in map(_which, self.programs) if path), "")


MACHINE_PARTS = (
    MachinePart(
        name="Chromium",
        # Without a window to draw it needs a quarter less of the processor for the same pages.
        programs=("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
        package="chromium-headless-shell",
        otherwise="chromium",
        marker="e2e",
        variable="AUTOCRM_CHROMIUM",
        used_for="browser journeys",
    ),
    MachinePart(
        name="PgBouncer",
        programs=("pgbouncer",),
        package="pgbouncer",
        marker="pgbouncer",
        variable="AUTOCRM_PGBOUNCER",
        used_for="tests behind PgBouncer",
    ),
)


def ensure_parts(progress: Progress) -> list[MachinePart]:
    """Install with apt-get what is missing, where that may be done; return what is missing still."""
    missing = [part for part in MACHINE_PARTS if not part.find()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        progress.line(f"installing {' and '.join(part.name for part in missing)} with apt-get")
        _apt_install([part.package for part in missing])
        missing = [part for part in missing if not part.find()]
        if any(part.otherwise for part in missing):
            # A name that the registry does not know keeps the others from being installed, too.
            _apt_install([part.otherwise or part.package for part in missing])
            missing = [part for part in missing if not part.find()]
    return missing


def _which(program: str) -> str | None:
    """Like `shutil.which`, and also where Debian keeps servers, which is not on everyone's PATH."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")


def _apt_install(packages: list[str]) -> None:
    # RUNLEVEL=1 keeps the package from starting a server of its own.
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    if attempt(install, environment=environment).returncode != 0:
        attempt(["apt-get", "update", "-q"], environment=environment)
        attempt(install, environment=environment)
