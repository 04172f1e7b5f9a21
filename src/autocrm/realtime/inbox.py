"""The database side of a socket: each function runs in a thread, as the visitor, in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.kernel.long_work import list_recent
from autocrm.notifications import selectors, services
from autocrm.notifications.models import Notification
from autocrm.realtime import messages
from autocrm.realtime.messages import Message
from autocrm.realtime.visitors import Visitor, within

# A client that missed more than this is better off loading its page again.
MAX_MISSED = 500
PAGE = 100
# States of background work that go on by themselves.
ACTIVE = frozenset({"queued", "running"})


@dataclass(frozen=True, slots=True)
class Answer:
    """Messages in order, and the number up to which the client is now."""

    messages: list[Message]
    seq: int


def greet(visitor: Visitor) -> Answer:
    """What a client is told first: the counts, and what runs in the background. What follows is from now on."""

    def read(actor: Actor) -> Answer:
        counts = _only_counts(actor)
        return Answer([*counts.messages, *_running(actor)], counts.seq)

    return within(visitor, read)


def work_under_way(visitor: Visitor, known: Collection[str]) -> list[Message]:
    """How far the person's background work is: what runs, and how what is `known` to have run has ended."""

    def read(actor: Actor) -> list[Message]:
        found = list_recent(actor)
        return [messages.job(work.as_hint()) for work in found if work.state in ACTIVE or work.id in known]

    return within(visitor, read)


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


def _running(actor: Actor) -> list[Message]:
    return [messages.job(work.as_hint()) for work in list_recent(actor) if work.state in ACTIVE]


def _only_counts(actor: Actor) -> Answer:
    counts = selectors.get_counts(actor)
    return Answer([messages.counts(counts.unread, counts.last_seq)], counts.last_seq)
