"""Errors as pages: the one translation of the kernel's errors for people, and the handlers Django calls.

A whole page for a browser, a short text that the page shows as a message for htmx. What went wrong inside (SQL,
constraint names, traces) is written to the log under an id and never sent.
"""

import logging
from dataclasses import dataclass

from django.db import DatabaseError, DataError, IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.middleware.csrf import REASON_BAD_ORIGIN
from django.shortcuts import render
from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _

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
from autocrm.kernel.ids import new_id
from autocrm.ui.context import read_appearance
from autocrm.ui.rendering import toast
from autocrm.users.door import speak_to

logger = logging.getLogger(__name__)

STATUSES: tuple[tuple[type[AutoCRMError], int], ...] = (
    (Denied, 403),
    (NotFound, 404),
    (Invalid, 422),
    (Conflict, 409),
    (LimitReached, 429),
    (TookTooLong, 503),
    (Upstream, 502),
)
# Answers that htmx swaps in: forms with their errors, conflicts.
SWAPPED = frozenset({409, 422})
# Bodies for requests that will never be looked at as a page.
API_PREFIX = "/api/"


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told of an error."""

    status: int
    message: Text
    error_id: str = ""
    retry_after: int | None = None


def tell(error: Exception) -> Told | None:
    """The words for an error that services or the database raise; None for what is not ours to translate."""
    if isinstance(error, AutoCRMError):
        status = next((status for kind, status in STATUSES if isinstance(error, kind)), 500)
        retry_after: int | None = getattr(error, "retry_after", None)
        if isinstance(error, LimitReached) and retry_after is None:
            # Waiting does not help against a plan's limit: that one is about what was asked, not about when.
            status = 422
        return Told(status, _in_words(error), retry_after=retry_after)
    if isinstance(error, UnreadablePostError):
        return Told(400, _("The request was cut off."))
    return _of_database(error) if isinstance(error, DatabaseError) else None


def _of_database(error: DatabaseError) -> Told:
    if isinstance(error, IntegrityError):
        return Told(409, _("Something else already has this value, or is still in use."), _logged(error))
    if isinstance(error, DataError):
        return Told(422, _("A value is too long, out of range, or contains characters that cannot be stored."))
    if isinstance(error, OperationalError):
        return Told(503, _("The database does not answer. Try again in a moment."), _logged(error), retry_after=5)
    return Told(500, _("Something broke on our side."), _logged(error))


def answer(request: HttpRequest, told: Told) -> HttpResponse:
    """The error as this request wants it."""
    if request.headers.get("HX-Request") == "true" or request.path.startswith(API_PREFIX):
        response = HttpResponse(force_str(told.message), status=told.status, content_type="text/plain; charset=utf-8")
        if told.status in SWAPPED:
            # The browser's side would put this text where the form was; it says all other failures by itself.
            response["HX-Reswap"] = "none"
            toast(response, told.message, level="bad")
    else:
        # The look alone: the shell asks the database, which may be what is broken.
        look = read_appearance(request.COOKIES)
        context = {"message": told.message, "error_id": told.error_id, "shell": look}
        template = f"{told.status}.html" if told.status in {400, 403, 404, 500} else "web/error.html"
        response = render(request, template, context, status=told.status)
    if told.error_id:
        response["X-Request-ID"] = told.error_id
    if told.retry_after is not None:
        response["Retry-After"] = str(told.retry_after)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django refused the request before any view saw it: an unknown host, too many fields, a broken cookie."""
    logger.info("web.bad_request %s", type(exception).__name__)
    return answer(request, Told(400, _("The request was not understood.")))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """PermissionDenied from Django or a package."""
    del exception
    return answer(request, Told(403, Denied.default_message))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such address, or Http404 from Django or a package."""
    del exception
    speak_to(request)
    return answer(request, Told(404, NotFound.default_message))


def server_error(request: HttpRequest) -> HttpResponse:
    """A defect. Django has logged the trace; the id leads from the person's screen to the log."""
    error_id = str(new_id())
    logger.error("web.server_error %s at %s", error_id, request.path)
    return answer(request, Told(500, _("Something broke on our side."), error_id))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the proof that it comes from us: usually a page that was open across a sign-in."""
    logger.info("web.csrf_failure at %s: %s", request.path, reason)
    if reason.startswith(REASON_BAD_ORIGIN.split("%", 1)[0]):
        return answer(request, Told(403, _("This form was sent from another site.")))
    return answer(request, Told(403, _("This page is no longer valid. Load it again and repeat what you did.")))


def _in_words(error: AutoCRMError) -> Text:
    """The message; of an Invalid that no form caught, the first complaint as well."""
    if isinstance(error, Invalid):
        for texts in error.fields.values():
            if texts:
                return force_str(texts[0])
    return error.message


def _logged(error: Exception) -> str:
    error_id = str(new_id())
    logger.error("web.database_error %s", error_id, exc_info=error)
    return error_id
