"""The mail port: one message out, through Django's e-mail backend (SMTP by settings, files in development).

The Message-ID follows from the idempotency key, so a repeated attempt carries the same one and receivers and
providers can tell. When the connection breaks after the message was handed over, nobody knows whether it went: that
is Upstream with the code "ambiguous", and repeating it is the caller's decision, never this module's.
"""

import contextlib
import hashlib
import re
import smtplib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import getaddresses, parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.errors import Invalid, Text, Upstream

MAX_RECIPIENTS = 50
MAX_BYTES = 25 * 1024 * 1024

_LINE_BREAK = re.compile(r"[\r\n\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,76}")
_OWN_HEADERS = frozenset(
    {"from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "mime-version", "reply-to", "return-path"}
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a message."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Addresses are "a@b.c" or "Name <a@b.c>"; `idempotency_key` is constant over all attempts."""

    to: Sequence[str]
    subject: str
    text: str
    idempotency_key: str
    html: str = ""
    from_email: str = ""
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    reply_to: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()


def send(message: Message, *, connection: BaseEmailBackend | None = None) -> str:
    """Send `message` and return its Message-ID. `connection` is a mailbox's own, instead of the installation's.

    Raises Invalid for addresses or headers that can't be sent. Raises Upstream: retryable when nothing was handed
    over, not retryable when the server refused for good, code "ambiguous" when nobody knows.
    """
    mail = _compose(message)
    mail.connection = get_connection() if connection is None else connection
    try:
        opened = mail.connection.open()
    except OSError as error:  # smtplib's errors are OSErrors
        unreachable = Upstream(_("The mail server can't be reached."), retryable=True, code="connect")
        raise _refusal(error) or unreachable from error
    try:
        mail.send()
    except OSError as error:
        unknown = Upstream(_("It is not known whether the message was sent."), retryable=False, code="ambiguous")
        raise _refusal(error) or unknown from error
    finally:
        if opened:
            # The message is accepted or refused by now; a clumsy goodbye changes nothing about that.
            with contextlib.suppress(OSError):
                mail.connection.close()
    return str(mail.extra_headers["Message-ID"])


def message_id_for(idempotency_key: str, domain: str) -> str:
    """The Message-ID that attempts with this key carry."""
    digest = hashlib.sha256(f"autocrm.mail\0{idempotency_key}".encode()).hexdigest()
    return f"<{digest[:40]}@{domain}>"


def _compose(message: Message) -> EmailMultiAlternatives:
    sender = message.from_email or settings.DEFAULT_FROM_EMAIL
    _check(message, sender)
    domain = parseaddr(sender)[1].rpartition("@")[2].lower()
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=sender,
        to=list(message.to),
        cc=list(message.cc),
        bcc=list(message.bcc),
        reply_to=list(message.reply_to),
        headers={**message.headers, "Message-ID": message_id_for(message.idempotency_key, domain)},
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    for attachment in message.attachments:
        mail.attach(_LINE_BREAK.sub("", attachment.name), attachment.content, attachment.content_type)
    return mail


def _check(message: Message, sender: str) -> None:
    recipients = [*message.to, *message.cc, *message.bcc]
    if not recipients:
        raise _wrong("to", _("A message needs at least one recipient."))
    if len(recipients) > MAX_RECIPIENTS:
        raise _wrong("to", _("This message has too many recipients."))
    for name, addresses in (("from_email", [sender]), ("to", recipients), ("reply_to", message.reply_to)):
        for address in addresses:
            _check_address(name, address)
    if _LINE_BREAK.search(message.subject):
        raise _wrong("subject", _("A subject has one line only."))
    _check_headers(message.headers)
    if sum(len(attachment.content) for attachment in message.attachments) > MAX_BYTES:
        raise _wrong("attachments", _("The attachments are too large for an e-mail."))


def _check_address(field_name: str, address: str) -> None:
    pairs = getaddresses([address])
    wrong = _wrong(field_name, _("%(address)s is not an e-mail address.") % {"address": address[:200]})
    if _LINE_BREAK.search(address) or len(pairs) != 1:
        raise wrong
    try:
        validate_email(pairs[0][1])
    except ValidationError as error:
        # A sender without a real domain is what an installation has before its mail is set up.
        if field_name != "from_email" or not pairs[0][1].endswith("@localhost"):
            raise wrong from error


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        own = name.lower() in _OWN_HEADERS or name.lower().startswith("content-")
        if own or not _HEADER_NAME.fullmatch(name) or _LINE_BREAK.search(value):
            raise _wrong("headers", _("The header %(name)s can't be set.") % {"name": ascii(name)})


def _refusal(error: OSError) -> Upstream | None:
    """The server's own no, for now or for good; None when the connection broke instead."""
    codes = _reply_codes(error)
    if not codes:
        return None
    if all(400 <= code < 500 for code in codes):
        return Upstream(_("The mail server asks to try again later."), retryable=True, code="deferred")
    return Upstream(_("The mail server refused the message."), retryable=False, code="refused")


def _reply_codes(error: OSError) -> list[int]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _reply in error.recipients.values()]
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 400:
        return [error.smtp_code]
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return [555]
    return []


def _wrong(field_name: str, reason: Text) -> Invalid:
    return Invalid(reason, fields={field_name: [reason]})
