"""Real servers on this machine that the outgoing client is tried against, and both ways in which it calls them."""

import asyncio
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from autocrm.kernel.egress import client as egress
from autocrm.kernel.egress.client import Limits

USUAL = Limits(max_response_bytes=20_000)


def sync_send(outgoing: Any, **options: Any) -> Any:
    return egress.send(outgoing, **options)


def async_send(outgoing: Any, **options: Any) -> Any:
    return asyncio.run(egress.asend(outgoing, **options))


@dataclass
class Peer:
    """A TCP server that reads one request's head and body per connection and then does what `answer` says."""

    address: str
    port: int
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> Any:
        return f"http://{self.address}:{self.port}"


@contextmanager
def serving(answer: Any, *, address: Any = "127.0.0.1", context: Any = None, port: Any = 0) -> Any:
    listener = socket.create_server((address, port))
    listener.settimeout(10)
    peer = Peer(address, listener.getsockname()[1])

    def serve_one(connection: Any) -> None:
        with connection:
            try:
                if context is not None:
                    connection = context.wrap_socket(connection, server_side=True)
                connection.settimeout(5)
                peer.requests.append(read_request(connection))
                answer(connection)
                connection.close()
            except OSError:
                return

    def serve() -> None:
        while True:
            try:
                connection, _address = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve_one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def read_request(connection: Any) -> Any:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _sep, body = data.partition(b"\r\n\r\n")
    wanted = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    while len(body) < wanted:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def plain(body: Any = b"ok", status: Any = b"200 OK", headers: Any = b"") -> Any:
    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n" % len(body) + headers + b"\r\n"
    return lambda connection: connection.sendall(head + body)
