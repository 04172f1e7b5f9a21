"""Record types: what each app declares once and every face of the product reads.

Responsibilities: the declaration, its checks at the door, the registry. Do NOT: query, or know any concrete type.

Whoever asks `record_types` within a tenant gets that tenant's types: the declared ones with the fields it added, and
the types it made itself. Never keep a RecordType across requests: keep its key and ask again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.conditions.schema import Storage
from autocrm.kernel.errors import NotFound, Text
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.owned import TenantOwned
from autocrm.kernel.registry import Registry
from autocrm.records.fields import Field
from autocrm.records.match_rules import MatchRule, default_rules, with_custom_fields

Values = dict[str, Any]
# What every answer of the API says of a record besides its fields; no field may be called so.
ENVELOPE = frozenset({"id", "record_type", "record_title", "version"})


@dataclass(frozen=True, kw_only=True)
class RelatedCard:
    """A card on the right of the record page: records of `record_type` whose `field` names this record."""

    record_type: str
    field: str
    label: Text
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Search:
    """What the search table keeps of a record: its title, one line of context, and the terms it is found by.

    `fields` are those the terms are made of: who may not see one of them finds records by their titles alone.
    """

    subtitle: Callable[[Any], str]
    terms: Callable[[Any], list[str]]
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownBy:
    """A column by which a file names a record of this type: `normalise(word)` is looked for in `attribute`."""

    attribute: str
    normalise: Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class RecordType:
    """One kind of record and everything the engine must know of it.

    `title`        how a record is called in words; `stand_ins` are fields of which the first that is filled is the
                   title of a record that has nothing in its `title_fields`.
    `subtitle`     the line under the name, made of `subtitle_fields`: who may not see one of them does not see it.
    `shortcut`     the letter after `g` that opens the list.
    `avatar`       what stands before the name: initials of a "person" or a "company", with "" the icon of the type.
    `derive`       fills columns that follow from others (normalised keys); called before every save.
    `check`        business rules: may adjust the values, raises Invalid; called in the writing transaction.
    `after_write`  further effects of a create or update inside the same transaction; gets the changed field keys.
    `after_write_many` the same for many records at once (an import); without it `after_write` is called for each.
    `after_move`   further effects of moving records to the bin or out of it, inside the same transaction.
    `has_activities` whether tasks, calls and meetings are planned about its records (not about activities themselves).
    `known_by`     the columns that a name in a file is looked up in, most exact first; by default the title.
    `list_columns` shown until somebody chooses; `highlights` stand in the record's head; `natural_key` are the
                   fields an import matches by; `default_sort` as "-created_at".
    `scope`        column values that tell records of this type from others in the same table; new ones get them. Read
                   records by `rows()` and make them by `new()`, never through the model.
    `matching`     what makes two records look like one (`match_rules`); None: what follows from the kinds of fields.
    """

    key: str
    plural: str
    label: Text
    label_plural: Text
    icon: str
    model: type[TenantOwned]
    fields: tuple[Field, ...]
    title: Callable[[Any], str]
    title_fields: tuple[str, ...]
    list_columns: tuple[str, ...]
    highlights: tuple[str, ...] = ()
    related: tuple[RelatedCard, ...] = ()
    search: Search | None = None
    default_sort: tuple[str, ...] = ("-created_at",)
    natural_key: tuple[str, ...] = ()
    matching: tuple[MatchRule, ...] | None = None
    nav_order: int = 100
    in_nav: bool = True
    shortcut: str = ""
    subtitle: Callable[[Any], str] = lambda record: ""
    subtitle_fields: tuple[str, ...] = ()
    derive: Callable[[Any], None] = lambda record: None
    check: Callable[[Any, Values, Actor], None] = lambda record, values, actor: None
    after_write: Callable[[Any, frozenset[str], Actor], None] = lambda record, changed, actor: None
    after_write_many: Callable[[Sequence[tuple[Any, frozenset[str]]], Actor], None] | None = None
    after_move: Callable[[Sequence[Any], Actor], None] = lambda records, actor: None
    stand_ins: tuple[str, ...] = ()
    has_activities: bool = True
    known_by: tuple[KnownBy, ...] = ()
    avatar: str = "person"
    scope: Mapping[str, Any] = field(default_factory=dict, hash=False)
    by_key: Mapping[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        common = SYSTEM_FIELDS if self.has_activities else SYSTEM_FIELDS[1:]
        by_key = {each.key: each for each in (*self.fields, *common)}
        if len(by_key) != len(self.fields) + len(common):
            raise ImproperlyConfigured(f"Record type {self.key!r} declares a field twice.")
        if taken := ENVELOPE & by_key.keys():
            raise ImproperlyConfigured(
                f"Record type {self.key!r} declares {sorted(taken)}, which every answer carries."
            )
        object.__setattr__(self, "by_key", by_key)
        names = [*self.title_fields, *self.subtitle_fields, *self.list_columns, *self.highlights, *self.natural_key]
        names += self.stand_ins
        names += [sort.removeprefix("-") for sort in self.default_sort]
        names += self.search.fields if self.search else ()
        names += [key for rule in self.matching or () for key in (*rule.fields, *rule.typed)]
        for name in names:
            if name not in by_key:
                raise ImproperlyConfigured(f"Record type {self.key!r} names an unknown field {name!r}.")
        for each in by_key.values():
            if not each.custom:
                self._check_column(each)

    def _check_column(self, each: Field) -> None:
        try:
            column = self.model._meta.get_field(
                each.attribute.removesuffix("_id") if each.is_reference else each.attribute
            )
        except FieldDoesNotExist:
            raise ImproperlyConfigured(f"{self.key}.{each.key}: the model has no {each.attribute!r}.") from None
        if getattr(column, "null", False) and not each.nullable and each.sortable:
            raise ImproperlyConfigured(f"{self.key}.{each.key}: the column is NULL-able, the field says it is not.")

    def title_keys(self, record: Any) -> tuple[str, ...]:
        """The fields that the title of this record is made of."""
        if not self.stand_ins or any(self.by_key[key].read(record) for key in self.title_fields):
            return self.title_fields
        return next(((key,) for key in self.stand_ins if self.by_key[key].read(record)), self.title_fields)

    def rows(self) -> QuerySet[Any]:
        """Every record of this type in the tenant, those in the bin included, whoever asks."""
        return self.model.objects.filter(**self.scope)

    def new(self, **values: Any) -> Any:
        """An unsaved record of this type."""
        return self.model(**self.scope, **values)

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """The declared fields and those every record has."""
        return tuple(self.by_key.values())

    @cached_property
    def match_rules(self) -> tuple[MatchRule, ...]:
        """What makes two records look like one; empty for a type whose records cannot."""
        if self.matching is not None:
            return with_custom_fields(self.matching, self.fields)
        is_made_by_tenant = bool(self.scope)
        return default_rules(self.fields, self.title_fields[0], fuzzy_title=bool(self.natural_key) or is_made_by_tenant)

    def permission(self, verb: Verb) -> str:
        """The right to do `verb` with records of this type, as `authorize` takes it."""
        return f"{self.key}.{verb}"


# What every record has, whatever its type; the first only where activities are planned.
SYSTEM_FIELDS = (
    Field(
        key="next_activity",
        label=_("Next activity"),
        kind=FieldKind.DATETIME,
        path="next_activity_at",
        editable=False,
        nullable=True,
        importable=False,
        extra={"widget": "activity", "on_page": False},
    ),
    Field(
        key="owner",
        label=_("Owner"),
        kind=FieldKind.USER,
        nullable=True,
        in_form=True,
        aliases=("assigned_to", "assigned to", "account owner", "lead owner"),
    ),
    Field(key="tags", label=_("Tags"), kind=FieldKind.MULTI_SELECT, tags=True, sortable=False, storage=Storage.UUID),
    Field(key="created_at", label=_("Created"), kind=FieldKind.DATETIME, editable=False, group=_("System")),
    Field(
        key="created_by",
        label=_("Created by"),
        kind=FieldKind.USER,
        editable=False,
        nullable=True,
        sortable=False,
        group=_("System"),
    ),
    Field(key="updated_at", label=_("Changed"), kind=FieldKind.DATETIME, editable=False, group=_("System")),
    Field(
        key="updated_by",
        label=_("Changed by"),
        kind=FieldKind.USER,
        editable=False,
        nullable=True,
        sortable=False,
        group=_("System"),
    ),
)

record_types: Registry[RecordType] = Registry("record types", RecordType)


def register(record_type: RecordType) -> RecordType:
    """Declare a record type; called from an app's `record_types.py`."""
    return record_types.register(record_type.key, record_type)


def find_by_plural(plural: str) -> RecordType | None:
    """The record type of the tenant in force whose addresses begin with `plural`, or None."""
    return next((each for each in record_types if each.plural == plural), None)


def get_by_plural(plural: str) -> RecordType:
    """The same. Raises NotFound."""
    record_type = find_by_plural(plural)
    if record_type is None:
        raise NotFound
    return record_type
