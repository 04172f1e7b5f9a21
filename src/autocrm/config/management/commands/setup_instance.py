"""Runs every app's set-up steps after the migrations, as the owner role; safe to run again at any time."""

import logging
from typing import Any

from django.core.management.base import BaseCommand
from typing_extensions import override

from autocrm.kernel.setup import steps

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """What an installation needs besides migrations: partitions, rights, built-in rows."""

    help = "Run the set-up steps of every app (idempotent); needs AUTOCRM_DB_ROLE=owner."
    requires_system_checks: list[str] = []

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        for step in steps:
            logger.debug("setup.step", extra={"step": step.name})
            step.run()
