"""Limits with headers, the index, the OpenAPI document and the reference."""

import uuid
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema

from autocrm.api import openapi
from autocrm.api.renderers import to_json
from autocrm.kernel.errors import Conflict, Invalid
from autocrm.kernel.http_conditions import is_unchanged, make_etag, version_from_if_match
from tests.support.cast import ApiClient, Person


def test_every_answer_says_what_is_left(alice: Person, settings: Any) -> None:
    settings.API_RATE_PER_MINUTE = 30

    first, second = alice.api.get("/api/v1/"), alice.api.get("/api/v1/")

    assert first["RateLimit-Limit"] == first["X-RateLimit-Limit"] == "30"
    assert (first["RateLimit-Remaining"], second["RateLimit-Remaining"]) == ("29", "28")
    assert int(second["RateLimit-Reset"]) >= 1


def test_beyond_the_limit_is_429_with_a_time(alice: Person, bob: Person, settings: Any) -> None:
    settings.API_RATE_PER_MINUTE = 3

    answers = [alice.api.get("/api/v1/") for _each in range(4)]

    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert 1 <= int(answers[-1]["Retry-After"]) <= 20
    assert answers[-1]["RateLimit-Remaining"] == "0"
    assert bob.api.get("/api/v1/").status_code == 200


def test_pages_are_not_limited(alice: Person, settings: Any) -> None:
    settings.API_RATE_PER_MINUTE = 1

    assert [alice.page.get("/inbox/").status_code for _each in range(3)] == [200, 200, 200]


def test_answers_are_kept_by_no_cache(alice: Person) -> None:
    assert alice.api.get("/api/v1/")["Cache-Control"] == "private, no-store"


def test_the_index_lists_collections_and_who_asks(alice: Person) -> None:
    answer = alice.api.get("/api/v1/").json()

    assert answer["you"]["user"] == str(alice.id)
    assert {"contacts", "companies", "notifications"} <= answer["collections"].keys()
    assert alice.api.get(answer["collections"]["contacts"]).status_code == 200


def test_the_document_is_openapi_3_1_and_public() -> None:
    answer = Client().get("/api/v1/schema/")
    document = answer.json()

    assert answer.status_code == 200
    assert document["openapi"].startswith("3.1")
    assert {"/api/v1/contacts/", "/api/v1/notifications/"} <= document["paths"].keys()
    assert {"token", "session"} <= document["components"]["securitySchemes"].keys()


def test_the_document_is_valid() -> None:
    validate_schema(Client().get("/api/v1/schema/").json())


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    document = Client().get("/api/v1/schema/").json()
    methods = ("get", "post", "put", "patch", "delete")
    return [
        (path, method, found[method])
        for path, found in document["paths"].items()
        for method in methods
        if method in found
    ]


def test_every_operation_names_its_errors_and_has_a_name_of_its_own() -> None:
    found = operations()

    assert all("default" in each["responses"] for _path, _method, each in found)
    assert len({each["operationId"] for _path, _method, each in found}) == len(found)


def test_writing_operations_take_an_idempotency_key() -> None:
    for path, method, operation in operations():
        names = [each.get("name") for each in operation.get("parameters", [])]
        assert ("Idempotency-Key" in names) is (method in {"post", "patch"}), path


def test_the_reference_is_readable_and_loads_nothing_from_elsewhere() -> None:
    answer = Client().get("/api/v1/docs/")
    page = answer.content.decode()

    assert answer.status_code == 200
    assert "/api/v1/contacts/" in page
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "https://" not in page


def test_a_new_document_is_the_same() -> None:
    first = openapi.document()
    openapi.document.cache_clear()

    assert openapi.document() == first


def test_notifications_by_token(alice: Person) -> None:
    answer = alice.api.get("/api/v1/notifications/", {"after_seq": "0"})
    marked = alice.api.post("/api/v1/notifications/mark_all_read/", {})
    wrong = alice.api.get("/api/v1/notifications/", {"after_seq": "x"})
    narrow = ApiClient(alice.new_token(scopes=["contact:read"]), alice.host)

    assert answer.json() == {"results": [], "next": None, "unread": 0, "last_seq": 0}
    assert marked.json() == {"changed": 0, "unread": 0}
    assert wrong.json()["errors"].keys() == {"after_seq"}
    assert narrow.get("/api/v1/notifications/").status_code == 403


def test_json_keeps_what_json_has_no_word_for() -> None:
    ident = uuid.uuid4()

    assert to_json({"id": ident, "set": {1}}) == b'{"id":"%s","set":[1]}' % str(ident).encode()
    with pytest.raises(TypeError):
        to_json(object())


def test_entity_tags_name_record_and_version() -> None:
    one, other = uuid.uuid4(), uuid.uuid4()
    etag = make_etag(one, 3)

    assert is_unchanged(f'"x", W/{etag}', etag)
    assert not is_unchanged(make_etag(other, 3), etag)
    assert not is_unchanged(None, etag)
    assert version_from_if_match(etag, one) == 3
    assert version_from_if_match(None, one) is version_from_if_match("*", one) is None
    for header in (f"W/{etag}", make_etag(other, 3)):
        with pytest.raises(Conflict):
            version_from_if_match(header, one)
    with pytest.raises(Invalid):
        version_from_if_match("3", one)
