"""What `doctor` asks about the journal: partitions ahead, consumers that lag, events nobody could handle."""

from collections.abc import Iterator
from datetime import timedelta

from autocrm.journal.models import DeadLetter
from autocrm.journal.selectors import measure_lag
from autocrm.kernel.checks import Finding, fine, problem, register_check, warning
from autocrm.kernel.clock import now
from autocrm.kernel.platform import platform_cursor, rows

_SLOW_SECONDS = 60


def check_partitions() -> Iterator[Finding]:
    """The month after this one must have its partition."""
    name = f"journal_entry_{(now().replace(day=1) + timedelta(days=32)):y%Ym%m}"
    with platform_cursor(reason="doctor") as cursor:
        cursor.execute("SELECT to_regclass(%s)", [name])
        exists = cursor.fetchone()[0] is not None
    if exists:
        yield fine("journal partitions exist for the coming month")
    else:
        yield warning(f"the journal has no partition {name} yet.", "Run setup_instance, or start the scheduler.")


def check_consumers() -> Iterator[Finding]:
    """Consumers keep up, and set nothing aside."""
    for lag in measure_lag():
        if lag.oldest_age_seconds > _SLOW_SECONDS:
            yield problem(
                f"{lag.consumer} is {lag.oldest_age_seconds:.0f} s behind ({lag.entries} events).",
                "Is the scheduler running? Its log names what fails.",
            )
    letters = rows(DeadLetter, reason="doctor").filter(replayed_at=None).count()
    if letters:
        remedy = "Mend what the log names, then: ./autocrm manage replay_events"
        yield warning(f"{letters} events could not be handled.", remedy)
    else:
        yield fine("no event is waiting to be replayed")


register_check("journal partitions", check_partitions)
register_check("journal consumers", check_consumers)
