"""What a record type declares about one of its fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from autocrm.kernel.conditions.schema import Option, Storage
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import REFERENCE_KINDS, FieldKind
from autocrm.records.custom_json import from_json, to_json

# Where a record carries what its custom references lead to: field key -> user or record.
CUSTOM_RELATED = "_custom_related"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a record type; everything that names a field goes through here, never straight to the ORM.

    `path`          attribute of the model (by default `key`; `<key>_id` for users and relations).
    `editable`      False for what the system keeps (scores, times of creation).
    `relation`      key of the record type a relation leads to.
    `options`       the choices of a select; `tags` marks the one multi-select whose choices are the tenant's tags.
    `normalised`    attribute that keeps `normalise(value)` for comparing and matching.
    `currency_path` attribute that holds the currency of an amount in minor units.
    `group`         the heading it stands under on the record page.
    `nullable`      whether the column may be NULL (decides how lists are sorted and continued).
    `in_form`       offered in the create drawer even when not required.
    `aliases`       further names an import column may have ("e-mail address", "account").
    `custom`        the tenant defined it: its value lives under its key in the record's `custom` JSON, not in a column.
    `indexed`       a custom field whose value stands in the typed value table too, so that lists of any size may filter
                    and sort by it.
    `typed`         the same, or it is being filled in: written there with every record, not read from there yet.
    `custom_id`     the row of `CustomField` behind it.
    `computed`      "formula" or "rollup" when the value is worked out and never set; how stands in `extra["config"]`.
    `made_of`       fields that a declared one follows from: who may not see one of them does not see it either.
    `taken_apart`   what a file that holds such a field as a whole says of those it is made of, as of two names.
    `visible_when`  `required_when`: conditions on the record; a field that is not to be seen is not required, and its
                    value is kept.

    Values are read and written through `read`, `write` and `related` only: where they live is this class's business.
    """

    key: str
    label: Text
    kind: FieldKind
    path: str = ""
    required: bool = False
    unique: bool = False
    editable: bool = True
    sortable: bool = True
    filterable: bool = True
    importable: bool = True
    in_form: bool = False
    options: tuple[Option, ...] = ()
    tags: bool = False
    relation: str = ""
    normalised: str = ""
    normalise: Callable[[str], str] | None = None
    currency_path: str = ""
    decimal_places: int | None = None
    storage: Storage | None = None
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    group: Text = ""
    help_text: Text = ""
    nullable: bool = False
    default: Any = None
    aliases: tuple[str, ...] = ()
    custom: bool = False
    indexed: bool = False
    typed: bool = False
    custom_id: UUID | None = None
    computed: str = ""
    made_of: tuple[str, ...] = ()
    taken_apart: Callable[[str], Mapping[str, str]] | None = None
    visible_when: Mapping[str, Any] | None = field(default=None, hash=False)
    required_when: Mapping[str, Any] | None = field(default=None, hash=False)
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __hash__(self) -> int:
        # Values are kept by field; equality looks at everything, but to find a place the key is enough.
        return hash(self.key)

    @cached_property
    def attribute(self) -> str:
        """The model attribute that holds the stored value."""
        if self.path:
            return self.path
        return f"{self.key}_id" if self.is_reference else self.key

    @cached_property
    def sort_path(self) -> str:
        """The column that lists are ordered by: for texts the one they are compared in."""
        return self.normalised or self.attribute

    @cached_property
    def is_reference(self) -> bool:
        """Whether the value is the id of a user or of another record."""
        return self.kind in REFERENCE_KINDS

    @cached_property
    def places(self) -> int:
        """How many decimal places a stored whole number carries; an amount has two unless it says otherwise."""
        if self.decimal_places is not None:
            return self.decimal_places
        return 2 if self.kind is FieldKind.CURRENCY else 0

    def read(self, record: Any) -> Any:
        """The stored value that `record` carries for this field."""
        if self.custom:
            return from_json(self.kind, record.custom.get(self.key))
        return getattr(record, self.attribute)

    def whole_day(self, record: Any) -> date | None:
        """The day that stands for a moment, where the record takes whole days: `extra["whole_day"]` knows."""
        tells = self.extra.get("whole_day")
        day: date | None = tells(record) if tells is not None else None
        return day

    def write(self, record: Any, value: Any) -> None:
        """Put a stored value on `record`; nothing is saved."""
        if not self.custom:
            setattr(record, self.attribute, value)
            return
        # A new dictionary each time: records made from one pattern, and states that are compared, share the old one.
        kept = {key: each for key, each in record.custom.items() if key != self.key}
        plain = to_json(self.kind, value)
        record.custom = kept if plain is None else {**kept, self.key: plain}

    def related(self, record: Any) -> Any:
        """The user or record that a reference of `record` leads to, fetched along by `selectors.with_references`."""
        if self.custom:
            return record.__dict__.get(CUSTOM_RELATED, {}).get(self.key)
        return getattr(record, self.related_path)

    def attach(self, record: Any, related: Any) -> None:
        """Hand `record` what its reference leads to, so that nobody asks the database for it."""
        if self.custom:
            record.__dict__.setdefault(CUSTOM_RELATED, {})[self.key] = related
        else:
            record._state.fields_cache[self.related_path] = related

    @cached_property
    def related_path(self) -> str:
        """The model's relation behind a reference that has a column."""
        return self.attribute.removesuffix("_id")

    def option_label(self, value: str) -> Text:
        """The words of a stored choice; an unknown one is shown as it is."""
        return next((option.label for option in self.options if option.value == value), value)
