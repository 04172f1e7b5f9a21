"""Rate limits: one token bucket per (tenant, key, route), kept in Redis by a single script.

While Redis is away each process keeps buckets of its own: limits grow looser then, and nothing stands still.
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import redis as redis_package

from autocrm.kernel import redis

MAX_LOCAL_BUCKETS = 10_000

# Time comes from the server, so that callers with wrong clocks share one bucket. Fractions travel as text, because
# Redis cuts Lua numbers to integers. Returns allowed (0/1) and the tokens left.
_SCRIPT = """
local capacity, per_second, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local saved = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(saved[1]) or capacity, tonumber(saved[2]) or now
tokens = math.min(capacity, tokens + math.max(0, now - at) * per_second)
local allowed = 0
if tokens >= cost then
  tokens = tokens - cost
  allowed = 1
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((capacity - tokens) / per_second * 1000) + 1000)
return {allowed, string.format('%.6f', tokens)}
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """`limit` calls in `seconds`, of which `burst` (by default all of them) may come at once."""

    limit: int
    seconds: float
    burst: int | None = None

    @property
    def capacity(self) -> int:
        """How many tokens the bucket holds."""
        return self.limit if self.burst is None else self.burst

    @property
    def per_second(self) -> float:
        """How many tokens come back each second."""
        return self.limit / self.seconds


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, in the terms of the rate-limit headers; `retry_after` is 0 for a call that may go ahead."""

    allowed: bool
    limit: int
    remaining: int
    reset_seconds: int
    retry_after: int


def check(rate: Rate, *, tenant_id: int | None, key: str, route: str, cost: int = 1) -> Decision:
    """Take `cost` tokens from the bucket of `key` (a user, token or address) on `route`. Never raises."""
    name = redis.key(tenant_id, "rate", route, key)
    answer = redis.attempt(partial(_take, name=name, rate=rate, cost=cost), None)
    allowed, tokens = _local.take(name, rate, cost) if answer is None else answer
    return _decide(rate, allowed=allowed, tokens=tokens, cost=cost)


def _take(client: "redis_package.Redis", *, name: str, rate: Rate, cost: int) -> tuple[bool, float] | None:
    script = client.register_script(_SCRIPT)
    allowed, tokens = script(keys=[name], args=[rate.capacity, rate.per_second, cost])
    return bool(allowed), float(tokens)


def _decide(rate: Rate, *, allowed: bool, tokens: float, cost: int) -> Decision:
    return Decision(
        allowed=allowed,
        limit=rate.limit,
        remaining=max(math.floor(tokens), 0),
        reset_seconds=math.ceil((rate.capacity - tokens) / rate.per_second),
        retry_after=0 if allowed else max(math.ceil((cost - tokens) / rate.per_second), 1),
    )


class LocalBuckets:
    """Buckets in this process, the least used forgotten first."""

    def __init__(self, size: int = MAX_LOCAL_BUCKETS, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, rate: Rate, cost: int) -> tuple[bool, float]:
        """Take `cost` tokens if they are there; returns whether they were, and how many are left."""
        with self._lock:
            now = self._clock()
            tokens, at = self._buckets.pop(name, (float(rate.capacity), now))
            tokens = min(rate.capacity, tokens + max(now - at, 0.0) * rate.per_second)
            allowed = tokens >= cost
            if allowed:
                tokens -= cost
            self._buckets[name] = (tokens, now)
            if len(self._buckets) > self._size:
                self._buckets.popitem(last=False)
            return allowed, tokens


_local = LocalBuckets()
