"""The push port's other end: hands hints to the channel layer from any thread of any process, and never waits.

A loop of its own in a background thread keeps one connection to Redis; what cannot go out is dropped.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Mapping
from typing import Any

from channels.layers import get_channel_layer
from redis.exceptions import RedisError

# Beyond this Redis is not taking what we send; more would only fill memory.
MAX_WAITING = 1000
SEND_SECONDS = 2.0

logger = logging.getLogger(__name__)


class Sender:
    """The sending loop of one process, started at the first hint; a forked child starts its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pid = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting = 0

    def send(self, group: str, payload: Mapping[str, Any]) -> None:
        """Hint `payload` to everybody in `group`; returns at once."""
        loop = self._running()
        if self._waiting >= MAX_WAITING:
            logger.warning("push.dropped %s", group)
            return
        self._waiting += 1
        asyncio.run_coroutine_threadsafe(self._deliver(group, dict(payload)), loop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                self._pid, self._waiting, self._loop = os.getpid(), 0, asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="push", daemon=True).start()
            return self._loop

    async def _deliver(self, group: str, payload: dict[str, Any]) -> None:
        layer = get_channel_layer()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await layer.group_send(group, {"type": "push", "group": group, "payload": payload})
        except (RedisError, OSError, TimeoutError):
            logger.info("push.undelivered %s", group)
        finally:
            self._waiting -= 1


sender = Sender()
