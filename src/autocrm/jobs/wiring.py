"""Makes the rows of this app the store behind `kernel.jobs.enqueue`."""

from autocrm.jobs.services import JobRows
from autocrm.kernel.jobs import bind_store

bind_store(JobRows())
