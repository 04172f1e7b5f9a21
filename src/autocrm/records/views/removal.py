"""Into the bin and out of it again: one record from its page, several from the list."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.kernel.ids import parse_id
from autocrm.records import services
from autocrm.records.registry import RecordType
from autocrm.ui.rendering import changed, no_content
from autocrm.users.door import actor_of

# What is selected on a page; "all matching" is background work.
MOST_AT_ONCE = 100


@require_POST
def archive(request: HttpRequest, record_type: RecordType, record_id: UUID) -> HttpResponse:
    """Move one record to the bin, with undo."""
    record = services.archive_record(record_type, record_id, actor=actor_of(request))
    said = _("%(name)s moved to the bin") % {"name": record_type.title(record)}
    undo = f"/{record_type.plural}/{record_id}/restore/"
    return changed(no_content(said, undo), record_type.key, [record_id])


@require_POST
def restore(request: HttpRequest, record_type: RecordType, record_id: UUID) -> HttpResponse:
    """Take one record out of the bin."""
    record = services.restore_record(record_type, record_id, actor=actor_of(request))
    said = _("%(name)s restored") % {"name": record_type.title(record)}
    return changed(no_content(said), record_type.key, [record_id])


@require_POST
def archive_several(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """Move the selected records to the bin, with undo."""
    ids = _for_each(request, record_type, services.archive_record)
    said = ngettext("%(count)d moved to the bin", "%(count)d moved to the bin", len(ids)) % {"count": len(ids)}
    undo = f"/{record_type.plural}/bulk/restore/?ids={','.join(map(str, ids))}"
    return changed(no_content(said, undo), record_type.key, ids)


@require_POST
def restore_several(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """Take the selected records out of the bin."""
    ids = _for_each(request, record_type, services.restore_record)
    said = ngettext("%(count)d restored", "%(count)d restored", len(ids)) % {"count": len(ids)}
    return changed(no_content(said), record_type.key, ids)


def _for_each(request: HttpRequest, record_type: RecordType, act: Callable[..., Any]) -> list[UUID]:
    actor: Actor = actor_of(request)
    text = request.POST.get("ids") or request.GET.get("ids", "")
    ids = [parse_id(part) for part in dict.fromkeys(text.split(",")) if part]
    if not 0 < len(ids) <= MOST_AT_ONCE:
        raise Invalid(_("Select 1 to %(most)d records.") % {"most": MOST_AT_ONCE})
    for each in sorted(ids):
        act(record_type, each, actor=actor)
    return ids
