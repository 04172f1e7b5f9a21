"""REST of one activity: done, reopened, pinned, invited to; what it is about, who attends, how it repeats."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autocrm.activities import api_schema, attending, inviting, selectors, series, services
from autocrm.activities.permissions import ACTIVITIES, MEETING, PLANNED
from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Invalid
from autocrm.kernel.http_conditions import make_etag
from autocrm.kernel.ids import parse_id
from autocrm.records import api_schema as records_schema
from autocrm.records.api_query import read_fields
from autocrm.records.looks import look_at
from autocrm.records.registry import RecordType, record_types
from autocrm.records.representation import to_dict
from autocrm.records.schema import RecordSchema
from autocrm.records.selectors import get_record
from autocrm.users.authentication import actor_of

# What an address does with one activity: its type, its id, the body, who asks.
Act = Callable[[str, str, Any, Actor], Any]


def answer_one(
    request: Request, kind: RecordType, record: Any, actor: Actor, code: int = status.HTTP_200_OK
) -> Response:
    """The answer with one record, in the fields that are asked for."""
    fields = read_fields(kind, request.query_params, RecordSchema(kind, actor))
    return Response(
        to_dict(look_at(kind, actor), record, fields),
        status=code,
        headers={"ETag": make_etag(record.pk, record.version)},
    )


class ActView(APIView):
    """Something that is done with one activity: `act` says what, and answers with the activity as it is now."""

    activity_type: ClassVar[str]
    act: ClassVar[Act]

    def post(self, request: Request, record_id: str) -> Response:
        """Do it; nothing happens where it is so already."""
        actor = actor_of(request)
        activity = type(self).act(self.activity_type, record_id, request.data, actor)
        return answer_one(request, record_types.get(self.activity_type), activity, actor)


class LinksView(APIView):
    """The records that an activity is about."""

    activity_type: ClassVar[str]

    def get(self, request: Request, record_id: str) -> Response:
        """List those that the caller may see."""
        actor = actor_of(request)
        activity = get_record(record_types.get(self.activity_type), record_id, actor=actor)
        return Response({"results": _links(activity, actor)})

    def post(self, request: Request, record_id: str) -> Response:
        """Put the activity on a further record."""
        actor = actor_of(request)
        about = [_about(request.data)]
        activity = services.link_activity(self.activity_type, record_id, about=about, actor=actor)
        return Response({"results": _links(activity, actor)}, status=status.HTTP_201_CREATED)

    def delete(self, request: Request, record_id: str) -> Response:
        """Take the activity off a record."""
        about = _about(request.data or request.query_params.dict())
        services.unlink_activity(self.activity_type, record_id, about=about, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RepeatView(APIView):
    """How a task or meeting repeats."""

    activity_type: ClassVar[str]

    def put(self, request: Request, record_id: str) -> Response:
        """Set the rule from this one on; an empty rule ends the series."""
        actor, body = actor_of(request), _object(request.data)
        activity = series.repeat(
            self.activity_type,
            record_id,
            str(body.get("rule", "")),
            repeat_from=str(body.get("repeat_from", "schedule")),
            actor=actor,
        )
        rule = series.rule_of(activity)
        return Response({"rule": rule.text if rule else "", "number": activity.number})


class AttendeesView(APIView):
    """Who attends a meeting."""

    def get(self, request: Request, record_id: str) -> Response:
        """List them with their answers."""
        actor = actor_of(request)
        meeting = get_record(record_types.get(MEETING), record_id, actor=actor)
        return Response({"results": _guests(meeting, actor)})

    def put(self, request: Request, record_id: str) -> Response:
        """Let just these attend: `user:<id>`, `<record type>:<id>` or addresses."""
        actor, words = actor_of(request), _object(request.data).get("attendees")
        if not isinstance(words, list) or not all(isinstance(each, str) for each in words):
            raise Invalid(fields={"attendees": [_("A list of texts.")]})
        meeting = attending.set_attendees(record_id, words, actor=actor)
        return Response({"results": _guests(meeting, actor)})


def _complete(activity_type: str, record_id: str, _data: Any, actor: Actor) -> Any:
    return services.complete_activity(activity_type, record_id, actor=actor)


def _reopen(activity_type: str, record_id: str, _data: Any, actor: Actor) -> Any:
    return services.reopen_activity(activity_type, record_id, actor=actor)


def _pin(activity_type: str, record_id: str, data: Any, actor: Actor) -> Any:
    is_pinned = _object(data).get("pinned", True)
    if not isinstance(is_pinned, bool):
        raise Invalid(fields={"pinned": [_("Yes or no.")]})
    return services.pin_activity(activity_type, record_id, is_pinned=is_pinned, actor=actor)


def _invite(_activity_type: str, record_id: str, _data: Any, actor: Actor) -> Any:
    inviting.send_invitations(record_id, actor=actor)
    return get_record(record_types.get(MEETING), record_id, actor=actor)


def _object(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise Invalid(fields={"": [_("A JSON object.")]})
    return data


def _about(data: Any) -> services.About:
    body = _object(data)
    return services.About(str(body.get("record_type", "")), parse_id(body.get("record_id", "")))


def _links(activity: Any, actor: Actor) -> list[dict[str, str]]:
    about = selectors.subjects_of([activity], actor=actor).get(activity.pk, [])
    return [{"record_type": each.record_type, "record_id": str(each.record_id), "title": each.title} for each in about]


def _guests(meeting: Any, actor: Actor) -> list[dict[str, str]]:
    return [
        {"who": each.word, "name": each.name, "email": each.email, "response": each.response}
        for each in attending.guests_of(meeting, actor=actor)
    ]


def _act_of(activity_type: str, word: str, act: Act) -> URLPattern:
    kind = record_types.get(activity_type)
    attributes = {"activity_type": activity_type, "act": staticmethod(act)}
    view: Any = type(f"{word.title()}{activity_type.title()}View", (ActView,), attributes)
    described = extend_schema(
        operation_id=f"{word}_{activity_type}",
        tags=[kind.plural],
        parameters=[api_schema.RECORD_ID],
        request=records_schema.json_body(api_schema.ACT_BODIES[word]) if word in api_schema.ACT_BODIES else None,
        responses={200: records_schema.record_schema(kind)},
    )
    made = extend_schema_view(post=described)(view).as_view()
    pattern: URLPattern = path(f"{kind.plural}/<str:record_id>/{word}/", made, name=f"api-{activity_type}-{word}")
    return pattern


def _links_of(activity_type: str) -> URLPattern:
    kind = record_types.get(activity_type)
    view: Any = type(f"{activity_type.title()}LinksView", (LinksView,), {"activity_type": activity_type})
    shared: dict[str, Any] = {"tags": [kind.plural], "parameters": [api_schema.RECORD_ID]}
    body = records_schema.json_body(api_schema.LINK)
    made = extend_schema_view(
        get=extend_schema(operation_id=f"list_links_of_{activity_type}", responses={200: api_schema.LINKS}, **shared),
        post=extend_schema(
            operation_id=f"link_{activity_type}", request=body, responses={201: api_schema.LINKS}, **shared
        ),
        delete=extend_schema(operation_id=f"unlink_{activity_type}", request=body, responses={204: None}, **shared),
    )(view).as_view()
    pattern: URLPattern = path(f"{kind.plural}/<str:record_id>/links/", made, name=f"api-{activity_type}-links")
    return pattern


def _repeat_of(activity_type: str) -> URLPattern:
    kind = record_types.get(activity_type)
    view: Any = type(f"{activity_type.title()}RepeatView", (RepeatView,), {"activity_type": activity_type})
    described = extend_schema(
        operation_id=f"repeat_{activity_type}",
        tags=[kind.plural],
        parameters=[api_schema.RECORD_ID],
        request=records_schema.json_body(api_schema.REPETITION),
        responses={200: api_schema.REPETITION},
    )
    made = extend_schema_view(put=described)(view).as_view()
    pattern: URLPattern = path(
        f"{kind.plural}/<str:record_id>/repetition/", made, name=f"api-{activity_type}-repetition"
    )
    return pattern


def _attendees_of_meetings() -> URLPattern:
    shared: dict[str, Any] = {"tags": ["meetings"], "parameters": [api_schema.RECORD_ID]}
    responses = {200: api_schema.ATTENDEES}
    body = records_schema.json_body(api_schema.ATTENDEE_WORDS)
    made = extend_schema_view(
        get=extend_schema(operation_id="list_attendees_of_meeting", responses=responses, **shared),
        put=extend_schema(operation_id="set_attendees_of_meeting", request=body, responses=responses, **shared),
    )(AttendeesView).as_view()
    pattern: URLPattern = path("meetings/<str:record_id>/attendees/", made, name="api-meeting-attendees")
    return pattern


act_urls = [
    *(_act_of(each, "complete", _complete) for each in PLANNED),
    *(_act_of(each, "reopen", _reopen) for each in PLANNED),
    *(_act_of(each, "pin", _pin) for each in ACTIVITIES),
    *(_links_of(each) for each in ACTIVITIES),
    *(_repeat_of(each) for each in series.REPEATED),
    _act_of(MEETING, "invite", _invite),
    _attendees_of_meetings(),
]
