"""What `doctor` asks about jobs: somebody takes them, and nothing has waited long."""

from collections.abc import Iterator

from autocrm.jobs.selectors import list_live, measure_queues
from autocrm.kernel.checks import Finding, fine, problem, register_check, warning

_LONG_SECONDS = 120


def check_processes() -> Iterator[Finding]:
    """A worker and a scheduler have shown themselves within half a minute."""
    for kind in ("worker", "scheduler"):
        live = list_live(kind)
        if live:
            yield fine(f"{len(live)} {kind} at work")
        else:
            yield warning(f"no {kind} has shown itself for 30 seconds.", "Start it: ./autocrm up starts all processes.")


def check_queues() -> Iterator[Finding]:
    """No due job has waited for minutes."""
    slow = [queue for queue in measure_queues() if queue.oldest_age_seconds > _LONG_SECONDS]
    for queue in slow:
        yield problem(
            f"{queue.due} jobs of the queue {queue.queue} are due, the oldest for {queue.oldest_age_seconds:.0f} s.",
            "Start more workers, or look in their log for what holds them up.",
        )
    if not slow:
        yield fine("no job has waited long")


register_check("workers", check_processes)
register_check("queues", check_queues)
