"""The OpenAPI document: what drf-spectacular finds, and what holds for every operation (sign-in, errors, keys)."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator

from autocrm.api.middleware import PREFIX
from autocrm.api.renderers import to_json

_P = ParamSpec("_P")
_T = TypeVar("_T")
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "An error, as RFC 9457 describes it.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Stable and machine-readable."},
        "errors": {
            "type": "object",
            "description": 'Messages by field; "" is the whole input.',
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key gets the same answer for 24 hours, and the effect happens once.",
    "schema": {"type": "string", "maxLength": 255},
}
METHODS = ("get", "post", "put", "patch", "delete")


class TokenScheme(OpenApiAuthenticationExtension):
    """API tokens."""

    target_class = "autocrm.users.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        del auto_schema
        return {"type": "http", "scheme": "bearer", "description": "An API token, as acrm_..."}


class SessionScheme(OpenApiAuthenticationExtension):
    """The session of a signed-in person."""

    target_class = "autocrm.users.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        del auto_schema
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


def only_the_api(endpoints: list[Any]) -> list[Any]:
    """Leave out addresses of packages that happen to be views of the REST framework."""
    return [each for each in endpoints if each[0].startswith(PREFIX)]


def describe_conventions(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Add to every operation what holds for all: the form of errors and the key for doing things once."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    components.setdefault("responses", {})["Problem"] = {"description": "An error.", "content": body}
    for operations in result["paths"].values():
        for method in METHODS:
            operation = operations.get(method)
            if operation is None:
                continue
            operation["responses"].setdefault("default", {"$ref": "#/components/responses/Problem"})
            if method in {"post", "patch"}:
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return result


def in_its_language(make: Callable[_P, _T]) -> Callable[_P, _T]:
    """What is made once for everybody is in the language it was written in, not in that of whoever asks first."""

    @wraps(make)
    def made(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        with translation.override(settings.LANGUAGE_CODE):
            return make(*args, **kwargs)

    return made


@cache
@in_its_language
def document() -> bytes:
    """The OpenAPI 3.1 document as JSON; made once for each process, since it only changes with the code."""
    return to_json(SchemaGenerator().get_schema(request=None, public=True))
