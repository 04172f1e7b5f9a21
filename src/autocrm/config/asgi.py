"""The one port: sockets by ASGI, pages and the API by WSGI in a pool of threads (docs/adr/0005).

A thread keeps its database connections from request to request, so there are at most THREADS of them for pages.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote_from_bytes

from a2wsgi import WSGIMiddleware

from autocrm.config import env
from autocrm.config.wsgi import application as pages
from autocrm.realtime.routing import sockets

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

THREADS = env.integer("AUTOCRM_WEB_THREADS", 8)
ALIVE = "/healthz"
# What may stand in a query string as it is; anything else is written as %XX, since WSGI takes ASCII only.
_QUERY_SAFE = "".join(chr(code) for code in range(0x21, 0x7F))

_bridge = WSGIMiddleware(pages, workers=THREADS)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Send each connection to whoever serves it."""
    if scope["type"] == "websocket":
        await _serve_socket(scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == ALIVE:
        await _say_alive(send)
    else:
        await _bridge(_plain(scope), _whole(receive), send)


def _plain(scope: Scope) -> Scope:
    """The request as WSGI can carry it.

    A header with an underscore would read the same as one with a hyphen (X_Tenant, X-Tenant) and is dropped.
    """
    if scope["type"] != "http":
        return scope
    return {
        **scope,
        "headers": [(name, value) for name, value in scope["headers"] if b"_" not in name],
        "query_string": quote_from_bytes(scope["query_string"], safe=_QUERY_SAFE).encode("ascii"),
    }


def _whole(receive: Receive) -> Receive:
    """The body, or an error where the client left in its middle: half an upload must not pass for a whole one."""

    async def next_part() -> MutableMapping[str, Any]:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("The client left in the middle of its request.")
        return message

    return next_part


async def _serve_socket(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        await sockets(scope, receive, send)
    except ValueError:
        # No such address: refused before the handshake.
        await send({"type": "websocket.close", "code": 4404})


async def _say_alive(send: Send) -> None:
    """Alive means that the loop turns; it must not wait for a free thread."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"alive\n"})
