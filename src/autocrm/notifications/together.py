"""What followers are told of a bulk change: one message for all of their records, however many there are."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from autocrm.journal.models import Entry
from autocrm.notifications import services
from autocrm.notifications.following import Subject
from autocrm.notifications.models import Notification
from autocrm.notifications.news import RECORD_CHANGED, is_own, news_for, who_did
from autocrm.records.registry import record_types
from autocrm.users.selectors import find_actor

# As many of one bulk change are still told one by one, as if they had been changed by hand.
MOST_ALONE = 3
# What marks an entry as one of many that were made together.
_MARKS = ("bulk", "import")
Changed = Mapping[Subject, Sequence[Entry]]


def crowds(changed: Changed, followers: Mapping[Subject, Sequence[UUID]]) -> dict[tuple[UUID, str], list[Subject]]:
    """For each person and operation the records that are told of together: more than a few of them by now."""
    found: dict[tuple[UUID, str], list[Subject]] = {}
    for subject, people in followers.items():
        for operation in {_operation_of(entry) for entry in changed[subject]} - {""}:
            for user_id in people:
                found.setdefault((user_id, operation), []).append(subject)
    return {
        (user_id, operation): subjects
        for (user_id, operation), subjects in found.items()
        if len(subjects) > MOST_ALONE or _standing(user_id, operation) is not None
    }


def told_apart(entries: Sequence[Entry], user_id: UUID, together: Mapping[tuple[UUID, str], object]) -> list[Entry]:
    """The entries without those that the person hears of together with others."""
    return [entry for entry in entries if (user_id, _operation_of(entry)) not in together]


def tell_together(operation: str, subjects: Sequence[Subject], changed: Changed, user_id: UUID, tenant_id: int) -> None:
    """One message of all that the person may see, or more of them in the one that is still unread."""
    reader = find_actor(user_id, tenant_id)
    kind = record_types.find(subjects[0].record_type)
    if reader is None or kind is None:
        return
    heard = {
        subject: [each for each in changed[subject] if _operation_of(each) == operation and not is_own(each, user_id)]
        for subject in subjects
    }
    seen = [subject for subject, entries in heard.items() if entries and news_for(subject, entries, reader)]
    if not seen:
        return
    earlier = _standing(user_id, operation)
    count = len(seen) + (earlier.data["count"] if earlier is not None else 0)
    first = heard[seen[0]][0]
    with translation.override(reader.locale), timezone.override(reader.zone):
        title = _("%(count)s at once: %(plural)s") % {"count": count, "plural": kind.label_plural}
        body = _("%(name)s changed records you follow") % {"name": first.actor_label or _("Somebody")}
    if earlier is not None:
        Notification.objects.filter(pk=earlier.pk).update(title=title[:300], data=earlier.data | {"count": count})
        return
    services.notify(
        user_ids=[user_id],
        kind=RECORD_CHANGED,
        title=title,
        body=body,
        url=f"/{kind.plural}/?sort=-updated_at",
        record_type=kind.key,
        data={"together": operation, "count": count},
        actor=who_did(first, tenant_id),
    )


def _operation_of(entry: Entry) -> str:
    """What the entry was made by together with others; "" for none."""
    return next((str(entry.data[mark]) for mark in _MARKS if entry.data.get(mark)), "")


def _standing(user_id: UUID, operation: str) -> Notification | None:
    """The unread message of this operation."""
    unread = Notification.objects.of_user(user_id).unread().filter(kind=RECORD_CHANGED)
    return unread.filter(data__together=operation).order_by("-seq").first()
