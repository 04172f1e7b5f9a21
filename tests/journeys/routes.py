"""Every address of the product, read from the URLconf, for suites that knock at all of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from autocrm.records.registry import record_types

# Sign-in, the operators' site and files belong to the installation, not to a workspace; they have suites of their own.
OUTSIDE = ("accounts/", "operators/", "static/", "healthz", "readyz")
_PARAMETER = re.compile(r"<(?:(?P<converter>[^>:]+):)?(?P<name>[^>]+)>")


@dataclass(frozen=True, slots=True)
class Route:
    """One address with its parameters still open."""

    template: str

    @property
    def names(self) -> list[str]:
        return [match["name"] for match in _PARAMETER.finditer(self.template)]

    def fill(self, values: dict[str, Any], default: Any) -> str:
        """The address with `values` for its parameters."""
        return "/" + _PARAMETER.sub(lambda match: str(values.get(match["name"], default)), self.template)


def all_routes() -> list[Route]:
    """Every address inside a workspace, one for each record type where the type is a parameter."""
    found: dict[str, None] = {}
    for template in _walk(get_resolver().url_patterns, ""):
        if template.startswith(OUTSIDE):
            continue
        for filled in _per_type(template):
            found[filled] = None
    return [Route(template) for template in found]


def _walk(patterns: list[Any], prefix: str) -> Iterator[str]:
    for entry in patterns:
        if not isinstance(entry.pattern, RoutePattern):
            continue
        template = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, template)
        elif isinstance(entry, URLPattern):
            yield template


def _per_type(template: str) -> Iterator[str]:
    parameter = next((match for match in _PARAMETER.finditer(template) if match["name"] in TYPE_PARAMETERS), None)
    if parameter is None:
        yield template
        return
    for record_type in record_types:
        word = record_type.key if parameter["name"] == "type_key" else record_type.plural
        yield template.replace(parameter[0], word)


TYPE_PARAMETERS = {"plural", "record_type", "type_key"}
