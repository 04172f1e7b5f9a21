"""Mentions: whoever is named in a text with @ is told, once for each record, if she may see it.

The editor writes `<span data-mention="USER ID">@Name</span>`; what the journal says a text was and became tells who
was added. Apps whose records are about others (notes) say with `answer_about` which record to lead to.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.permissions import can_read_field, is_allowed
from autocrm.kernel.text import plain_text
from autocrm.notifications import services
from autocrm.notifications.kinds import NotificationKind, declare
from autocrm.notifications.news import who_did
from autocrm.records.looks import look_at
from autocrm.records.querysets import visible_to
from autocrm.records.registry import RecordType, record_types
from autocrm.ui.formatting import noun
from autocrm.users.selectors import find_actor, get_display_names

MENTIONED = declare(NotificationKind("mention", gettext_lazy("Mentions of you"), icon="at")).key
# More people than this are no mention but a mailing.
MOST_PEOPLE = 50
LONGEST_QUOTE = 240
_MENTION = re.compile(
    r"<span\b[^>]*\bdata-mention=[\"']([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})[\"']", re.ASCII
)


@dataclass(frozen=True, slots=True)
class About:
    """What a record is about: the title and page of another one."""

    title: str
    url: str


AboutOf = Callable[[Any, Actor], About | None]
_about: dict[str, AboutOf] = {}


def answer_about(record_type: str, about_of: AboutOf) -> None:
    """Say for a record type what its records are about, as far as the reader may see it; from an app's `wiring.py`."""
    _about[record_type] = about_of


def mentioned_in(html: object) -> list[UUID]:
    """The people whom a rich text names, each once, in its order."""
    found = _MENTION.findall(html) if isinstance(html, str) else []
    return list(dict.fromkeys(UUID(each) for each in found))[:MOST_PEOPLE]


def names_out_of_reach(record_type: RecordType, record: Any) -> list[str]:
    """The people whom a record names and who are not told, since they may not see it."""
    missed: list[UUID] = []
    for field in record_type.all_fields:
        if field.extra.get("html"):
            for user_id in mentioned_in(field.read(record)):
                reader = find_actor(user_id, record.tenant_id)
                if reader is None or _seen_by(record_type, record.pk, field.key, reader) is None:
                    missed.append(user_id)
    names = get_display_names(missed) if missed else {}
    return [names[each] for each in dict.fromkeys(missed) if each in names]


def tell_mentioned(entry: Entry, tenant_id: int) -> None:
    """Tell those whom the entry's texts name for the first time, in the caller's transaction."""
    record_type = record_types.find(entry.record_type)
    if record_type is None or entry.record_id is None:
        return
    for field in record_type.all_fields:
        if not field.extra.get("html") or field.key not in entry.changes:
            continue
        old, new = entry.changes[field.key]
        known = set(mentioned_in(old))
        for user_id in mentioned_in(new):
            reader = find_actor(user_id, tenant_id) if user_id not in known else None
            record = None if reader is None else _seen_by(record_type, entry.record_id, field.key, reader)
            if reader is not None and record is not None:
                _tell(record_type, record, entry, str(new), reader)


def _seen_by(record_type: RecordType, record_id: UUID, field: str, reader: Actor) -> Any:
    """The record, where the reader may see it and that text of it."""
    if not is_allowed(reader, record_type.permission(Verb.READ)) or not can_read_field(reader, record_type.key, field):
        return None
    return visible_to(record_type, reader).filter(pk=record_id, archived_at=None).first()


def _tell(record_type: RecordType, record: Any, entry: Entry, html: str, reader: Actor) -> None:
    if reader.user_id is None:
        return
    with translation.override(reader.locale):
        about = _about[record_type.key](record, reader) if record_type.key in _about else None
        title = look_at(record_type, reader).title(record) if about is None else about.title
        said = {
            "who": entry.actor_label or _("Somebody"),
            "what": noun(record_type.label),
            "title": title,
        }
        told = _("%(who)s mentioned you: %(title)s") % said
    services.notify(
        user_ids=[reader.user_id],
        kind=MENTIONED,
        title=told,
        body=plain_text(html)[:LONGEST_QUOTE],
        url=about.url if about else f"/{record_type.plural}/{record.pk}/",
        record_type=record_type.key,
        record_id=record.pk,
        dedup_key=f"mention:{record_type.key}:{record.pk}",
        actor=who_did(entry, reader.tenant_id),
    )
