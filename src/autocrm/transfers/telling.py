"""What people and the journal are told of imports."""

from typing import Any

from django.utils.translation import ngettext

from autocrm.journal import services as journal
from autocrm.kernel import notices, push
from autocrm.kernel.actors import Actor
from autocrm.kernel.notices import Notice
from autocrm.records.selectors import get_type
from autocrm.transfers import selectors
from autocrm.transfers.models import Import
from autocrm.ui.formatting import noun, number


def summary(batch: Import) -> str:
    """As in "Imported 10,000 contacts: 9,950 new, 50 matched, 0 faults"."""
    text = ngettext(
        "Imported %(count)s %(records)s: %(new)s new, %(matched)s matched, %(faults)s fault",
        "Imported %(count)s %(records)s: %(new)s new, %(matched)s matched, %(faults)s faults",
        batch.faults,
    )
    return text % {
        "count": number(batch.created + batch.matched),
        "records": noun(get_type(batch.record_type).label_plural),
        "new": number(batch.created),
        "matched": number(batch.matched),
        "faults": number(batch.faults),
    }


def push_state(batch: Import) -> None:
    """Hint to the person's open pages how far it is, after commit."""
    if batch.user_id is not None:
        push.to_user(batch.tenant_id, batch.user_id, selectors.as_work(batch).as_hint())


def tell(batch: Import, kind: str, title: str, actor: Actor, *, body: str = "") -> None:
    """Notify whoever asked for the import, once for each kind of news."""
    if batch.user_id is None:
        return
    notice = Notice(
        kind=kind,
        title=title,
        body=body or batch.filename,
        url=f"/imports/{batch.id}/",
        data=(("import", str(batch.id)), ("record_type", batch.record_type)),
        dedup_key=f"{kind}:{batch.id}",
    )
    notices.tell(notice, user_ids=[batch.user_id], actor=actor)


def write_entry(kind: str, batch: Import, actor: Actor, **more: Any) -> None:
    """Into the journal, with the counts as they stand."""
    counts = ("created", "updated", "skipped", "failed", "faults")
    data = {"import": str(batch.id), "record_type": batch.record_type, "file": batch.filename}
    data |= {name: getattr(batch, name) for name in counts}
    journal.write(kind, record_label=batch.filename, data={**data, **more}, actor=actor)
