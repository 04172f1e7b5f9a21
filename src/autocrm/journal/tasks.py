"""The journal's periodic work and its set-up steps."""

from datetime import timedelta

from autocrm.journal import positions, services
from autocrm.kernel.jobs import periodic
from autocrm.kernel.setup import setup_step


@periodic("journal.ensure_partitions", every=timedelta(hours=6))
def ensure_partitions() -> None:
    """Months ahead always exist; entries outside them would go to the default partition."""
    services.ensure_partitions()


@setup_step("journal.prepare")
def prepare() -> None:
    """Partitions, rights of the app role, transaction numbers after a restore, and where new consumers begin."""
    services.ensure_partitions()
    positions.seal()
    positions.realign()
    services.introduce_consumers()
