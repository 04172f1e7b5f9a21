"""The calendar address: the file itself, read by calendar programs, and the settings page to copy or revoke it."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from autocrm.activities import feeds
from autocrm.kernel.errors import NotFound
from autocrm.ui.rendering import redirect, render_page, toast
from autocrm.users.door import actor_of, outside_workspaces

PAGE = "activities/calendar.html"


@require_safe
@outside_workspaces
def read(request: HttpRequest, key: str) -> HttpResponse:
    """The calendar behind a secret address; 404 for any that is not, or no longer, one."""
    found = feeds.read_feed(key)
    if found is None:
        raise NotFound
    content, digest = found
    etag = f'"{digest}"'
    is_known = etag in [each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")]
    response = HttpResponse(status=304) if is_known else HttpResponse(content)
    response["Content-Type"] = "text/calendar; charset=utf-8"
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=0, must-revalidate"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The page with one's own address."""
    feed = feeds.find_feed(actor_of(request))
    key = feeds.key_of(feed) if feed is not None else ""
    url = request.build_absolute_uri(reverse("activities:calendar-feed", args=[key])) if key else ""
    webcal = "webcal" + url[url.index(":") :] if url else ""
    return render_page(request, PAGE, {"feed": feed, "url": url, "webcal": webcal})


@require_POST
def renew(request: HttpRequest) -> HttpResponse:
    """A new address; the one before answers nobody from now on."""
    feeds.renew_feed(actor=actor_of(request))
    return toast(redirect(request, reverse("activities:calendar")), _("Calendar address made"))


@require_POST
def revoke(request: HttpRequest) -> HttpResponse:
    """No address any more."""
    feeds.revoke_feed(actor=actor_of(request))
    return toast(redirect(request, reverse("activities:calendar")), _("Calendar address revoked"))
