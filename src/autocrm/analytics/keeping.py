"""Keeps computed numbers for whoever sees the same: in Redis, or in this process while Redis is away.

A copy is good for 15 minutes while nothing happens in the tenant; once the journal moved on it is good only until it is
30 seconds old, and not at all when computing it was cheap. Numbers of a part of the records are good for nobody who can
have exact ones: they stand until those were counted.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from autocrm.journal.freshness import Mark, has_moved_since, take_mark
from autocrm.kernel import redis
from autocrm.kernel.actors import Actor, Level, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.errors import TookTooLong
from autocrm.kernel.permissions import can_read_field, is_allowed
from autocrm.kernel.reading import reading
from autocrm.records.registry import RecordType
from autocrm.tenants.selectors import get_tenant

LONGEST_SECONDS = 15 * 60
SHORTEST_SECONDS = 30
CHEAP_MILLISECONDS = 50
MOST_IN_PROCESS = 500
# So long whoever looks waits for a count that was asked for; a worker that has not come by then will not.
COUNTING_SECONDS = 60

_in_process: dict[str, bytes] = {}


@dataclass(frozen=True, slots=True)
class Kept:
    """Numbers with the moment they were computed (seconds of the epoch), how long that took, and the journal's mark.

    `is_about` says that they are of a part of the records; `asked_at` when they were last asked to be counted again.
    """

    numbers: dict[str, Any]
    at: float
    milliseconds: float
    mark: Mark
    is_about: bool = False
    asked_at: float = 0.0

    def is_good(self) -> bool:
        """Whether they may still be shown as the numbers."""
        if self.is_about:
            return False
        age = now().timestamp() - self.at
        if age >= LONGEST_SECONDS:
            return False
        if age < SHORTEST_SECONDS and self.milliseconds >= CHEAP_MILLISECONDS:
            return True
        return not has_moved_since(self.mark)

    @property
    def is_being_counted(self) -> bool:
        """Whether a count was asked for that may still come."""
        return now().timestamp() - self.asked_at < COUNTING_SECONDS

    def to_bytes(self) -> bytes:
        """As it is kept."""
        mark = [self.mark.next, self.mark.running]
        return json.dumps([self.numbers, self.at, self.milliseconds, mark, self.is_about, self.asked_at]).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> "Kept":
        """From where it was kept."""
        numbers, at, milliseconds, (following, running), is_about, asked_at = json.loads(text)
        return cls(numbers, at, milliseconds, Mark(following, tuple(running)), is_about, asked_at)


Compute = Callable[[], dict[str, Any]]


def keep_or_compute(place: str, compute: Compute) -> Kept:
    """What is kept at `place` while it is good, else what `compute` answers now."""
    kept = _find(place)
    return kept if kept is not None and kept.is_good() else _compute(place, compute)


def keep_or_estimate(
    place: str, compute: Compute, estimate: Compute, *, seconds: float, count: Callable[[], object]
) -> Kept:
    """The same for somebody who waits: what cannot be computed in `seconds` a statement is left to others.

    `count` asks for it; until it has come she sees the numbers there were, or what `estimate` answers.
    """
    kept = _find(place)
    if kept is not None and (kept.is_good() or kept.is_being_counted):
        return kept
    try:
        with reading(seconds=seconds):
            return _compute(place, compute)
    except TookTooLong:
        kept = kept or _measured(estimate, is_about=True)
    count()
    asked = replace(kept, asked_at=now().timestamp())
    _keep(place, asked.to_bytes())
    return asked


def _compute(place: str, compute: Compute) -> Kept:
    kept = _measured(compute)
    _keep(place, kept.to_bytes())
    return kept


def _measured(compute: Compute, *, is_about: bool = False) -> Kept:
    mark, started = take_mark(), time.monotonic()
    numbers = compute()
    return Kept(numbers, now().timestamp(), (time.monotonic() - started) * 1000, mark, is_about)


def place_of(name: str, types: Iterable[RecordType], actor: Actor) -> str:
    """The key of what this actor would compute: the same for all who see the same records and fields alike.

    The subdomain keeps two installations apart that share a Redis; the day makes weeks begin on time.
    """
    sight = [_sight(each, actor) for each in types]
    day = now().astimezone(actor.zone).date().isoformat()
    told = json.dumps([get_tenant(actor.tenant_id).subdomain, str(actor.zone), day, sight])
    return redis.key(actor.tenant_id, "analytics", name, hashlib.sha256(told.encode()).hexdigest()[:32])


def _find(place: str) -> Kept | None:
    found: bytes = redis.attempt(lambda client: _bytes(client.get(place)), otherwise=_in_process.get(place, b""))
    try:
        return Kept.from_bytes(found) if found else None
    except (ValueError, TypeError):
        # Another release kept it, in a form of its own.
        return None


def _bytes(found: object) -> bytes:
    return found if isinstance(found, bytes) else b""


def _keep(place: str, text: bytes) -> None:
    if redis.attempt(lambda client: bool(client.set(place, text, ex=LONGEST_SECONDS)), otherwise=False):
        return
    if len(_in_process) >= MOST_IN_PROCESS:
        _in_process.clear()
    _in_process[place] = text


def _sight(record_type: RecordType, actor: Actor) -> list[Any]:
    """What of a type an actor sees: whose records, which fields."""
    level = actor.grants.level(record_type.key, Verb.READ)
    if not is_allowed(actor, record_type.permission(Verb.READ)):
        return [record_type.key]
    whose: list[str] = []
    if level is Level.OWN:
        whose = [str(actor.user_id)]
    elif level in {Level.TEAM, Level.TEAM_TREE}:
        whose = sorted(str(each) for each in (actor.team_user_ids if level is Level.TEAM else actor.tree_user_ids))
    # Not what the role says of a field alone: a computed one is hidden with what it is made of.
    seen = [can_read_field(actor, record_type.key, field.key) for field in record_type.all_fields]
    return [record_type.key, str(level), whose, seen]
