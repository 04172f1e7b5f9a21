"""A real SMTP server in this process: what the product sends arrives here, as a receiver would see it."""

import email
import email.policy
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller


class Sink:
    """Keeps what arrives, and answers what it is told to."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []
        self.replies: dict[str, str] = {}

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: Any, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        envelope.rcpt_tos.append(address)
        return self.replies.get("RCPT", "250 OK")

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.envelopes.append(envelope)
        return self.replies.get("DATA", "250 OK")

    @property
    def messages(self) -> list[EmailMessage]:
        return [email.message_from_bytes(envelope.content, policy=email.policy.default) for envelope in self.envelopes]


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """The installation's mail server, for one test."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    handler = Sink()
    controller = Controller(handler, hostname="127.0.0.1", port=port, server_hostname="sink.test")
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = port
    settings.EMAIL_TIMEOUT = 2
    settings.EMAIL_USE_TLS = False
    settings.EMAIL_HOST_USER = ""
    settings.DEFAULT_FROM_EMAIL = "Acme <hello@acme.test>"
    yield handler
    controller.stop()
