"""Recurring work of the API."""

from datetime import timedelta

from autocrm.api.models import KEPT, IdempotencyKey
from autocrm.kernel.clock import now
from autocrm.kernel.jobs import periodic
from autocrm.kernel.platform import rows


@periodic("api.purge_idempotency_keys", every=timedelta(hours=1))
def purge_idempotency_keys() -> None:
    """Forget answers that no client may still ask for."""
    rows(IdempotencyKey, reason="answers older than a day").filter(created_at__lt=now() - KEPT).delete()
