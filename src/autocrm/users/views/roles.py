"""Roles: the list and the editor with its matrix."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.kernel.errors import Conflict, Invalid
from autocrm.kernel.permissions import authorize, codes
from autocrm.ui.rendering import redirect, render_page
from autocrm.users import selectors
from autocrm.users.door import actor_of
from autocrm.users.models import Role
from autocrm.users.permissions import MANAGE_ROLES
from autocrm.users.role_matrix import VERB_LABELS, read_matrix, rows_of
from autocrm.users.services import roles

LIST_URL = "/settings/roles/"


@require_GET
def role_list(request: HttpRequest) -> HttpResponse:
    """Every role and how many members have it."""
    actor = actor_of(request)
    authorize(actor, MANAGE_ROLES)
    context = {"roles": list(selectors.list_roles(actor)), "current": "roles"}
    return render_page(request, "users/roles.html", context, "list")


@require_http_methods(["GET", "POST"])
def new_role(request: HttpRequest) -> HttpResponse:
    """Make a role."""
    authorize(actor_of(request), MANAGE_ROLES)
    if request.method == "POST":
        return _save(request, None)
    return _editor(request, None)


@require_http_methods(["GET", "POST"])
def edit_role(request: HttpRequest, role_id: UUID) -> HttpResponse:
    """Change a role; the owners' is only shown."""
    actor = actor_of(request)
    authorize(actor, MANAGE_ROLES)
    role = selectors.get_role(role_id, actor)
    if request.method == "POST":
        return _save(request, role)
    return _editor(request, role)


@require_POST
def delete_role(request: HttpRequest, role_id: UUID) -> HttpResponse:
    """Delete a role nobody has."""
    roles.delete_role(role_id, actor=actor_of(request))
    messages.success(request, _("Role deleted"))
    return redirect(request, LIST_URL)


def _save(request: HttpRequest, role: Role | None) -> HttpResponse:
    actor, data = actor_of(request), request.POST
    values: dict[str, Any] = {
        "name": data.get("name", ""),
        "description": data.get("description", ""),
        "codes": data.getlist("codes"),
        **read_matrix(data),
    }
    try:
        if role is None:
            roles.create_role(values, actor=actor)
        else:
            roles.update_role(role.id, values, actor=actor)
    except (Invalid, Conflict) as error:
        errors = error.fields if isinstance(error, Invalid) else {"name": [error.message]}
        draft = Role(id=role.id if role else None, **values)
        return _editor(request, draft, is_new=role is None, errors=errors)
    messages.success(request, _("Role saved. It is in force within 5 seconds."))
    return redirect(request, LIST_URL)


def _editor(
    request: HttpRequest, role: Role | None, *, is_new: bool | None = None, errors: dict[str, Any] | None = None
) -> HttpResponse:
    held = set(role.codes) if role else set()
    context = {
        "role": role,
        "is_new": role is None if is_new is None else is_new,
        "verbs": list(VERB_LABELS.values()),
        "rows": rows_of(role),
        "codes": [(code.key, code.label, code.key in held) for code in sorted(codes, key=lambda each: each.key)],
        "errors": errors or {},
        "current": "roles",
    }
    return render_page(request, "users/role_editor.html", context, status=422 if errors else 200)
