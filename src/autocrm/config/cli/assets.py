"""The front end: packages from the npm registry, our build, the collected static files. Runs beside set-up."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from autocrm.config.cli import fingerprint
from autocrm.config.cli.interpreter import install_lock
from autocrm.config.cli.paths import BUILD, ROOT, SOURCE, VENV, VENV_PYTHON
from autocrm.config.cli.progress import Progress
from autocrm.config.cli.shell import attempt, run
from autocrm.config.supervisor.failure import CommandFailed
from autocrm.config.supervisor.filelock import waiting_lock

_OLDEST_NODE = 20
_FETCH_ONLY = "--fetch-only"
_STAMPS = BUILD / "stamps"
# The browsable API is switched off, and its fonts alone take seconds to compress.
_UNUSED = ("--ignore", "rest_framework", "--ignore", "gis")
_COLLECT = ("collectstatic", "--noinput", "--clear", "--verbosity", "0", *_UNUSED)
_BUILD_SCRIPT = Path("src/autocrm/ui/build/build.mjs")


def ensure_assets(progress: Progress) -> None:
    """Build and collect what has changed. Raises CommandFailed."""
    with waiting_lock(BUILD / "locks" / "assets"):
        _ensure_translated(progress)
        _ensure_built(progress)
        _ensure_collected(progress)


def begin_fetching() -> None:
    """Fetch the front-end packages beside what comes next; the step that needs them waits, and tells of failures."""
    if (ROOT / "node_modules").is_dir() or not _node_on_path():
        return
    subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "autocrm.config.cli.assets", _FETCH_ONLY],
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _ensure_fetched(npm: Path, environment: dict[str, str], progress: Progress) -> None:
    packages = fingerprint.of_content([ROOT / "package-lock.json"])
    if _is_stamped("packages", packages) and (ROOT / "node_modules").is_dir():
        return
    progress.line("fetching the front-end packages")
    run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        doing="fetching the front-end packages",
        remedy="The npm registry has to be reachable (or a mirror set in .npmrc).",
        environment=environment,
        folder=ROOT,
    )
    _stamp("packages", packages)


def _ensure_translated(progress: Progress) -> None:
    wanted = fingerprint.of_translations()
    if _is_stamped("translations", wanted) and (BUILD / "locale").is_dir():
        return
    progress.line("preparing the languages")
    run([VENV_PYTHON, "-m", "autocrm.config.cli.translating"], doing="preparing the languages", folder=ROOT)
    _stamp("translations", wanted)


def _ensure_built(progress: Progress) -> None:
    wanted = fingerprint.of_front_end()
    if _is_stamped("front-end", wanted) and (BUILD / "static").is_dir():
        return
    npm, node, environment = _find_node(progress)
    _ensure_fetched(npm, environment, progress)
    progress.line("building the front end")
    run([node, _BUILD_SCRIPT], doing="building the front end", environment=environment, folder=ROOT)
    _stamp("front-end", wanted)


def _ensure_collected(progress: Progress) -> None:
    wanted = fingerprint.of_static_files()
    if _is_stamped("collected", wanted):
        return
    progress.line("collecting the static files")
    manage: list[str | Path] = [VENV_PYTHON, "-m", "autocrm.config.cli.manage"]
    run([*manage, *_COLLECT], doing="collecting the static files", folder=ROOT)
    _stamp("collected", wanted)


def _find_node(progress: Progress) -> tuple[Path, Path, dict[str, str]]:
    """npm, node and an environment in which they find each other: from the PATH if new enough, else from the wheel."""
    if found := _node_on_path():
        return *found, dict(os.environ)
    wheel_node, wheel_npm = VENV / "bin" / "node", VENV / "bin" / "npm"
    if not wheel_node.exists():
        progress.line("installing Node, because the PATH has none that is new enough")
        install_lock("node")
    if not wheel_npm.exists():
        raise CommandFailed("there is no Node here.", remedy=f"Install Node {_OLDEST_NODE} or newer.")
    search_path = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])
    return wheel_npm, wheel_node, os.environ | {"PATH": search_path}


def _node_on_path() -> tuple[Path, Path] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _node_version(Path(node)) >= _OLDEST_NODE:
        return Path(npm), Path(node)
    return None


def _node_version(node: Path) -> int:
    found = re.match(r"v(\d+)\.", attempt([node, "--version"]).stdout)
    return int(found.group(1)) if found else 0


def _is_stamped(step: str, value: str) -> bool:
    stamp = _STAMPS / step
    return stamp.exists() and stamp.read_text() == value


def _stamp(step: str, value: str) -> None:
    _STAMPS.mkdir(parents=True, exist_ok=True)
    (_STAMPS / step).write_text(value)


def _main(arguments: Sequence[str]) -> int:
    try:
        if _FETCH_ONLY in arguments:
            with waiting_lock(BUILD / "locks" / "assets"):
                npm, _, environment = _find_node(Progress())
                _ensure_fetched(npm, environment, Progress())
        else:
            ensure_assets(Progress())
    except CommandFailed as failed:
        sys.stderr.write(failed.as_text())
        return failed.code
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
