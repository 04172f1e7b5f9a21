"""The web process: `python -m autocrm.config.web` serves pages, API and sockets on one port until SIGTERM.

AUTOCRM_HOST and AUTOCRM_PORT, or AUTOCRM_FD, an inherited listening socket. AUTOCRM_TRUSTED_PROXIES names the
addresses whose X-Forwarded-For and -Proto are believed; by default none.
"""

import logging
import os
import socket
import sys

import uvicorn

from autocrm.config import env
from autocrm.config.asgi import application
from autocrm.config.startup import refuse_open_walls, warm_up

# After this the connections that are still open are cut; open sockets are told to come back (1012).
GRACE_SECONDS = 2
BACKLOG = 1024
# The largest message a socket takes; clients only say which notifications they read.
MAX_MESSAGE_BYTES = 64 * 1024

logger = logging.getLogger(__name__)


def main() -> int:
    """Serve until told to stop; returns the exit code."""
    listener = _listen()
    refuse_open_walls()
    warm_up()
    proxies = env.items("AUTOCRM_TRUSTED_PROXIES")
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=proxies,
            lifespan="off",
            timeout_keep_alive=30,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws_per_message_deflate=False,
            ws_max_size=MAX_MESSAGE_BYTES,
        )
    )
    server.run(sockets=[listener])
    return 0 if server.started else 1


def _listen() -> socket.socket:
    """The listening socket: inherited, or bound here, so that a taken port is named in plain words."""
    inherited = env.integer("AUTOCRM_FD", -1)
    if inherited >= 0:
        return socket.socket(fileno=inherited)
    host, port = env.text("AUTOCRM_HOST", "127.0.0.1"), env.integer("AUTOCRM_PORT", 8000)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by name: asyncio switches Nagle off only then, and each small answer would wait 40 ms otherwise.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        sys.exit(f"Cannot listen on {host}:{port}: {error.strerror}")
    listener.listen(BACKLOG)
    return listener


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    # A page still at work would hold the exit up until it is done; its transaction is rolled back with the connection.
    os._exit(code)
