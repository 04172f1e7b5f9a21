"""Counts and sums of what one actor may see, as plain numbers that can be kept.

Contacts take two statements: how many there are and how engaged is answered by the index of type and score alone, what
came when by the index of times alone; one statement for both would have to read every row of the table.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

from django.db import connections
from django.db.models import Count, Q, QuerySet, Sum

from autocrm.activities.permissions import TASK
from autocrm.analytics import questions
from autocrm.analytics.questions import Question
from autocrm.contacts.permissions import COMPANY, CONTACT
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.conditions.context import ConditionContext
from autocrm.kernel.conditions.periods import local_date, period_of, shift_day
from autocrm.kernel.errors import TookTooLong
from autocrm.kernel.permissions import is_allowed
from autocrm.kernel.reading import reading
from autocrm.kernel.tenancy import current_database
from autocrm.records import sampling
from autocrm.records.querysets import live
from autocrm.records.registry import record_types
from autocrm.records.schema import RecordSchema, condition_context

WEEKS = 12


class Asking:
    """One actor asks about one record type: the rows, the fields that may be named, what "today" means.

    With `in_part` only a sample of the table is looked at, and `whole` makes a count of it one of all.
    """

    def __init__(self, record_type: str, actor: Actor, *, in_part: bool = False) -> None:
        self.schema = RecordSchema(record_types.get(record_type), actor)
        self.context = condition_context(actor)
        self.share: float | None = None
        if in_part:
            with connections[current_database()].cursor() as cursor:
                self.share = sampling.share_to_look_at(cursor, self.schema.record_type.model._meta.db_table)

    @property
    def may_read(self) -> bool:
        """Whether the actor may read any record of the type."""
        return is_allowed(self.schema.actor, self.schema.record_type.permission(Verb.READ))

    def rows(self) -> QuerySet[Any]:
        """The live records the actor may see, unordered."""
        found = live(self.schema.record_type, self.schema.actor).order_by()
        return found if self.share is None else sampling.sampled(found, self.share)

    def whole(self, count: int) -> int:
        """What was counted, for all records."""
        return count if self.share is None else sampling.scaled(count, self.share) or 0

    def sees(self, field: str) -> bool:
        """Whether the actor may see a field."""
        return self.schema.can_read(self.schema.record_type.by_key[field])

    def filter(self, question: Question) -> Q:
        """A question as SQL."""
        return question.filter(self.schema, self.context)

    def count(self, question: Question) -> Count:
        """A question as one of several counts of a statement."""
        return Count("pk", filter=self.filter(question))


def measure(actor: Actor) -> dict[str, Any]:
    """The numbers of contacts and companies; what the actor may not see is left out."""
    _prefer_indexes()
    return _numbers(Asking(CONTACT, actor), Asking(COMPANY, actor), _arrivals)


def estimate(actor: Actor, *, seconds: float) -> dict[str, Any]:
    """The same from samples. What came when is counted if that takes no longer than `seconds`.

    What came lately lies together in the table, so a sample tells little about it.
    """
    _prefer_indexes()

    def arrivals(asking: Asking) -> dict[str, Any]:
        with suppress(TookTooLong), reading(seconds=seconds):
            return _arrivals(Asking(CONTACT, actor))
        return _arrivals(asking)

    return _numbers(Asking(CONTACT, actor, in_part=True), Asking(COMPANY, actor, in_part=True), arrivals)


def _numbers(contacts: Asking, companies: Asking, arrivals: Callable[[Asking], dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if contacts.may_read:
        found[CONTACT] = {**_stock(contacts), **(arrivals(contacts) if contacts.sees("created_at") else {})}
    if companies.may_read:
        found[COMPANY] = {"total": companies.whole(companies.rows().count())}
    return found


def measure_tasks(actor: Actor) -> dict[str, int] | None:
    """One's own open tasks that are due; None for who may not see them. From an index, so never kept."""
    asking = Asking(TASK, actor)
    if actor.user_id is None or not asking.may_read or not questions.DUE_TODAY.may_ask(asking.schema):
        return None
    mine = asking.rows().filter(asking.filter(questions.MY_TASKS))
    counts: dict[str, int] = mine.aggregate(
        due_today=asking.count(questions.DUE_TODAY), overdue=asking.count(questions.OVERDUE)
    )
    return counts


def weeks_of(context: ConditionContext) -> list[tuple[date, date]]:
    """The first days of the last weeks and of those that follow them, the present week last."""
    first, after = period_of(local_date(context.now, context.tz), "week", context)
    back = range(WEEKS - 1, -1, -1)
    return [(shift_day(first, -n, "week"), shift_day(after, -n, "week")) for n in back]


def _prefer_indexes() -> None:
    """Tell the planner, until this transaction ends, that reading an index through costs little more than a table.

    PostgreSQL's own guess is that of turning disks: with it, a million contacts are counted by reading every row of
    the table and not the index that holds just what is asked, at more than twice the time.
    """
    with connections[current_database()].cursor() as cursor:
        cursor.execute("SELECT set_config('random_page_cost', '1.1', true)")


def _stock(asking: Asking) -> dict[str, Any]:
    """How many there are, of which type, how engaged."""
    wanted: dict[str, Any] = {"count": Count("pk")}
    if asking.sees("engagement_score"):
        wanted |= {"score": Sum("engagement_score"), "high": asking.count(questions.HIGH_VALUE_CONTACTS)}
    groups = asking.rows().values("type").annotate(**wanted)
    rows = list(groups)
    total = sum(row["count"] for row in rows)
    found: dict[str, Any] = {"total": asking.whole(total)}
    if asking.sees("type"):
        found["types"] = {row["type"]: asking.whole(row["count"]) for row in rows}
    if asking.sees("engagement_score"):
        score, high = sum(row["score"] for row in rows), sum(row["high"] for row in rows)
        found |= {"average": round(score / total, 1) if total else None, "high": asking.whole(high)}
    return found


def _arrivals(asking: Asking) -> dict[str, Any]:
    """How many came in each of the last weeks, and in two spans of days."""
    weeks = weeks_of(asking.context)
    wanted = {f"week_{at}": questions.contacts_created(*week) for at, week in enumerate(weeks)}
    wanted |= {"new": questions.NEW_CONTACTS, "before": questions.CONTACTS_BEFORE}
    since = Question(CONTACT, (("created_at__on_or_after", weeks[0][0].isoformat()),))
    counts = (
        asking.rows()
        .filter(asking.filter(since))
        .aggregate(**{name: asking.count(question) for name, question in wanted.items()})
    )
    counts = {name: asking.whole(count) for name, count in counts.items()}
    return {
        "weeks": [
            [first.isoformat(), after.isoformat(), counts[f"week_{at}"]] for at, (first, after) in enumerate(weeks)
        ],
        "new": counts["new"],
        "before": counts["before"],
    }
