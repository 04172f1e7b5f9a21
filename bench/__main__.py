"""`python -m bench generate|run|large`: finds the database and Valkey of an installation and hands over to the command.

With DATABASE_URL, AUTOCRM_DATABASE_PLATFORM_URL and AUTOCRM_DATABASE_OWNER_URL in the environment those are used;
otherwise the servers of `--data-dir`, which run already (`./autocrm up`) or are started for it.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

import django

from autocrm.config.cli.installation import Installation
from autocrm.config.cli.paths import DataDirectory
from autocrm.config.cli.progress import Progress
from autocrm.config.cli.services import borrowed_storage
from autocrm.config.supervisor.failure import CommandFailed

COMMANDS = ("generate", "run", "large", "pages", "browser")
_URLS = ("DATABASE_URL", "AUTOCRM_DATABASE_PLATFORM_URL", "AUTOCRM_DATABASE_OWNER_URL")


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", allow_abbrev=False, description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--data-dir", metavar="DIR", help="the installation (default: data, or AUTOCRM_DATA_DIR)")
    options, rest = parser.parse_known_args(arguments)
    # The limit that protects from scripts like this one would be all it measures.
    os.environ.setdefault("AUTOCRM_API_RATE_PER_MINUTE", "1000000")
    # What is measured here shall run here and not on the installation's own worker.
    os.environ.setdefault("AUTOCRM_JOB_HINTS", "no")
    if all(os.environ.get(name) for name in _URLS):
        return _hand_over(options.command, rest)
    data = DataDirectory.at(options.data_dir)
    try:
        with borrowed_storage(data, f"bench {options.command}", Progress()) as (installation, _supervisor):
            _require_prepared(installation)
            os.environ.update(installation.environment())
            return _hand_over(options.command, rest)
    except CommandFailed as failed:
        sys.stderr.write(failed.as_text())
        return failed.code


def _require_prepared(installation: Installation) -> None:
    if not installation.is_prepared:
        raise CommandFailed("this installation is new.", remedy="Start it once: ./autocrm up --no-demo")


def _hand_over(command: str, rest: Sequence[str]) -> int:
    """Set Django up first: the commands import models."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autocrm.config.settings")
    django.setup()
    code: int = importlib.import_module(f"bench.{command}").main(rest)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
