"""What happens in the demo: companies, people, notes and tasks over eighteen months, the same at every loading.

Everything goes through the services, with the clock set to the moment it happened, so that journal, timeline, search
and scores are what they would be had somebody worked with the product all that time.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.activities import services as activities
from autocrm.activities.permissions import CALL, MEETING, TASK
from autocrm.config.demo import words
from autocrm.contacts import services as contacts
from autocrm.contacts.permissions import COMPANY, CONTACT
from autocrm.kernel import clock
from autocrm.kernel.actors import Actor
from autocrm.records import services as records
from autocrm.records.registry import record_types

MONTHS = 18


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    companies: int
    contacts: int
    activities: int


@dataclass(slots=True)
class Known:
    """A company or a person of the demo: planned first, and given its id when its moment comes."""

    name: str
    since: datetime
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at a moment."""

    at: datetime
    happen: Callable[[], None]


class Story:
    """Tells the past of one workspace; `actors` are its people, the first its owner."""

    def __init__(self, actors: Sequence[Actor], size: Size, *, seed: int) -> None:
        self._actors = actors
        self._size = size
        self._random = random.Random(seed)  # noqa: S311 - plausible, not secret
        self._ends = clock.now().replace(microsecond=0)
        self._begins = self._ends - timedelta(days=30 * MONTHS)
        self._events: list[Event] = []

    def tell(self) -> None:
        """Plan everything, then let it happen in the order of time, as the journal would have seen it."""
        companies = [self._plan_company(number) for number in range(self._size.companies)]
        people = [self._plan_contact(number, companies) for number in range(self._size.contacts)]
        for _number in range(self._size.activities):
            # A few people are talked to much, most now and then.
            self._plan_activity(people[int(len(people) ** self._random.uniform(0.2, 1.0)) - 1])
        for event in sorted(self._events, key=lambda each: each.at):
            with clock.as_of(event.at), transaction.atomic():
                event.happen()
        with transaction.atomic():
            contacts.refresh_scores([each.id for each in people if each.id], actor=self._actors[0])

    def _moment(self, begin: datetime, *, recent: float = 1.0) -> datetime:
        """A moment of a working day after `begin` and before now; a smaller `recent` leans towards now."""
        span = (self._ends - begin).total_seconds()
        at = self._ends - timedelta(seconds=span * self._random.random() ** (1 / recent))
        at = at.replace(hour=self._random.randint(8, 17), minute=self._random.randrange(60))
        if at > self._ends:
            at -= timedelta(days=1)
        return min(max(at, begin + timedelta(minutes=1)), self._ends)

    def _plan_company(self, number: int) -> Known:
        heads, rng = words.COMPANY_HEADS, self._random
        sector = rng.choice(sorted(words.COMPANY_TAILS))
        head = heads[number % len(heads)] + ("" if number < len(heads) else f" {number // len(heads) + 1}")
        company = Known(f"{head} {rng.choice(words.COMPANY_TAILS[sector])}", self._moment(self._begins))
        place = rng.randrange(len(words.COUNTRIES))
        values: dict[str, Any] = {
            "name": company.name,
            "domain": f"{'-'.join(company.name.lower().split())}.example",
            "sector": sector,
            "employees": rng.choice((12, 40, 85, 160, 320, 750, 1400, 2800)),
            "revenue": rng.randint(40, 9000) * 10_000,
            "country": words.COUNTRIES[place],
            "city": words.CITIES[place],
            "phone": f"+1 415 555 {number % 10000:04d}",
            "year_established": rng.randint(1950, 2022),
        }
        actor = rng.choice(self._actors)

        def happen() -> None:
            company.id = records.create_record(record_types.get(COMPANY), values, actor=actor).id

        self._events.append(Event(company.since, happen))
        return company

    def _plan_contact(self, number: int, companies: Sequence[Known]) -> Known:
        rng = self._random
        first = words.FIRST_NAMES[(number * 7) % len(words.FIRST_NAMES)]
        last = words.LAST_NAMES[(number * 11 + number // len(words.LAST_NAMES)) % len(words.LAST_NAMES)]
        company = rng.choice(companies)
        person = Known(f"{first} {last}", self._moment(company.since, recent=0.8))
        domain = "".join(letter for letter in "-".join(company.name.lower().split()) if letter.isascii())
        ahead = rng.choice((None, -3, 0, 2, 9, 30))
        values: dict[str, Any] = {
            "first_name": first,
            "last_name": last,
            "email": f"contact{number + 1}@{domain}.example",
            "phone": f"+1 212 555 {number % 10000:04d}",
            "type": rng.choice(("lead", "lead", "prospect", "prospect", "customer", "customer", "partner", "vendor")),
            "title": rng.choice(words.TITLES),
            "source": rng.choice(words.SOURCES),
            "next_follow_up_on": None if ahead is None else (self._ends + timedelta(days=ahead)).date().isoformat(),
            "consent": rng.choice(("unknown", "granted")),
            "tags": [rng.choice(words.TAGS)] if rng.random() < 0.35 else [],
        }
        actor = rng.choice(self._actors)

        def happen() -> None:
            record_type = record_types.get(CONTACT)
            given = records.with_tag_ids(record_type, values | {"company": str(company.id)}, actor=actor)
            person.id = records.create_record(record_type, given, actor=actor).id

        self._events.append(Event(person.since, happen))
        return person

    def _plan_activity(self, person: Known) -> None:
        at, actor = self._moment(person.since, recent=0.35), self._random.choice(self._actors)
        if self._random.random() < 0.5:
            self._plan_task(person, at, actor)
            return
        text = self._random.choice(words.NOTES).format(name=person.name)

        def happen() -> None:
            activities.create_note(text, about=_about(person), actor=actor)

        self._events.append(Event(at, happen))

    def _plan_task(self, person: Known, at: datetime, actor: Actor) -> None:
        subject, kind = self._random.choice(words.TASKS)
        due = at + timedelta(days=self._random.randint(1, 12))
        activity_type, values = _planned(kind, subject.format(name=person.name), due)
        made: list[UUID] = []

        def happen() -> None:
            about = _about(person)
            made.append(activities.create_activity(activity_type, values, about=about, actor=actor).id)

        def complete() -> None:
            activities.complete_activity(activity_type, made[0], actor=actor)
            if kind != "todo" and person.id:
                contacts.note_contact([person.id], due, actor=actor)

        self._events.append(Event(at, happen))
        # What was due long ago has mostly been done; the rest is what makes the Today page useful.
        if due < self._ends and self._random.random() < 0.93:
            self._events.append(Event(due, complete))


def _planned(kind: str, subject: str, due: datetime) -> tuple[str, dict[str, Any]]:
    """A task, or the meeting or call that it is."""
    if kind == MEETING:
        return MEETING, {"subject": subject, "starts_at": due, "status": "open"}
    if kind == CALL:
        return CALL, {"subject": subject, "at": due, "status": "open"}
    return TASK, {"subject": subject, "kind": kind, "due_at": due}


def _about(person: Known) -> list[activities.About]:
    return [activities.About(CONTACT, person.id)] if person.id else []
