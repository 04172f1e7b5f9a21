"""The database side of a socket: each function runs in a thread, as the visitor, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.notifications import selectors, services
from autocrm.notifications.models import Notification
from autocrm.realtime import messages
from autocrm.realtime.messages import Message
from autocrm.realtime.visitors import Visitor, within

# A client that missed more than this is better off loading its page again.
MAX_MISSED = 500
# What every client may hold in one message.
PAGE = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """Messages in order, and the number up to which the client is now."""

    messages: list[Message]
    seq: int


def greet(visitor: Visitor) -> Answer:
    """What a client is told first: the counts. What follows is from now on."""
    return within(visitor, _only_counts)


def missed(visitor: Visitor, after_seq: int, told_seq: int) -> Answer:
    """Everything after `after_seq` in order, then the counts; a client too far behind is told to load again.

    What is not above `told_seq` was there when the socket opened, or was sent before: it is marked as replayed.
    """

    def read(actor: Actor) -> Answer:
        counts = selectors.get_counts(actor)
        # A number from the future comes from another database than this one: begin anew from here.
        start = min(after_seq, counts.last_seq)
        if counts.last_seq - start > MAX_MISSED:
            return Answer([messages.RESYNC, messages.counts(counts.unread, counts.last_seq)], counts.last_seq)
        rows: list[Notification] = []
        while page := selectors.list_after(actor, rows[-1].seq if rows else start, limit=PAGE):
            rows += page
        seq = max([counts.last_seq, *(row.seq for row in rows)])
        told = [messages.notification(row, counts.unread, replayed=row.seq <= told_seq) for row in rows]
        return Answer([*told, messages.counts(counts.unread, seq)], seq)

    return within(visitor, read)


def mark_read(visitor: Visitor, ids: Sequence[UUID] | None) -> Answer:
    """Mark these, or all, and answer with the counts."""

    def mark(actor: Actor) -> Answer:
        if ids is None:
            services.mark_all_read(actor=actor)
        else:
            services.mark_read(ids, actor=actor)
        return _only_counts(actor)

    return within(visitor, mark)


def _only_counts(actor: Actor) -> Answer:
    counts = selectors.get_counts(actor)
    return Answer([messages.counts(counts.unread, counts.last_seq)], counts.last_seq)
