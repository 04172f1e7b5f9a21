"""Into the bin and out of it again: one record from its page. Several go by `views.bulk`."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from autocrm.records import services
from autocrm.records.looks import look_at
from autocrm.records.registry import RecordType
from autocrm.ui.rendering import changed, no_content
from autocrm.users.door import actor_of


@require_POST
def archive(request: HttpRequest, record_type: RecordType, record_id: UUID) -> HttpResponse:
    """Move one record to the bin, with undo."""
    actor = actor_of(request)
    record = services.archive_record(record_type, record_id, actor=actor)
    said = _("%(name)s moved to the bin") % {"name": look_at(record_type, actor).title(record)}
    undo = f"/{record_type.plural}/{record_id}/restore/"
    return changed(no_content(said, undo), record_type.key, [record_id])


@require_POST
def restore(request: HttpRequest, record_type: RecordType, record_id: UUID) -> HttpResponse:
    """Take one record out of the bin."""
    actor = actor_of(request)
    record = services.restore_record(record_type, record_id, actor=actor)
    said = _("%(name)s restored") % {"name": look_at(record_type, actor).title(record)}
    return changed(no_content(said), record_type.key, [record_id])
