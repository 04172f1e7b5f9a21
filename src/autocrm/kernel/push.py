"""The push port: hints to the people who are looking right now, after commit, best effort.

A hint says that something changed and where to ask; it is never the only way to learn it. Pushing never raises and
never waits: what can't be delivered is dropped, and the client finds the gap by its sequence number. `config` binds
the port to Channels.
"""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from autocrm.kernel.tenancy import current_database

MAX_PAYLOAD_BYTES = 8 * 1024
RESYNC: Mapping[str, Any] = {"type": "resync"}

Sender = Callable[[str, Mapping[str, Any]], None]

logger = logging.getLogger(__name__)
_sender: list[Sender] = []


def bind(send: Sender) -> None:
    """Name the function that delivers a payload to a group (bound once, by config)."""
    _sender[:] = [send]


def user_group(tenant_id: int, user_id: UUID) -> str:
    """The group of one person's sockets within one tenant; ASCII and under 100 characters, as Channels asks."""
    return f"t.{int(tenant_id)}.u.{user_id}"


def tenant_group(tenant_id: int) -> str:
    """The group of everybody connected in one tenant."""
    return f"t.{int(tenant_id)}"


def to_user(tenant_id: int, user_id: UUID, payload: Mapping[str, Any]) -> None:
    """Hint `payload` (JSON, with a "type") to one person after commit. Never raises."""
    _after_commit(user_group(tenant_id, user_id), payload)


def to_tenant(tenant_id: int, payload: Mapping[str, Any]) -> None:
    """Hint `payload` (JSON, with a "type") to everybody in the tenant after commit. Never raises."""
    _after_commit(tenant_group(tenant_id), payload)


def _after_commit(group: str, payload: Mapping[str, Any]) -> None:
    transaction.on_commit(partial(_deliver, group, _fitting(payload)), using=current_database(), robust=True)


def _fitting(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The payload as plain JSON data; one too large or not JSON becomes "ask again for everything"."""
    try:
        encoded = orjson.dumps(dict(payload))
    except (TypeError, ValueError):
        logger.exception("push.not_json")
        return RESYNC
    if len(encoded) > MAX_PAYLOAD_BYTES:
        logger.warning("push.too_large", extra={"bytes": len(encoded)})
        return RESYNC
    plain: dict[str, Any] = orjson.loads(encoded)
    return plain


def _deliver(group: str, payload: Mapping[str, Any]) -> None:
    if not _sender:
        return
    try:
        _sender[0](group, payload)
    except Exception:
        logger.exception("push.failed")
