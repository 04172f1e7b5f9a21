"""How django-allauth behaves in this product: no open sign-up, mail through our port, second factors kept sealed."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_str

from autocrm.kernel import mail
from autocrm.kernel.ids import new_id
from autocrm.kernel.sealing import seal, unseal
from autocrm.tenants.selectors import find_tenant_by_host
from autocrm.users.models import User
from autocrm.users.selectors import find_actor

_MFA_PURPOSE = "users.second_factor"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-in by e-mail and password; people come in by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def format_email_subject(self, subject: str) -> str:
        return force_str(subject)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("users:profile")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of allauth's letters; a broken mail server is an Upstream error, as everywhere."""
        with translation.override(_language_of(context.get("user"), self.request)):
            letter = self.render_mail(template_prefix, email, {"email": email, **context})
        mail.send(
            mail.Message(
                to=[email],
                subject=force_str(letter.subject),
                text=force_str(letter.body),
                idempotency_key=str(new_id()),
            )
        )


def _language_of(user: User | None, request: HttpRequest | None) -> str:
    """The person's own language, else that of the workspace at whose door they are; of anybody else as asked for."""
    if user is None or user.locale:
        return user.locale if user is not None else translation.get_language()
    tenant = None if request is None else find_tenant_by_host(request.get_host())
    actor = None if tenant is None else find_actor(user.id, tenant)
    return translation.get_language() if actor is None else actor.locale


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """TOTP secrets and recovery seeds are sealed, so that a copy of the database is not a copy of the second factor."""

    def encrypt(self, text: str) -> str:
        return seal(text, purpose=_MFA_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, purpose=_MFA_PURPOSE)

    def get_totp_issuer(self) -> str:
        return "AutoCRM"
