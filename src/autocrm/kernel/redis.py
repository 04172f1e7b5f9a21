"""Redis (or Valkey) as a convenience that may vanish: one lazy client, short timeouts, a breaker.

Nothing that must survive is kept there, so every use names what to do without it: `attempt(operation, otherwise)`.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

import redis
from django.conf import settings

TIMEOUT_SECONDS = 0.25
PAUSE_SECONDS = 2.0

Result = TypeVar("Result")

logger = logging.getLogger(__name__)


class Breaker:
    """After a failure nothing is tried for a while; then one caller tries for all."""

    def __init__(self, pause_seconds: float = PAUSE_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = pause_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._pausing = False
        self._paused_until = 0.0

    def may_try(self) -> bool:
        """Whether this caller should try; the first one after the pause holds the others off for another pause."""
        if not self._pausing:
            return True
        with self._lock:
            now = self._clock()
            if now < self._paused_until:
                return False
            self._paused_until = now + self._pause
            return True

    def failed(self) -> None:
        """Start a pause."""
        with self._lock:
            self._pausing = True
            self._paused_until = self._clock() + self._pause

    def succeeded(self) -> None:
        """Let everybody through again."""
        self._pausing = False


_breaker = Breaker()
_clients: dict[str, "redis.Redis"] = {}


def get_client() -> "redis.Redis":
    """The client for `settings.REDIS_URL`, made at first use; its pool is safe for threads and after a fork."""
    url = settings.REDIS_URL
    client = _clients.get(url)
    if client is None:
        client = redis.Redis.from_url(
            url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, retry=None
        )
        client = _clients.setdefault(url, client)
    return client


def attempt(operation: Callable[["redis.Redis"], Result], otherwise: Result) -> Result:
    """The result of `operation` on the client, or `otherwise` while Redis is not to be had. Never raises its errors."""
    if not _breaker.may_try():
        return otherwise
    try:
        result = operation(get_client())
    except (redis.RedisError, OSError):
        _breaker.failed()
        logger.warning("redis.unavailable", exc_info=True)
        return otherwise
    _breaker.succeeded()
    return result


def key(tenant_id: int | None, *parts: object) -> str:
    """A key within a tenant's own prefix (`None`: of the installation); no part can run into the next."""
    prefix = "p" if tenant_id is None else f"t{int(tenant_id)}"
    return ":".join([prefix, *(quote(str(part), safe="/@.+=,~-") for part in parts)])


def reset() -> None:
    """Forget clients and failures, as a new process would."""
    for client in _clients.values():
        client.close()
    _clients.clear()
    _breaker.succeeded()
