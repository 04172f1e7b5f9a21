"""The OpenAPI of what activities add to the API."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from autocrm.activities.permissions import ACTIVITIES
from autocrm.activities.timelines import Show
from autocrm.kernel.actors import ActorKind
from autocrm.records import api_schema
from autocrm.records.registry import record_types

RECORD_ID = OpenApiParameter("record_id", str, OpenApiParameter.PATH)
TIMELINE_PARAMETERS = [
    RECORD_ID,
    OpenApiParameter(
        "kind", str, enum=[each.value for each in Show], many=True, description="Only these sorts of things."
    ),
    OpenApiParameter("person", str, description="Only what this user did."),
    OpenApiParameter("before", int, description="The place to go on from: `next_before` of the page before."),
    OpenApiParameter("limit", int, description="Entries a page, 1 to 100."),
]


def timeline_schema() -> dict[str, Any]:
    """JSON Schema of a page of the timeline."""
    nullable_id = {"type": ["string", "null"], "format": "uuid"}
    entry = {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "at": {"type": "string", "format": "date-time"},
            "kind": {"type": "string", "description": "The journal's word for it, as `record.updated`."},
            "text": {"type": "string", "description": "Who did what, in the reader's language."},
            "actor": {
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "enum": [each.value for each in ActorKind]},
                    "id": nullable_id,
                    "name": {"type": "string"},
                },
            },
            "changes": {
                "type": "object",
                "description": "The old and the new value of each changed field.",
                "additionalProperties": {"type": "array", "minItems": 2, "maxItems": 2, "items": {}},
            },
            "activity": {
                "description": "What was added or completed.",
                "oneOf": [*(api_schema.record_schema(record_types.get(key)) for key in ACTIVITIES), {"type": "null"}],
            },
        },
        "required": ["id", "at", "kind", "text", "actor", "changes", "activity"],
    }
    return {
        "type": "object",
        "properties": {
            "results": {"type": "array", "items": entry},
            "next": {"type": ["string", "null"], "format": "uri"},
            "next_before": {"type": ["integer", "null"]},
        },
        "required": ["results", "next", "next_before"],
    }


LINK: dict[str, Any] = {
    "type": "object",
    "properties": {
        "record_type": {"type": "string"},
        "record_id": {"type": "string", "format": "uuid"},
        "title": {"type": "string", "readOnly": True},
    },
    "required": ["record_type", "record_id"],
}
LINKS: dict[str, Any] = {
    "type": "object",
    "properties": {"results": {"type": "array", "items": LINK}},
    "required": ["results"],
}
REPETITION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "rule": {"type": "string", "description": "As RFC 5545 writes it: `FREQ=WEEKLY;BYDAY=MO;COUNT=10`."},
        "repeat_from": {"type": "string", "enum": ["schedule", "completion"], "writeOnly": True},
        "number": {"type": "integer", "readOnly": True},
    },
    "required": ["rule"],
}
ATTENDEE_WORDS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "attendees": {
            "type": "array",
            "items": {"type": "string"},
            "description": "`user:<id>`, `<record type>:<id>`, or an e-mail address.",
        }
    },
    "required": ["attendees"],
}
ATTENDEES: dict[str, Any] = {
    "type": "object",
    "properties": {
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("who", "name", "email", "response")},
                "required": ["who", "name", "email", "response"],
            },
        }
    },
    "required": ["results"],
}
ACT_BODIES: dict[str, dict[str, Any]] = {
    "pin": {"type": "object", "properties": {"pinned": {"type": "boolean", "default": True}}},
}
