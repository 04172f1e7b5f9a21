"""The OpenAPI document as something to read: operations by tag, with their parameters, bodies and answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from autocrm.api.openapi import METHODS, document

# Deeper than this a reader is better served by the document itself.
_DEPTH = 3


# Text cut at its backticks: each piece, and whether it is code.
Prose = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter or property; `name` of an inner one is a path ("results[].id")."""

    name: str
    kind: str
    text: Prose
    required: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back with one status."""

    status: str
    text: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    anchor: str
    method: str
    path: str
    title: Prose
    text: Prose
    parameters: list[Row]
    body: list[Row]
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Section:
    """The operations of one tag."""

    name: str
    operations: list[Operation]


@cache
def sections() -> tuple[Section, ...]:
    """All operations, by tag."""
    api: dict[str, Any] = orjson.loads(document())
    by_tag: dict[str, list[Operation]] = {}
    for path, operations in api["paths"].items():
        for method in METHODS:
            if operation := operations.get(method):
                tag = (operation.get("tags") or ["other"])[0]
                by_tag.setdefault(tag, []).append(_operation(api, path, method, operation))
    return tuple(Section(tag, by_tag[tag]) for tag in sorted(by_tag))


def _operation(api: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Operation:
    parameters = [_resolved(api, each) for each in operation.get("parameters", [])]
    text = operation.get("description", "").strip()
    title = operation.get("summary") or text.partition("\n")[0] or operation.get("operationId", "")
    return Operation(
        anchor=operation.get("operationId", f"{method}-{path}"),
        method=method.upper(),
        path=path,
        title=_prose(title),
        text=_prose("" if text == title else text.removeprefix(title).strip()),
        parameters=[
            Row(
                each["name"],
                f"{_kind(api, each.get('schema', {}))}, {each['in']}",
                _prose(each.get("description", "")),
                bool(each.get("required")),
            )
            for each in parameters
        ],
        body=_content_rows(api, operation.get("requestBody", {})),
        answers=[_answer(api, status, each) for status, each in operation["responses"].items() if status != "default"],
    )


def _prose(text: str) -> Prose:
    return tuple((piece, place % 2 == 1) for place, piece in enumerate(text.split("`")) if piece)


def _answer(api: dict[str, Any], status: str, answer: Mapping[str, Any]) -> Answer:
    resolved = _resolved(api, answer)
    return Answer(status, resolved.get("description", ""), _content_rows(api, resolved))


def _content_rows(api: dict[str, Any], holder: Mapping[str, Any]) -> list[Row]:
    content: Mapping[str, Any] = holder.get("content", {})
    for representation in content.values():
        return list(_rows(api, representation.get("schema", {}), "", _DEPTH))
    return []


def _rows(api: dict[str, Any], schema: Mapping[str, Any], prefix: str, depth: int) -> Iterator[Row]:
    schema = _resolved(api, schema)
    if schema.get("type") == "array":
        yield from _rows(api, schema.get("items", {}), f"{prefix}[]", depth)
        return
    required = schema.get("required", [])
    for name, inner in schema.get("properties", {}).items():
        path = f"{prefix}.{name}".lstrip(".")
        found = _resolved(api, inner)
        text = found.get("description") or found.get("title", "")
        yield Row(path, _kind(api, inner), _prose(text), name in required)
        if depth > 1:
            yield from _rows(api, inner, path, depth - 1)


def _kind(api: dict[str, Any], schema: Mapping[str, Any]) -> str:
    """A type in words: "string (uuid)", "array of integer", "one of a, b"."""
    schema = _resolved(api, schema)
    if "enum" in schema:
        return "one of " + ", ".join(str(each) for each in schema["enum"] if each not in {"", None})
    for several in ("oneOf", "anyOf"):
        if several in schema:
            return " or ".join(_kind(api, each) for each in schema[several])
    if "allOf" in schema:
        return _kind(api, schema["allOf"][0])
    if schema.get("type") == "array":
        return f"array of {_kind(api, schema.get('items', {}))}"
    kind = schema.get("type", "any")
    name = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{name} ({schema['format']})" if "format" in schema else name


def _resolved(api: dict[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema a `$ref` points to, or itself."""
    while "$ref" in schema:
        target: Any = api
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema
