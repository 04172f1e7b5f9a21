"""Clients of tests that share one chain of middleware: each would build its own, which looks through all static files.

A chain holds nothing of the client that built it. When a setting changes the next client builds a new one.
"""

from typing import Any

from django.core.handlers.base import BaseHandler
from django.core.signals import setting_changed
from django.test.client import ClientHandler

_PARTS = ("_view_middleware", "_template_response_middleware", "_exception_middleware", "_middleware_chain")
_kept: dict[str, Any] = {}


def share() -> None:
    """From now on every client of this process takes the chain that the first one built."""
    setting_changed.connect(lambda **_signal: _kept.clear(), weak=False)
    ClientHandler.load_middleware = _load  # type: ignore[method-assign]


def _load(handler: ClientHandler, is_async: bool = False) -> None:
    if not _kept:
        BaseHandler.load_middleware(handler, is_async)
        _kept.update({part: getattr(handler, part) for part in _PARTS})
    else:
        vars(handler).update(_kept)
