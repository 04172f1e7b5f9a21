"""What activities offer to registries of the kernel."""

from autocrm.activities.selectors import count_recent
from autocrm.kernel.engagement import Signal, register

register(Signal(key="activities", weight=10, count=count_recent))
