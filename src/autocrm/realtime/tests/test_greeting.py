"""A hint that is sent in the very instant of the greeting is heard: the socket is in its groups before it greets."""

import asyncio
import json
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings

from autocrm.kernel import push
from autocrm.realtime.routing import sockets
from tests.support.cast import Person

Event = dict[str, Any]


def test_a_hint_in_the_instant_of_the_greeting_is_heard(alice: Person) -> None:
    group = push.user_group(alice.tenant.id, alice.id)

    heard = asyncio.run(hear(scope_of(alice), group))

    assert [each["type"] for each in heard] == ["counts", "job"]
    assert heard[1]["job"] == {"id": "7", "state": "running"}


def test_without_redis_the_greeting_does_not_wait_for_it(alice: Person, settings: Any) -> None:
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
        }
    }

    heard = asyncio.run(hear(scope_of(alice), ""))

    assert [each["type"] for each in heard] == ["counts"]


async def hear(scope: Event, group: str) -> list[Event]:
    """What a browser hears when `group` is told of a job before its greeting has left the process."""
    sender = RedisPubSubChannelLayer(**settings.CHANNEL_LAYERS["default"]["CONFIG"])
    hint = {"type": "push", "group": group, "payload": {"type": "job", "id": "7", "state": "running"}}
    heard: list[Event] = []
    done = asyncio.Event()
    coming: asyncio.Queue[Event] = asyncio.Queue()
    coming.put_nowait({"type": "websocket.connect"})

    async def send(event: Event) -> None:
        if event["type"] != "websocket.send":
            return
        heard.append(json.loads(event["text"]))
        if heard[-1]["type"] == "counts" and group:
            await sender.group_send(group, hint)
        else:
            done.set()

    if group:
        # Its connection stands before, so that the hint needs no longer than the greeting.
        await sender.group_send("t.0", hint)
    socket = asyncio.create_task(sockets(scope, coming.get, send))
    try:
        async with asyncio.timeout(5):
            await done.wait()
    finally:
        coming.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait([socket])
        await sender.flush()
    return heard


def scope_of(person: Person) -> Event:
    """The handshake of a signed-in page."""
    cookie = f"sessionid={person.page.cookies['sessionid'].value}"
    headers = [(b"host", person.host.encode()), (b"cookie", cookie.encode())]
    return {"type": "websocket", "path": "/ws/notifications/", "query_string": b"", "headers": headers}
