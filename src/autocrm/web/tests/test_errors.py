"""Errors as people and htmx see them: the right status, plain words, nothing from inside, nothing left behind."""

import logging

import pytest
from django.test import Client

from autocrm.notifications.models import NotificationCounter
from tests.support.cast import Person

pytestmark = pytest.mark.urls("autocrm.web.tests.urls_that_fail")

STATUSES = {
    "denied": 403,
    "not-found": 404,
    "invalid": 422,
    "conflict": 409,
    "limit": 422,
    "rate": 429,
    "took-too-long": 503,
    "upstream": 502,
    "integrity": 409,
    "database": 503,
    "django-404": 404,
    "django-403": 403,
    "suspicious": 400,
    "defect": 500,
}
SECRETS = ("internal words", "secret@example.com", "contacts_email_key", "10.0.0.7", "Traceback", "ZeroDivision")


@pytest.fixture(autouse=True)
def quiet() -> None:
    logging.getLogger("django.request").setLevel(logging.CRITICAL)


@pytest.mark.parametrize("name", STATUSES)
def test_a_whole_page_says_what_happened(alice: Person, name: str) -> None:
    alice.page.raise_request_exception = False

    page = alice.page.get(f"/fail/{name}/")
    text = page.content.decode()

    assert page.status_code == STATUSES[name]
    assert "<h1>" in text
    assert not [each for each in SECRETS if each in text]
    assert page["Content-Security-Policy"]


@pytest.mark.parametrize("name", STATUSES)
def test_htmx_gets_words_and_no_page(alice: Person, name: str) -> None:
    alice.page.raise_request_exception = False

    answer = alice.page.get(f"/fail/{name}/", headers={"HX-Request": "true"})

    assert answer.status_code == STATUSES[name]
    assert "<html" not in answer.content.decode()
    assert not [each for each in SECRETS if each in answer.content.decode() + str(answer.headers)]
    is_said_by_a_toast = answer.get("HX-Reswap") == "none" and "autocrm:toast" in answer.get("HX-Trigger", "")
    assert is_said_by_a_toast is (answer.status_code in {409, 422})


@pytest.mark.parametrize("name", STATUSES)
def test_what_was_written_is_rolled_back(alice: Person, name: str) -> None:
    alice.page.raise_request_exception = False

    alice.page.get(f"/fail/{name}/")

    with alice.at_work():
        assert not NotificationCounter.objects.filter(user_id=alice.id).exists()


def test_words_of_the_service_reach_the_person(alice: Person) -> None:
    assert "Your plan has room for 5 users." in alice.page.get("/fail/limit/").content.decode()
    assert "That is no address." in alice.page.get("/fail/invalid/").content.decode()
    assert alice.page.get("/fail/rate/")["Retry-After"] == "7"
    assert "Narrow it down with a filter" in alice.page.get("/fail/took-too-long/").content.decode()
    assert alice.page.get("/api/v1/fail/took-too-long/")["Retry-After"] == "10"


def test_a_defect_has_an_id_for_the_log(alice: Person) -> None:
    alice.page.raise_request_exception = False

    page = alice.page.get("/fail/defect/")

    assert page["X-Request-ID"] in page.content.decode()


def test_an_unknown_address_is_a_page_for_everybody(alice: Person) -> None:
    assert alice.page.get("/no/such/page/").status_code == 404
    assert Client().get("/no/such/page/").status_code == 404


def test_a_form_without_its_proof_is_refused_in_plain_words(alice: Person) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": alice.host})
    strict.cookies = alice.page.cookies

    page = strict.post("/notifications/read/", {"all": "1"})

    assert page.status_code == 403
    assert "no longer valid" in page.content.decode()


def test_an_unknown_host_is_a_bad_request(alice: Person) -> None:
    assert alice.page.get("/inbox/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("name", STATUSES)
def test_the_api_answers_problems_even_from_plain_views(alice: Person, name: str) -> None:
    alice.page.raise_request_exception = False

    answer = alice.page.get(f"/api/v1/fail/{name}/")

    assert answer.status_code == STATUSES[name]
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == STATUSES[name]
    assert not [each for each in SECRETS if each in answer.content.decode()]
