"""The jobs app's own periodic work."""

from datetime import timedelta

from autocrm.jobs import sweeping
from autocrm.kernel.jobs import periodic


@periodic("jobs.forget_old", every=timedelta(hours=1))
def forget_old() -> None:
    """Done jobs stay a week, failed ones three months."""
    sweeping.forget_old()
