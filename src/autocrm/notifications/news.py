"""What followers are told of a record: who did what, in their own language, and never of fields they may not see.

Everything that happened to a record since they last looked stands in one notification: a further change adds a line to
the one that is still unread instead of ringing the bell again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone, translation
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autocrm.journal.entry_types import entry_types
from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor, ActorKind, Verb
from autocrm.kernel.permissions import can_read_field, is_allowed
from autocrm.notifications import services
from autocrm.notifications.following import Subject
from autocrm.notifications.kinds import NotificationKind, declare
from autocrm.notifications.models import Notification
from autocrm.records.events import UPDATED
from autocrm.records.history.words import change_lines, names_in
from autocrm.records.looks import Look, look_at
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType, record_types
from autocrm.users.selectors import find_actor

RECORD_CHANGED = declare(
    NotificationKind("record.changed", gettext_lazy("Changes of records you follow"), icon="bell-ringing")
).key
MOST_LINES = 12
MOST_FIELDS = 3


@dataclass(frozen=True)
class News:
    """What is new about a record for one person."""

    title: str
    lines: tuple[str, ...]
    url: str


def tell_followers(subject: Subject, entries: Sequence[Entry], people: Sequence[UUID], tenant_id: int) -> None:
    """Tell each of the people what others did to the record, in the caller's transaction."""
    for user_id in people:
        reader = find_actor(user_id, tenant_id)
        heard = [each for each in entries if not is_own(each, user_id)]
        news = news_for(subject, heard, reader) if reader is not None and heard else None
        if news is not None:
            _write(subject, news, user_id, who_did(heard[-1], tenant_id))


def news_for(subject: Subject, entries: Sequence[Entry], reader: Actor) -> News | None:
    """The entries in words for `reader`; None where nothing of it is for her eyes."""
    record_type = record_types.find(subject.record_type)
    if record_type is None or not is_allowed(reader, record_type.permission(Verb.READ)):
        return None
    record = visible_to(record_type, reader).filter(pk=subject.record_id).first()
    if record is None:
        return None
    with translation.override(reader.locale), timezone.override(reader.zone):
        look = look_at(record_type, reader)
        lines = tuple(line for each in entries if (line := _line(record_type, _as_seen(each, look), look)))
        title = look.title(record)
    return News(title, lines, f"/{record_type.plural}/{record.pk}/") if lines else None


def who_did(entry: Entry, tenant_id: int) -> Actor:
    """Whoever made an entry, by name alone: as the sender of what is told of it, without any right."""
    return Actor(ActorKind(entry.actor_kind), tenant_id, user_id=entry.actor_id, label=entry.actor_label)


def is_own(entry: Entry, user_id: UUID) -> bool:
    """Whether the person did it herself."""
    return entry.actor_id == user_id and ActorKind(entry.actor_kind) in services.OWN_HANDS


def _as_seen(entry: Entry, look: Look) -> Entry:
    """The entry without the fields that are hidden from whoever looks."""
    entry = Entry(kind=entry.kind, actor_label=entry.actor_label, changes=dict(entry.changes), data=entry.data)
    for key in [*entry.changes]:
        if not can_read_field(look.actor, look.record_type.key, key):
            del entry.changes[key]
    return entry


def _line(record_type: RecordType, entry: Entry, look: Look) -> str:
    """As "Ana Moreau: Stage Proposal → Won, Amount 3 → 4"; "" for what says nothing."""
    who = entry.actor_label or _("Somebody")
    if entry.kind != UPDATED:
        declared = entry_types.find(entry.kind)
        return f"{who}: {force_str(declared.label)}" if declared else ""
    changes = change_lines(record_type, entry, look, names_in(record_type, [entry], look))
    if not changes:
        return ""
    told = [f"{each.label} {_cut(each.old)} → {_cut(each.new)}" for each in changes[:MOST_FIELDS]]
    if len(changes) > MOST_FIELDS:
        told.append(_("%(count)s more") % {"count": len(changes) - MOST_FIELDS})
    return f"{who}: {', '.join(told)}"


def _cut(text: str) -> str:
    """A value short enough for a line; a dash for none."""
    text = " ".join(text.split())
    return f"{text[:39]}…" if len(text) > 40 else text or "–"


def _write(subject: Subject, news: News, user_id: UUID, by: Actor) -> None:
    unread = Notification.objects.of_user(user_id).unread()
    standing = unread.filter(kind=RECORD_CHANGED, record_type=subject.record_type, record_id=subject.record_id)
    earlier = standing.order_by("-seq").values_list("id", "body").first()
    if earlier is not None:
        lines = [*earlier[1].split("\n"), *news.lines][-MOST_LINES:]
        Notification.objects.filter(id=earlier[0]).update(body="\n".join(lines), title=news.title[:300])
        return
    services.notify(
        user_ids=[user_id],
        kind=RECORD_CHANGED,
        title=news.title,
        body="\n".join(news.lines[-MOST_LINES:]),
        url=news.url,
        record_type=subject.record_type,
        record_id=subject.record_id,
        actor=by,
    )
