"""REST of activities: a record's timeline and its activities.

Reading and changing single activities is what the record engine offers for every type.
"""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from autocrm.activities import api_schema, services
from autocrm.activities.api_acts import act_urls, answer_one
from autocrm.activities.forms import LARGEST_ENTRY
from autocrm.activities.lines import Line, lines_of
from autocrm.activities.linked import list_linked
from autocrm.activities.permissions import ACTIVITIES, NOTE
from autocrm.activities.timelines import Item, Only, Show, timeline
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.records import api_schema as records_schema
from autocrm.records import services as records
from autocrm.records.api_query import read_body, read_query
from autocrm.records.api_types import OfRecordType
from autocrm.records.looks import look_at
from autocrm.records.registry import RecordType, record_types
from autocrm.records.representation import to_dict
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import get_record, names_of_tags
from autocrm.users.authentication import actor_of

PAGE, MOST = 30, 100


class TimelineView(OfRecordType):
    """What happened with a record."""

    def get(self, request: Request, record_id: str) -> Response:
        """Read the timeline, newest first: notes, tasks and changes."""
        actor, params = actor_of(request), request.query_params
        record = get_record(self.record_type, record_id, actor=actor)
        page = timeline(
            self.record_type,
            record.pk,
            only=_only(params.getlist("kind"), params.get("person", "")),
            before=_number(params.get("before", ""), "before", LARGEST_ENTRY),
            limit=_number(params.get("limit", ""), "limit", MOST) or PAGE,
            actor=actor,
        )
        following = None if page.following is None else _address(request, before=str(page.following))
        body = {"results": _entries(self.record_type, page.items, actor), "next": following}
        return Response(body | {"next_before": page.following})


class LinkedView(OfRecordType):
    """The tasks or notes of a record."""

    activity_type: ClassVar[str]

    def get(self, request: Request, record_id: str) -> Response:
        """List them by keyset pages."""
        actor, kind = actor_of(request), record_types.get(self.activity_type)
        record = get_record(self.record_type, record_id, actor=actor)
        query = read_query(kind, request.query_params, actor=actor)
        columns = [field for field in query.fields if field.key in query.expand]
        page = list_linked(self.activity_type, self.record_type, record.pk, query.listing, columns=columns, actor=actor)
        tags = names_of_tags(tag for each in page.rows for tag in each.tags) if "tags" in query.expand else {}
        look = look_at(kind, actor)
        results = [to_dict(look, each, query.fields, expand=query.expand, tags=tags) for each in page.rows]
        following = _address(request, cursor=page.next_cursor) if page.next_cursor else None
        return Response({"results": results, "next": following, "next_cursor": page.next_cursor or None})

    def post(self, request: Request, record_id: str) -> Response:
        """Add one to the record."""
        actor, kind = actor_of(request), record_types.get(self.activity_type)
        values = records.with_tag_ids(kind, read_body(kind, request.data), actor=actor)
        record = get_record(self.record_type, record_id, actor=actor, archived=False)
        about = [services.About(self.record_type.key, record.pk)]
        made = services.create_activity(self.activity_type, values, about=about, actor=actor)
        response = answer_one(request, kind, made, actor, status.HTTP_201_CREATED)
        response["Location"] = request.build_absolute_uri(f"/api/v1/{kind.plural}/{made.pk}/")
        return response


def _entries(record_type: RecordType, items: list[Item], actor: Actor) -> list[dict[str, Any]]:
    """The items as JSON; those whose words the role hides are left out, as on the page."""
    lines = {line.id: line for line in lines_of(record_type, items, actor=actor)}
    return [_entry(item, lines[item.entry.id], actor) for item in items if item.entry.id in lines]


def _entry(item: Item, line: Line, actor: Actor) -> dict[str, Any]:
    entry = item.entry
    return {
        "id": entry.id,
        "at": entry.at.isoformat().replace("+00:00", "Z"),
        "kind": entry.kind,
        "text": f"{line.who} {line.did}",
        "actor": {"kind": entry.actor_kind, "id": entry.actor_id and str(entry.actor_id), "name": entry.actor_label},
        "changes": entry.changes,
        "activity": None if item.activity is None else _activity(item, actor),
    }


def _activity(item: Item, actor: Actor) -> dict[str, Any]:
    kind = record_types.get(item.kind)
    schema = RecordSchema(kind, actor)
    readable = [field for field in kind.all_fields if schema.can_read(field)]
    return to_dict(look_at(kind, actor), item.activity, readable)


def _only(kinds: Sequence[str], person: str) -> Only:
    """Several kinds: repeated, or parted by commas."""
    wanted = [each for text in kinds for each in text.split(",") if each]
    if not set(wanted) <= set(Show):
        raise Invalid(fields={"kind": [_("One of %(words)s.") % {"words": ", ".join(Show)}]})
    try:
        return Only(frozenset(map(Show, wanted)), UUID(person) if person else None)
    except ValueError:
        raise Invalid(fields={"person": [_("This is not the id of a person.")]}) from None


def _number(text: str, name: str, most: int) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 19 or not 1 <= int(text) <= most:
        raise Invalid(fields={name: [_("A whole number from 1 to %(most)d.") % {"most": most}]})
    return int(text)


def _address(request: Request, **changes: str) -> str:
    params = request.query_params.copy()
    for name, value in changes.items():
        params[name] = value
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")


def _timeline_of(record_type: RecordType) -> Any:
    view: Any = type(f"{record_type.key.title()}Timeline", (TimelineView,), {"type_key": record_type.key})
    described = extend_schema(
        operation_id=f"get_{record_type.key}_timeline",
        tags=[record_type.plural],
        parameters=api_schema.TIMELINE_PARAMETERS,
        responses={200: api_schema.timeline_schema()},
    )
    return extend_schema_view(get=described)(view).as_view()


def _linked_of(record_type: RecordType, activity_type: str) -> Any:
    kind = record_types.get(activity_type)
    name = f"{record_type.key.title()}{activity_type.title()}s"
    view: Any = type(name, (LinkedView,), {"type_key": record_type.key, "activity_type": activity_type})
    listing = extend_schema(
        operation_id=f"list_{kind.plural}_of_{record_type.key}",
        tags=[record_type.plural],
        parameters=[api_schema.RECORD_ID, *records_schema.LIST_PARAMETERS],
        responses={200: records_schema.page_schema(kind)},
    )
    adding = extend_schema(
        operation_id=f"add_{activity_type}_to_{record_type.key}",
        tags=[record_type.plural],
        parameters=[api_schema.RECORD_ID],
        request=records_schema.json_body(records_schema.input_schema(kind, creating=True)),
        responses={201: records_schema.record_schema(kind)},
    )
    return extend_schema_view(get=listing, post=adding)(view).as_view()


def _undescribed(view: type[OfRecordType], **attributes: str) -> Any:
    """The view for types that tenants make: the OpenAPI document of each tenant describes its own."""
    made: Any = type(f"Tenants{view.__name__}", (view,), attributes)
    return extend_schema(exclude=True)(made).as_view()


def urls_of(record_type: RecordType) -> list[URLPattern]:
    """The addresses below one record of that type: on an activity notes only, on a note nothing but what happened."""
    below, key = f"{record_type.plural}/<str:record_id>", record_type.key
    found = [path(f"{below}/timeline/", _timeline_of(record_type), name=f"api-{key}-timeline")]
    if key == NOTE:
        return found
    return found + [
        path(
            f"{below}/{record_types.get(each).plural}/",
            _linked_of(record_type, each),
            name=f"api-{key}-{record_types.get(each).plural}",
        )
        for each in ((NOTE,) if key in ACTIVITIES else ACTIVITIES)
    ]


api_urls = [
    *act_urls,
    *(pattern for record_type in record_types.declared for pattern in urls_of(record_type)),
    path("<slug:plural>/<str:record_id>/timeline/", _undescribed(TimelineView), name="api-record-timeline"),
    *(
        path(
            f"<slug:plural>/<str:record_id>/{word}/",
            _undescribed(LinkedView, activity_type=each),
            name=f"api-record-{word}",
        )
        for each, word in zip(ACTIVITIES, ("notes", "tasks", "calls", "meetings", "emails"), strict=True)
    ),
]
