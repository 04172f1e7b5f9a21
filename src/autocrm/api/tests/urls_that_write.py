"""REST views for the tests of the API's conventions: one that writes and counts, one that fails as it is told."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DataError, IntegrityError, OperationalError, connection
from django.http import Http404
from django.urls import include, path
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.kernel.errors import Conflict, Denied, Invalid, LimitReached, NotFound, Upstream
from autocrm.kernel.http_conditions import PRECONDITION_FAILED
from autocrm.kernel.ids import new_id
from autocrm.notifications.models import NotificationCounter
from autocrm.records.errors import StaleVersion
from autocrm.users.authentication import actor_of

ERRORS: dict[str, Exception] = {
    "denied": Denied(),
    "not-found": NotFound(),
    "invalid": Invalid(fields={"email": ["That is no address."], "": ["Nothing fits."]}),
    "conflict": Conflict(details={"by": "Ana"}),
    "stale": StaleVersion(),
    "precondition": Conflict(code=PRECONDITION_FAILED),
    "plan": LimitReached("Your plan has room for 5 users."),
    "rate": LimitReached(retry_after=7),
    "upstream": Upstream(retryable=True),
    "framework-invalid": exceptions.ValidationError(
        {"lines": [{}, {"amount": ["Too much."]}], "non_field_errors": ["No."]}
    ),
    "framework-parse": exceptions.ParseError(),
    "framework-throttled": exceptions.Throttled(wait=3),
    "django-404": Http404("internal words"),
    "django-403": PermissionDenied("internal words"),
    "integrity": IntegrityError("duplicate key secret@example.com"),
    "data": DataError("value too long for secret@example.com"),
    "database": OperationalError("connection to 10.0.0.7 failed"),
    "defect": ZeroDivisionError("internal words"),
}


class Input(serializers.Serializer[Any]):
    amount = serializers.IntegerField(max_value=100)


class Counting(APIView):
    """Each successful call adds a row, so that a test sees how often the effect happened."""

    def post(self, request: Request) -> Response:
        serializer = Input(data=request.data)
        serializer.is_valid(raise_exception=True)
        NotificationCounter.objects.create(user_id=new_id(), last_seq=serializer.validated_data["amount"])
        if serializer.validated_data["amount"] == 99:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(1)")
        amount = serializer.validated_data["amount"]
        return Response({"amount": amount, "actor": actor_of(request).user_id}, status=201, headers={"Location": "/x/"})


class Failing(APIView):
    """Writes, then raises."""

    def get(self, request: Request, name: str) -> Response:
        del request
        NotificationCounter.objects.create(user_id=new_id())
        raise ERRORS[name]


urlpatterns = [
    path("api/v1/counting/", Counting.as_view()),
    path("api/v1/failing/<slug:name>/", Failing.as_view()),
    path("", include("autocrm.config.urls")),
]

handler400 = "autocrm.web.errors.bad_request"
handler403 = "autocrm.web.errors.forbidden"
handler404 = "autocrm.web.errors.not_found"
handler500 = "autocrm.web.errors.server_error"
