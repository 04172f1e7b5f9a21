"""Answers kept for a day under the Idempotency-Key they were asked with."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.clock import now
from autocrm.kernel.owned import TenantOwned

# How long an answer may still be asked for.
KEPT = timedelta(hours=24)


class IdempotencyKey(TenantOwned):
    """One answered request; written in the transaction of its effect, so there is never one without the other.

    The body is sealed: the answer to "make an API token" is the only place where its secret is ever shown.
    """

    actor_key = models.CharField(_("who asked"), max_length=80)
    key = models.CharField(_("key"), max_length=255)
    request_hash = models.CharField(_("digest of the request"), max_length=64)
    status = models.PositiveSmallIntegerField(_("status"))
    headers = models.JSONField(_("headers"), default=dict)
    sealed_body = models.TextField(_("body"))
    created_at = models.DateTimeField(_("answered"), default=now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = [models.UniqueConstraint(fields=["actor_key", "key"], name="api_idempotencykey_once")]
        indexes = [models.Index(fields=["created_at"], name="api_idempotencykey_age")]

    @override
    def __str__(self) -> str:
        return self.key
