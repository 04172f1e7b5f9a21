"""The OpenAPI document of a workspace: its own fields and objects, without what the asker's role hides.

Made of the installation's document: the operations of each record type get the schemas of the workspace's type, and
the objects it made get operations like those of any declared type. Kept for each state of a data model and each set of
hidden fields, in the language of the rest of the document, whoever asks first.
"""

from functools import lru_cache
from typing import Any

import orjson

from autocrm.api.middleware import PREFIX
from autocrm.api.openapi import document, in_its_language
from autocrm.api.renderers import to_json
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.permissions import can_read_field, can_write_field, is_allowed
from autocrm.records import api_schema
from autocrm.records.registry import RecordType, record_types
from autocrm.tenants.selectors import get_tenant

Rights = frozenset[tuple[str, str]]
# A declared type whose operations show how those of any type look.
PATTERN = "company"
ROOT = f"{PREFIX}v1/"


def document_for(actor: Actor) -> bytes:
    """The document as `actor` may see it, within the scope of the workspace."""
    hidden, fixed, closed = set(), set(), set()
    for record_type in record_types:
        if not is_allowed(actor, record_type.permission(Verb.READ)):
            closed.add(record_type.key)
        for field in record_type.all_fields:
            if not can_read_field(actor, record_type.key, field.key):
                hidden.add((record_type.key, field.key))
            elif not can_write_field(actor, record_type.key, field.key):
                fixed.add((record_type.key, field.key))
    stamp = get_tenant(actor.tenant_id).data_model
    return _made(actor.tenant_id, stamp, frozenset(hidden), frozenset(fixed), frozenset(closed))


@lru_cache(maxsize=200)
@in_its_language
def _made(_tenant_id: int, _stamp: str, hidden: Rights, fixed: Rights, closed: frozenset[str]) -> bytes:
    whole: dict[str, Any] = orjson.loads(document())
    pattern = next((each for each in record_types.declared if each.key == PATTERN), None)
    declared = {each.key for each in record_types.declared}
    for record_type in record_types:
        if record_type.key in declared:
            _describe(whole["paths"], record_type, hidden, fixed)
        elif pattern is not None and record_type.key not in closed:
            _add(whole["paths"], pattern, record_type)
            _describe(whole["paths"], record_type, hidden, fixed)
    return to_json(whole)


def _describe(paths: dict[str, Any], record_type: RecordType, hidden: Rights, fixed: Rights) -> None:
    """Put the schemas of the workspace's type where those of the declared type stand."""

    def shown(field: Any) -> bool:
        return (record_type.key, field.key) not in hidden

    def settable(field: Any) -> bool:
        return shown(field) and (record_type.key, field.key) not in fixed

    one = api_schema.record_schema(record_type, shown)
    answers = {("", "get"): api_schema.page_schema(record_type, shown), ("", "post"): one}
    answers |= {("{record_id}/", "get"): one, ("{record_id}/", "patch"): one, ("{record_id}/restore/", "post"): one}
    asked = {
        ("", "post"): api_schema.input_schema(record_type, creating=True, shown=settable),
        ("{record_id}/", "patch"): api_schema.input_schema(record_type, creating=False, shown=settable),
    }
    root = f"{ROOT}{record_type.plural}/"
    for (rest, method), schema in answers.items():
        operation = paths.get(root + rest, {}).get(method)
        if operation is None:
            continue
        for status, answer in operation["responses"].items():
            if status.startswith("2"):
                answer["content"] = {"application/json": {"schema": schema}}
        if (rest, method) in asked:
            operation["requestBody"]["content"] = {"application/json": {"schema": asked[rest, method]}}


def _add(paths: dict[str, Any], pattern: RecordType, record_type: RecordType) -> None:
    """Operations of an object like those of the declared type `pattern`."""
    for rest in ("", "{record_id}/", "{record_id}/restore/"):
        found = paths.get(f"{ROOT}{pattern.plural}/{rest}")
        if found is None:
            continue
        copied = orjson.loads(orjson.dumps(found))
        for operation in copied.values():
            if not isinstance(operation, dict):
                continue
            words = operation["operationId"].split("_", 1)[0]
            many = not rest and words == "list"
            operation["operationId"] = f"{words}_{record_type.plural if many else record_type.key}"
            operation["tags"] = [record_type.plural]
        paths[f"{ROOT}{record_type.plural}/{rest}"] = copied
