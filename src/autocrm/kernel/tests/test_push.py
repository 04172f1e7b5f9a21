"""The push port: after commit, best effort, never in the way."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from autocrm.kernel import push
from autocrm.kernel.ids import new_id

ACME = 7
ALICE = new_id()


@pytest.fixture
def delivered(db: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a bound sender was given, in order."""
    hints = []
    monkeypatch.setattr(push, "_sender", [])
    push.bind(lambda group, payload: hints.append((group, payload)))
    return hints


def test_a_hint_goes_out_after_commit_and_not_before(delivered: Any) -> None:
    with transaction.atomic():
        push.to_user(ACME, ALICE, {"type": "notifications", "seq": 4})
        push.to_tenant(ACME, {"type": "changed"})
        assert delivered == []

    assert delivered == [
        (f"t.7.u.{ALICE}", {"type": "notifications", "seq": 4}),
        ("t.7", {"type": "changed"}),
    ]


def test_a_transaction_that_rolls_back_hints_nothing(delivered: Any) -> None:
    def roll_back() -> None:
        with transaction.atomic():
            push.to_user(ACME, ALICE, {"type": "changed"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        roll_back()

    assert delivered == []


def test_outside_a_transaction_the_hint_goes_at_once(delivered: Any) -> None:
    push.to_tenant(ACME, {"type": "changed"})

    assert delivered == [("t.7", {"type": "changed"})]


def test_the_payload_is_fixed_when_it_is_handed_over(delivered: Any) -> None:
    payload = {"type": "changed", "ids": [ALICE], "on": date(2026, 1, 2)}

    with transaction.atomic():
        push.to_tenant(ACME, payload)
        payload["ids"].append("later")

    assert delivered == [("t.7", {"type": "changed", "ids": [str(ALICE)], "on": "2026-01-02"})]


@pytest.mark.parametrize("payload", [{"type": "x", "text": "a" * 9000}, {"type": "x", "thing": object()}])
def test_what_does_not_fit_becomes_a_request_to_ask_again(delivered: Any, payload: Any) -> None:
    push.to_tenant(ACME, payload)

    assert delivered == [("t.7", {"type": "resync"})]


def test_a_failing_sender_disturbs_nobody(delivered: Any, caplog: pytest.LogCaptureFixture) -> None:
    def fails(_group: Any, _payload: Any) -> None:
        raise ConnectionError("no Redis")

    push.bind(fails)
    with transaction.atomic():
        push.to_tenant(ACME, {"type": "changed"})

    assert "push.failed" in caplog.text


def test_without_a_sender_hints_are_dropped(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push, "_sender", [])

    push.to_tenant(ACME, {"type": "changed"})


def test_group_names_are_what_channels_accepts() -> None:
    for group in (push.user_group(2**62, ALICE), push.tenant_group(2**62)):
        assert len(group) < 100
        assert group.replace(".", "").replace("-", "").isalnum()
        assert group.isascii()
