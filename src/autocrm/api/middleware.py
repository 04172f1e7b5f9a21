"""What holds for every address under /api/: limits, idempotency keys, and errors that are always problem+json."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from autocrm.api import idempotency, limits
from autocrm.api.problems import CONTENT_TYPE, Problem
from autocrm.kernel.actors import Actor

GetResponse = Callable[[HttpRequest], HttpResponse]

PREFIX = "/api/"


class ProblemMiddleware:
    """Outside of nearly everything: an error from whatever stood before the API's own handler becomes a problem too."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(PREFIX):
            return response
        # Answers hold one workspace's data for one asker; no cache in between may keep them.
        response.setdefault("Cache-Control", "private, no-store")
        if response.status_code < 400 or "json" in response.get("Content-Type", ""):
            return response
        return _as_problem(request, response)


class ApiMiddleware:
    """Inside of the workspace's door: knows who asks."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        decision = vars(request).get("rate_limit")
        if decision is not None:
            limits.add_headers(response, decision)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Refuse who asks too often, answer who repeats a key, pass on everybody else."""
        if not request.path.startswith(PREFIX):
            return None
        actor: Actor | None = getattr(request, "actor", None)
        decision = limits.check(request, actor)
        vars(request)["rate_limit"] = decision
        if not decision.allowed:
            return limits.refusal(decision).as_response(request.path)
        if actor is not None and idempotency.applies_to(request):
            return idempotency.answer_once(request, actor, view, args, kwargs)
        return None


def _as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    status = response.status_code
    phrase = HTTPStatus(status).phrase
    code = {401: "not_authenticated", 403: "denied", 404: "not_found"}.get(status, phrase.lower().replace(" ", "_"))
    is_short = response.get("Content-Type", "").startswith("text/plain")
    detail = response.content.decode() if is_short else phrase
    found = Problem(status, code, detail).as_response(request.path)
    for name in ("WWW-Authenticate", "Retry-After", "X-Request-ID", "Allow"):
        if name in response:
            found[name] = response[name]
    found["Cache-Control"] = "private, no-store"
    found["Content-Type"] = CONTENT_TYPE
    return found
