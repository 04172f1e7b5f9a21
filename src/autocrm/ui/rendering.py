"""Answers of pages: whole, or the fragment htmx asked for; HX-Trigger says what the browser does next."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.encoding import force_str

from autocrm.kernel.errors import Text

Level = Literal["ok", "bad", "info"]
Answer = TypeVar("Answer", bound=HttpResponse)


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page; a boosted link or a history restore wants the whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Boosted") != "true"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    partial: str | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The page, or its named partial (`{% partialdef %}`) when htmx asks for a fragment."""
    name = f"{template}#{partial}" if partial and is_fragment(request) else template
    response = HttpResponse(render_to_string(name, dict(context or {}), request), status=status)
    # The same URL has two answers; without this a browser's back button may show a bare fragment.
    patch_vary_headers(response, ["HX-Request"])
    return response


def trigger(response: Answer, event: str, detail: object = None) -> Answer:
    """Have the browser dispatch `event` on the element that asked; adds to events set before."""
    events: dict[str, Any] = json.loads(response.get("HX-Trigger") or "{}")
    events[event] = detail
    # Header values travel as latin-1; JSON escapes keep every script readable on the other side.
    response["HX-Trigger"] = json.dumps(events, default=force_str)
    return response


def toast(
    response: Answer,
    message: Text,
    undo_url: str | None = None,
    *,
    level: Level = "ok",
    action: tuple[Text, str] | None = None,
) -> Answer:
    """Say `message` at the bottom of the page, with Undo for 8 s or a link (`action`: label and url)."""
    detail: dict[str, Any] = {"message": force_str(message), "level": level}
    if undo_url:
        detail["undo_url"] = undo_url
    if action:
        detail["action"] = [force_str(action[0]), action[1]]
    return trigger(response, "autocrm:toast", detail)


def changed(response: Answer, record_type: str, ids: Iterable[object] = ()) -> Answer:
    """Tell lists, related cards and tiles on the page that records changed, so that they load again."""
    return trigger(response, "autocrm:changed", {"type": record_type, "ids": [str(each) for each in ids]})


def close_drawer(response: Answer) -> Answer:
    """Close the drawer without asking about what was typed."""
    return trigger(response, "autocrm:drawer-close", {})


def no_content(message: Text | None = None, undo_url: str | None = None, *, level: Level = "ok") -> HttpResponse:
    """An answer that swaps nothing, with a toast when there is something to say."""
    response = HttpResponse(status=204)
    return toast(response, message, undo_url, level=level) if message else response


def redirect(request: HttpRequest, url: str) -> HttpResponse:
    """Send the person to another page, also from within an htmx request."""
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return HttpResponseRedirect(url)
