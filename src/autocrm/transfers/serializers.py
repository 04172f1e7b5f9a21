"""The shape of imports over the API."""

from typing import Any

from autocrm.kernel.actors import Actor
from autocrm.transfers.models import Export, Import, ImportFault, ImportTemplate
from autocrm.transfers.selectors import is_known, may_see_rows

_TIMES = ("created_at", "started_at", "finished_at", "undone_at")
_COUNTS = ("total_rows", "done_rows", "created", "updated", "skipped", "failed", "faults", "warnings", "related")

STATUSES = {
    "reading": "reading",
    "uploaded": "uploaded",
    "running": "processing",
    "paused": "paused",
    "undoing": "undoing",
    "undone": "undone",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}


def import_to_dict(batch: Import, base_url: str, actor: Actor) -> dict[str, Any]:
    """One import; `base_url` is the API's own address of imports. Its columns are told to whoever may see its rows."""
    url = f"{base_url}{batch.id}/"
    is_open = may_see_rows(batch, actor)
    columns, mapping = (batch.columns, batch.mapping) if is_open else ([], {})
    counts = {name: each for name, each in batch.check_counts.items() if is_open or isinstance(each, int)}
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
        "mapping": mapping,
        "ignored_columns": [column for column in columns if column not in mapping],
        "options": batch.options if is_open else {},
        "columns": columns,
        "source": batch.source,
        "encoding": batch.encoding,
        "delimiter": batch.delimiter,
        "sheets": batch.sheets,
        "sheet": batch.sheet,
        "check": {"status": batch.check_state, "rows": batch.check_rows, "counts": counts},
        "undo": batch.undo_counts,
        "can_be_undone": batch.can_be_undone,
        "error": batch.problem,
        "faults_url": f"{url}faults/",
    }


def template_to_dict(template: ImportTemplate, actor: Actor) -> dict[str, Any]:
    """One kept mapping, without columns that go into what the actor may not see."""
    names = ("name", "record_type", "is_shared", "options")
    kind = template.record_type
    mapping = {column: key for column, key in template.mapping.items() if is_known(kind, key, actor)}
    return {"id": str(template.id), **{name: getattr(template, name) for name in names}, "mapping": mapping}


def export_to_dict(export: Export, base_url: str) -> dict[str, Any]:
    """One export; `base_url` is the API's own address of exports."""
    url = f"{base_url}{export.id}/"
    names = ("record_type", "format", "filename", "total_rows", "done_rows", "created_at", "finished_at", "expires_at")
    return {
        "id": str(export.id),
        "url": url,
        "status": str(export.state),
        **{name: getattr(export, name) for name in names},
        "file_url": f"{url}file/" if export.file_key else None,
        "error": export.problem,
    }


def fault_to_dict(fault: ImportFault) -> dict[str, Any]:
    """One fault; `column` is empty when the whole row is meant."""
    return {
        "row": fault.row,
        "column": fault.column,
        "value": fault.value,
        "message": fault.message,
        "kind": fault.kind,
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
        "columns": {"type": "array", "items": {"type": "string"}},
        "source": {"type": "string", "enum": ["text", "workbook", "cards"]},
        "encoding": {"type": "string"},
        "delimiter": {"type": "string"},
        "sheets": {"type": "array", "items": {"type": "string"}},
        "sheet": {"type": "string"},
        "check": {"type": "object"},
        "undo": {"type": "object"},
        "can_be_undone": {"type": "boolean"},
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
                    "kind": {"type": "string", "enum": ["fault", "warning"]},
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
    "match_by": {"description": 'The field records are found by; "-" by none.', "type": "string"},
    "alike": {
        "description": "What happens to a row without a record that looks like one that exists.",
        "type": "string",
        "enum": ["create", "skip", "link"],
        "default": "create",
    },
    "owners": {
        "description": "Whose a record becomes when its owner is not a member.",
        "type": "string",
        "enum": ["mine", "placeholder"],
        "default": "mine",
    },
    "create_related": {"type": "boolean", "default": True},
    "create_options": {"type": "boolean", "default": False},
    "run_workflows": {"type": "boolean", "default": False},
    "decimal": {"type": "string", "enum": ["", ".", ","]},
    "dates": {"type": "string", "enum": ["", "ymd", "dmy", "mdy"]},
    "values": {
        "description": "Column -> word -> the choice of a select that it means.",
        "type": "object",
        "additionalProperties": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
CHOICES_SCHEMA: dict[str, Any] = {"application/json": {"type": "object", "properties": _OPTION_PROPERTIES}}
ROWS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "status": {"type": "string"},
        "counts": {"type": "object"},
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "number": {"type": "integer", "minimum": 2},
                    "action": {"type": "string", "enum": ["new", "changed", "same", "refused"]},
                    "title": {"type": "string"},
                    "parts": {"type": "array", "items": {"type": "string"}},
                    "changes": {"type": "array", "items": {"type": "object"}},
                    "notes": {"type": "array", "items": {"type": "object"}},
                    "alike": {"type": "object"},
                },
            },
        },
        "next": {"type": ["integer", "null"]},
    },
}
TEMPLATES_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "name": {"type": "string"},
                    "record_type": {"type": "string"},
                    "is_shared": {"type": "boolean"},
                    "mapping": {"type": "object", "additionalProperties": {"type": "string"}},
                    "options": {"type": "object"},
                },
            },
        }
    },
}
EXPORT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "url": {"type": "string", "format": "uri"},
        "status": {"type": "string", "enum": ["running", "done", "failed", "cancelled", "expired"]},
        "record_type": {"type": "string"},
        "format": {"type": "string", "enum": ["csv", "xlsx", "json", "jsonl"]},
        "filename": {"type": "string"},
        "total_rows": {"type": ["integer", "null"]},
        "done_rows": _COUNT,
        "created_at": _TIME,
        "finished_at": _TIME,
        "expires_at": _TIME,
        "file_url": {"type": ["string", "null"], "format": "uri"},
        "error": {"type": "string"},
    },
}
EXPORT_REQUEST_SCHEMA: dict[str, Any] = {
    "application/json": {
        "type": "object",
        "properties": {
            "format": {"type": "string", "enum": ["csv", "xlsx", "json", "jsonl"], "default": "csv"},
            "columns": {
                "description": '"view", "all", or keys of fields.',
                "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            },
            "with_ids": {"type": "boolean", "default": False},
            "mark": {"description": "Begin CSV with the mark of UTF-8, for Excel.", "type": "boolean"},
            "ids": {"type": "array", "items": {"type": "string", "format": "uuid"}},
            "query": {"description": "The query string of a list.", "type": "string"},
            "filter": {"description": "A condition, as lists take it.", "type": "object"},
            "q": {"type": "string"},
            "sort": {"type": "string"},
        },
    }
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
