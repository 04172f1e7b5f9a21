"""Settings, tags: the list of them, and the drawers that change and delete one."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from autocrm.kernel.errors import Conflict, Invalid
from autocrm.kernel.permissions import authorize
from autocrm.records import tags
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.records.tag_pages import COLOURS, TagForm, tags_context
from autocrm.ui.formatting import number
from autocrm.ui.rendering import changed, close_drawer, no_content, render_page
from autocrm.users.door import actor_of

CHANGED = "tag"


@require_GET
def show_tags(request: HttpRequest) -> HttpResponse:
    """All tags by name, with how many records carry each."""
    actor = actor_of(request)
    authorize(actor, MANAGE_DATA_MODEL)
    search, cursor = request.GET.get("q", "").strip()[:100], request.GET.get("cursor", "")
    return render_page(request, "records/tags.html", tags_context(search=search, cursor=cursor, actor=actor), "list")


@require_http_methods(["GET", "POST"])
def edit_tag(request: HttpRequest, tag_id: UUID) -> HttpResponse:
    """The drawer with a tag's name and colour."""
    actor = actor_of(request)
    authorize(actor, MANAGE_DATA_MODEL)
    tag = tags.get_tag(tag_id, actor=actor)
    form = TagForm(request.POST or None, initial={"name": tag.name, "hue": tag.hue})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            tags.change_tag(tag_id, name=values["name"], hue=values["hue"], actor=actor)
        except Invalid as error:
            form.take(error)
        else:
            return _done(_("Saved"))
    context = {"tag": tag, "form": form, "colours": COLOURS.items(), "chosen": str(form["hue"].value())}
    return render_page(
        request, "records/tag_form.html", context | {"current": "tags"}, "form", status=422 if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
def delete_tag(request: HttpRequest, tag_id: UUID) -> HttpResponse:
    """GET: how many records would lose it. POST: delete it."""
    actor = actor_of(request)
    authorize(actor, MANAGE_DATA_MODEL)
    tag, status = tags.get_tag(tag_id, actor=actor), 200
    if request.method == "POST":
        try:
            count = tags.delete_tag(tag_id, actor=actor)
        except Conflict:
            # The drawer says by itself what keeps it.
            status = 409
        else:
            return _done(_deleted(tag.name, count))
    context = {"tag": tag, "count": tags.count_holders(tag, actor=actor), "used": tags.why_kept(tag)}
    return render_page(request, "records/tag_delete.html", context | {"current": "tags"}, "form", status=status)


def _deleted(name: str, count: int) -> str:
    said = ngettext(
        "%(name)s deleted; it goes from %(count)s record",
        "%(name)s deleted; it goes from %(count)s records",
        count,
    )
    return said % {"name": name, "count": number(count)} if count else _("%(name)s deleted") % {"name": name}


def _done(message: str) -> HttpResponse:
    return changed(close_drawer(no_content(message)), CHANGED)
