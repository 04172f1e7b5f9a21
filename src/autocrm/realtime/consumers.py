"""The socket at /ws/notifications/: one open page of one person.

In: `subscribe_updates {after_seq}`, `mark_read {ids}` or `{all: true}`, `ping`. Out: `notification`, `counts`, `job`,
`changed`, `resync`, `pong`, `error`. Closes with 4401 (not signed in any more), 4403 (no place in this workspace),
1013 (too slow: come back and catch up) and 1008 (too many messages).
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Any
from uuid import UUID

from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from autocrm.kernel import push
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import AutoCRMError
from autocrm.kernel.json_text import read_json
from autocrm.kernel.permissions import is_allowed
from autocrm.kernel.ratelimit import LocalBuckets, Rate
from autocrm.realtime import inbox, messages
from autocrm.realtime.hub import get_hub
from autocrm.realtime.inbox import Answer
from autocrm.realtime.messages import Message
from autocrm.realtime.threads import in_thread
from autocrm.realtime.visitors import Refused, Visitor, is_own_origin, let_in, within

# Waiting messages beyond this mean that the client does not read.
QUEUE = 100
# New notifications are gathered for this long, so a burst costs one look and not hundreds.
GATHER_SECONDS = 0.1
# Without a hint for this long, work that runs is looked up.
WORK_SECONDS = 3.0
MAX_IDS = 500
TALK = Rate(limit=60, seconds=60, burst=30)

TOO_SLOW = 1013
TOO_TALKATIVE = 1008

logger = logging.getLogger(__name__)


class NotificationsConsumer(AsyncWebsocketConsumer):
    """One socket. What it says goes through one bounded queue, so order holds and a slow client holds up nobody."""

    # The hub listens for all sockets of the process; a socket has no channel of its own.
    channel_layer_alias = "none"

    visitor: Visitor
    hub_groups: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._queue: asyncio.Queue[Message] = asyncio.Queue(QUEUE)
        self._reading = asyncio.Lock()
        self._bucket = LocalBuckets(size=1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._seq = 0
        self._is_behind = False
        self._is_open = False
        # What is heard between joining the groups and the greeting; None once the client was greeted.
        self._held: list[Mapping[str, Any]] | None = []
        self._work: set[str] = set()
        self._heard_of_work = 0.0

    async def connect(self) -> None:
        """Let the person in or close with a code; a page of another site does not even get an answer."""
        if not is_own_origin(self.scope):
            await self.close()
            return
        # Accepted first: before that a browser learns no code, and would try again for ever.
        await self.accept()
        try:
            self.visitor = await in_thread(let_in, self.scope)
            await self._welcome()
        except Refused as error:
            await self.close(error.code)
        except DatabaseError:
            await self.close(TOO_SLOW)

    async def _welcome(self) -> None:
        """Join the groups, then read and say how things stand: whatever changes after that reading is heard.

        Raises Refused.
        """
        tenant_id = self.visitor.tenant.id
        self.hub_groups = (push.user_group(tenant_id, self.visitor.user_id), push.tenant_group(tenant_id))
        try:
            await get_hub().join(self)
            answer = await in_thread(inbox.greet, self.visitor)
            self._is_open = True
        finally:
            if not self._is_open:
                get_hub().remove(self)
        self._start(self._speak())
        await self._take(answer)
        self._work = {message["job"]["id"] for message in answer.messages if message["type"] == "job"}
        held, self._held = self._held or [], None
        for payload in held:
            self.hint(payload)

    async def disconnect(self, code: int) -> None:
        """Forget everything about this socket."""
        del code
        self._is_open = False
        get_hub().remove(self)
        for task in tuple(self._tasks):
            task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One message of the client; nonsense is answered, too much of it ends the socket."""
        del bytes_data
        if not self._is_open:
            return
        allowed, _left = self._bucket.take("talk", TALK, 1)
        if not allowed:
            await self._end(TOO_TALKATIVE)
            return
        try:
            content = read_json(text_data or "")
        except ValueError:
            content = None
        if not isinstance(content, dict):
            self._say(messages.refusal("not_an_object"))
            return
        try:
            await self._answer(content)
        except Refused as error:
            await self._end(error.code)
        except AutoCRMError as error:
            self._say(messages.refusal(error.code))
        except DatabaseError:
            logger.warning("sockets.no_database")
            self._say(messages.refusal("unavailable"))

    async def _answer(self, content: dict[str, Any]) -> None:
        match content:
            case {"type": "ping"}:
                self._say(messages.PONG)
            case {"type": "subscribe_updates", "after_seq": int(seq)} if seq >= 0:
                await self._catch_up(seq)
                self._say(messages.subscribed(self._seq))
            case {"type": "subscribe_updates"} if "after_seq" not in content:
                await self._catch_up()
                self._say(messages.subscribed(self._seq))
            case {"type": "mark_read", "all": True}:
                await self._take(await in_thread(inbox.mark_read, self.visitor, None), seen=False)
            case {"type": "mark_read", "ids": list(ids)} if (known := _ids(ids)) is not None:
                await self._take(await in_thread(inbox.mark_read, self.visitor, known), seen=False)
            case _:
                self._say(messages.refusal("not_understood"))

    # --- What the hub tells ---------------------------------------------------------------------------------------

    def hint(self, payload: Mapping[str, Any]) -> None:
        """Something changed: look, or pass it on; before the greeting it waits, as far as there is room."""
        if self._held is not None:
            if len(self._held) < QUEUE:
                self._held.append(payload)
            return
        match payload.get("type"):
            case "notification" | "counts" | "resync":
                self._look()
            case "job":
                self._heard_of_work = monotonic()
                self._say_work([messages.job(payload)])
            case "changed":
                self._start(self._say_changed(payload))
            case _:
                logger.warning("sockets.unknown_hint %s", payload.get("type"))

    def notice(self, last_seq: int) -> None:
        """The newest number; a lost hint is found here."""
        if not self._is_open:
            return
        if last_seq > self._seq:
            self._look()
        if self._work and monotonic() - self._heard_of_work > WORK_SECONDS:
            self._heard_of_work = monotonic()
            self._start(self._look_at_work())

    def dismiss(self, code: int) -> None:
        """Close: the person may not stay."""
        self._start(self._end(code))

    # --- What the client is told ----------------------------------------------------------------------------------

    def _look(self) -> None:
        """Read what is new, once for all hints that arrive meanwhile."""
        if not self._is_behind:
            self._is_behind = True
            self._start(self._gather())

    async def _gather(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        self._is_behind = False
        try:
            await self._catch_up()
        except Refused as error:
            await self._end(error.code)
        except DatabaseError:
            logger.warning("sockets.no_database")

    async def _catch_up(self, after_seq: int | None = None) -> None:
        async with self._reading:
            # What another turn has told meanwhile is behind us, unless the client says that it has less.
            start = self._seq if after_seq is None else min(after_seq, self._seq)
            await self._take(await in_thread(inbox.missed, self.visitor, start, self._seq))

    async def _look_at_work(self) -> None:
        """How far background work is, where no hint tells: Redis is away, or the work stands still."""
        try:
            found = await in_thread(inbox.work_under_way, self.visitor, frozenset(self._work))
            self._work.clear()
            self._say_work(found)
        except Refused as error:
            await self._end(error.code)
        except DatabaseError:
            logger.warning("sockets.no_database")

    def _say_work(self, found: list[Message]) -> None:
        """Pass on how far work is, and remember what still runs."""
        for message in found:
            job = message["job"]
            remember = self._work.add if job.get("state") in inbox.ACTIVE else self._work.discard
            remember(str(job.get("id", "")))
            self._say(message)

    async def _say_changed(self, payload: Mapping[str, Any]) -> None:
        """Tell of changed records only whoever may read that type at all."""

        def may_read(actor: Actor) -> bool:
            return is_allowed(actor, f"{payload.get('record_type', '')}.read")

        try:
            if await in_thread(within, self.visitor, may_read):
                self._say(messages.changed(payload))
        except Refused as error:
            await self._end(error.code)
        except DatabaseError:
            logger.warning("sockets.no_database")

    async def _take(self, answer: Answer, *, seen: bool = True) -> None:
        """Pass on what was read, waiting for the client where there is much of it."""
        for message in answer.messages:
            if not self._is_open:
                return
            await self._queue.put(message)
        if seen:
            self._seq = answer.seq

    def _say(self, message: Message) -> None:
        if not self._is_open:
            return
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            self._start(self._end(TOO_SLOW))

    async def _speak(self) -> None:
        """Say what waits, one after another; whoever waits for a place in the queue is set free at the end."""
        try:
            while True:
                message = await self._queue.get()
                await self.send(text_data=json.dumps(message))
        except OSError:
            logger.debug("sockets.gone")
        finally:
            self._is_open = False
            while not self._queue.empty():
                self._queue.get_nowait()

    async def _end(self, code: int) -> None:
        if self._is_open:
            self._is_open = False
            get_hub().remove(self)
            with suppress(OSError):
                await self.close(code)

    def _start(self, work: Any) -> None:
        """Run beside the socket, for as long as it is open."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _ids(values: list[Any]) -> list[UUID] | None:
    """The ids a client named, or None when one of them is none."""
    if len(values) > MAX_IDS:
        return None
    try:
        return [UUID(value) for value in values if isinstance(value, str)]
    except ValueError:
        return None
