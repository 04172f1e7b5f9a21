"""The Django side of `./autocrm doctor`: runs every registered check and prints what to do."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from autocrm.kernel.checks import Level, doctor_checks, findings_of


class Command(BaseCommand):
    """Fails when a check finds a problem; warnings do not fail."""

    help = "Look for problems of this installation and say what to do about each."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        problems = 0
        for check in doctor_checks:
            for finding in findings_of(check):
                problems += finding.level is Level.PROBLEM
                self.stdout.write(f"  {finding.level.value:8} {check.name}: {finding.text}")
                if finding.remedy:
                    self.stdout.write(f"           -> {finding.remedy}")
        if problems:
            raise CommandError(f"{problems} problem{'s' if problems > 1 else ''} found.")
