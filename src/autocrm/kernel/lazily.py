"""Libraries that most processes never use: imported when something of them is first asked for.

Every process holds every app, so what an app imports at its head is paid for three times over; a library for workbooks
or calendars takes some megabytes, and most days pass without either.
"""

from importlib import import_module
from typing import Any


class Lazily:
    """Stands for the module `name`; its first attribute imports it. For types, import the module under TYPE_CHECKING.

    `importlib.util.LazyLoader` would do the same, but hands out half-loaded modules to a second thread before 3.12.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)
