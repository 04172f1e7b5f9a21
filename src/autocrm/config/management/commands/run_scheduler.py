"""The scheduler process; ends within a second of SIGTERM."""

import signal
from typing import Any

from django.core.management.base import BaseCommand
from typing_extensions import override

from autocrm.config.scheduler import Scheduler
from autocrm.config.startup import refuse_open_walls


class Command(BaseCommand):
    """Journal consumers, sweeper, periodic work. Any number of these may run."""

    help = "Run the scheduler until SIGTERM."
    # The checks would load every page of the product into a process that shows none.
    requires_system_checks = []

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        refuse_open_walls()
        scheduler = Scheduler()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_ignored: scheduler.stop())
        scheduler.run()
