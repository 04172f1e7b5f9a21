"""Why can Ana see this? A drawer on a record's page for those who manage the members."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from autocrm.kernel.ids import find_id
from autocrm.kernel.permissions import authorize
from autocrm.records.access import explain_access, tokens_of
from autocrm.records.looks import look_at
from autocrm.records.registry import RecordType
from autocrm.records.selectors import get_record
from autocrm.ui.rendering import render_page
from autocrm.users import selectors as users
from autocrm.users.door import actor_of
from autocrm.users.permissions import MANAGE_USERS


@require_GET
def show_access(request: HttpRequest, record_type: RecordType, record_id: object) -> HttpResponse:
    """The rights of one member on this record, by default one's own; `token` narrows them to a token of hers."""
    actor = actor_of(request)
    authorize(actor, MANAGE_USERS)
    record = get_record(record_type, record_id, actor=actor)
    members = list(users.list_members(actor, include_disabled=False))
    asked = find_id(request.GET.get("member", "")) or actor.user_id or members[0].user_id
    tokens = tokens_of(asked, actor)
    # Another member chosen: the token of the last one goes.
    token = next((each.id for each in tokens if str(each.id) == request.GET.get("token", "")), None)
    context = {
        "access": explain_access(record_type, record, asked, token, actor=actor),
        "members": members,
        "tokens": tokens,
        "title": look_at(record_type, actor).title(record),
        "url": f"/{record_type.plural}/{record.pk}/access/",
    }
    return render_page(request, "records/access.html", context, "drawer")
