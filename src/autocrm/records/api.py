"""REST for every record type: list, create, read, change, archive, restore. Made of the declarations, one for each.

Do NOT: decide anything here; services and selectors do. Special addresses of a type belong to its own app.
"""

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from autocrm.kernel.actors import Actor
from autocrm.kernel.http_conditions import is_unchanged, make_etag, version_from_if_match
from autocrm.records import api_schema, selectors, services
from autocrm.records.api_query import read_body, read_fields, read_query
from autocrm.records.api_types import OfRecordType
from autocrm.records.fields import Field
from autocrm.records.looks import look_at
from autocrm.records.merging.pointers import refuse_merged
from autocrm.records.registry import RecordType, record_types
from autocrm.records.representation import to_dict
from autocrm.records.schema import RecordSchema
from autocrm.users.authentication import actor_of


class RecordView(OfRecordType):
    """What the views of one record type share."""

    def represent(
        self, records: list[Any], fields: tuple[Field, ...], expand: frozenset[str] = frozenset(), *, actor: Actor
    ) -> list[dict[str, Any]]:
        """Records as JSON; tags are looked up once for all of them."""
        tags = selectors.names_of_tags(tag for each in records for tag in each.tags) if "tags" in expand else {}
        look = look_at(self.record_type, actor)
        return [to_dict(look, each, fields, expand=expand, tags=tags) for each in records]

    def answer(self, request: Request, record: Any, *, actor: Actor, code: int = status.HTTP_200_OK) -> Response:
        """One record with its entity tag."""
        fields = read_fields(self.record_type, request.query_params, RecordSchema(self.record_type, actor))
        expand = frozenset(field.key for field in self.opened(request, actor))
        body = self.represent([record], fields, expand, actor=actor)[0]
        return Response(body, status=code, headers={"ETag": make_etag(record.id, record.version)})

    def opened(self, request: Request, actor: Actor) -> list[Field]:
        """The fields that `expand` names. Raises Invalid for one that is unknown or hidden."""
        words = {word for word in request.query_params.get("expand", "").split(",") if word}
        return RecordSchema(self.record_type, actor).readable(sorted(words))


class RecordCollection(RecordView):
    """All records of a type that the asker may see."""

    def get(self, request: Request) -> Response:
        """List records by keyset pages."""
        actor = actor_of(request)
        query = read_query(self.record_type, request.query_params, actor=actor)
        joined = [field for field in query.fields if field.key in query.expand]
        page = selectors.list_records(self.record_type, query.listing, actor=actor, columns=joined)
        body: dict[str, Any] = {
            "results": self.represent(list(page.rows), query.fields, query.expand, actor=actor),
            "next": _next_address(request, page.next_cursor),
            "next_cursor": page.next_cursor or None,
        }
        if query.wants_count:
            count = selectors.count_records(self.record_type, query.listing, actor=actor)
            body |= {"count": count.value, "count_is_exact": count.exact}
        return Response(body)

    def post(self, request: Request) -> Response:
        """Create a record. 409 with candidates when it looks like one that exists; `allow_duplicates=true` insists."""
        actor = actor_of(request)
        values = read_body(self.record_type, request.data)
        record = services.create_record(
            self.record_type,
            services.with_tag_ids(self.record_type, values, actor=actor),
            allow_duplicates=request.query_params.get("allow_duplicates", "") in {"1", "true", "yes"},
            actor=actor,
        )
        response = self.answer(request, record, actor=actor, code=status.HTTP_201_CREATED)
        response["Location"] = request.build_absolute_uri(f"{request.path}{record.id}/")
        return response


class RecordItem(RecordView):
    """One record."""

    def get(self, request: Request, record_id: str) -> Response:
        """Read a record; `If-None-Match` with its tag answers 304."""
        actor = actor_of(request)
        columns = self.opened(request, actor)
        record = selectors.get_record(self.record_type, record_id, columns=columns, actor=actor)
        refuse_merged(self.record_type, record, actor=actor)
        etag = make_etag(record.id, record.version)
        if is_unchanged(request.headers.get("If-None-Match"), etag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
        return self.answer(request, record, actor=actor)

    def patch(self, request: Request, record_id: str) -> Response:
        """Change fields of a record; with `If-Match` only if nobody changed it meanwhile (412)."""
        actor = actor_of(request)
        record = selectors.get_record(self.record_type, record_id, columns=(), actor=actor)
        refuse_merged(self.record_type, record, actor=actor)
        values = read_body(self.record_type, request.data)
        changed = services.update_record(
            self.record_type,
            record.id,
            services.with_tag_ids(self.record_type, values, actor=actor),
            version=version_from_if_match(request.headers.get("If-Match"), record.id),
            actor=actor,
        )
        return self.answer(request, changed, actor=actor)

    def delete(self, request: Request, record_id: str) -> Response:
        """Move a record to the bin."""
        services.archive_record(self.record_type, record_id, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RecordRestore(RecordView):
    """Taking a record out of the bin."""

    def post(self, request: Request, record_id: str) -> Response:
        """Restore a record."""
        actor = actor_of(request)
        return self.answer(request, services.restore_record(self.record_type, record_id, actor=actor), actor=actor)


def _next_address(request: Request, cursor: str) -> str | None:
    if not cursor:
        return None
    params = request.query_params.copy()
    params["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")


def _descriptions(record_type: RecordType) -> dict[tuple[type[RecordView], str], dict[str, Any]]:
    """What the OpenAPI document says of each method."""
    one = api_schema.json_body(api_schema.record_schema(record_type))
    page = api_schema.json_body(api_schema.page_schema(record_type))
    to_create = api_schema.json_body(api_schema.input_schema(record_type, creating=True))
    to_change = api_schema.json_body(api_schema.input_schema(record_type, creating=False))
    ident = [OpenApiParameter("record_id", str, OpenApiParameter.PATH)]
    readable = [*ident, *api_schema.READ_PARAMETERS]
    key, plural = record_type.key, record_type.plural
    return {
        (RecordCollection, "GET"): {
            "operation_id": f"list_{plural}",
            "parameters": api_schema.LIST_PARAMETERS,
            "responses": {200: page["application/json"]},
        },
        (RecordCollection, "POST"): {
            "operation_id": f"create_{key}",
            "request": to_create,
            "responses": {201: one["application/json"]},
        },
        (RecordItem, "GET"): {
            "operation_id": f"get_{key}",
            "parameters": readable,
            "responses": {200: one["application/json"]},
        },
        (RecordItem, "PATCH"): {
            "operation_id": f"update_{key}",
            "parameters": ident,
            "request": to_change,
            "responses": {200: one["application/json"]},
        },
        (RecordItem, "DELETE"): {"operation_id": f"archive_{key}", "parameters": ident, "responses": {204: None}},
        (RecordRestore, "POST"): {
            "operation_id": f"restore_{key}",
            "parameters": ident,
            "request": None,
            "responses": {200: one["application/json"]},
        },
    }


def _view_of(view: type[RecordView], record_type: RecordType) -> Any:
    """The view of one type, with its place in the OpenAPI document."""
    name = f"{record_type.key.title()}{view.__name__}"
    made: Any = type(name, (view,), {"type_key": record_type.key, "__doc__": view.__doc__})
    for (described, method), arguments in _descriptions(record_type).items():
        if described is view:
            described_method = extend_schema(tags=[record_type.plural], **arguments)
            made = extend_schema_view(**{method.lower(): described_method})(made)
    return made.as_view()


def urls_of(record_type: RecordType) -> list[URLPattern]:
    """The addresses of one record type below /api/v1/."""
    plural, key = record_type.plural, record_type.key
    return [
        path(f"{plural}/", _view_of(RecordCollection, record_type), name=f"api-{key}-list"),
        path(f"{plural}/<str:record_id>/", _view_of(RecordItem, record_type), name=f"api-{key}"),
        path(f"{plural}/<str:record_id>/restore/", _view_of(RecordRestore, record_type), name=f"api-{key}-restore"),
    ]


def _undescribed(view: type[RecordView]) -> Any:
    """The view of types that tenants make: the OpenAPI document of each tenant describes its own."""
    made: Any = type(f"Tenants{view.__name__}", (view,), {})
    return extend_schema(exclude=True)(made).as_view()


# After the declared types, whose addresses stand in the document of the installation.
api_urls = [
    *(pattern for record_type in record_types.declared for pattern in urls_of(record_type)),
    path("<slug:plural>/", _undescribed(RecordCollection), name="api-record-list"),
    path("<slug:plural>/<str:record_id>/", _undescribed(RecordItem), name="api-record"),
    path("<slug:plural>/<str:record_id>/restore/", _undescribed(RecordRestore), name="api-record-restore"),
]
