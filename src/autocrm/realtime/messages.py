"""What goes over the socket, as plain data; the client's side is described in docs/apps/ui.md and realtime.md."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from autocrm.kernel.clock import now
from autocrm.notifications.models import Notification

Message = dict[str, Any]

PONG: Message = {"type": "pong"}
RESYNC: Message = {"type": "resync"}
# What came while a page was loading is news to whoever sits before it, though the socket opened later.
FRESH = timedelta(seconds=10)


def counts(unread: int, last_seq: int) -> Message:
    """What the bell shows."""
    return {"type": "counts", "unread": unread, "last_seq": last_seq}


def subscribed(last_seq: int) -> Message:
    """The client has everything up to this number; what comes now is new."""
    return {"type": "subscribed", "last_seq": last_seq}


def notification(row: Notification, unread: int, *, replayed: bool) -> Message:
    """One notification. Its `url` marks it as read on the way to `target`.

    A toast is raised unless it is `replayed`, and even then while it is `fresh`.
    """
    return {
        "type": "notification",
        "seq": row.seq,
        "unread": unread,
        "replayed": replayed,
        "fresh": now() - row.created_at < FRESH,
        "notification": {
            "id": str(row.id),
            "kind": row.kind,
            "title": row.title,
            "body": row.body,
            "url": f"/notifications/{row.id}/" if row.url else "",
            "target": row.url,
            "level": row.severity,
            "record_type": row.record_type,
            "record_id": None if row.record_id is None else str(row.record_id),
            "data": row.data,
            "created_at": row.created_at.isoformat(),
            "read": row.read_at is not None,
        },
    }


def job(payload: Mapping[str, Any]) -> Message:
    """How far a background job is."""
    inner = payload.get("job")
    return {
        "type": "job",
        "job": inner if isinstance(inner, dict) else {key: payload[key] for key in payload.keys() - {"type"}},
    }


def changed(payload: Mapping[str, Any]) -> Message:
    """Records changed; whoever shows them loads them again, within the own rights."""
    return {"type": "changed", "record_type": payload.get("record_type", ""), "ids": payload.get("ids", [])}


def refusal(code: str) -> Message:
    """The client said something that makes no sense; the socket stays open."""
    return {"type": "error", "code": code}
