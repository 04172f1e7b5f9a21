"""One's own settings: profile, password, sessions."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.kernel.errors import Denied, Invalid
from autocrm.ui.rendering import changed, no_content, redirect, render_page
from autocrm.users.door import actor_of
from autocrm.users.forms import PasswordForm, ProfileForm, take_errors
from autocrm.users.models import User
from autocrm.users.services import people


@require_GET
def settings_home(request: HttpRequest) -> HttpResponse:
    """The settings area begins with oneself."""
    actor_of(request)
    return HttpResponseRedirect("/settings/profile/")


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, language, time zone; the ways to the password and the second factor."""
    user = _person(request)
    initial = {"name": user.name, "locale": user.locale, "time_zone": user.time_zone}
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            people.update_profile(form.cleaned_data, actor=actor_of(request))
        except Invalid as error:
            take_errors(form, error)
        else:
            messages.success(request, _("Profile saved"))
            return redirect(request, "/settings/profile/")
    context = {"form": form, "password_form": PasswordForm(), "current": "profile"}
    return render_page(request, "users/profile.html", context, status=422 if form.errors else 200)


@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; this session stays, all others end."""
    user = _person(request)
    form = PasswordForm(request.POST)
    if form.is_valid():
        try:
            changed_user = people.change_password(**form.cleaned_data, actor=actor_of(request))
        except Invalid as error:
            take_errors(form, error)
        else:
            update_session_auth_hash(request, changed_user)
            messages.success(request, _("Password changed. Other sessions were ended."))
            return redirect(request, "/settings/profile/")
    initial = {"name": user.name, "locale": user.locale, "time_zone": user.time_zone}
    context = {"form": ProfileForm(initial=initial), "password_form": form, "current": "profile"}
    return render_page(request, "users/profile.html", context, status=422)


@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    user = _person(request)
    found = sorted(UserSession.objects.purge_and_list(user), key=lambda each: each.last_seen_at, reverse=True)
    context = {"sessions": found, "own_key": request.session.session_key, "current": "sessions"}
    return render_page(request, "users/sessions.html", context, "list")


@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one session."""
    people.end_sessions(only=session_id, keep=request.session.session_key or "", actor=actor_of(request))
    return changed(no_content(_("Session ended")), "session")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End every session but this one."""
    people.end_sessions(keep=request.session.session_key or "", actor=actor_of(request))
    return changed(no_content(_("Other sessions ended")), "session")


def _person(request: HttpRequest) -> User:
    actor_of(request)
    if not isinstance(request.user, User):
        raise Denied
    return request.user
