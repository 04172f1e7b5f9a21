"""Rate limits of the API: one bucket for each token or person, one for each address of strangers; said in headers."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from autocrm.api.problems import Problem
from autocrm.kernel import ratelimit
from autocrm.kernel.actors import Actor
from autocrm.kernel.ratelimit import Decision, Rate

MINUTE = 60.0
# A stranger is answered 401 all the same; this keeps that from costing us much.
STRANGERS = Rate(limit=120, seconds=MINUTE)


def check(request: HttpRequest, actor: Actor | None) -> Decision:
    """Count this request and say whether it may go on."""
    if actor is None:
        address = str(request.META.get("REMOTE_ADDR", ""))
        return ratelimit.check(STRANGERS, tenant_id=None, key=address, route="api")
    rate = Rate(limit=settings.API_RATE_PER_MINUTE, seconds=MINUTE)
    who = str(actor.token_id or actor.user_id)
    return ratelimit.check(rate, tenant_id=actor.tenant_id, key=who, route="api")


def refusal(decision: Decision) -> Problem:
    """Too many requests, and when to come back."""
    return Problem(
        429,
        "rate_limited",
        _("Too many requests. Try again in %(seconds)s s.") % {"seconds": decision.retry_after},
        headers={"Retry-After": str(decision.retry_after)},
    )


def add_headers(response: HttpResponseBase, decision: Decision) -> None:
    """Tell the client where it stands, under the names of both customs."""
    for prefix in ("RateLimit", "X-RateLimit"):
        response[f"{prefix}-Limit"] = str(decision.limit)
        response[f"{prefix}-Remaining"] = str(decision.remaining)
        response[f"{prefix}-Reset"] = str(decision.reset_seconds)
