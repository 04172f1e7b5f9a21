"""Imports and exports in the tray of background jobs."""

from autocrm.kernel.long_work import WorkProvider, add_provider
from autocrm.transfers import export_selectors, selectors

add_provider(WorkProvider("imports", selectors.recent_work, selectors.count_running))
add_provider(WorkProvider("exports", export_selectors.recent_work, export_selectors.count_running))
