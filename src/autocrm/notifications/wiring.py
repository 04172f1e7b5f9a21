"""Delivers the notices of apps that stand beside this one, and takes over the kinds they declare."""

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from autocrm.kernel import notices
from autocrm.kernel.actors import Actor
from autocrm.kernel.notices import Notice
from autocrm.notifications import services
from autocrm.notifications.following import forget_records
from autocrm.notifications.kinds import NotificationKind, Severity, declare
from autocrm.notifications.models import Follow
from autocrm.records.erasing import on_erase
from autocrm.records.keepers import Keeper, add_keeper
from autocrm.records.merging.participants import add_participant, linked_rows


def deliver(notice: Notice, *, user_ids: Iterable[UUID], actor: Actor) -> None:
    """Write the notice as notifications."""
    services.notify(
        user_ids=user_ids,
        kind=notice.kind,
        title=notice.title,
        body=notice.body,
        url=notice.url,
        data=dict(notice.data),
        actor=actor,
        dedup_key=notice.dedup_key,
    )


def _count_followers(record_type: str) -> int:
    return Follow.objects.filter(record_type=record_type).count()


def _forget_followers(record_type: str) -> None:
    Follow.objects.filter(record_type=record_type).delete()


for kind in notices.notice_kinds:
    declare(
        NotificationKind(kind.key, kind.label, own_act=kind.own_act, severity=Severity(kind.severity), icon=kind.icon)
    )
notices.bind(deliver)
on_erase(forget_records)
add_keeper(Keeper("followers", _("followers"), _count_followers, _forget_followers, order=30))
add_participant(linked_rows("followers", _("Followers"), Follow, once=("user_id",), order=30))
