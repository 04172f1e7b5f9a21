"""What a record type declares about one of its fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from autocrm.kernel.conditions.schema import Option, Storage
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import REFERENCE_KINDS, FieldKind


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
    def is_reference(self) -> bool:
        """Whether the value is the id of a user or of another record."""
        return self.kind in REFERENCE_KINDS

    @cached_property
    def places(self) -> int:
        """How many decimal places a stored whole number carries; an amount has two unless it says otherwise."""
        if self.decimal_places is not None:
            return self.decimal_places
        return 2 if self.kind is FieldKind.CURRENCY else 0

    def option_label(self, value: str) -> Text:
        """The words of a stored choice; an unknown one is shown as it is."""
        return next((option.label for option in self.options if option.value == value), value)
