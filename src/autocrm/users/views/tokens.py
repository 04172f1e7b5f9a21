"""API tokens."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.kernel import clock
from autocrm.kernel.permissions import authorize, is_allowed
from autocrm.ui.rendering import changed, no_content, render_page
from autocrm.users import selectors
from autocrm.users.door import actor_of
from autocrm.users.forms import TokenForm
from autocrm.users.permissions import MANAGE_TOKENS
from autocrm.users.services import tokens
from autocrm.users.views.drawers import Drawer, answer_drawer, shown_once


@require_GET
def token_list(request: HttpRequest) -> HttpResponse:
    """The tokens one may see; all of them for whoever manages tokens."""
    actor = actor_of(request)
    context = {
        "tokens": list(selectors.list_tokens(actor)),
        "may_create": is_allowed(actor, MANAGE_TOKENS),
        "now": clock.now(),
        "current": "tokens",
    }
    return render_page(request, "users/tokens.html", context, "list")


@require_http_methods(["GET", "POST"])
def new_token(request: HttpRequest) -> HttpResponse:
    """Make a token; its text is shown once."""
    actor = actor_of(request)
    authorize(actor, MANAGE_TOKENS)
    form = TokenForm(request.POST or None, roles=selectors.list_assignable_roles(actor))

    def save() -> HttpResponse:
        data = form.cleaned_data
        made = tokens.create_token(
            name=data["name"], role_id=data["role"].id, scopes=form.scopes, expires_at=form.expires_at, actor=actor
        )
        text = _("Copy it now: only a fingerprint of it is kept, and it is not shown again.")
        return shown_once(request, title=_("Your new token"), text=text, secret=made.secret)

    return answer_drawer(request, form, Drawer(_("New API token"), _("Create token"), "token"), save)


@require_POST
def revoke_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Kill a token."""
    tokens.revoke_token(token_id, actor=actor_of(request))
    return changed(no_content(_("Token revoked")), "token")
