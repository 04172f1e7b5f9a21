"""The journal consumers that tell people: followers of what others did to a record, and whoever is mentioned."""

from uuid import UUID

from autocrm.journal.consumers import Consumer, register
from autocrm.journal.models import Entry
from autocrm.kernel.actors import ActorKind
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.notifications.following import Subject, ensure_followers, followers_of
from autocrm.notifications.mentions import tell_mentioned
from autocrm.notifications.news import tell_followers
from autocrm.notifications.together import crowds, tell_together, told_apart
from autocrm.records import events

CHANGES = frozenset({events.UPDATED, events.ARCHIVED, events.RESTORED})
_BY_HAND = frozenset({ActorKind.HUMAN, ActorKind.TOKEN})


def tell_of_changes(entries: list[Entry]) -> None:
    """Let people follow what they make or are given, and tell followers of the rest."""
    loud = [each for each in entries if each.record_id is not None]
    changed: dict[Subject, list[Entry]] = {}
    for entry in loud:
        if entry.kind in CHANGES and entry.record_id is not None:
            changed.setdefault(Subject(entry.record_type, entry.record_id), []).append(entry)
    # Asked before anybody is added: whoever is just given a record is no follower of how it came to her.
    followers = followers_of(changed)
    together = crowds(changed, followers)
    for (person, operation), subjects in together.items():
        tell_together(operation, subjects, changed, person, current_tenant_id())
    for subject, people in followers.items():
        for person in people:
            apart = told_apart(changed[subject], person, together)
            tell_followers(subject, apart, [person], current_tenant_id())
    ensure_followers((subject, person) for entry in loud for subject, person in _new_followers(entry))


def tell_of_mentions(entries: list[Entry]) -> None:
    """Tell whoever is named in a text."""
    for entry in entries:
        tell_mentioned(entry, current_tenant_id())


def _new_followers(entry: Entry) -> list[tuple[Subject, UUID]]:
    """Who makes a record by hand, and who is given one by somebody else."""
    if entry.kind not in {events.CREATED, events.UPDATED} or entry.record_id is None:
        return []
    subject = Subject(entry.record_type, entry.record_id)
    people: list[UUID] = []
    if entry.kind == events.CREATED and entry.actor_id is not None and ActorKind(entry.actor_kind) in _BY_HAND:
        people.append(entry.actor_id)
    owner = entry.changes.get("owner", [None, None])[1]
    if owner and ActorKind(entry.actor_kind) is not ActorKind.IMPORT:
        people.append(UUID(str(owner)))
    return [(subject, person) for person in people]


_MADE = frozenset({events.CREATED, events.UPDATED})
# Quiet entries tell nobody.
_QUIET = frozenset({"quiet"})

register(Consumer("followers", handle=tell_of_changes, kinds=CHANGES | {events.CREATED}, passes_over=_QUIET))
register(Consumer("mentions", handle=tell_of_mentions, kinds=_MADE, passes_over=_QUIET))
