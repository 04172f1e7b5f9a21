"""The API's own pages: its index, its OpenAPI document, its reference."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_GET
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.api import openapi, reference
from autocrm.api.workspace_document import document_for
from autocrm.ui.context import read_appearance
from autocrm.ui.rendering import render_page
from autocrm.users.authentication import actor_of
from autocrm.users.door import door_of, outside_workspaces

ROOT = "/api/v1/"


class IndexView(APIView):
    """Where to begin."""

    @extend_schema(tags=["api"], operation_id="index", responses={200: {"type": "object"}})
    def get(self, request: Request) -> Response:
        """List the collections, and say who is asking."""
        actor = actor_of(request)
        return Response(
            {
                "version": "1",
                "schema": request.build_absolute_uri(f"{ROOT}schema/"),
                "documentation": request.build_absolute_uri(f"{ROOT}docs/"),
                "you": {"kind": actor.kind, "name": actor.label, "user": actor.user_id, "workspace": actor.tenant_id},
                "collections": {name: request.build_absolute_uri(f"{ROOT}{name}/") for name in _collections()},
            }
        )


class SchemaView(APIView):
    """The OpenAPI 3.1 document: a member's tells of the own fields and objects, everybody else's of the installation.

    It needs no sign-in, so nobody is refused; whoever is not known here is told what everybody may know.
    """

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """The document as JSON."""
        actor = door_of(request._request).actor  # noqa: SLF001 - the framework's own name for Django's request
        body = openapi.document() if actor is None else document_for(actor)
        answer = HttpResponse(body, content_type="application/vnd.oai.openapi+json;version=3.1")
        kept: dict[str, Any] = (
            {"public": True, "max_age": 300} if actor is None else {"private": True, "no_cache": True}
        )
        patch_cache_control(answer, **kept)
        patch_vary_headers(answer, ["Authorization", "Cookie", "Host"])
        return answer


@outside_workspaces
@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """The reference, drawn here from the document: nothing is loaded from elsewhere."""
    context = {"sections": reference.sections(), "shell": read_appearance(request.COOKIES)}
    return render_page(request, "api/docs.html", context)


def _collections() -> list[str]:
    """The first words of the addresses below the root."""
    words: dict[str, None] = {}
    for pattern in _patterns(get_resolver("autocrm.api.urls").url_patterns):
        first, _slash, rest = pattern.partition("/")
        if first and not rest and first not in {"docs", "schema"}:
            words[first] = None
    return list(words)


def _patterns(found: list[Any]) -> list[str]:
    routes: list[str] = []
    for each in found:
        if isinstance(each, URLResolver):
            routes += [f"{each.pattern}{inner}" for inner in _patterns(each.url_patterns)]
        elif isinstance(each, URLPattern):
            routes.append(str(each.pattern))
    return routes
