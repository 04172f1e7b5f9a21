"""Idempotency-Key for POST and PATCH: the same key gets the same answer, and the effect happens once.

The answer is stored in the transaction of the effect. Only successes are: a refused request changed nothing, and its
repetition may well succeed. While the first request runs, a second one with its key is told to wait (409).
"""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from autocrm.api.models import KEPT, IdempotencyKey
from autocrm.api.problems import Problem
from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.sealing import seal, unseal
from autocrm.kernel.tenancy import current_database

METHODS = frozenset({"POST", "PATCH"})
MAX_KEY = 255
PURPOSE = "api.idempotency_key"
# What of an answer's headers belongs to it rather than to the connection.
KEPT_HEADERS = ("Content-Type", "Location", "ETag")

View = Callable[..., HttpResponseBase]


def applies_to(request: HttpRequest) -> bool:
    """Whether this request asks to be done only once."""
    return request.method in METHODS and "Idempotency-Key" in request.headers


def answer_once(
    request: HttpRequest, actor: Actor, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> HttpResponseBase:
    """Run `view` and keep its answer, or give the one that was kept."""
    key = request.headers["Idempotency-Key"].strip()
    if not key or len(key) > MAX_KEY or not key.isprintable():
        detail = _("An Idempotency-Key has 1 to %(max)s printable characters.") % {"max": MAX_KEY}
        return Problem(422, "idempotency_key_invalid", detail).as_response(request.path)
    with ExitStack() as stack:
        # What ATOMIC_REQUESTS does for views; this one is called from here.
        for alias, settings in connections.settings.items():
            if settings["ATOMIC_REQUESTS"]:
                stack.enter_context(transaction.atomic(using=alias))
        return _answer(request, _actor_key(actor), key, lambda: view(request, *args, **kwargs))


def _answer(request: HttpRequest, actor_key: str, key: str, run: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    if not _lock(actor_key, key):
        detail = _("A request with this Idempotency-Key is still running.")
        wait = {"Retry-After": "1"}
        return Problem(409, "idempotency_in_progress", detail, headers=wait).as_response(request.path)
    digest = _digest(request)
    kept = IdempotencyKey.objects.filter(actor_key=actor_key, key=key).first()
    if kept is not None and kept.created_at < now() - KEPT:
        kept.delete()
        kept = None
    if kept is None:
        return _run(actor_key, key, digest, run)
    if kept.request_hash != digest:
        detail = _("This Idempotency-Key was used for a different request.")
        return Problem(422, "idempotency_key_reused", detail).as_response(request.path)
    return _replay(kept)


def _run(actor_key: str, key: str, digest: str, run: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    response = run()
    if not isinstance(response, HttpResponse):
        return response
    if hasattr(response, "render"):
        response = response.render()
    if response.status_code < 300 and not connections[current_database()].needs_rollback:
        IdempotencyKey.objects.create(
            actor_key=actor_key,
            key=key,
            request_hash=digest,
            status=response.status_code,
            headers={name: response[name] for name in KEPT_HEADERS if name in response},
            sealed_body=seal(response.content.decode(), purpose=PURPOSE),
        )
    return response


def _replay(kept: IdempotencyKey) -> HttpResponse:
    response = HttpResponse(unseal(kept.sealed_body, purpose=PURPOSE), status=kept.status)
    if "Content-Type" not in kept.headers:
        del response["Content-Type"]
    for name, value in kept.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def _lock(actor_key: str, key: str) -> bool:
    """Hold this key until commit; False when another request holds it. The lock of one tenant is not another's."""
    with connections[current_database()].cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(current_setting('app.tenant') || %s || %s, 7))",
            [f"/{actor_key}/", key],
        )
        return bool(cursor.fetchone()[0])


def _digest(request: HttpRequest) -> str:
    digest = hashlib.sha256()
    for part in (request.method or "", request.get_full_path(), request.content_type or ""):
        digest.update(part.encode() + b"\x00")
    digest.update(request.body)
    return digest.hexdigest()


def _actor_key(actor: Actor) -> str:
    return f"token:{actor.token_id}" if actor.token_id else f"user:{actor.user_id}"
