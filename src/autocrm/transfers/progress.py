"""What a job that makes one file in one go says of itself: that it is alive, and how far it is."""

import time
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from autocrm.kernel.jobs import JobRun
from autocrm.kernel.tenancy import current_database

SECONDS_BETWEEN_HINTS = 1.0


class GivenUp(Exception):
    """Somebody stopped it."""


class Progress:
    """Keeps the lease and writes down how far it is, every second or so.

    `waiting` finds the row of the work as long as it is wanted, `column` of it holds the number; `push` hints to the
    person's open pages.
    """

    def __init__(self, run: JobRun, waiting: QuerySet[Any], column: str, push: Callable[[Any], None]) -> None:
        self._run = run
        self._waiting = waiting
        self._column = column
        self._push = push
        self._at = 0.0
        self.done = 0

    def tell(self, done: int) -> None:
        """So much is done by now. Raises LeaseLost, GivenUp."""
        self.done = done
        moment = time.monotonic()
        if moment - self._at < SECONDS_BETWEEN_HINTS:
            return
        self._at = moment
        with transaction.atomic(using=current_database()):
            self._run.beat()
            work = self._waiting.select_for_update().first()
            if work is None or self._run.is_cancelled():
                raise GivenUp
            setattr(work, self._column, done)
            work.save(update_fields=[self._column])
            self._push(work)
