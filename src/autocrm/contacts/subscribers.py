"""What contacts do when something happens elsewhere: scores follow activities, calls and messages count as contact."""

from autocrm.activities.events import ACTIVITY_COMPLETED, ACTIVITY_LINKED
from autocrm.activities.selectors import touches_in
from autocrm.contacts import services
from autocrm.contacts.permissions import CONTACT
from autocrm.journal.consumers import Consumer, register
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.records.events import MERGED, UNMERGED

# After these a contact may have other activities than before.
_TOUCHING = frozenset({ACTIVITY_LINKED, MERGED, UNMERGED})


def follow_activities(entries: list[Entry]) -> None:
    """Refresh the scores of contacts that got an activity, and remember when one was called, met or written to."""
    actor = Actor.system(current_tenant_id())
    touched = {entry.record_id for entry in entries if entry.kind in _TOUCHING and entry.record_type == CONTACT}
    if touched:
        services.refresh_scores([each for each in touched if each is not None], actor=actor)
    for touch in touches_in([entry for entry in entries if entry.record_type == CONTACT]):
        services.note_contact([touch.record_id], touch.at, actor=actor)


register(Consumer(name="engagement", handle=follow_activities, kinds=_TOUCHING | {ACTIVITY_COMPLETED}))
