"""The page behind an invitation's link: for visitors, and outside any workspace until it is accepted."""

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from autocrm.kernel.errors import Denied, Invalid, LimitReached, NotFound
from autocrm.ui.rendering import redirect, render_page
from autocrm.users.door import outside_workspaces
from autocrm.users.forms import AcceptForm, take_errors
from autocrm.users.models import User
from autocrm.users.services import invitations

TEMPLATE = "users/invitation.html"


@outside_workspaces
@never_cache
@require_http_methods(["GET", "POST"])
def accept(request: HttpRequest, key: str) -> HttpResponse:
    """Join a workspace: with the account one is signed in with, or with a new one."""
    try:
        found = invitations.get_open_invitation(key)
    except NotFound:
        return render_page(request, TEMPLATE, {"is_dead": True}, status=404)
    user = request.user if isinstance(request.user, User) else None
    form = AcceptForm(request.POST or None, initial={"name": found.invitation.name})
    sign_in = f"{resolve_url(settings.LOGIN_URL)}?next={request.path}"
    context = {"found": found, "form": form, "person": user, "sign_in": sign_in}
    wants_form = user is None and not found.has_account
    if request.method != "POST" or (wants_form and not form.is_valid()):
        return render_page(request, TEMPLATE, context, status=422 if form.errors and wants_form else 200)
    try:
        answers = {name: form.cleaned_data[name] for name in ("name", "password")} if wants_form else {}
        member = invitations.accept_invitation(key, user=user, **answers)
    except (Invalid, LimitReached, Denied) as error:
        if wants_form:
            take_errors(form, error)
        return render_page(request, TEMPLATE, {**context, "refusal": error.message}, status=422)
    if user is None:
        login(request, member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    # The link was opened on the workspace's own host, so its home is here.
    return redirect(request, "/")
