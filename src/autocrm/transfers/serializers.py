"""The shape of imports over the API."""

from typing import Any

from django.utils.encoding import force_str

from autocrm.transfers.models import Import, ImportFault

_TIMES = ("created_at", "started_at", "finished_at")
_COUNTS = ("total_rows", "done_rows", "created", "updated", "skipped", "failed", "faults", "related")

STATUSES = {
    "uploaded": "uploaded",
    "running": "processing",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}


def import_to_dict(batch: Import, base_url: str) -> dict[str, Any]:
    """One import; `base_url` is the API's own address of imports."""
    url = f"{base_url}{batch.id}/"
    return {
        "id": str(batch.id),
        "task_id": str(batch.id),
        "url": url,
        "status": STATUSES[batch.state],
        "record_type": batch.record_type,
        "filename": batch.filename,
        "progress": round(batch.done_rows / batch.total_rows, 4) if batch.total_rows else None,
        **{name: getattr(batch, name) for name in _COUNTS},
        **{name: getattr(batch, name) for name in _TIMES},
        "mapping": batch.mapping,
        "ignored_columns": [column for column in batch.columns if column not in batch.mapping],
        "options": batch.options,
        "error": force_str(batch.error),
        "faults_url": f"{url}faults/",
    }


def fault_to_dict(fault: ImportFault) -> dict[str, Any]:
    """One fault; `column` is empty when the whole row is meant."""
    return {
        "row": fault.row,
        "column": fault.column,
        "value": fault.value,
        "message": fault.message,
        "row_imported": not fault.is_fatal,
    }


_COUNT = {"type": "integer", "minimum": 0}
_TIME = {"type": ["string", "null"], "format": "date-time"}

IMPORT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "task_id": {"type": "string", "format": "uuid"},
        "url": {"type": "string", "format": "uri"},
        "status": {"type": "string", "enum": list(STATUSES.values())},
        "record_type": {"type": "string"},
        "filename": {"type": "string"},
        "progress": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        **dict.fromkeys(_COUNTS, _COUNT),
        "total_rows": {"type": ["integer", "null"], "minimum": 0},
        **dict.fromkeys(_TIMES, _TIME),
        "mapping": {"type": "object", "additionalProperties": {"type": "string"}},
        "ignored_columns": {"type": "array", "items": {"type": "string"}},
        "options": {"type": "object"},
        "error": {"type": "string"},
        "faults_url": {"type": "string", "format": "uri"},
    },
}
IMPORTS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "results": {"type": "array", "items": IMPORT_SCHEMA},
        "next": {"type": ["string", "null"], "format": "uri"},
    },
}
FAULTS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "count": _COUNT,
        "kept": _COUNT,
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "row": {"type": "integer", "minimum": 2},
                    "column": {"type": "string"},
                    "value": {"type": "string"},
                    "message": {"type": "string"},
                    "row_imported": {"type": "boolean"},
                },
            },
        },
    },
}
STARTED_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "task_id": {"type": "string", "format": "uuid"},
        "status": {"type": "string", "enum": ["processing"]},
        "url": {"type": "string", "format": "uri"},
        "rows": {"type": ["integer", "null"]},
        "mapping": {"type": "object", "additionalProperties": {"type": "string"}},
        "ignored_columns": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["task_id", "status", "url"],
}
_OPTION_PROPERTIES: dict[str, Any] = {
    "mapping": {
        "description": "Column -> field key, as JSON; without it columns are recognised by their names.",
        "type": "object",
        "additionalProperties": {"type": "string"},
    },
    "match": {
        "description": "What happens to a row whose record exists already.",
        "type": "string",
        "enum": ["skip", "fill", "update", "create"],
        "default": "skip",
    },
    "create_related": {"type": "boolean", "default": True},
    "run_workflows": {"type": "boolean", "default": False},
}
BULK_SCHEMA: dict[str, Any] = {
    "application/json": {
        "oneOf": [
            {"type": "array", "items": {"type": "object"}},
            {
                "type": "object",
                "properties": {"rows": {"type": "array", "items": {"type": "object"}}, **_OPTION_PROPERTIES},
                "required": ["rows"],
            },
        ]
    },
    "multipart/form-data": {
        "type": "object",
        "properties": {"file": {"type": "string", "format": "binary"}, **_OPTION_PROPERTIES},
        "required": ["file"],
    },
    "text/csv": {"type": "string"},
}
