"""What happens in the demo: companies, people, notes and tasks over eighteen months, the same at every loading.

Everything goes through the services, with the clock set to the moment it happened, so that journal, timeline, search
and scores are what they would be had somebody worked with the product all that time.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from autocrm.activities import services as activities
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


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody of the demo, with the moment they became known."""

    id: UUID
    name: str
    since: datetime


class Story:
    """Tells the past of one workspace; `actors` are its people, the first its owner."""

    def __init__(self, actors: Sequence[Actor], size: Size, *, seed: int) -> None:
        self._actors = actors
        self._size = size
        self._random = random.Random(seed)  # noqa: S311 - plausible, not secret
        self._ends = clock.now().replace(microsecond=0)
        self._begins = self._ends - timedelta(days=30 * MONTHS)

    def tell(self) -> None:
        """Write everything, oldest first within each kind."""
        companies = [self._company(number) for number in range(self._size.companies)]
        people = [self._contact(number, companies) for number in range(self._size.contacts)]
        for _number in range(self._size.activities):
            self._activity(self._random.choice(people))
        with transaction.atomic():
            contacts.refresh_scores([person.id for person in people], actor=self._actors[0])

    def _moment(self, begin: datetime, *, recent: float = 1.0) -> datetime:
        """A moment of a working day between `begin` and now; a smaller `recent` leans towards now."""
        span = (self._ends - begin).total_seconds()
        at = self._ends - timedelta(seconds=span * self._random.random() ** (1 / recent))
        at = at.replace(hour=self._random.randint(8, 17), minute=self._random.randrange(60))
        return min(max(at, begin), self._ends)

    def _actor(self) -> Actor:
        return self._random.choice(self._actors)

    def _company(self, number: int) -> Known:
        heads, rng = words.COMPANY_HEADS, self._random
        sector = rng.choice(sorted(words.COMPANY_TAILS))
        head = heads[number % len(heads)] + ("" if number < len(heads) else f" {number // len(heads) + 1}")
        name = f"{head} {rng.choice(words.COMPANY_TAILS[sector])}"
        place = rng.randrange(len(words.COUNTRIES))
        values: dict[str, Any] = {
            "name": name,
            "domain": f"{'-'.join(name.lower().split())}.example",
            "sector": sector,
            "employees": rng.choice((12, 40, 85, 160, 320, 750, 1400, 2800)),
            "revenue": rng.randint(40, 9000) * 10_000,
            "country": words.COUNTRIES[place],
            "city": words.CITIES[place],
            "phone": f"+1 415 555 {number % 10000:04d}",
            "year_established": rng.randint(1950, 2022),
        }
        actor, at = self._actor(), self._moment(self._begins)
        with clock.as_of(at), transaction.atomic():
            made = records.create_record(record_types.get(COMPANY), values, actor=actor)
        return Known(made.id, name, at)

    def _contact(self, number: int, companies: Sequence[Known]) -> Known:
        rng = self._random
        first = words.FIRST_NAMES[(number * 7) % len(words.FIRST_NAMES)]
        last = words.LAST_NAMES[(number * 11 + number // len(words.LAST_NAMES)) % len(words.LAST_NAMES)]
        company = rng.choice(companies)
        at = self._moment(company.since, recent=0.8)
        actor = self._actor()
        domain = "".join(letter for letter in "-".join(company.name.lower().split()) if letter.isascii())
        ahead = rng.choice((None, -3, 0, 2, 9, 30))
        values: dict[str, Any] = {
            "first_name": first,
            "last_name": last,
            "email": f"contact{number + 1}@{domain}.example",
            "phone": f"+1 212 555 {number % 10000:04d}",
            "company": str(company.id),
            "type": rng.choice(("lead", "lead", "prospect", "prospect", "customer", "customer", "partner", "vendor")),
            "title": rng.choice(words.TITLES),
            "source": rng.choice(words.SOURCES),
            "next_follow_up_on": None if ahead is None else (self._ends + timedelta(days=ahead)).date().isoformat(),
            "consent": rng.choice(("unknown", "granted")),
        }
        if rng.random() < 0.35:
            values["tags"] = [rng.choice(words.TAGS)]
        record_type = record_types.get(CONTACT)
        with clock.as_of(at), transaction.atomic():
            values = records.with_tag_ids(record_type, values, actor=actor)
            made = records.create_record(record_type, values, actor=actor)
        return Known(made.id, f"{first} {last}", at)

    def _activity(self, person: Known) -> None:
        rng, actor = self._random, self._actor()
        at = self._moment(person.since, recent=0.35)
        about = [activities.About(CONTACT, person.id)]
        with clock.as_of(at), transaction.atomic():
            if rng.random() < 0.5:
                activities.create_note(rng.choice(words.NOTES).format(name=person.name), about=about, actor=actor)
                return
            subject, kind = rng.choice(words.TASKS)
            due = at + timedelta(days=rng.randint(1, 12))
            values = {"subject": subject.format(name=person.name), "kind": kind, "due_at": due}
            task = activities.create_task(values, about=about, actor=actor)
        # What was due long ago has mostly been done; the rest is what makes the Today page useful.
        if due < self._ends and rng.random() < 0.93:
            with clock.as_of(due), transaction.atomic():
                activities.complete_task(task.id, actor=actor)
                if kind != "todo":
                    contacts.note_contact([person.id], due, actor=actor)
