"""The sockets of this process: what hints they are for, and a look at everybody every WATCH_SECONDS.

One channel for the whole process joins the groups of whoever is here, so a hint to a workspace costs Redis one message
per process, not one per socket. Without Redis the watch alone finds what is new.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.db import DatabaseError
from redis.exceptions import RedisError

from autocrm.realtime.threads import in_thread
from autocrm.realtime.visitors import NOT_SIGNED_IN, Visitor, look_again

# A disabled person is out after this, the caches of users and tenants (3 s) and the time of one look: within 5 s.
WATCH_SECONDS = 1.5
RETRY_SECONDS = 1.0
# Redis answers within a millisecond; who waits longer than this for it is served by the watch.
JOIN_SECONDS = 0.5

logger = logging.getLogger(__name__)


class Socket(Protocol):
    """What the hub knows of a socket."""

    visitor: Visitor
    hub_groups: tuple[str, ...]

    def hint(self, payload: Mapping[str, Any]) -> None:
        """Something changed."""

    def notice(self, last_seq: int) -> None:
        """The newest number of its person."""

    def dismiss(self, code: int) -> None:
        """It has to go."""


class Hub:
    """All sockets of one event loop; its tasks start with the first one."""

    def __init__(self) -> None:
        self._sockets: set[Socket] = set()
        self._groups: dict[str, set[Socket]] = {}
        self._joined: set[str] = set()
        self._changed = asyncio.Event()
        self._news_of_joining = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_alone = False

    async def join(self, socket: Socket) -> None:
        """Let `socket` hear of its groups; returns when hints reach it, or when Redis is away."""
        self._add(socket)
        wanted = set(socket.hub_groups)
        with suppress(TimeoutError):
            async with asyncio.timeout(JOIN_SECONDS), self._news_of_joining:
                await self._news_of_joining.wait_for(lambda: self._is_alone or wanted <= self._joined)

    def _add(self, socket: Socket) -> None:
        self._sockets.add(socket)
        for group in socket.hub_groups:
            self._groups.setdefault(group, set()).add(socket)
        self._changed.set()
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._watch())]

    def remove(self, socket: Socket) -> None:
        """Forget `socket`."""
        self._sockets.discard(socket)
        for group in socket.hub_groups:
            members = self._groups.get(group, set())
            members.discard(socket)
            if not members:
                self._groups.pop(group, None)
        self._changed.set()

    def __len__(self) -> int:
        return len(self._sockets)

    async def _listen(self) -> None:
        """Hear hints for as long as Redis is there, and try again when it is not."""
        while True:
            try:
                layer = get_channel_layer()
                channel = await layer.new_channel()
                self._joined = set()
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._keep_joined(layer, channel))
                    tasks.create_task(self._receive(layer, channel))
            except (RedisError, OSError) as error:
                await self._note_redis(error)
            await asyncio.sleep(RETRY_SECONDS)

    async def _receive(self, layer: Any, channel: str) -> None:
        while True:
            message = await layer.receive(channel)
            for socket in tuple(self._groups.get(message.get("group", ""), ())):
                socket.hint(message.get("payload", {}))
            # Hints that are there already come without a pause; the sockets need one to pass them on.
            await asyncio.sleep(0)

    async def _keep_joined(self, layer: Any, channel: str) -> None:
        """Be in the groups of whoever is here, and in no others."""
        while True:
            self._changed.clear()
            try:
                for group in self._groups.keys() - self._joined:
                    await layer.group_add(group, channel)
                    self._joined.add(group)
                for group in self._joined - self._groups.keys():
                    # Forgotten first: who comes meanwhile must not take it for joined.
                    self._joined.discard(group)
                    await layer.group_discard(group, channel)
            except (RedisError, OSError) as error:
                await self._note_redis(error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await self._note_redis(None)
            await self._changed.wait()

    async def _note_redis(self, error: Exception | None) -> None:
        """Say once that Redis went away, and once that it came back."""
        if (error is not None) != self._is_alone:
            self._is_alone = error is not None
            logger.warning("sockets: %s", f"without Redis ({error})" if error else "Redis is back")
        async with self._news_of_joining:
            self._news_of_joining.notify_all()

    async def _watch(self) -> None:
        """See who has to go and who missed something."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            sockets = tuple(self._sockets)
            if not sockets:
                continue
            try:
                look = await in_thread(look_again, {each.visitor for each in sockets})
            except DatabaseError as error:
                logger.warning("sockets.no_database %s", type(error).__name__)
                continue
            for socket in sockets:
                if socket.visitor in look.gone:
                    socket.dismiss(NOT_SIGNED_IN)
                else:
                    place = (socket.visitor.tenant.id, socket.visitor.user_id)
                    socket.notice(look.last_seqs.get(place, 0))


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def get_hub() -> Hub:
    """The hub of the running loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
