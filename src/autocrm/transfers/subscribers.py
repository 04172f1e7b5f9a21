"""Acts on what the members page says: whoever takes the place of a placeholder gets what it owns."""

from autocrm.journal.consumers import Consumer, register
from autocrm.journal.models import Entry
from autocrm.kernel.jobs import enqueue
from autocrm.transfers import handing_over
from autocrm.users.events import PLACEHOLDER_REPLACED


def hand_over(entries: list[Entry]) -> None:
    """Begin a job for each placeholder that was replaced."""
    for entry in entries:
        if entry.record_id is not None and entry.data.get("by"):
            enqueue(handing_over.JOB, {"from": str(entry.record_id), "to": str(entry.data["by"])})


register(Consumer("transfers.hand_over", hand_over, kinds=frozenset({PLACEHOLDER_REPLACED})))
