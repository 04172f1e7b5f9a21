"""Making, changing and archiving the objects of a workspace, in the drawer of the data model."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from autocrm.kernel.errors import Conflict, Invalid, LimitReached
from autocrm.kernel.permissions import authorize
from autocrm.records.custom import objects as custom_objects
from autocrm.records.custom import removal
from autocrm.records.custom.object_forms import ICONS, ObjectForm
from autocrm.records.models import CustomObject
from autocrm.records.permissions import MANAGE_DATA_MODEL
from autocrm.ui.rendering import changed, no_content, redirect, render_page
from autocrm.users.door import actor_of

DATA_MODEL = "data-model"
_SHOWN = ("label", "label_plural", "name_label", "description", "icon", "in_nav")


@require_http_methods(["GET", "POST"])
def new_object(request: HttpRequest) -> HttpResponse:
    """A new object; saved, its fields are next."""
    actor = actor_of(request)
    authorize(actor, MANAGE_DATA_MODEL)
    form = ObjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = custom_objects.create_object(form.cleaned_data, actor=actor)
        except (Invalid, Conflict, LimitReached) as error:
            form.take(error)
        else:
            return redirect(request, f"/settings/{DATA_MODEL}/{made.plural}/")
    return _drawer(request, form, None)


@require_http_methods(["GET", "POST"])
def edit_object(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """How an object is called and shown."""
    actor = actor_of(request)
    made = custom_objects.get_object(object_id, actor=actor)
    form = ObjectForm(request.POST or None, initial={name: getattr(made, name) for name in _SHOWN})
    if request.method == "POST" and form.is_valid():
        try:
            custom_objects.update_object(object_id, form.cleaned_data, actor=actor)
        except (Invalid, Conflict) as error:
            form.take(error)
        else:
            # Its name stands in the sidebar and in every heading.
            return redirect(request, f"/settings/{DATA_MODEL}/{made.plural}/")
    return _drawer(request, form, made)


@require_POST
def archive_object(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Take an object out of use, with undo."""
    made = custom_objects.archive_object(object_id, actor=actor_of(request))
    said = _("%(name)s is archived; its records stay") % {"name": made.label_plural}
    return changed(no_content(said, f"/settings/{DATA_MODEL}/objects/{object_id}/restore/"), "object")


@require_POST
def restore_object(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Bring an object back."""
    made = custom_objects.restore_object(object_id, actor=actor_of(request))
    return changed(no_content(_("%(name)s is back") % {"name": made.label_plural}), "object")


@require_http_methods(["GET", "POST"])
def delete_object(request: HttpRequest, object_id: UUID) -> HttpResponse:
    """GET: what would go with an object. POST: delete it, if its name was typed and no more would go than was said."""
    actor = actor_of(request)
    made = custom_objects.get_object(object_id, actor=actor)
    fault = name_fault = ""
    if request.method == "POST":
        said = request.POST.get("expected", "")
        try:
            removal.delete_object(
                object_id,
                name=request.POST.get("name", ""),
                expected=int(said) if said.isdigit() else -1,
                actor=actor,
            )
        except Conflict as error:
            fault = str(error)
        except Invalid as error:
            name_fault = " ".join(str(text) for texts in error.fields.values() for text in texts)
        else:
            # The sidebar and the page it was asked from are without it.
            return redirect(request, f"/settings/{DATA_MODEL}/")
    context = {
        "made": made,
        "loss": removal.object_loss(made, actor=actor),
        "used": removal.why_kept(made),
        "fault": fault,
        "name_fault": name_fault,
        "current": DATA_MODEL,
    }
    status = 409 if fault else 422 if name_fault else 200
    return render_page(request, "records/object_delete.html", context, "form", status=status)


def _drawer(request: HttpRequest, form: ObjectForm, made: CustomObject | None) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "made": made, "icons": ICONS.items(), "current": DATA_MODEL}
    if made is not None:
        count = custom_objects.count_records(made, actor=actor_of(request))
        context["records"] = ngettext("%(count)d record", "%(count)d records", count) % {"count": count}
    chosen = form["icon"].value()
    context["chosen_icon"] = chosen if chosen in ICONS else "box"
    return render_page(request, "records/object_form.html", context, "form", status=422 if form.errors else 200)
