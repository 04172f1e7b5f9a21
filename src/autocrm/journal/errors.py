"""What goes wrong in the journal by mistake of a programmer; nothing here is ever shown to people."""


class UndeclaredKind(LookupError):
    """An entry of a kind that no app declared; declare it with `entry_types.declare` in `events.py`."""


class OutsideTransaction(RuntimeError):
    """An entry was to be written outside the transaction of the change it tells of."""
