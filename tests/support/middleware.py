"""Clients of tests that share one chain of middleware: each would build its own, which looks through all static files.

A chain holds nothing of the client that built it. When a setting that it read changes the next client builds a new one.
"""

from typing import Any

from django.core.handlers.base import BaseHandler
from django.core.signals import setting_changed
from django.test.client import ClientHandler

_PARTS = ("_view_middleware", "_template_response_middleware", "_exception_middleware", "_middleware_chain")
# Settings that middleware reads when it is built; all others are read at each request.
_READ_ONCE = ("MIDDLEWARE", "DEBUG", "SECURE_", "WHITENOISE_", "STATIC_", "STORAGES", "CONTENT_SECURITY_", "SESSION_")
_kept: dict[str, Any] = {}


def share() -> None:
    """From now on every client of this process takes the chain that the first one built."""
    setting_changed.connect(_forget, weak=False)
    ClientHandler.load_middleware = _load  # type: ignore[method-assign]


def _load(handler: ClientHandler, is_async: bool = False) -> None:
    if not _kept:
        BaseHandler.load_middleware(handler, is_async)
        _kept.update({part: getattr(handler, part) for part in _PARTS})
    else:
        vars(handler).update(_kept)


def _forget(*, setting: str, **_signal: Any) -> None:
    if setting.startswith(_READ_ONCE):
        _kept.clear()
