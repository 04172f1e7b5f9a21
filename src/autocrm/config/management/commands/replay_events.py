"""Gives events that a consumer could not handle to it once more: `./autocrm manage replay_events [--tenant ID]`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from autocrm.journal.models import DeadLetter
from autocrm.journal.services import replay_dead_letter
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import AutoCRMError
from autocrm.kernel.platform import rows
from autocrm.kernel.tenancy import tenant_scope


class Command(BaseCommand):
    """For operators, once the cause is mended; what fails again stays set aside and makes the command fail."""

    help = "Hand the events that were set aside to their consumers again, oldest first."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", type=int, help="only those of the workspace with this id")

    @override
    def handle(self, *_args: Any, **options: Any) -> None:
        letters = rows(DeadLetter, reason="an operator replays events").filter(replayed_at=None).order_by("entry_id")
        if options["tenant"] is not None:
            letters = letters.filter(tenant_id=options["tenant"])
        waiting = list(letters)
        failed = [words for letter in waiting if (words := _replay(letter))]
        for words in failed:
            self.stderr.write(words)
        self.stdout.write(f"{len(waiting) - len(failed)} of {len(waiting)} events were handled.")
        if failed:
            raise CommandError(f"{len(failed)} failed again.")


def _replay(letter: DeadLetter) -> str:
    """What went wrong, or nothing."""
    with tenant_scope(letter.tenant_id):
        try:
            replay_dead_letter(letter.id, actor=Actor.system(letter.tenant_id, "operator"))
        except AutoCRMError as error:
            return f"{letter} of tenant {letter.tenant_id}: {error}"
    return ""
