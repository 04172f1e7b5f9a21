"""The dashboard's numbers, each with the list behind it; page and API share them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from django.utils.encoding import force_str

from autocrm.analytics import keeping, questions
from autocrm.analytics.figures import estimate, measure, measure_tasks
from autocrm.contacts.permissions import COMPANY, CONTACT
from autocrm.kernel import jobs
from autocrm.kernel.actors import Actor
from autocrm.records.registry import record_types

COUNT_JOB = "analytics.count"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the address of the list it counts."""

    value: float
    url: str


@dataclass(frozen=True, slots=True)
class TypeCount:
    """Contacts of one type."""

    key: str
    label: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class WeekCount:
    """Contacts created in one week, which ends before the day `until`."""

    since: date
    until: date
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class ContactFigures:
    """Numbers of contacts; what the actor may not see is None.

    `average_engagement` is None as well where there is no contact: an average of nothing is not 0.
    """

    total: Figure
    new: Figure | None
    new_before: Figure | None
    average_engagement: Figure | None
    high_value: Figure | None
    sees_engagement: bool
    by_type: tuple[TypeCount, ...] | None
    by_week: tuple[WeekCount, ...] | None


@dataclass(frozen=True, slots=True)
class TaskFigures:
    """One's own open tasks that are due."""

    due_today: Figure
    overdue: Figure


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All of it; a part the actor may not see is None. `as_of` is when the counts were taken.

    `is_about` says that contacts and companies were counted in part, `is_being_counted` that newer counts are coming.
    """

    as_of: datetime
    is_about: bool
    is_being_counted: bool
    contacts: ContactFigures | None
    companies: Figure | None
    tasks: TaskFigures | None


def get_dashboard(actor: Actor, *, patience: float = 0.0) -> Dashboard:
    """What the actor may see of contacts, companies and own tasks, at most 30 s behind what happened.

    Counts are kept for all who see the same (see `keeping`), except those of one's own tasks. A person whose page may
    take `patience` seconds a statement sees, where that is too little, what was counted before or a part of it, until
    a job has counted all.
    """
    kept = _in_time(actor, patience) if patience else _counted(actor)
    contacts, companies = kept.numbers.get(CONTACT), kept.numbers.get(COMPANY)
    tasks = measure_tasks(actor)
    return Dashboard(
        as_of=datetime.fromtimestamp(kept.at, UTC),
        is_about=kept.is_about,
        is_being_counted=kept.is_being_counted,
        contacts=None if contacts is None else _contacts(contacts),
        companies=None if companies is None else Figure(companies["total"], questions.ALL_COMPANIES.url()),
        tasks=None if tasks is None else _tasks(tasks),
    )


def count_again(actor: Actor) -> None:
    """Count what this actor may see and keep it, unless that was done meanwhile: the job behind a page in a hurry."""
    _counted(actor)


def _counted(actor: Actor) -> keeping.Kept:
    return keeping.keep_or_compute(_place(actor), partial(measure, actor))


def _in_time(actor: Actor, seconds: float) -> keeping.Kept:
    place = _place(actor)
    return keeping.keep_or_estimate(
        place,
        partial(measure, actor),
        partial(estimate, actor, seconds=seconds),
        seconds=seconds,
        count=partial(jobs.enqueue, COUNT_JOB, {"user_id": str(actor.user_id)}, dedup_key=f"{COUNT_JOB}:{place}"),
    )


def _place(actor: Actor) -> str:
    return keeping.place_of("dashboard", (record_types.get(CONTACT), record_types.get(COMPANY)), actor)


def _contacts(numbers: dict[str, Any]) -> ContactFigures:
    average = numbers.get("average")
    return ContactFigures(
        total=Figure(numbers["total"], questions.ALL_CONTACTS.url()),
        new=_figure(numbers, "new", questions.NEW_CONTACTS.url()),
        new_before=_figure(numbers, "before", questions.CONTACTS_BEFORE.url()),
        average_engagement=None
        if average is None
        else Figure(average, questions.ALL_CONTACTS.url(sort="-engagement_score")),
        high_value=_figure(numbers, "high", questions.HIGH_VALUE_CONTACTS.url(sort="-engagement_score")),
        sees_engagement="average" in numbers,
        by_type=_types(numbers["types"]) if "types" in numbers else None,
        by_week=_weeks(numbers["weeks"]) if "weeks" in numbers else None,
    )


def _figure(numbers: dict[str, Any], name: str, url: str) -> Figure | None:
    return Figure(numbers[name], url) if name in numbers else None


def _types(counts: dict[str, int]) -> tuple[TypeCount, ...]:
    """Every declared type in its order, also those without a contact, and the empty one when it occurs."""
    field = record_types.get(CONTACT).by_key["type"]
    keys = dict.fromkeys([*(option.value for option in field.options), *counts])
    return tuple(
        TypeCount(key, force_str(field.option_label(key)), counts.get(key, 0), questions.contacts_of(key).url())
        for key in keys
    )


def _weeks(rows: list[list[Any]]) -> tuple[WeekCount, ...]:
    found = []
    for first, after, count in rows:
        since, until = date.fromisoformat(first), date.fromisoformat(after)
        found.append(WeekCount(since, until, count, questions.contacts_created(since, until).url()))
    return tuple(found)


def _tasks(counts: dict[str, int]) -> TaskFigures:
    return TaskFigures(
        due_today=Figure(counts["due_today"], questions.DUE_TODAY.url()),
        overdue=Figure(counts["overdue"], questions.OVERDUE.url()),
    )
