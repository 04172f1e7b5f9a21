"""Idempotency-Key: the same key gets the same answer, and the effect happens once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from autocrm.api.models import IdempotencyKey
from autocrm.api.tasks import purge_idempotency_keys
from autocrm.kernel.clock import now
from autocrm.notifications.models import NotificationCounter
from autocrm.users.selectors import forget_cached_actors
from tests.support.cast import ApiClient, Person

pytestmark = pytest.mark.urls("autocrm.api.tests.urls_that_write")

KEY = {"Idempotency-Key": "order-7"}


def effects(person: Person) -> int:
    with person.at_work():
        return NotificationCounter.objects.count()


def test_a_repetition_gets_the_first_answer(alice: Person) -> None:
    first = alice.api.post("/api/v1/counting/", {"amount": 1}, **KEY)
    second = alice.api.post("/api/v1/counting/", {"amount": 1}, **KEY)

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second["Location"] == first["Location"]
    assert second["Content-Type"] == first["Content-Type"]
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert effects(alice) == 1


def test_the_key_belongs_to_one_request(alice: Person) -> None:
    alice.api.post("/api/v1/counting/", {"amount": 1}, **KEY)

    other = alice.api.post("/api/v1/counting/", {"amount": 2}, **KEY)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert effects(alice) == 1


def test_the_key_belongs_to_one_asker_and_workspace(alice: Person, bob: Person, charlie: Person) -> None:
    for person in (alice, bob, charlie):
        assert person.api.post("/api/v1/counting/", {"amount": 1}, **KEY).json()["actor"] == str(person.id)
    another_token = ApiClient(alice.new_token(), alice.host)
    assert "Idempotency-Replayed" not in another_token.post("/api/v1/counting/", {"amount": 1}, **KEY)

    assert effects(alice) == 3
    assert effects(charlie) == 1


def test_a_refused_request_may_be_repeated(alice: Person) -> None:
    refused = alice.api.post("/api/v1/counting/", {"amount": 101}, **KEY)
    corrected = alice.api.post("/api/v1/counting/", {"amount": 100}, **KEY)

    assert (refused.status_code, corrected.status_code) == (422, 201)
    assert effects(alice) == 1


def test_without_a_key_each_request_counts(alice: Person) -> None:
    for _each in range(2):
        alice.api.post("/api/v1/counting/", {"amount": 1})

    assert effects(alice) == 2


@pytest.mark.parametrize("key", ["", " ", "x" * 256])
def test_a_key_that_is_none_is_refused(alice: Person, key: str) -> None:
    answer = alice.api.post("/api/v1/counting/", {"amount": 1}, **{"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")


def test_while_the_first_runs_the_second_waits_outside(alice: Person) -> None:
    secret = alice.new_token()

    def send(_each: int) -> Any:
        answer = ApiClient(secret, alice.host).post("/api/v1/counting/", {"amount": 99}, **KEY)
        connections.close_all()
        return answer

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))

    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    waiting = next(each for each in answers if each.status_code == 409)
    assert (waiting.json()["code"], waiting["Retry-After"]) == ("idempotency_in_progress", "1")
    assert effects(alice) == 1


def test_after_a_day_the_key_is_new_and_then_forgotten(alice: Person) -> None:
    alice.api.post("/api/v1/counting/", {"amount": 1}, **KEY)
    with alice.at_work():
        IdempotencyKey.objects.update(created_at=now().replace(year=2020))

    again = alice.api.post("/api/v1/counting/", {"amount": 1}, **KEY)
    assert "Idempotency-Replayed" not in again
    with alice.at_work():
        IdempotencyKey.objects.update(created_at=now().replace(year=2020))

    purge_idempotency_keys()

    with alice.at_work():
        assert not IdempotencyKey.objects.exists()


def test_a_dead_token_gets_no_old_answer(alice: Person) -> None:
    alice.api.post("/api/v1/counting/", {"amount": 1}, **KEY)
    alice.user.is_active = False
    alice.user.save(update_fields=["is_active"])
    forget_cached_actors(alice.tenant.id)

    assert alice.api.post("/api/v1/counting/", {"amount": 1}, **KEY).status_code == 401
