"""Errors that records raise beyond the kernel's tree."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.errors import Conflict, NotFound


class PossibleDuplicates(Conflict):
    """Records that look the same exist already; `details["candidates"]` lists them."""

    code = "possible_duplicates"


class StaleVersion(Conflict):
    """The record changed since the caller read it; `details` says who changed which fields when."""

    code = "stale_version"


class Merged(NotFound):
    """The record lives on in another one, `survivor_id`, which the actor may see."""

    code = "merged"
    default_message = _("This record was merged into another one.")

    def __init__(self, survivor_id: UUID) -> None:
        super().__init__()
        self.survivor_id = survivor_id
