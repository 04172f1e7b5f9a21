"""A browser's or a script's end of the socket, against the real web process."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.cast import Person
from tests.support.site import Site

Message = dict[str, Any]


class Client:
    """What was received, and waiting for more of it with a deadline."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.received: list[Message] = []

    def send(self, message: Any) -> None:
        self.socket.send(json.dumps(message))

    def receive(self, seconds: float = 5) -> Message:
        message: Message = json.loads(self.socket.recv(timeout=seconds))
        self.received.append(message)
        return message

    def wait_for(self, kind: str, seconds: float = 5, **values: Any) -> Message:
        """The next message of that type with these values; what comes before is kept in `received`."""
        return self.wait_until(
            lambda found: found["type"] == kind and all(found.get(key) == value for key, value in values.items()),
            seconds,
        )

    def wait_until(self, fits: Callable[[Message], bool], seconds: float = 5) -> Message:
        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            assert left > 0, f"only this came: {self.received}"
            message = self.receive(left)
            if fits(message):
                return message

    def heard_within(self, seconds: float) -> list[Message]:
        """Everything that comes in that time."""
        heard: list[Message] = []
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                heard.append(self.receive(left))
            except TimeoutError:
                break
        return heard

    def close_code(self, seconds: float) -> int:
        """The code it is closed with within that time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                self.receive(left)
            except ConnectionClosed as closed:
                return 1006 if closed.rcvd is None else closed.rcvd.code
            except TimeoutError:
                break
        raise AssertionError("still open")


@contextmanager
def opened(site: Site, host: str = "localhost", query: str = "", **headers: str) -> Iterator[Client]:
    """A socket to `host` of the site."""
    uri = f"ws://{host}:{site.port}/ws/notifications/{query}"
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    with connect(
        uri, address=("127.0.0.1", site.port), proxy=None, additional_headers=given, open_timeout=10
    ) as socket:
        yield Client(socket)


@contextmanager
def signed_in(site: Site, person: Person, **headers: str) -> Iterator[Client]:
    """A browser's socket: session cookie and the page's own origin."""
    cookie = f"sessionid={person.page.cookies['sessionid'].value}"
    values = {"Cookie": cookie, "Origin": f"http://{person.host}:{site.port}", **headers}
    with opened(site, person.host, **values) as client:
        client.wait_for("counts")
        yield client
