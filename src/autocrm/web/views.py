"""The way home, the palette, the tray of background work."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Denied
from autocrm.kernel.long_work import list_recent
from autocrm.kernel.palette import search_all
from autocrm.ui.rendering import render_page
from autocrm.users.door import actor_of, door_of, open_to_all
from autocrm.web.navigation import list_entries
from autocrm.web.palette import MAX_QUERY, grouped
from autocrm.web.shell import list_workspaces, workspace_url


@open_to_all
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """To the dashboard; outside a workspace to the only one there is, or a choice of them."""
    door = door_of(request)
    if door.actor is not None:
        return HttpResponseRedirect(_first_page(door.actor))
    if door.user is None:
        raise Denied
    if door.is_named:
        door.ensure_admitted()
    places = list_workspaces(door.user)
    if len(places) == 1:
        return HttpResponseRedirect(workspace_url(request, places[0]))
    links = [(each.name, workspace_url(request, each)) for each in places]
    return render_page(request, "web/workspaces.html", {"links": links})


@require_GET
@never_cache
def palette(request: HttpRequest) -> HttpResponse:
    """What the query finds, in groups; without one, where to go and what to do."""
    query = request.GET.get("q", "")[:MAX_QUERY].strip()
    found = search_all(query, actor=actor_of(request))
    return render_page(request, "web/palette.html", {"groups": grouped(found, query), "query": query})


@require_GET
@never_cache
def tray(request: HttpRequest) -> HttpResponse:
    """What runs in the background for this person, and what ended lately."""
    return render_page(request, "web/tray.html", {"works": list_recent(actor_of(request))})


def _first_page(actor: Actor) -> str:
    entries = [each for each in list_entries(actor) if each.url and each.url != "/"]
    chosen = next((each for each in entries if each.key == "dashboard"), entries[0])
    return chosen.url
