"""The one tree of errors that services raise and edges translate.

AutoCRMError
├── Denied            the actor may not do this (also: may not know it exists, where an edge answers 404)
├── NotFound          no such record within what the actor can see
├── Invalid           the input is wrong; `fields` says where and why
├── Conflict          the record changed meanwhile, or the same thing exists already
├── LimitReached      a plan, size or rate limit; `retry_after` in seconds when waiting helps
├── TookTooLong       what was asked for was not found in the time it may take; `retry_after` in seconds
└── Upstream          an outside service failed; `retryable` says whether trying again makes sense

Pages and the API each translate this tree once; nothing in between catches what it cannot improve.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class AutoCRMError(Exception):
    """Base of everything a service raises on purpose; `code` is stable and machine-readable."""

    code = "error"
    default_message: Text = _("Something went wrong.")

    def __init__(self, message: Text | None = None, *, code: str | None = None) -> None:
        self.message = self.default_message if message is None else message
        if code is not None:
            self.code = code
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class Denied(AutoCRMError):
    """The actor lacks the right; nothing was changed and nothing was sent."""

    code = "denied"
    default_message = _("You may not do this.")


class NotFound(AutoCRMError):
    """There is no such thing among what the actor can see."""

    code = "not_found"
    default_message = _("This does not exist, or you may not see it.")


class Invalid(AutoCRMError):
    """The input is wrong. `fields` maps a field id, path or row to its messages; `""` is the whole input."""

    code = "invalid"
    default_message = _("Please check the fields marked below.")

    def __init__(
        self,
        message: Text | None = None,
        *,
        fields: Mapping[str, Sequence[Text]] | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.fields: dict[str, list[Text]] = {key: list(texts) for key, texts in (fields or {}).items()}


class Conflict(AutoCRMError):
    """The record changed meanwhile or already exists; `details` tells the edge what stands there now."""

    code = "conflict"
    default_message = _("Someone changed this meanwhile.")

    def __init__(
        self,
        message: Text | None = None,
        *,
        details: Mapping[str, Any] | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.details: dict[str, Any] = dict(details or {})


class LimitReached(AutoCRMError):
    """A plan, size or rate limit stands in the way; `retry_after` is in seconds, None when waiting does not help."""

    code = "limit_reached"
    default_message = _("A limit has been reached.")

    def __init__(self, message: Text | None = None, *, retry_after: int | None = None, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class TookTooLong(AutoCRMError):
    """A read was given up: it was not done in the time it had. Asked for less, or at another time, it may be."""

    code = "took_too_long"
    default_message = _("This took too long. Narrow it down with a filter, or try again in a moment.")
    retry_after = 10


class Upstream(AutoCRMError):
    """A service outside AutoCRM failed or answered nonsense."""

    code = "upstream"
    default_message = _("The other service did not answer as expected.")

    def __init__(self, message: Text | None = None, *, retryable: bool, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retryable = retryable
