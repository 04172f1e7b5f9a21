"""Errors of the API: always problem+json, always the same members, nothing from inside, nothing left behind."""

import logging

import pytest
from django.test import Client

from autocrm.notifications.models import NotificationCounter
from tests.support.cast import ApiClient, Person

pytestmark = pytest.mark.urls("autocrm.api.tests.urls_that_write")

CASES = {
    "denied": (403, "denied"),
    "not-found": (404, "not_found"),
    "invalid": (422, "invalid"),
    "conflict": (409, "conflict"),
    "stale": (409, "stale_version"),
    "precondition": (412, "precondition_failed"),
    "plan": (422, "limit_reached"),
    "rate": (429, "limit_reached"),
    "upstream": (502, "upstream"),
    "framework-invalid": (422, "invalid"),
    "framework-parse": (400, "parse_error"),
    "framework-throttled": (429, "throttled"),
    "django-404": (404, "not_found"),
    "django-403": (403, "denied"),
    "integrity": (409, "conflict"),
    "data": (422, "invalid"),
    "database": (503, "unavailable"),
    "defect": (500, "internal_server_error"),
}


@pytest.fixture(autouse=True)
def quiet() -> None:
    logging.getLogger("django.request").setLevel(logging.CRITICAL)


@pytest.mark.parametrize("name", CASES)
def test_each_error_is_a_problem(alice: Person, name: str) -> None:
    alice.api.client.raise_request_exception = False

    answer = alice.api.get(f"/api/v1/failing/{name}/")
    document = answer.json()

    assert (answer.status_code, document["code"]) == CASES[name]
    assert answer["Content-Type"] == "application/problem+json"
    assert document["status"] == answer.status_code
    assert document["type"] == f"urn:autocrm:problem:{document['code']}"
    assert document["instance"] == f"/api/v1/failing/{name}/"
    assert document["title"]
    for secret in ("internal words", "secret@example.com", "10.0.0.7"):
        assert secret not in answer.content.decode()


@pytest.mark.parametrize("name", CASES)
def test_what_was_written_is_rolled_back(alice: Person, name: str) -> None:
    alice.api.client.raise_request_exception = False

    alice.api.get(f"/api/v1/failing/{name}/")

    with alice.at_work():
        assert not NotificationCounter.objects.exists()


def test_fields_are_named_by_their_path(alice: Person) -> None:
    ours = alice.api.get("/api/v1/failing/invalid/").json()
    frameworks = alice.api.get("/api/v1/failing/framework-invalid/").json()

    assert ours["errors"] == {"email": ["That is no address."], "": ["Nothing fits."]}
    assert frameworks["errors"] == {"lines.1.amount": ["Too much."], "": ["No."]}


def test_waiting_times_and_what_stands_there_now_are_said(alice: Person) -> None:
    assert alice.api.get("/api/v1/failing/rate/")["Retry-After"] == "7"
    assert alice.api.get("/api/v1/failing/conflict/").json()["current"] == {"by": "Ana"}
    assert alice.api.get("/api/v1/failing/upstream/").json()["retryable"] is True


def test_a_stale_version_under_if_match_is_a_failed_precondition(alice: Person) -> None:
    assert alice.api.get("/api/v1/failing/stale/", **{"If-Match": '"x"'}).status_code == 412


def test_without_sign_in_it_is_401_with_a_challenge(alice: Person) -> None:
    for client in (ApiClient("", alice.host), ApiClient("acrm_nonsense", alice.host)):
        answer = client.get("/api/v1/counting/")

        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"
        assert answer["Content-Type"] == "application/problem+json"


def test_method_body_address_and_host_errors_are_problems_too(alice: Person) -> None:
    wrong_method = alice.api.get("/api/v1/counting/")
    no_json = alice.api.client.post("/api/v1/counting/", b"{", content_type="application/json")
    no_type = alice.api.client.post("/api/v1/counting/", b"a=1", content_type="text/plain")
    nowhere = alice.api.get("/api/v1/no/such/thing/")
    unknown_host = alice.api.get("/api/v1/", Host="evil.example")

    found = [wrong_method, no_json, no_type, nowhere, unknown_host]
    assert [each.status_code for each in found] == [405, 400, 415, 404, 400]
    assert {each["Content-Type"] for each in found} == {"application/problem+json"}


def test_a_session_needs_the_csrf_proof(alice: Person) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": alice.host})
    strict.cookies = alice.page.cookies

    answer = strict.post("/api/v1/counting/", {"amount": 1}, content_type="application/json")

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
