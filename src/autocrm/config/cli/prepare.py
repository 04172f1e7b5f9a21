"""The set-up step of a start, a process of its own with the owner role: roles, database, migrations, instance."""

import os
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import django
from django.core.management import call_command

from autocrm.config.cli.database import set_up_database
from autocrm.config.cli.installation import SETUP_ADMIN_URL, SETUP_MARK, SETUP_MARK_FILE
from autocrm.config.cli.paths import DataDirectory
from autocrm.config.cli.progress import Progress
from autocrm.config.supervisor.failure import CommandFailed


def main() -> int:
    """Prepare and note that it is done. Problems are told on the terminal, details go to `setup.log`."""
    progress = Progress()
    data = DataDirectory.at(None)
    try:
        if admin_url := os.environ.get(SETUP_ADMIN_URL):
            progress.line("setting up roles and database")
            set_up_database(admin_url, data)
        progress.line("migrating")
        _migrate(data.logs / "setup.log")
    except CommandFailed as failed:
        sys.stderr.write(failed.as_text())
        return failed.code
    if mark_file := os.environ.get(SETUP_MARK_FILE):
        Path(mark_file).write_text(os.environ[SETUP_MARK])
    return 0


def _migrate(log: Path) -> None:
    with log.open("a", encoding="utf-8") as output, redirect_stdout(output), redirect_stderr(output):
        try:
            django.setup()
            call_command("migrate", interactive=False, verbosity=1)
            call_command("setup_instance")
        except Exception as error:
            traceback.print_exc()
            raise CommandFailed(f"the database could not be migrated: {error}", remedy=f"Details: {log}") from error


if __name__ == "__main__":
    sys.exit(main())
