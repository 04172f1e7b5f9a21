"""Translates what services raise into pages, once for all views, after the request's transaction was rolled back."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from autocrm.kernel.errors import Denied
from autocrm.ui.rendering import redirect
from autocrm.web.errors import answer, tell

GetResponse = Callable[[HttpRequest], HttpResponse]


class ErrorMiddleware:
    """Innermost of all: sees a view's exception before Django does.

    ATOMIC_REQUESTS wraps the view itself, so by now nothing of it is left in the database.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The answer to an error of the kernel's tree or of the database; None leaves anything else to Django."""
        if isinstance(exception, Denied) and not _signed_in(request):
            return _sign_in(request)
        told = tell(exception)
        return None if told is None else answer(request, told)


def _signed_in(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return bool(user is not None and user.is_authenticated) or getattr(request, "actor", None) is not None


def _sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, and back to where the person was."""
    if request.headers.get("HX-Request") == "true":
        return redirect(request, reverse(settings.LOGIN_URL))
    return redirect_to_login(request.get_full_path(), reverse(settings.LOGIN_URL))
