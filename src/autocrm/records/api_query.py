"""What a caller of the REST API asks of a list: filter, search, order, fields, place. Read here, checked here."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.params import from_params
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.tree import EVERYTHING, Condition, all_of
from autocrm.kernel.errors import Invalid
from autocrm.kernel.json_text import read_json
from autocrm.records.fields import Field
from autocrm.records.listing import MAX_PAGE_SIZE, PAGE_SIZE, ListQuery
from autocrm.records.orders import parse_sort
from autocrm.records.registry import ENVELOPE, RecordType
from autocrm.records.schema import RecordSchema

RESERVED = frozenset(
    {"filter", "search", "ordering", "sort", "fields", "expand", "cursor", "limit", "count", "archived", "format"}
)


@dataclass(frozen=True)
class ApiQuery:
    """A parsed request for a list or a record."""

    listing: ListQuery
    fields: tuple[Field, ...]
    expand: frozenset[str]
    wants_count: bool


def read_query(record_type: RecordType, params: QueryDict, *, actor: Actor) -> ApiQuery:
    """Read query parameters. Raises Invalid naming every parameter that is wrong."""
    schema = RecordSchema(record_type, actor)
    return ApiQuery(
        listing=ListQuery(
            condition=_condition(params, schema),
            search=params.get("search", ""),
            sort=parse_sort(_words(params.get("ordering") or params.get("sort") or ""), schema),
            cursor=params.get("cursor", ""),
            limit=read_limit(params.get("limit", "")),
            archived=params.get("archived", "") in {"1", "true", "yes"},
        ),
        fields=read_fields(record_type, params, schema),
        expand=_expand(record_type, params, schema),
        wants_count=params.get("count", "") in {"1", "true", "yes"},
    )


def read_fields(record_type: RecordType, params: QueryDict, schema: RecordSchema) -> tuple[Field, ...]:
    """The fields asked for by `fields=a,b`, or all that may be seen; what comes with every record may be named too."""
    wanted = _words(params.get("fields", ""))
    if wanted:
        return tuple(schema.readable(key for key in wanted if key not in ENVELOPE))
    return tuple(field for field in record_type.all_fields if schema.can_read(field))


def _condition(params: QueryDict, schema: RecordSchema) -> Condition | None:
    simple = from_params({name: params.getlist(name) for name in params}, schema, ignore=RESERVED)
    text = params.get("filter", "")
    if not text:
        # Nothing asked for is no condition: the order alone then says how the page is read.
        return None if simple == EVERYTHING else simple
    try:
        tree = read_json(text)
    except ValueError:
        raise Invalid(fields={"filter": [_("This is not JSON.")]}) from None
    return all_of(simple, parse(tree, schema))


def _expand(record_type: RecordType, params: QueryDict, schema: RecordSchema) -> frozenset[str]:
    fields = schema.readable(_words(params.get("expand", "")))
    for field in fields:
        if not (field.is_reference or field.tags):
            raise Invalid(fields={"expand": [_("“%(field)s” leads nowhere.") % {"field": field.key}]})
    return frozenset(field.key for field in fields)


def read_limit(text: str) -> int:
    """Rows a page, from 1 to MAX_PAGE_SIZE. Raises Invalid."""
    if not text:
        return PAGE_SIZE
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= MAX_PAGE_SIZE:
        raise Invalid(fields={"limit": [_("A whole number from 1 to %(most)d.") % {"most": MAX_PAGE_SIZE}]})
    return int(text)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def read_body(record_type: RecordType, data: Any) -> dict[str, Any]:
    """The values of a JSON body. Raises Invalid when it is no object; `assigned_to` is another name of the owner."""
    if not isinstance(data, dict):
        raise Invalid(_("The body must be a JSON object of fields."))
    values = dict(data)
    if "assigned_to" in values and "assigned_to" not in record_type.by_key:
        values.setdefault("owner", values.pop("assigned_to"))
    return values
