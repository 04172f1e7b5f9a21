"""`./autocrm check`: everything that needs no server, side by side, in under a minute and a half."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from autocrm.config.cli.paths import ROOT, SOURCE, VENV
from autocrm.config.cli.progress import Progress
from autocrm.config.cli.shell import attempt

_PYTHON = (sys.executable,)
_IMPORT_LINTER = "from importlinter.cli import lint_imports_command as run; run()"
_MANAGE = (*_PYTHON, "-m", "autocrm.config.cli.manage")
_WIDTH = 120
_LEFT_OUT = "H015,H026,D018"


def _templates() -> list[str]:
    return [str(path) for path in sorted(SOURCE.glob("autocrm/*/templates/**/*.html"))]


# The longest first, so that the others fill the second core meanwhile.
_STEPS: dict[str, Callable[[], list[tuple[str, ...]]]] = {
    "types": lambda: [(*_PYTHON, "-m", "mypy", "--no-error-summary")],
    "architecture": lambda: [(*_PYTHON, "-m", "pytest", "-q", "--no-header", "tests/architecture")],
    "migrations": lambda: [
        (*_MANAGE, "makemigrations", "--check", "--dry-run"),
        (*_MANAGE, "check", "--fail-level", "WARNING"),
    ],
    "imports": lambda: [(*_PYTHON, "-c", _IMPORT_LINTER)],
    "templates": lambda: [
        (str(VENV / "bin" / "djade"), "--check", "--target-version", "5.2", *_templates()),
        # H015 is layout; H026 takes the defaults of a component (c-vars) for empty attributes; D018 wants a named route
        # where the address of a record type is made of its plural.
        (*_PYTHON, "-m", "djlint", "--lint", "--quiet", "--profile", "django", "--ignore", _LEFT_OUT, str(SOURCE)),
    ],
    "format": lambda: [(*_PYTHON, "-m", "ruff", "format", "--check", ".")],
    "lint": lambda: [(*_PYTHON, "-m", "ruff", "check", ".")],
}


def check(progress: Progress) -> int:
    """Run every step whatever the others say; 1 if one of them fails."""
    os.chdir(ROOT)
    failed: list[str] = []
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        running = {pool.submit(_run, name): name for name in _STEPS}
        for finished in as_completed(running):
            name = running[finished]
            seconds, output = finished.result()
            progress.line(f"{name:14}{'FAILED' if output else 'fine':8}{seconds:5.1f} s")
            if output:
                failed.append(name)
                progress.text(f"{output.rstrip()}\n")
    progress.line(f"failed: {', '.join(failed)}" if failed else "all checks are fine")
    return 1 if failed else 0


def _run(name: str) -> tuple[float, str]:
    """Seconds it took, and what was said if it failed."""
    started = time.monotonic()
    # The folder is ours, and tests are found from it.
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "DJANGO_SETTINGS_MODULE": "autocrm.config.settings"}
    environment.pop("PYTHONSAFEPATH", None)
    outputs = [_complaint(attempt(command, environment=environment, folder=ROOT)) for command in _STEPS[name]()]
    return time.monotonic() - started, "\n".join(filter(None, outputs))


def _complaint(done: "subprocess.CompletedProcess[str]") -> str:
    if done.returncode == 0:
        return ""
    program = " ".join(Path(part).name for part in done.args[:4])
    return f"--- {program[:_WIDTH]} (exit code {done.returncode})\n{done.stdout}"
