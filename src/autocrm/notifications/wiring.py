"""Delivers the notices of apps that stand beside this one, and takes over the kinds they declare."""

from collections.abc import Iterable
from uuid import UUID

from autocrm.kernel import notices
from autocrm.kernel.actors import Actor
from autocrm.kernel.notices import Notice
from autocrm.notifications import services
from autocrm.notifications.kinds import NotificationKind, Severity, declare


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


for kind in notices.notice_kinds:
    declare(
        NotificationKind(kind.key, kind.label, own_act=kind.own_act, severity=Severity(kind.severity), icon=kind.icon)
    )
notices.bind(deliver)
