"""Progress lines with the time passed since the command was typed."""

import os
import sys
import time

_CLOCK_VARIABLE = "AUTOCRM_COMMAND_STARTED"


class Progress:
    """Writes short lines. The start survives `exec` and child processes through the environment."""

    def __init__(self) -> None:
        self._started = float(os.environ.setdefault(_CLOCK_VARIABLE, f"{time.time():.3f}"))

    @property
    def seconds(self) -> float:
        """Seconds since the command was typed."""
        return max(0.0, time.time() - self._started)

    def line(self, text: str) -> None:
        """One step, with the time."""
        self.text(f"{self.seconds:6.1f}s  {text}\n")

    def text(self, text: str) -> None:
        """Plain text, as it is."""
        sys.stdout.write(text)
        sys.stdout.flush()
