"""A note in its place: other words."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from autocrm.activities import services
from autocrm.activities.cards import Card, cards
from autocrm.activities.forms import read_body
from autocrm.activities.permissions import NOTE
from autocrm.activities.views.compose import with_missed
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Denied, Invalid, NotFound
from autocrm.kernel.text import sanitise_html
from autocrm.records.registry import record_types
from autocrm.records.selectors import get_record
from autocrm.ui.rendering import changed, no_content, render_page
from autocrm.users.door import actor_of


@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, note_id: UUID) -> HttpResponse:
    """GET: one's own note in the editor. POST: saved, or the editor with the fault."""
    actor = actor_of(request)
    card = _card(note_id, actor)
    if not card.may_write:
        raise Denied
    if request.method == "GET":
        return render_page(request, "activities/note_form.html", {"note": card, "body": card.html})
    body = read_body(request.POST)
    try:
        note = services.write_note(note_id, body, actor=actor)
    except Invalid as error:
        said = " ".join(force_str(text) for texts in error.fields.values() for text in texts)
        context = {"note": card, "body": sanitise_html(body), "fault": said}
        return render_page(request, "activities/note_form.html", context, status=422)
    return changed(with_missed(no_content(_("Note saved")), note, NOTE), NOTE, [note_id])


def _card(note_id: UUID, actor: Actor) -> Card:
    found = cards([get_record(record_types.get(NOTE), note_id, actor=actor, archived=False)], actor)
    if not found:
        raise NotFound
    return found[0]
