"""The front end: packages from the npm registry, our build, the collected static files. Runs beside set-up."""

import os
import re
import shutil
import sys
from pathlib import Path

from autocrm.config.cli import fingerprint
from autocrm.config.cli.interpreter import install_lock
from autocrm.config.cli.paths import BUILD, ROOT, VENV, VENV_PYTHON
from autocrm.config.cli.progress import Progress
from autocrm.config.cli.shell import attempt, run
from autocrm.config.supervisor.failure import CommandFailed
from autocrm.config.supervisor.filelock import waiting_lock

_OLDEST_NODE = 20
_STAMPS = BUILD / "stamps"
# The browsable API is switched off, and its fonts alone take seconds to compress.
_UNUSED_STATIC_FILES = ("--ignore", "rest_framework", "--ignore", "gis")
_BUILD_SCRIPT = Path("src/autocrm/ui/build/build.mjs")


def ensure_assets(progress: Progress) -> None:
    """Build and collect what has changed. Raises CommandFailed."""
    with waiting_lock(BUILD / "locks" / "assets"):
        _ensure_built(progress)
        _ensure_collected(progress)


def _ensure_built(progress: Progress) -> None:
    wanted = fingerprint.of_front_end()
    if _is_stamped("front-end", wanted) and (BUILD / "static").is_dir():
        return
    npm, node, environment = _find_node(progress)
    packages = fingerprint.of_content([ROOT / "package-lock.json"])
    if not (_is_stamped("packages", packages) and (ROOT / "node_modules").is_dir()):
        progress.line("fetching the front-end packages")
        run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            doing="fetching the front-end packages",
            remedy="The npm registry has to be reachable (or a mirror set in .npmrc).",
            environment=environment,
            folder=ROOT,
        )
        _stamp("packages", packages)
    progress.line("building the front end")
    run([node, _BUILD_SCRIPT], doing="building the front end", environment=environment, folder=ROOT)
    _stamp("front-end", wanted)


def _ensure_collected(progress: Progress) -> None:
    wanted = fingerprint.of_static_files()
    if _is_stamped("collected", wanted):
        return
    progress.line("collecting the static files")
    command = [
        VENV_PYTHON,
        "-m",
        "autocrm.config.cli.manage",
        "collectstatic",
        "--noinput",
        "--clear",
        "--verbosity",
        "0",
    ]
    run(
        [*command, *_UNUSED_STATIC_FILES],
        doing="collecting the static files",
        folder=ROOT,
    )
    _stamp("collected", wanted)


def _find_node(progress: Progress) -> tuple[Path, Path, dict[str, str]]:
    """npm, node and an environment in which they find each other: from the PATH if new enough, else from the wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_version(Path(node)) >= _OLDEST_NODE:
        return Path(npm), Path(node), dict(os.environ)
    wheel_node, wheel_npm = VENV / "bin" / "node", VENV / "bin" / "npm"
    if not wheel_node.exists():
        progress.line("installing Node, because the PATH has none that is new enough")
        install_lock("node")
    if not wheel_npm.exists():
        raise CommandFailed("there is no Node here.", remedy=f"Install Node {_OLDEST_NODE} or newer.")
    search_path = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])
    return wheel_npm, wheel_node, os.environ | {"PATH": search_path}


def _node_version(node: Path) -> int:
    found = re.match(r"v(\d+)\.", attempt([node, "--version"]).stdout)
    return int(found.group(1)) if found else 0


def _is_stamped(step: str, value: str) -> bool:
    stamp = _STAMPS / step
    return stamp.exists() and stamp.read_text() == value


def _stamp(step: str, value: str) -> None:
    _STAMPS.mkdir(parents=True, exist_ok=True)
    (_STAMPS / step).write_text(value)


if __name__ == "__main__":
    try:
        ensure_assets(Progress())
    except CommandFailed as failed:
        sys.stderr.write(failed.as_text())
        sys.exit(failed.code)
