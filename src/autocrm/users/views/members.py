"""Members and invitations."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from autocrm.kernel.errors import Text
from autocrm.kernel.ids import parse_id
from autocrm.kernel.permissions import authorize, is_allowed
from autocrm.ui.rendering import changed, no_content, render_page
from autocrm.users import selectors
from autocrm.users.default_roles import MEMBER
from autocrm.users.door import actor_of
from autocrm.users.forms import InviteForm, MemberForm, ReplaceForm
from autocrm.users.models import Membership
from autocrm.users.permissions import MANAGE_USERS
from autocrm.users.services import invitations, members, placeholders
from autocrm.users.services.placeholders import get_placeholder
from autocrm.users.views.drawers import Drawer, answer_drawer, shown_once

MOST_PLACEHOLDERS = 100


@require_GET
def member_list(request: HttpRequest) -> HttpResponse:
    """Who belongs here, and who is invited."""
    actor = actor_of(request)
    query = request.GET.get("q", "").strip()[:100]
    waiting = list(selectors.list_placeholders(query, actor)[: MOST_PLACEHOLDERS + 1])
    context = {
        "placeholders": waiting[:MOST_PLACEHOLDERS],
        "more_placeholders": len(waiting) > MOST_PLACEHOLDERS,
        "members": list(selectors.search_members(query, actor)),
        "invitations": list(selectors.list_open_invitations(actor)),
        "may_manage": is_allowed(actor, MANAGE_USERS),
        "query": query,
        "current": "members",
    }
    return render_page(request, "users/members.html", context, "list")


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody; afterwards the link is shown once."""
    actor = actor_of(request)
    authorize(actor, MANAGE_USERS)
    offered = selectors.list_assignable_roles(actor)
    stands_in = _placeholder_in(request)
    initial = {"role": offered.filter(key=MEMBER).first(), "name": stands_in.user.name if stands_in else ""}
    form = InviteForm(request.POST or None, initial=initial, roles=offered)

    def save() -> HttpResponse:
        data, base_url = form.cleaned_data, f"{request.scheme}://{request.get_host()}"
        made = invitations.invite(
            email=data["email"],
            name=data["name"],
            role_id=data["role"].id,
            base_url=base_url,
            placeholder_id=stands_in.user_id if stands_in else None,
            actor=actor,
        )
        return shown_once(
            request,
            title=_("Invitation sent"),
            text=_("A letter is on its way to %(email)s. You can also pass this link on; it is not shown again.")
            % {"email": made.invitation.email},
            secret=f"{base_url}/invitations/{made.key}/",
        )

    return answer_drawer(request, form, Drawer(_("Invite somebody"), _("Send invitation"), "member"), save)


def _placeholder_in(request: HttpRequest) -> Membership | None:
    """The placeholder that the address names, whose records the invited person will have."""
    key = request.GET.get("for", "")
    return get_placeholder(parse_id(key)) if key else None


@require_http_methods(["GET", "POST"])
def replace_placeholder(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Let somebody who is here take the place of a placeholder."""
    actor = actor_of(request)
    authorize(actor, MANAGE_USERS)
    member = get_placeholder(user_id)
    form = ReplaceForm(request.POST or None, people=selectors.list_members(actor, include_disabled=False))

    def save() -> Text:
        placeholders.replace_placeholder(user_id, UUID(form.cleaned_data["by"]), actor=actor)
        return _("What it owns is handed over in the background.")

    title = _("Replace %(name)s") % {"name": member.user.name}
    return answer_drawer(request, form, Drawer(title, _("Replace"), "member"), save)


@require_POST
def revoke_invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Withdraw an invitation."""
    invitations.revoke_invitation(invitation_id, actor=actor_of(request))
    return changed(no_content(_("Invitation withdrawn")), "member")


@require_http_methods(["GET", "POST"])
def edit_member(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """A member's role and job title."""
    actor = actor_of(request)
    authorize(actor, MANAGE_USERS)
    member = selectors.get_member(user_id, actor)
    initial = {"role": member.role_id, "title": member.title}
    form = MemberForm(request.POST or None, initial=initial, roles=selectors.list_assignable_roles(actor))

    def save() -> Text:
        members.change_role(user_id, form.cleaned_data["role"].id, actor=actor)
        members.change_title(user_id, form.cleaned_data["title"], actor=actor)
        return _("Saved")

    return answer_drawer(request, form, Drawer(str(member.user), _("Save"), "member"), save)


@require_POST
def disable_member(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Shut a member out; undo lets them in again."""
    members.disable_member(user_id, actor=actor_of(request))
    response = no_content(_("Member disabled"), undo_url=f"/settings/members/{user_id}/enable/")
    return changed(response, "member")


@require_POST
def enable_member(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Let a member in again."""
    members.enable_member(user_id, actor=actor_of(request))
    return changed(no_content(_("Member enabled")), "member")
