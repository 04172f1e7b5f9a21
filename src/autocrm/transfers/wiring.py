"""Imports in the tray of background jobs."""

from autocrm.kernel.long_work import WorkProvider, add_provider
from autocrm.transfers import selectors

add_provider(WorkProvider("imports", selectors.recent_work, selectors.count_running))
