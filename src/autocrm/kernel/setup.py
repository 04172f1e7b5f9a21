"""Set-up steps: what an installation needs besides migrations (partitions, roles' rights, built-in rows).

Each app declares its steps in `tasks.py`; the management command `setup_instance` runs all of them after every
migration, as the owner role. A step is idempotent and cheap when there is nothing to do.
"""

from collections.abc import Callable
from dataclasses import dataclass

from autocrm.kernel.registry import Registry

Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One idempotent step, named "journal.partitions" for the log."""

    name: str
    run: Run


steps: Registry[SetupStep] = Registry("set-up steps", SetupStep)


def setup_step(name: str) -> Callable[[Run], Run]:
    """Declare the decorated function as a step; steps run in order of registration, low floors first."""

    def declare(run: Run) -> Run:
        steps.register(name, SetupStep(name, run))
        return run

    return declare
