"""Work of the users app that runs later: letters."""

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from autocrm.kernel import clock, mail
from autocrm.kernel.ids import parse_id
from autocrm.kernel.jobs import JobRun, job
from autocrm.kernel.sealing import unseal
from autocrm.tenants.selectors import get_tenant
from autocrm.users.models import Invitation
from autocrm.users.selectors import language_of_address
from autocrm.users.services.invitations import LINK_PURPOSE


@job("users.send_invitation", queue="notifications", max_attempts=8)
def send_invitation(run: JobRun) -> Mapping[str, Any]:
    """Send the letter of an invitation that is still open; the link travels sealed and is stored nowhere else."""
    invitations = Invitation.objects.select_related("role", "invited_by")
    invitation = invitations.filter(id=parse_id(run.payload["invitation_id"])).first()
    if invitation is None or not invitation.is_open(clock.now()):
        return {"sent": False}
    tenant = get_tenant(run.tenant_id)
    context = {
        "invitation": invitation,
        "workspace": tenant.name,
        "link": unseal(run.payload["sealed_link"], purpose=LINK_PURPOSE),
    }
    with translation.override(language_of_address(invitation.email, tenant.id)):
        subject = _("Join %(workspace)s on AutoCRM") % {"workspace": tenant.name}
        text = render_to_string("users/mail/invitation.txt", context)
    message = mail.Message(
        to=[invitation.email],
        subject=" ".join(subject.split()),
        text=text,
        idempotency_key=f"users.invitation:{invitation.id}",
    )
    return {"sent": True, "message_id": mail.send(message)}
