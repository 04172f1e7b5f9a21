"""Errors of the API, translated once: RFC 9457 problem+json.

`type` is a stable name of the kind, `code` a finer machine-readable word, `errors` maps a field to its messages.
What went wrong inside (SQL, constraint names, traces) goes to the log under an id and is never sent.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, DataError, IntegrityError, OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from autocrm.api.renderers import to_json
from autocrm.kernel.errors import (
    AutoCRMError,
    Conflict,
    Denied,
    Invalid,
    LimitReached,
    NotFound,
    Text,
    TookTooLong,
    Upstream,
)
from autocrm.kernel.http_conditions import PRECONDITION_FAILED
from autocrm.kernel.ids import new_id
from autocrm.records.errors import Merged, StaleVersion

CONTENT_TYPE = "application/problem+json"

# Which answer each branch of the kernel's tree gets; the first that fits.
_STATUSES: tuple[tuple[type[AutoCRMError], int], ...] = (
    (Denied, 403),
    (Merged, 410),
    (NotFound, 404),
    (Invalid, 422),
    (Conflict, 409),
    (LimitReached, 429),
    (TookTooLong, 503),
    (Upstream, 502),
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as the API says it; `more` are further members, `headers` go beside it."""

    status: int
    code: str
    detail: Text = ""
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, instance: str) -> dict[str, Any]:
        """The members of the problem document."""
        document: dict[str, Any] = {
            "type": f"urn:autocrm:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": force_str(self.detail),
            "instance": instance,
            "code": self.code,
        }
        if self.errors:
            document["errors"] = self.errors
        return {**self.more, **document}

    def as_response(self, instance: str) -> HttpResponse:
        """The answer, for places where the REST framework is not there."""
        response = HttpResponse(to_json(self.body(instance)), status=self.status, content_type=CONTENT_TYPE)
        for name, value in self.headers.items():
            response[name] = value
        return response


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The REST framework's exception handler; None leaves a defect to Django, which logs it."""
    found = describe(error)
    if found is None:
        return None
    request = context.get("request")
    set_rollback()
    instance = "" if request is None else request.path
    if isinstance(error, StaleVersion) and request is not None and "If-Match" in request.headers:
        found = replace(found, status=412, code=PRECONDITION_FAILED)
    return Response(found.body(instance), status=found.status, headers=dict(found.headers), content_type=CONTENT_TYPE)


def describe(error: Exception) -> Problem | None:
    """What the API says of `error`; None for a defect."""
    match error:
        case AutoCRMError():
            return _of_kernel(error)
        case exceptions.APIException():
            return _of_framework(error)
        case DatabaseError():
            return _of_database(error)
        case _:
            return _of_django(error)


def _of_django(error: Exception) -> Problem | None:
    match error:
        case Http404():
            return Problem(404, "not_found", NotFound.default_message)
        case PermissionDenied():
            return Problem(403, "denied", Denied.default_message)
        case UnreadablePostError():
            return Problem(400, "cut_off", _("The request was cut off."))
        case _:
            return None


def _of_kernel(error: AutoCRMError) -> Problem:
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    if isinstance(error, Invalid):
        errors = {key: [force_str(text) for text in texts] for key, texts in error.fields.items()}
        return Problem(422, error.code, error.message, errors=errors)
    if isinstance(error, Conflict):
        status = 412 if error.code == PRECONDITION_FAILED else status
        return Problem(status, error.code, error.message, more={"current": error.details} if error.details else {})
    if isinstance(error, LimitReached | TookTooLong):
        # Waiting does not help against a plan's limit: that one is about what was asked, not about when.
        if error.retry_after is None:
            return Problem(422, error.code, error.message)
        return Problem(status, error.code, error.message, headers={"Retry-After": str(error.retry_after)})
    if isinstance(error, Upstream):
        return Problem(status, error.code, error.message, more={"retryable": error.retryable})
    more = {"merged_into": str(error.survivor_id)} if isinstance(error, Merged) else {}
    return Problem(status, error.code, error.message, more=more)


def _of_framework(error: exceptions.APIException) -> Problem:
    headers: dict[str, str] = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if (wait := getattr(error, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    if isinstance(error, exceptions.ValidationError):
        errors: dict[str, list[str]] = {}
        for path, text in _flattened(error.detail):
            errors.setdefault(path, []).append(text)
        return Problem(422, "invalid", Invalid.default_message, errors=errors)
    code = error.get_codes() if isinstance(error.detail, str) else error.default_code
    return Problem(error.status_code, str(code), force_str(error.detail), headers=headers)


def _of_database(error: DatabaseError) -> Problem:
    error_id = str(new_id())
    logger.error("api.database_error %s", error_id, exc_info=error)
    more = {"error_id": error_id}
    if isinstance(error, IntegrityError):
        return Problem(409, "conflict", _("Something else already has this value, or is still in use."), more=more)
    if isinstance(error, DataError):
        return Problem(422, "invalid", _("A value is too long or out of range."), more=more)
    if isinstance(error, OperationalError):
        text = _("The database does not answer. Try again in a moment.")
        return Problem(503, "unavailable", text, more=more, headers={"Retry-After": "5"})
    return Problem(500, "error", _("Something broke on our side."), more=more)


def _flattened(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The framework's nested complaints as (path, text): `lines.0.amount`; `""` is the whole input."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            name = "" if key == "non_field_errors" else force_str(key)
            yield from _flattened(inner, f"{path}.{name}".strip("."))
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            is_text = not isinstance(inner, Mapping | list | tuple)
            yield from _flattened(inner, path if is_text else f"{path}.{place}".strip("."))
    else:
        yield path, force_str(detail)
