"""What holds for every page: headers that keep browsers careful, and errors translated once for all views."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from autocrm.kernel.errors import Denied
from autocrm.ui.rendering import redirect
from autocrm.web.errors import answer, tell

GetResponse = Callable[[HttpRequest], HttpResponse]


# What a page of ours never asks a browser for.
_NO_DEVICES = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"


class HeadersMiddleware:
    """Adds what Django's and django-csp's middlewares leave out."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", _NO_DEVICES)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if settings.SESSION_COOKIE_NAME in request.COOKIES and "Cache-Control" not in response:
            # A signed-in page is for one person; the browser may keep it, but asks before it shows it again.
            response["Cache-Control"] = "private, no-cache"
        return response


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
