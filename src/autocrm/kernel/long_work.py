"""What runs for somebody in the background and takes its time, from every app, for the tray in the top bar.

Each app keeps the truth about its own work; a provider answers what of it concerns the actor right now.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class LongWork:
    """One piece: `state` is "queued", "running", "done" or "failed"; `total` 0 when nobody knows yet."""

    id: str
    label: Text
    state: str
    done: int = 0
    total: int = 0
    url: str = ""
    icon: str = "refresh"
    note: Text = ""

    def as_hint(self) -> dict[str, Any]:
        """What the push port sends to open pages after a step."""
        progress = round(self.done / self.total, 4) if self.total else 0.0
        job = {"label": str(self.label), "state": self.state, "done": self.done, "total": self.total, "url": self.url}
        return {"type": "job", "id": self.id, "progress": progress, "job": {"id": self.id, **job}}


@dataclass(frozen=True, slots=True)
class WorkProvider:
    """A source: `recent(actor, limit)` answers what runs and what ended lately, `running(actor)` how many run."""

    key: str
    recent: Callable[[Actor, int], Sequence[LongWork]]
    running: Callable[[Actor], int]


providers: Registry[WorkProvider] = Registry("long work", WorkProvider)


def add_provider(provider: WorkProvider) -> WorkProvider:
    """Let the tray ask `provider`; called from the app's `wiring.py`."""
    return providers.register(provider.key, provider)


def list_recent(actor: Actor, *, limit: int = 10) -> list[LongWork]:
    """What runs for the actor, then what ended lately."""
    found = [work for provider in providers for work in provider.recent(actor, limit)]
    order = {"running": 0, "queued": 1}
    return sorted(found, key=lambda work: order.get(work.state, 2))[:limit]


def count_running(actor: Actor) -> int:
    """How many pieces run; one cheap query of each provider."""
    return sum(provider.running(actor) for provider in providers)
