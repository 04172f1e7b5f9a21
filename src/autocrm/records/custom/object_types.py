"""What a tenant's own objects are to the engine: record types like any other, made of rows.

Two layers of the catalogue: the objects themselves come before the custom fields, so that these find their types; what
is shown of an object by default is chosen after them.
"""

from dataclasses import replace
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.normalise import name_key
from autocrm.records.catalogue import Types, add_layer
from autocrm.records.fields import Field
from autocrm.records.models import CustomObject, CustomRecord
from autocrm.records.registry import KnownBy, RecordType, Search

# The custom fields stand between these two.
OBJECTS, DEFAULTS = 10, 90
FIRST_PLACE = 300
MOST_COLUMNS = 8
MOST_HIGHLIGHTS = 5
# Long texts and lists are read on the page, not in a column.
_NOT_IN_COLUMNS = frozenset({FieldKind.LONG_TEXT, FieldKind.MULTI_SELECT})


def object_type(made: CustomObject) -> RecordType:
    """The record type that a row describes, without its custom fields."""
    name = Field(
        key="name",
        label=made.name_label or _("Name"),
        kind=FieldKind.TEXT,
        required=True,
        in_form=True,
        max_length=254,
        normalised="name_key",
        normalise=name_key,
        aliases=("title", made.label, f"{made.label} name"),
    )
    return RecordType(
        key=made.key,
        plural=made.plural,
        label=made.label,
        label_plural=made.label_plural,
        icon=made.icon,
        model=CustomRecord,
        scope={"object_key": made.key},
        fields=(name,),
        title=attrgetter("name"),
        title_fields=("name",),
        list_columns=("name", "owner", "created_at"),
        natural_key=("name",),
        known_by=(KnownBy("name_key", name_key),),
        search=Search(subtitle=lambda _record: made.label, terms=lambda _record: [], fields=()),
        derive=_fill_name_key,
        nav_order=FIRST_PLACE + made.position,
        in_nav=made.in_nav,
        avatar="",
    )


def is_custom(record_type: RecordType) -> bool:
    """Whether the tenant made this type itself."""
    return record_type.model is CustomRecord


def _fill_name_key(record: Any) -> None:
    record.name_key = name_key(record.name)[:254]


def _with_objects(types: Types) -> Types:
    found = CustomObject.objects.filter(archived_at__isnull=True).order_by("position", "label", "id")
    return types | {made.key: object_type(made) for made in found if made.key not in types}


def _with_defaults(types: Types) -> Types:
    return {key: _shown(each) if is_custom(each) else each for key, each in types.items()}


def _shown(record_type: RecordType) -> RecordType:
    """The first fields of an object as columns and highlights, until somebody chooses others."""
    own = [field.key for field in record_type.fields if field.custom and field.kind not in _NOT_IN_COLUMNS]
    columns = ("name", *own[:MOST_COLUMNS], "owner")
    if len(own) < MOST_COLUMNS:
        columns = (*columns, "created_at")
    return replace(record_type, list_columns=columns, highlights=tuple(own[:MOST_HIGHLIGHTS]))


def add_layers() -> None:
    """Let every tenant's types include its own objects; called once, when the app is wired."""
    add_layer(_with_objects, order=OBJECTS)
    add_layer(_with_defaults, order=DEFAULTS)
