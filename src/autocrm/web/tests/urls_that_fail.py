"""Addresses whose views raise, for the tests of errors."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path

from autocrm.kernel.errors import Conflict, Denied, Invalid, LimitReached, NotFound, TookTooLong, Upstream
from autocrm.notifications.models import NotificationCounter

ERRORS: dict[str, Exception] = {
    "denied": Denied("Your role does not allow this."),
    "not-found": NotFound(),
    "invalid": Invalid(fields={"email": ["That is no address."]}),
    "conflict": Conflict("Ana changed this."),
    "limit": LimitReached("Your plan has room for 5 users."),
    "rate": LimitReached("Slow down.", retry_after=7),
    "took-too-long": TookTooLong(),
    "upstream": Upstream("The mail server said no.", retryable=True),
    "integrity": IntegrityError('duplicate key value violates "contacts_email_key" DETAIL: secret@example.com'),
    "database": OperationalError("connection to server at 10.0.0.7 failed"),
    "django-404": Http404("internal words"),
    "django-403": PermissionDenied("internal words"),
    "suspicious": SuspiciousOperation("internal words"),
    "defect": ZeroDivisionError("internal words"),
}


def fail(request: HttpRequest, name: str) -> HttpResponse:
    """Write something, then raise."""
    NotificationCounter.objects.update_or_create(user_id=request.user.id, defaults={"last_seq": 77})
    raise ERRORS[name]


urlpatterns = [
    path("fail/<slug:name>/", fail),
    path("api/v1/fail/<slug:name>/", fail),
    path("", include("autocrm.config.urls")),
]

handler400 = "autocrm.web.errors.bad_request"
handler403 = "autocrm.web.errors.forbidden"
handler404 = "autocrm.web.errors.not_found"
handler500 = "autocrm.web.errors.server_error"
