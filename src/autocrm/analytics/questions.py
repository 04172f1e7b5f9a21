"""What a number counts, asked in the words of a list's address: the number and the list behind it cannot disagree."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.db.models import Q

from autocrm.activities.permissions import TASK
from autocrm.contacts.permissions import COMPANY, CONTACT
from autocrm.kernel.conditions.context import ConditionContext
from autocrm.kernel.conditions.params import from_params
from autocrm.kernel.conditions.sql import to_q
from autocrm.kernel.conditions.tree import Condition, Leaf, all_of
from autocrm.kernel.field_kinds import Operator
from autocrm.records.registry import record_types
from autocrm.records.schema import RecordSchema

ME = "me"
NEW_DAYS = 30
HIGH_VALUE = 75


@dataclass(frozen=True, slots=True)
class Question:
    """Live records of one type that fit simple parameters such as ("engagement_score__gte", "75")."""

    record_type: str
    params: tuple[tuple[str, str], ...] = ()

    def url(self, **more: str) -> str:
        """The list that shows what is counted; `more` shapes it without leaving anything out (`sort`)."""
        query = urlencode([*self.params, *more.items()])
        return f"/{record_types.get(self.record_type).plural}/{'?' * bool(query)}{query}"

    def may_ask(self, schema: RecordSchema) -> bool:
        """Whether the actor may see every field the question is about."""
        names = (name.partition("__")[0] for name, _value in self.params)
        return all(schema.can_read(schema.record_type.by_key[name]) for name in names)

    def filter(self, schema: RecordSchema, context: ConditionContext) -> Q:
        """The same as SQL."""
        return to_q(all_of(*(_leaf(name, value, schema) for name, value in self.params)), schema, context)


def _leaf(name: str, value: str, schema: RecordSchema) -> Condition:
    return Leaf(name, Operator.IS_ME.value) if value == ME else from_params({name: [value]}, schema)


ALL_CONTACTS = Question(CONTACT)
NEW_CONTACTS = Question(CONTACT, (("created_at__in_last_n", f"{NEW_DAYS}d"),))
CONTACTS_BEFORE = Question(
    CONTACT, (("created_at__in_last_n", f"{2 * NEW_DAYS}d"), ("created_at__more_than_n_ago", f"{NEW_DAYS}d"))
)
HIGH_VALUE_CONTACTS = Question(CONTACT, (("engagement_score__gte", str(HIGH_VALUE)),))
ALL_COMPANIES = Question(COMPANY)
MY_TASKS = Question(TASK, (("owner", ME), ("status", "open")))
DUE_TODAY = Question(TASK, (*MY_TASKS.params, ("due_at__on", "today")))
DUE = Question(TASK, (*MY_TASKS.params, ("due_at__on_or_before", "today")))
OVERDUE = Question(TASK, (*MY_TASKS.params, ("due_at__before", "today")))


def contacts_of(kind: str) -> Question:
    """Contacts of one type."""
    return Question(CONTACT, (("type", kind),))


def contacts_created(first: date, after: date) -> Question:
    """Contacts created from the day `first` until before the day `after`."""
    return Question(
        CONTACT, (("created_at__on_or_after", first.isoformat()), ("created_at__before", after.isoformat()))
    )
