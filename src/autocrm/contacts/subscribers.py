"""What contacts do when something happens elsewhere: scores follow activities, finished calls count as contact."""

from autocrm.activities.events import ACTIVITY_LINKED, TASK_COMPLETED
from autocrm.activities.models import Task, TaskKind
from autocrm.activities.permissions import TASK
from autocrm.activities.selectors import records_of
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
    done = {entry.record_id: entry.at for entry in entries if entry.kind == TASK_COMPLETED}
    spoken = Task.objects.filter(pk__in=list(done)).exclude(kind=TaskKind.TODO)
    links = records_of(TASK, [task.id for task in spoken])
    for task_id, about in links.items():
        contacts = [link.record_id for link in about if link.record_type == CONTACT]
        services.note_contact(contacts, done[task_id], actor=actor)


register(Consumer(name="engagement", handle=follow_activities, kinds=_TOUCHING | {TASK_COMPLETED}))
