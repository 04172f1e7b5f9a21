"""Chainable filters on notifications."""

from typing import Any, Self
from uuid import UUID

from django.db import models


class NotificationQuerySet(models.QuerySet[Any]):
    """Filters; all of them start from one person."""

    def of_user(self, user_id: UUID) -> Self:
        """One person's own."""
        return self.filter(user_id=user_id)

    def unread(self) -> Self:
        """Not read and not put away; served by the partial index."""
        return self.filter(read_at=None, archived_at=None)

    def in_inbox(self) -> Self:
        """Not put away."""
        return self.filter(archived_at=None)
