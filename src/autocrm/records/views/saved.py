"""Saved views: the form in the drawer, and what the menu of a tab does."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import force_str
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.errors import Denied, Invalid, LimitReached
from autocrm.kernel.permissions import authorize
from autocrm.records.lists import saved_views, view_services
from autocrm.records.lists.addresses import page_params
from autocrm.records.lists.saved_views import may_change
from autocrm.records.lists.view_forms import ViewForm, sharing_of
from autocrm.records.registry import RecordType
from autocrm.records.view_models import SavedView
from autocrm.ui.rendering import redirect, render_page
from autocrm.users.door import actor_of


@require_http_methods(["GET", "POST"])
def new_view(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """GET: the drawer. POST: keep the list that the page showed."""
    actor = actor_of(request)
    authorize(actor, record_type.permission(Verb.READ))
    if request.method == "GET":
        return _drawer(request, record_type, ViewForm(initial={"query": page_params(request).urlencode()}, actor=actor))
    form = ViewForm(request.POST, actor=actor)
    view = _saved(form, lambda: _create(record_type, form, actor)) if form.is_valid() else None
    if view is None:
        return _drawer(request, record_type, form, status=422)
    messages.success(request, _("%(name)s saved") % {"name": view.name})
    return redirect(request, _address(record_type, view))


@require_http_methods(["GET", "POST"])
def edit_view(request: HttpRequest, record_type: RecordType, view_id: UUID) -> HttpResponse:
    """GET: the drawer. POST: its name, who sees it, whether it is pinned and opened first."""
    actor = actor_of(request)
    view = saved_views.get_view(view_id, record_type=record_type, actor=actor)
    if not may_change(view, actor):
        raise Denied
    if request.method == "GET":
        return _drawer(request, record_type, ViewForm(initial=_initial(view, actor), actor=actor, view=view), view)
    form = ViewForm(request.POST, actor=actor, view=view)
    if not form.is_valid() or _saved(form, lambda: _change(record_type, view, form, actor)) is None:
        return _drawer(request, record_type, form, view, status=422)
    return _back(request, record_type, view)


@require_POST
def save_view(request: HttpRequest, record_type: RecordType, view_id: UUID) -> HttpResponse:
    """Keep what the page shows in the view that it began with."""
    actor = actor_of(request)
    saved_views.get_view(view_id, record_type=record_type, actor=actor)
    view = view_services.update_view(view_id, query=page_params(request).urlencode(), actor=actor)
    messages.success(request, _("%(name)s saved") % {"name": view.name})
    return redirect(request, _address(record_type, view))


@require_POST
def duplicate_view(request: HttpRequest, record_type: RecordType, view_id: UUID) -> HttpResponse:
    """A copy of one's own, which is opened."""
    saved_views.get_view(view_id, record_type=record_type, actor=actor_of(request))
    view = view_services.duplicate_view(view_id, actor=actor_of(request))
    messages.success(request, _("%(name)s saved") % {"name": view.name})
    return redirect(request, _address(record_type, view))


@require_POST
def delete_view(request: HttpRequest, record_type: RecordType, view_id: UUID) -> HttpResponse:
    """Delete a view and show everything."""
    view = saved_views.get_view(view_id, record_type=record_type, actor=actor_of(request))
    view_services.delete_view(view_id, actor=actor_of(request))
    messages.success(request, _("%(name)s deleted") % {"name": view.name})
    return redirect(request, f"/{record_type.plural}/?view=all")


@require_POST
def move_view(request: HttpRequest, record_type: RecordType, view_id: UUID) -> HttpResponse:
    """One place to the left (`by=-1`) or to the right."""
    view = saved_views.get_view(view_id, record_type=record_type, actor=actor_of(request))
    view_services.move_view(view_id, by=-1 if request.GET.get("by") == "-1" else 1, actor=actor_of(request))
    return _back(request, record_type, view)


@require_POST
def pin_view(request: HttpRequest, record_type: RecordType, view_id: UUID) -> HttpResponse:
    """Into the rail, or (`off`) out of it."""
    view = saved_views.get_view(view_id, record_type=record_type, actor=actor_of(request))
    view_services.pin_view(view_id, pinned="off" not in request.GET, actor=actor_of(request))
    return _back(request, record_type, view)


@require_POST
def open_with_view(request: HttpRequest, record_type: RecordType, view_id: UUID) -> HttpResponse:
    """What the bare address opens: this view, or (`off`) everything; `all` for everybody."""
    view = saved_views.get_view(view_id, record_type=record_type, actor=actor_of(request))
    view_services.set_default_view(
        record_type,
        None if "off" in request.GET else view_id,
        for_everybody="all" in request.GET,
        actor=actor_of(request),
    )
    return _back(request, record_type, view)


def _address(record_type: RecordType, view: SavedView) -> str:
    return f"/{record_type.plural}/?view={view.pk}"


def _back(request: HttpRequest, record_type: RecordType, view: SavedView) -> HttpResponse:
    """To the list as it was, with what was changed and not saved."""
    shown = page_params(request)
    is_open = shown.get("view") == str(view.pk)
    return redirect(request, f"/{record_type.plural}/?{shown.urlencode()}" if is_open else _address(record_type, view))


def _drawer(
    request: HttpRequest, record_type: RecordType, form: ViewForm, view: SavedView | None = None, *, status: int = 200
) -> HttpResponse:
    root = f"/{record_type.plural}/views/"
    context = {
        "form": form,
        "record_type": record_type,
        "heading": _("Save as a view") if view is None else view.name,
        "action": f"{root}new/" if view is None else f"{root}{view.pk}/edit/",
    }
    return render_page(request, "records/view_form.html", context, "form", status=status)


def _initial(view: SavedView, actor: Actor) -> dict[str, Any]:
    mine = saved_views.what_it_is_to(view, actor=actor)
    values = {"name": view.name, "visibility": sharing_of(view)}
    return values | {"pinned": mine.is_pinned, "opens": mine.opens_for_me}


def _saved(form: ViewForm, save: Any) -> SavedView | None:
    """What was saved, or None with the faults in the form."""
    try:
        with transaction.atomic():
            found: SavedView = save()
    except (Invalid, LimitReached) as error:
        faults = error.fields if isinstance(error, Invalid) else {}
        for key, texts in (faults or {"name": [str(error)]}).items():
            for text in texts:
                form.add_error(_input_of(key, form), force_str(text))
        return None
    return found


def _input_of(key: str, form: ViewForm) -> str:
    """The input that a fault belongs to; who sees a view and which team are one."""
    shown = "visibility" if key == "team" else key
    return shown if shown in form.fields and shown != "query" else "name"


def _create(record_type: RecordType, form: ViewForm, actor: Actor) -> SavedView:
    values = form.cleaned_data
    view = view_services.create_view(
        record_type,
        name=values["name"],
        query=values["query"],
        visibility=form.visibility_chosen,
        team=form.team_chosen,
        actor=actor,
    )
    return _place(record_type, view, form, actor)


def _change(record_type: RecordType, view: SavedView, form: ViewForm, actor: Actor) -> SavedView:
    changed = view_services.update_view(
        view.pk,
        name=form.cleaned_data["name"],
        visibility=form.visibility_chosen if "visibility" in form.fields else None,
        team=form.team_chosen,
        actor=actor,
    )
    return _place(record_type, changed, form, actor)


def _place(record_type: RecordType, view: SavedView, form: ViewForm, actor: Actor) -> SavedView:
    """Pin it and open the list with it, as far as that is not so already."""
    now = saved_views.what_it_is_to(view, actor=actor)
    if form.cleaned_data["pinned"] != now.is_pinned:
        view_services.pin_view(view.pk, pinned=form.cleaned_data["pinned"], actor=actor)
    if form.cleaned_data["opens"] != now.opens_for_me:
        chosen = view.pk if form.cleaned_data["opens"] else None
        view_services.set_default_view(record_type, chosen, actor=actor)
    return view
