"""The audited door to the platform database role, which sees the rows of every tenant.

Sign-in, job claiming, journal relays, schedules, retention and the operators' site work here, nobody else:
tests/architecture holds that only this module names the alias. Every use says why, and is logged.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connections, models, transaction

from autocrm.kernel.tenant_column import is_tenant_owned

PLATFORM = "platform"

Row = TypeVar("Row", bound=models.Model)

logger = logging.getLogger(__name__)


def rows(model: type[Row], *, reason: str) -> models.QuerySet[Row]:
    """Rows of `model` across all tenants, on the platform connection; `reason` is a constant for the log."""
    logger.debug("platform.read", extra={"model": model._meta.label, "reason": reason})
    manager: Any = model.across_tenants if is_tenant_owned(model) else model._default_manager  # type: ignore[attr-defined]
    queryset: models.QuerySet[Row] = manager.using(PLATFORM)
    return queryset


@contextmanager
def platform_transaction(*, reason: str) -> Iterator[None]:
    """A transaction on the platform connection."""
    logger.debug("platform.transaction", extra={"reason": reason})
    with transaction.atomic(using=PLATFORM):
        yield


@contextmanager
def platform_cursor(*, reason: str) -> Iterator[Any]:
    """A cursor on the platform connection for SQL that spans tenants (claims, relays, partitions)."""
    logger.debug("platform.cursor", extra={"reason": reason})
    with connections[PLATFORM].cursor() as cursor:
        yield cursor
