"""Bodies of the API, as they are taken in."""

from django.conf import LazySettings

from tests.support.cast import Person


def test_a_body_beyond_the_limit_is_refused(alice: Person, settings: LazySettings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000

    answer = alice.api.post("/api/v1/contacts/", {"first_name": "x" * 2_000})

    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    assert answer.json()["code"] == "too_large"
