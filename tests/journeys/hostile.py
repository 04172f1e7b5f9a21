"""What somebody who means harm sends: values, bodies, queries and headers, and strategies made of the API's document.

Responsibilities: say what is sent. Do NOT: send it or judge the answer; `test_hostile_input` does.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from autocrm.api.openapi import document

METHODS = ("get", "post", "put", "patch", "delete")
_DEEP = 3_000

# Each of them has broken some product: too large, too deep, not storable, not a number, not a day, not text.
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    10**40,
    1e308,
    -0.0,
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "a\udfffb",
    "\u202e\u2028\ufeff",
    "x" * 3_000,
    "x " * 60_000,
    "💥" * 300,
    "1e999999999",
    "-1e-999999999",
    "NaN",
    "Infinity",
    "9" * 5_000,
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "0001-01-01",
    "9999-12-31",
    "2026-13-45",
    "2026-02-30T25:61:61Z",
    "0000-00-00",
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "{{7*7}}{% debug %}%s%n${x}",
    "' OR 1=1 --",
    "../../etc/passwd",
    "=HYPERLINK(1)",
    "a@b\r\nBcc: c@d.example",
    "http://[",
    "00000000-0000-0000-0000-000000000000",
    [],
    [[]],
    [None],
    [{}],
    ["\x00", "\ud800"],
    ["a"] * 300,
    {},
    {"": ""},
    {"id": {}},
    {"amount": None},
    {"amount": "1e999999999", "currency": "XXX"},
    {"__class__": "x", "$ref": "#"},
)

# Bodies that no operation can take, as bytes: every one of them is refused, and nothing changes.
BODIES: tuple[bytes, ...] = (
    b"{",
    b"nul",
    b"\xff\xfe\x00",
    b'{"name": "\xc3\x28"}',
    b'{"name": NaN}',
    b'{"name": -Infinity}',
    b'{"name": ' + b"9" * 5_000 + b"}",
    b"[" * _DEEP,
    b"[" * _DEEP + b"]" * _DEEP,
    b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
    b"[]",
    b'"text"',
    b"1",
    b"true",
    b"[1, 2, 3]",
)

QUERIES: tuple[str, ...] = (
    "%00",
    "%ff%fe",
    "%ED%A0%80",
    "x" * 3_000,
    "9" * 5_000,
    "-1",
    "2e9",
    "null",
    "[" * _DEEP,
    '{"field":"name","cmp":"is","value":"\\ud800"}',
    '{"field":"name","cmp":"is","value":"\\u0000"}',
    '{"field":"name.name.name","cmp":"is","value":1}',
    '{"op":"and","args":' * 300 + "1" + "}" * 300,
    "W1tdLCBbXSwgIngiXQ",
    "W10",
    "AAAA",
    "name,-name,email,-phone,id,password,tenant_id,owner__password",
    "../../etc/passwd",
    "http://[",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "a\r\nSet-Cookie: b=c",
)

# What any list takes, whether its document names it or not.
COMMON_PARAMETERS = (
    "filter",
    "search",
    "q",
    "sort",
    "ordering",
    "fields",
    "expand",
    "cursor",
    "limit",
    "count",
    "archived",
    "before",
    "before_seq",
    "after_seq",
    "view",
    "columns",
    "name",
    "owner",
    "tags",
    "created_at__this",
    "created_at",
    "company.name",
    "name__matches",
    "day",
    "show",
    "by",
    "format",
)

HEADERS: tuple[Mapping[str, str], ...] = (
    {"If-Match": '"' + "0" * 32 + "-" + "9" * 5_000 + '"'},
    {"If-Match": "nonsense"},
    {"If-Match": '"' * 999},
    {"If-None-Match": '"' * 999},
    {"If-None-Match": "\xff"},
    {"Idempotency-Key": "x" * 300},
    {"Idempotency-Key": "\xff\xe9"},
    {"Accept": "text/html;q=x, */*"},
    {"Accept-Language": "xx-\xff;q=9," * 200},
    {"Content-Type": "application/json; charset=utf-7"},
    {"Content-Type": "application/json; charset=nonsense"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Type": "text/xml"},
    {"Content-Length": "-1"},
    {"X-Tenant": "x" * 5_000},
    {"X-Tenant": "9" * 5_000},
    {"X-Tenant": "a\x00b"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Range": "bytes=0-" + "9" * 5_000},
    {"HX-Request": "true", "HX-Current-URL": "http://["},
    {"Cookie": "sessionid=a\x00b; csrftoken=\xff"},
)


@dataclass(frozen=True)
class Operation:
    """One method of one address of the API's document, with what it says it takes."""

    path: str
    method: str
    body: Mapping[str, Any] | None
    parameters: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def operations() -> list[Operation]:
    """Every operation of the OpenAPI document."""
    api = json.loads(document())
    return [
        Operation(path, method, _body(api, operation), tuple(_parameters(api, operation)))
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def _body(api: Mapping[str, Any], operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return None if schema is None else _inlined(api, schema)


def _parameters(api: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[str]:
    for each in operation.get("parameters", []):
        parameter = _inlined(api, each)
        if parameter["in"] == "query":
            yield parameter["name"]


def _inlined(api: Mapping[str, Any], schema: Any, depth: int = 6) -> Any:
    """The schema with its references opened, as far down as anybody looks."""
    if isinstance(schema, dict):
        if "$ref" in schema and depth:
            target: Any = api
            for part in schema["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            return _inlined(api, target, depth - 1)
        return {key: _inlined(api, value, depth) for key, value in schema.items()}
    return [_inlined(api, each, depth) for each in schema] if isinstance(schema, list) else schema


def bodies_for(schema: Mapping[str, Any] | None) -> st.SearchStrategy[Any]:
    """Bodies in the form of the document, in which anything may be hostile."""
    if schema is None:
        return st.sampled_from(VALUES)
    return st.one_of(_like(schema), _like(schema), st.sampled_from(VALUES))


def _like(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    for several in ("oneOf", "anyOf", "allOf"):
        if schema.get(several):
            return st.one_of([_like(each) for each in schema[several]])
    if schema.get("enum"):
        return _or_hostile(st.sampled_from(schema["enum"]))
    kind = schema.get("type", "any")
    kinds = kind if isinstance(kind, list) else [kind]
    return st.one_of([_of_kind(each, schema) for each in kinds])


def _of_kind(kind: str, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    match kind:
        case "object":
            return _objects(schema)
        case "array":
            return st.lists(_or_hostile(_like(schema.get("items", {}))), max_size=4)
        case "string":
            return _texts(schema.get("format", ""))
        case _:
            return _SCALARS.get(kind, st.sampled_from(VALUES))


def _objects(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    named = {key: _or_hostile(_like(each)) for key, each in schema.get("properties", {}).items()}
    required = [key for key in schema.get("required", []) if key in named]
    return st.one_of(
        st.fixed_dictionaries(
            {key: named[key] for key in required},
            optional={key: value for key, value in named.items() if key not in required},
        ),
        st.dictionaries(st.text(max_size=8), st.sampled_from(VALUES), max_size=3),
    )


_SCALARS: Mapping[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(),
    "number": st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
    "boolean": st.booleans(),
    "null": st.none(),
}


def _texts(form: str) -> st.SearchStrategy[Any]:
    known: dict[str, st.SearchStrategy[Any]] = {
        "uuid": st.uuids().map(str),
        "date": st.dates().map(str),
        "date-time": st.datetimes().map(lambda each: each.isoformat()),
        "email": st.sampled_from(["a@b.example", "a@b", "@", f"{'a' * 300}@b.example", "ü@ü.example", "a@[127.0.0.1]"]),
    }
    anything = st.text(st.characters(codec=None), max_size=12)
    return st.one_of(known[form], anything) if form in known else anything


def _or_hostile(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(values, values, st.sampled_from(VALUES))
