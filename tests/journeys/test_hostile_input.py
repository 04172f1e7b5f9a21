"""Hostile bodies, queries, headers and addresses at every operation of the API, as Bob and as Charlie.

Never a failure of ours, an error is always problem+json, and what is refused has changed nothing. `hostile` says what
is sent; the operations come from the OpenAPI document, so that what is added is covered the day it is.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import LazySettings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from autocrm.activities import services as activities
from autocrm.kernel.clock import now
from autocrm.records import services as records
from autocrm.records.registry import record_types
from autocrm.users.models import ApiToken
from tests.journeys.hostile import (
    BODIES,
    COMMON_PARAMETERS,
    HEADERS,
    METHODS,
    QUERIES,
    VALUES,
    Operation,
    bodies_for,
    operations,
)
from tests.journeys.test_isolation import checksum_of
from tests.support.cast import Person

OPERATIONS = operations()
WRITES = [each for each in OPERATIONS if each.body is not None]
LISTS = [each for each in OPERATIONS if each.method == "get" and "cursor" in each.parameters]
READS = [each for each in OPERATIONS if each.method == "get" and each.parameters]
BAD_IDS = ("0", "%00", "%ff", "..%2f..", "9" * 400, "{}", "00000000-0000-0000-0000-000000000000", "' OR 1=1")
# Lists share their machinery, so what many take is tried with a part of the texts at each, and with all at some.
DEALT = 4
_PARAMETER = re.compile(r"\{([^}]+)\}")


@dataclass
class Attacker:
    """Somebody with a token and with records of his own, so that a request gets as far as it can."""

    person: Person
    ids: dict[str, Any] = field(default_factory=dict)

    def path(self, operation: Operation, **values: str) -> str:
        owner = next((each.key for each in record_types if f"/{each.plural}/" in operation.path), "contact")
        known = {"user_id": self.person.user.id, "role_id": self.person.role.id, **values}
        default = self.ids.get(owner, self.ids["contact"])
        return _PARAMETER.sub(lambda match: str(known.get(match[1], values.get("any", default))), operation.path)

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        """One request; what the product did not catch is raised here."""
        answer = self.person.api.client.generic(
            method.upper(), path, body, content_type=headers.pop("Content-Type", "application/json"), headers=headers
        )
        about = f"{method} {path[:200]} {body[:200]!r} {headers}"
        assert answer.status_code < 500, f"{answer.status_code}: {about}"
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json", about
            assert {"type", "title", "status", "detail", "code"} <= json.loads(answer.content).keys(), about
        return answer

    def checksum(self) -> str:
        return checksum_of(self.person.tenant.id)


def attacker(person: Person) -> Attacker:
    found = Attacker(person)
    with person.at_work() as actor:
        contact = records.create_record(
            record_types.get("contact"), {"first_name": "Own", "email": "own@own.example"}, actor=actor
        )
        found.ids["contact"] = contact.id
        about = [activities.About("contact", contact.id)]
        found.ids["task"] = activities.create_task({"subject": "Own"}, about=about, actor=actor).id
        if actor.grants.everything:
            company = records.create_record(record_types.get("company"), {"name": "Own"}, actor=actor)
            found.ids["company"] = company.id
            found.ids["note"] = activities.create_note("<p>Own</p>", about=about, actor=actor).id
    found.send("get", "/api/v1/me/")
    with person.at_work():
        # When a token was last used is noted once a minute: here it has been already.
        ApiToken.objects.update(last_used_at=now() + timedelta(days=1))
    return found


@pytest.fixture(params=["bob", "charlie"])
def anyone(request: pytest.FixtureRequest, settings: LazySettings) -> Attacker:
    settings.API_RATE_PER_MINUTE = 1_000_000
    return attacker(request.getfixturevalue(request.param))


@pytest.fixture
def charlie_attacks(charlie: Person, settings: LazySettings) -> Attacker:
    settings.API_RATE_PER_MINUTE = 1_000_000
    return attacker(charlie)


def test_bodies_that_no_operation_takes_are_refused_and_change_nothing(anyone: Attacker) -> None:
    before = anyone.checksum()

    for operation in WRITES:
        path = anyone.path(operation)
        for body in BODIES:
            answer = anyone.send(operation.method, path, body)
            assert answer.status_code >= 400, f"{operation.name} takes {body[:40]!r}"
    assert anyone.checksum() == before


def _shape(operation: Operation) -> str:
    """The same for operations that take the same body, as those that every record type has do."""
    return json.dumps([operation.method, operation.body], sort_keys=True)


def test_values_that_cannot_be_are_refused_in_every_property(charlie_attacks: Attacker) -> None:
    for number, operation in enumerate(alike := sorted(WRITES, key=_shape)):
        path, names = charlie_attacks.path(operation), list((operation.body or {}).get("properties", {}))
        parts = DEALT if sum(_shape(each) == _shape(operation) for each in alike) >= DEALT else 1
        for value in VALUES[number % parts :: parts]:
            is_huge = isinstance(value, str) and len(value) > 10_000
            body = dict.fromkeys(names[:2] if is_huge else names, value)
            charlie_attacks.send(operation.method, path, json.dumps(body).encode())


def dealt_queries(operation: Operation) -> Iterator[tuple[str, Sequence[str]]]:
    """Each parameter with the texts it is tried with: all of them, or every fourth where many operations have it."""
    for name in operation.parameters:
        sharers = [each for each in READS if name in each.parameters]
        parts = DEALT if len(sharers) >= DEALT else 1
        yield name, QUERIES[sharers.index(operation) % parts :: parts]


@pytest.mark.parametrize("operation", READS, ids=lambda each: each.name)
def test_queries_that_make_no_sense_are_refused_or_find_nothing(
    charlie_attacks: Attacker, operation: Operation
) -> None:
    path, before = charlie_attacks.path(operation), charlie_attacks.checksum()

    for name, texts in dealt_queries(operation):
        for text in texts:
            charlie_attacks.send("get", f"{path}?{name}={text if text.startswith('%') else quote(text)}")
    assert charlie_attacks.checksum() == before


def test_every_parameter_of_a_list_takes_hostile_texts(charlie_attacks: Attacker) -> None:
    path = charlie_attacks.path(LISTS[0])

    for number, name in enumerate(COMMON_PARAMETERS):
        for text in QUERIES[number % 2 :: 2]:
            query = f"{name}={text if text.startswith('%') else quote(text)}"
            # What its document names has been tried there.
            if name not in LISTS[0].parameters:
                charlie_attacks.send("get", f"{path}?{query}")
            page = charlie_attacks.person.page.get(f"/contacts/?{query}")
            assert page.status_code < 500, f"/contacts/?{query[:200]}"


def test_headers_that_make_no_sense_break_nothing(anyone: Attacker) -> None:
    contacts = [each for each in OPERATIONS if each.path.startswith("/api/v1/contacts/")]

    for operation in contacts:
        for headers in HEADERS:
            anyone.send(operation.method, anyone.path(operation), b"{}", **headers)


def test_ids_that_are_none_are_not_found_by_any_method(anyone: Attacker) -> None:
    before = anyone.checksum()

    for operation in {each.path: each for each in OPERATIONS if "{" in each.path}.values():
        for bad in BAD_IDS:
            path = _PARAMETER.sub(bad, operation.path)
            for method in METHODS:
                answer = anyone.send(method, path, b"{}")
                assert answer.status_code >= 400, f"{method} {path}"
    assert anyone.checksum() == before


def test_methods_that_an_address_does_not_know_are_refused(anyone: Attacker) -> None:
    known = {(each.path, each.method) for each in OPERATIONS}

    for path in {each.path for each in OPERATIONS}:
        for method in {*METHODS, "trace", "propfind", "x"}:
            if (path, method) not in known:
                operation = Operation(path, method, None, ())
                assert anyone.send(method, anyone.path(operation), b"{}").status_code >= 400, f"{method} {path}"


@pytest.mark.parametrize("operation", WRITES, ids=lambda each: each.name)
def test_generated_bodies_are_taken_whole_or_not_at_all(anyone: Attacker, operation: Operation) -> None:
    path, known = anyone.path(operation), [anyone.checksum()]

    @settings(
        max_examples=8,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(body=bodies_for(operation.body), query=st.sampled_from(["", "?allow_duplicates=true", "?fields=id,x"]))
    def attack(body: Any, query: str) -> None:
        answer = anyone.send(operation.method, path + query, json.dumps(body).encode())
        is_refused, found = answer.status_code >= 400, anyone.checksum()
        assert found == known[0] or not is_refused, f"{operation.name} was refused and changed: {body!r:.300}"
        known[0] = found

    attack()
