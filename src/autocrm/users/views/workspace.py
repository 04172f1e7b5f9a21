"""The workspace's own settings."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from autocrm.kernel.errors import Invalid
from autocrm.kernel.permissions import authorize
from autocrm.tenants import services as tenants
from autocrm.tenants.permissions import MANAGE_SETTINGS
from autocrm.tenants.selectors import get_tenant
from autocrm.ui.rendering import redirect, render_page
from autocrm.users import selectors
from autocrm.users.door import actor_of
from autocrm.users.forms import WorkspaceForm, take_errors
from autocrm.users.services.freshness import rights_changed
from autocrm.users.services.workspaces import remove_demo


@require_http_methods(["GET", "POST"])
def workspace(request: HttpRequest) -> HttpResponse:
    """Name, currency, time zone, week and working hours; what the plan allows."""
    actor = actor_of(request)
    authorize(actor, MANAGE_SETTINGS)
    tenant = get_tenant(actor.tenant_id)
    form = WorkspaceForm(request.POST or None, initial=WorkspaceForm.initial_of(tenant))
    if request.method == "POST" and form.is_valid():
        try:
            tenants.update_settings(form.changes, name=form.cleaned_data["name"], actor=actor)
        except Invalid as error:
            take_errors(form, error)
        else:
            rights_changed()
            messages.success(request, _("Workspace saved"))
            return redirect(request, "/settings/workspace/")
    context = {"form": form, "tenant": tenant, "members": selectors.count_active_members(), "current": "workspace"}
    return render_page(request, "users/workspace.html", context, status=422 if form.errors else 200)


@require_POST
def remove_demo_workspace(request: HttpRequest) -> HttpResponse:
    """Remove the demo workspace one stands in; what is left is the door of the installation."""
    remove_demo(actor=actor_of(request))
    logout(request)
    port = f":{request.get_port()}" if request.get_port() not in {"80", "443"} else ""
    return redirect(request, f"{request.scheme}://{settings.BASE_DOMAINS[0]}{port}/")
