"""What `./autocrm` runs first, on any Python 3.11+: makes `.venv` if need be and goes on inside it."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from autocrm.config.cli.assets import begin_fetching
from autocrm.config.cli.interpreter import ensure_environment
from autocrm.config.cli.paths import ROOT, SOURCE, VENV_PYTHON
from autocrm.config.cli.progress import Progress
from autocrm.config.supervisor.failure import CommandFailed

_CLOSED_PYTHON = (
    f"autocrm: {VENV_PYTHON} was made by another user with a Python that you may not run.\nUse a clone of your own.\n"
)
_NEEDS_DEVELOPERS_PACKAGES = {"test", "check"}


def main(arguments: Sequence[str]) -> int:
    """Never returns when all is well: the process becomes the command."""
    lock = "dev" if arguments and arguments[0] in _NEEDS_DEVELOPERS_PACKAGES else "base"
    try:
        if lock == "dev" or arguments[:1] == ["up"]:
            begin_fetching()
        ensure_environment(lock, Progress())
    except CommandFailed as failed:
        sys.stderr.write(failed.as_text())
        return failed.code
    except KeyboardInterrupt:
        return 130
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "VIRTUAL_ENV": str(ROOT / ".venv")}
    try:
        return _become(environment, arguments)
    except PermissionError:
        sys.stderr.write(_CLOSED_PYTHON)
        return 1


def _become(environment: Mapping[str, str], arguments: Sequence[str]) -> NoReturn:
    os.execve(VENV_PYTHON, [str(VENV_PYTHON), "-m", "autocrm.config.cli", *arguments], environment)  # noqa: S606 - no shell
