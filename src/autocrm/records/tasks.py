"""Jobs of the record engine."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from autocrm.kernel.jobs import JobRun, job
from autocrm.records import custom_fields, custom_jobs

_LEASE = timedelta(seconds=60)


@job(custom_fields.FILL_JOB, chunked=True, lease=_LEASE)
def fill_custom_field(run: JobRun) -> Mapping[str, Any]:
    """Fill the typed value table for a custom field, or empty it."""
    return custom_jobs.fill_values_of(run)


@job(custom_fields.REMOVE_JOB, chunked=True, lease=_LEASE)
def remove_custom_field(run: JobRun) -> Mapping[str, Any]:
    """Remove the values of a deleted custom field."""
    return custom_jobs.remove_values_of(run)


@job(custom_fields.REINDEX_JOB, chunked=True, lease=_LEASE)
def search_custom_field(run: JobRun) -> Mapping[str, Any]:
    """Let the search know, or forget, the values of a custom field."""
    return custom_jobs.search_again(run)
