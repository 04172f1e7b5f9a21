"""The command line inside `.venv`: reads the arguments and calls the command.

Only the module of the command is imported, because the one of `up` stays in memory as long as the installation runs.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence

from autocrm.config.cli.paths import DataDirectory
from autocrm.config.cli.progress import Progress
from autocrm.config.supervisor.failure import CommandFailed

_DEFAULT_PORT = 8000
_MODULES = {
    "up": "up",
    "doctor": "diagnosing",
    "manage": "managing",
    "token": "managing",
    "test": "testing",
    "check": "checking",
    "translate": "translating",
    "hold": "managing",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./autocrm", allow_abbrev=False, description="AutoCRM: start, test, check, manage."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        made.add_argument(
            "--data-dir", metavar="DIR", help="where everything is kept (default: data, or AUTOCRM_DATA_DIR)"
        )
        return made

    start = command("up", "Start everything and watch it until Ctrl-C.")
    start.add_argument("--port", type=int, default=int(os.environ.get("AUTOCRM_PORT", _DEFAULT_PORT)), metavar="N")
    start.add_argument("--host", default=os.environ.get("AUTOCRM_HOST", "127.0.0.1"), metavar="ADDRESS")
    start.add_argument("--no-demo", action="store_true", help="do not make the demo workspace on the first start")
    command("doctor", "Look for problems and say what to do about each.").add_argument(
        "--port", type=int, default=_DEFAULT_PORT, metavar="N"
    )
    for name, text in {
        "manage": "Run one of Django's commands on this installation, e.g. ./autocrm manage showmigrations.",
        "token": "Print a new API token: ./autocrm token USER --tenant TENANT",
        "test": "Run the tests on real servers of their own: ./autocrm test [pytest arguments]",
    }.items():
        command(name, text)
    commands.add_parser("check", help="Format, lint, types, import contracts, architecture, migrations, templates.")
    commands.add_parser("translate", help="Gather the texts of the product into its catalogues; say what is missing.")
    commands.add_parser("hold")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    options, rest = _parser().parse_known_args(arguments)
    try:
        return _dispatch(options, rest, Progress())
    except CommandFailed as failed:
        sys.stderr.write(failed.as_text())
        return failed.code
    except KeyboardInterrupt:
        return 130


def _dispatch(options: argparse.Namespace, rest: list[str], progress: Progress) -> int:
    if rest and options.command in {"up", "doctor", "check", "translate"}:
        raise CommandFailed(
            f"`{options.command}` does not know {' '.join(rest)}.", remedy="See ./autocrm --help", code=2
        )
    module = importlib.import_module(f"autocrm.config.cli.{_MODULES[options.command]}")
    data = DataDirectory.at(getattr(options, "data_dir", None))
    answers: dict[str, Callable[[], int]] = {
        "up": lambda: module.up(module.UpOptions(data, options.host, options.port, not options.no_demo), progress),
        "doctor": lambda: module.doctor(data, options.port, progress),
        "manage": lambda: module.manage(rest, data, progress),
        "token": lambda: module.manage(["create_token", *rest], data, progress),
        "test": lambda: module.run_tests(rest, progress),
        "check": lambda: module.check(progress),
        "translate": lambda: module.translate(progress),
        "hold": lambda: module.hold(progress),
    }
    return answers[options.command]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
