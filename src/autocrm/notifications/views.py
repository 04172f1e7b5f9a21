"""Pages: the bell's list, the inbox, opening one, marking and putting away."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import NotFound
from autocrm.kernel.ids import parse_id
from autocrm.kernel.text import read_count
from autocrm.notifications import following, selectors, services
from autocrm.notifications.kinds import kinds
from autocrm.records.selectors import get_type
from autocrm.ui.rendering import is_fragment, no_content, render_page, toast, trigger
from autocrm.users.door import actor_of

BELL_LIMIT = 20
INBOX = "/inbox/"


@require_GET
@never_cache
def bell(request: HttpRequest) -> HttpResponse:
    """The newest ones, for the popover of the bell."""
    return _bell(request, actor_of(request))


def _bell(request: HttpRequest, actor: Actor) -> HttpResponse:
    page = selectors.list_page(actor, limit=BELL_LIMIT)
    response = render_page(
        request, "notifications/bell.html", {"page": page, "counts": selectors.get_counts(actor), "inbox": INBOX}
    )
    services.mark_seen(page.notifications, actor=actor)
    return response


@require_GET
@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    """Everything, page by page; `unread=1` leaves out what was read."""
    actor = actor_of(request)
    unread = request.GET.get("unread") == "1"
    before = request.GET.get("before", "")
    page = selectors.list_page(actor, before=read_count(before), unread=unread)
    context = {"page": page, "counts": selectors.get_counts(actor), "unread": unread, "everything": not unread}
    response = render_page(request, "notifications/inbox.html", context, partial="rows" if before else "list")
    services.mark_seen(page.notifications, actor=actor)
    return response


@require_GET
@never_cache
def counts(request: HttpRequest) -> HttpResponse:
    """What the bell shows, for pages whose socket does not hold."""
    found = selectors.get_counts(actor_of(request))
    return JsonResponse({"unread": found.unread, "last_seq": found.last_seq})


@require_GET
@never_cache
def open_one(request: HttpRequest, notification_id: UUID) -> HttpResponse:
    """Read one: mark it and go where it leads."""
    actor = actor_of(request)
    notification = selectors.find_notification(notification_id, actor)
    if notification is None:
        raise NotFound
    services.mark_read([notification.id], actor=actor)
    return HttpResponseRedirect(notification.url or INBOX)


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark `ids`, or with `all` everything up to the number `up_to`; answers with the bell's list."""
    actor = actor_of(request)
    if "all" in request.POST:
        up_to = request.POST.get("up_to", "")
        services.mark_all_read(actor=actor, up_to_seq=read_count(up_to))
    else:
        services.mark_read([parse_id(each) for each in request.POST.getlist("ids")], actor=actor)
    if not is_fragment(request):
        return HttpResponseRedirect(INBOX)
    return _bell(request, actor)


@require_POST
def put_away(request: HttpRequest) -> HttpResponse:
    """Put `ids` away; answers with nothing, so that the row goes, and with the address that takes it back."""
    actor = actor_of(request)
    ids = [parse_id(each) for each in request.POST.getlist("ids")]
    services.archive(ids, actor=actor)
    back = urlencode({"ids": ids}, doseq=True)
    return toast(HttpResponse(""), _("Put away"), undo_url=f"{reverse('notifications:put-back')}?{back}")


@require_POST
def put_back(request: HttpRequest) -> HttpResponse:
    """Take the `ids` of the address back into the inbox; lists of notifications on the page load again."""
    services.put_back([parse_id(each) for each in request.GET.getlist("ids")], actor=actor_of(request))
    return trigger(no_content(), "autocrm:notification", {})


def preferences(request: HttpRequest) -> HttpResponse:
    """Which kinds one wants in the app."""
    actor = actor_of(request)
    if request.method == "POST":
        for kind in kinds:
            if not kind.mandatory:
                services.set_preference(kind.key, is_on=kind.key in request.POST.getlist("on"), actor=actor)
    wishes = selectors.list_preferences(actor)
    rows = [(kind, kind.mandatory or wishes.get(kind.key, True)) for kind in kinds]
    response = render_page(
        request, "notifications/preferences.html", {"rows": rows, "current": "notifications"}, partial="form"
    )
    return toast(response, _("Saved")) if request.method == "POST" else response


@require_POST
def follow(request: HttpRequest, kind: str, record_id: UUID) -> HttpResponse:
    """Follow a record with `on`, else no more; answers with the button."""
    actor = actor_of(request)
    record_type = get_type(kind)
    is_on = request.POST.get("on") == "1"
    (following.follow if is_on else following.unfollow)(record_type, record_id, actor=actor)
    context = {"record_type": record_type, "record_id": record_id, "is_following": is_on}
    response = render_page(request, "notifications/follow.html", context)
    said = _("You will hear what others change here.") if is_on else _("You will hear of this no more.")
    return toast(response, said)
