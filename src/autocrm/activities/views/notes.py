"""What is done with a note in its place: other words, on top of the timeline or not."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from autocrm.activities import services
from autocrm.activities.cards import NoteCard, note_cards
from autocrm.activities.forms import read_body
from autocrm.activities.permissions import NOTE
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
        services.write_note(note_id, body, actor=actor)
    except Invalid as error:
        said = " ".join(force_str(text) for texts in error.fields.values() for text in texts)
        context = {"note": card, "body": sanitise_html(body), "fault": said}
        return render_page(request, "activities/note_form.html", context, status=422)
    return changed(no_content(_("Note saved")), NOTE, [note_id])


@require_POST
def pin(request: HttpRequest, note_id: UUID) -> HttpResponse:
    """To the top of the timeline, or with `off` back to its day."""
    is_pinned = "off" not in request.GET
    services.pin_note(note_id, is_pinned=is_pinned, actor=actor_of(request))
    return changed(no_content(_("Note pinned") if is_pinned else _("Note no longer pinned")), NOTE, [note_id])


def _card(note_id: UUID, actor: Actor) -> NoteCard:
    cards = note_cards([get_record(record_types.get(NOTE), note_id, actor=actor, archived=False)], actor)
    if not cards:
        raise NotFound
    return cards[0]
