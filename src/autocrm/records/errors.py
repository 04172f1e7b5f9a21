"""Errors that records raise beyond the kernel's tree."""

from autocrm.kernel.errors import Conflict


class PossibleDuplicates(Conflict):
    """Records that look the same exist already; `details["candidates"]` lists them."""

    code = "possible_duplicates"


class StaleVersion(Conflict):
    """The record changed since the caller read it; `details` says who changed which fields when."""

    code = "stale_version"
