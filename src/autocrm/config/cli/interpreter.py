"""`.venv`: made from the lock files, redone only when they change. Standard library only: it runs before the rest."""

import hashlib
import importlib.util
import json
import sys
import venv
from pathlib import Path

from autocrm.config.cli.paths import BUILD, REQUIREMENTS, VENV, VENV_PYTHON
from autocrm.config.cli.progress import Progress
from autocrm.config.cli.registries import uv_environment, uv_options
from autocrm.config.cli.shell import attempt, run
from autocrm.config.supervisor.failure import CommandFailed
from autocrm.config.supervisor.filelock import waiting_lock

_STAMP = VENV / "autocrm-locks.json"
# The developers' lock holds everything the product's holds, at the same versions.
_CONTAINS = {"base": ("base",), "dev": ("base", "dev")}
_REGISTRY_REMEDY = "The package registry has to be reachable (or a mirror set in pip's configuration)."


def ensure_environment(lock: str, progress: Progress) -> None:
    """Bring `.venv` to what `requirements/<lock>.lock` says. Raises CommandFailed."""
    if _is_current(lock):
        return
    with waiting_lock(BUILD / "locks" / "venv"):
        if _is_current(lock):
            return
        _ensure_venv(progress)
        progress.line("installing the Python packages")
        install_lock(lock)
        installed = _CONTAINS[lock]
        _STAMP.write_text(json.dumps({name: _hash(name) for name in installed}))


def install_lock(lock: str) -> None:
    """Install one lock file, each package checked against its hash."""
    options = ["--quiet", "--require-hashes", "--compile-bytecode", *uv_options()]
    run(
        [VENV / "bin" / "uv", "pip", "install", "--python", VENV_PYTHON, *options, "-r", REQUIREMENTS / f"{lock}.lock"],
        doing=f"installing requirements/{lock}.lock",
        remedy=_REGISTRY_REMEDY,
        environment=uv_environment(),
    )


def _is_current(lock: str) -> bool:
    try:
        stamp = json.loads(_STAMP.read_text())
    except (OSError, ValueError):
        return False
    return stamp.get(lock) == _hash(lock) and VENV_PYTHON.exists()


def _hash(lock: str) -> str:
    return hashlib.sha256((REQUIREMENTS / f"{lock}.lock").read_bytes()).hexdigest()


def _ensure_venv(progress: Progress) -> None:
    works = VENV_PYTHON.exists() and attempt([VENV_PYTHON, "-c", "pass"]).returncode == 0
    if not works:
        progress.line(f"making .venv with Python {sys.version.split()[0]}")
        _make_venv()
    if attempt([VENV / "bin" / "uv", "--version"]).returncode != 0:
        progress.line("installing uv, which installs the rest")
        _install_uv()


def _make_venv() -> None:
    """Without pip where the running Python can install into it from outside, which saves seconds."""
    builder = venv.EnvBuilder(clear=True, symlinks=True, with_pip=not _has("pip") and _has("ensurepip"))
    try:
        builder.create(VENV)
    except OSError as error:
        raise CommandFailed(
            f".venv cannot be made: {error}.", remedy="The folder of AutoCRM has to be writable."
        ) from error


def _install_uv() -> None:
    inside = attempt([VENV_PYTHON, "-m", "pip", "--version"]).returncode == 0
    if not inside and not _has("pip"):
        raise CommandFailed(
            "this Python has neither pip nor ensurepip, so nothing can be installed.",
            remedy="Install them: apt-get install python3-venv (Debian, Ubuntu), or use another Python.",
        )
    pip: list[str | Path] = (
        [VENV_PYTHON, "-m", "pip"] if inside else [sys.executable, "-m", "pip", "--python", VENV_PYTHON]
    )
    run(
        [
            *pip,
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
            REQUIREMENTS / "bootstrap.lock",
        ],
        doing="installing uv",
        remedy=_REGISTRY_REMEDY,
    )


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
