"""An operator hands events that were set aside to their consumers again."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from autocrm.journal import services as journal
from autocrm.journal.models import DeadLetter
from autocrm.users.events import ROLE_CREATED
from tests.support.cast import Person


def set_aside(alice: Person, consumer: str) -> Any:
    with alice.at_work() as actor:
        entry = journal.write(ROLE_CREATED, actor=actor)
        letter = DeadLetter(consumer=consumer, entry_id=entry.id, entry_at=entry.at, kind=entry.kind)
        letter.attempts, letter.created_at = 3, entry.at
        letter.save()
        return letter.id


def is_replayed(alice: Person, letter_id: Any) -> bool:
    with alice.at_work():
        return DeadLetter.objects.get(id=letter_id).replayed_at is not None


def test_what_can_be_handled_now_is_done(alice: Person, acme: Any) -> None:
    letter_id, said = set_aside(alice, "engagement"), StringIO()

    call_command("replay_events", tenant=acme.id, stdout=said)

    assert is_replayed(alice, letter_id)
    assert "1 of 1" in said.getvalue()


def test_what_fails_again_stays_and_is_named(alice: Person, acme: Any) -> None:
    letter_id, said = set_aside(alice, "gone"), StringIO()

    with pytest.raises(CommandError, match="1 failed again"):
        call_command("replay_events", tenant=acme.id, stdout=StringIO(), stderr=said)

    assert not is_replayed(alice, letter_id)
    assert f"of tenant {acme.id}" in said.getvalue()


def test_another_workspace_is_left_alone(alice: Person, globex: Any) -> None:
    letter_id = set_aside(alice, "engagement")

    call_command("replay_events", tenant=globex.id, stdout=StringIO())

    assert not is_replayed(alice, letter_id)
