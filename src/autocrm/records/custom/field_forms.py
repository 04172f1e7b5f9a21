"""The drawer of a custom field: what it asks for a kind, what was typed, what was wrong. It never persists."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.encoding import force_str
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.tree import EVERYTHING, Condition
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.field_kinds import KIND_LABELS, NUMERIC_KINDS, TEXT_KINDS, FieldKind
from autocrm.kernel.json_text import read_json, to_json_text
from autocrm.records.custom.definitions import COMPUTED, FORMULA, LENGTHS, ROLLUP, TONES, kinds_offered
from autocrm.records.custom.shape import definition_of
from autocrm.records.editors import read_number
from autocrm.records.field_values import INDEXABLE, UNIQUE_KINDS
from autocrm.records.filter_schema import filter_schema
from autocrm.records.models import CustomField
from autocrm.records.registry import RecordType, record_types
from autocrm.records.schema import RecordSchema

COMPUTED_LABELS: Mapping[str, Text] = {FORMULA: gettext_lazy("Formula"), ROLLUP: gettext_lazy("Rollup")}
TONE_LABELS: Mapping[str, Text] = {
    "": gettext_lazy("Grey"),
    "ok": gettext_lazy("Green"),
    "warn": gettext_lazy("Amber"),
    "bad": gettext_lazy("Red"),
    "info": gettext_lazy("Blue"),
    "accent": gettext_lazy("Accent"),
}
_SWITCHES = ("required", "unique", "indexed", "in_form", "searchable")
_USUAL = {"in_form": True, "searchable": True}
_CHOICES = frozenset({FieldKind.SELECT, FieldKind.MULTI_SELECT})
_NUMBERS = frozenset(kind.value for kind in NUMERIC_KINDS)


@dataclass(frozen=True)
class ConfigPart:
    """The part of the drawer for a computed kind: its template, what that is given, and what is read from it."""

    template: str
    context: Callable[[RecordType, Mapping[str, Any], Actor], dict[str, Any]]
    read: Callable[[QueryDict], dict[str, Any]]


config_parts: dict[str, ConfigPart] = {}


def add_config_part(kind: str, part: ConfigPart) -> None:
    """Let the drawer ask how "formula" or "rollup" fields are worked out; called once, by what computes them."""
    config_parts[kind] = part


@dataclass(frozen=True)
class FieldForm:
    """The drawer, ready for its template; `values` are as `custom_shape.definition_of` says them."""

    record_type: RecordType
    kind: str
    values: Mapping[str, Any]
    row: CustomField | None
    faults: Mapping[str, str] = field(default_factory=dict)
    part: str = ""
    part_context: Mapping[str, Any] = field(default_factory=dict)
    schemas: Mapping[str, Any] = field(default_factory=dict)

    @property
    def result(self) -> FieldKind | None:
        """The kind of value; of a computed field it is not known before it is saved."""
        return FieldKind(self.kind) if self.kind in set(FieldKind) else None

    @property
    def kind_label(self) -> Text:
        """The kind in words."""
        return kind_label(self.kind)

    @property
    def kinds(self) -> list[tuple[str, Text]]:
        """Every kind to choose from."""
        return [(kind, kind_label(kind)) for kind in kinds_offered()]

    @property
    def has_options(self) -> bool:
        """Whether it is a choice."""
        return self.result in _CHOICES

    @property
    def has_limits(self) -> bool:
        """Whether it is a number."""
        return self.result in NUMERIC_KINDS

    @property
    def has_length(self) -> bool:
        """Whether its length is limited by whoever defines it."""
        return self.result in LENGTHS

    @property
    def may_be_unique(self) -> bool:
        """Whether its values may be kept from repeating."""
        return self.result in UNIQUE_KINDS

    @property
    def may_be_indexed(self) -> bool:
        """Whether lists can be made fast by it; by relations they always are."""
        return self.result is None or (self.result in INDEXABLE and self.result is not FieldKind.RELATION)

    @property
    def may_be_searched(self) -> bool:
        """Whether its words can be searched."""
        return self.result in TEXT_KINDS

    @property
    def has_default(self) -> bool:
        """Whether new records can begin with a value."""
        return self.result is not None and self.result not in {FieldKind.USER, FieldKind.RELATION}

    @property
    def is_boolean(self) -> bool:
        """Whether its default is chosen from yes and no."""
        return self.result is FieldKind.BOOLEAN

    @property
    def default_text(self) -> str:
        """The default as it is typed."""
        value = self.values.get("default")
        if isinstance(value, bool):
            return "yes" if value else "no"
        if self.has_limits:
            return _typed_number(value)
        return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)

    @property
    def smallest(self) -> str:
        """The lower limit as it is typed."""
        return _typed_number(self.values.get("minimum"))

    @property
    def largest(self) -> str:
        """The upper limit as it is typed."""
        return _typed_number(self.values.get("maximum"))

    @property
    def default_help(self) -> str:
        """How the default is typed."""
        if self.result is FieldKind.DATE:
            return _("A date like 2026-11-22.")
        if self.result is FieldKind.DATETIME:
            return _("A date and time like 2026-11-22 14:30.")
        if self.result is FieldKind.MULTI_SELECT:
            return _("Choices, separated by commas.")
        return _("What new records begin with.")

    @property
    def targets(self) -> list[RecordType]:
        """What a relation may lead to."""
        return sorted(record_types, key=lambda each: force_str(each.label))

    @property
    def target_label(self) -> Text:
        """What the relation leads to, in words."""
        target = record_types.find(str(self.values.get("relation") or ""))
        return "" if target is None else target.label

    @property
    def groups(self) -> list[str]:
        """Headings that are there already."""
        return list(dict.fromkeys(force_str(each.group) for each in self.record_type.fields if each.group))

    @property
    def tones(self) -> list[tuple[str, Text]]:
        """The colours of choices."""
        return [(tone, TONE_LABELS[tone]) for tone in TONES]

    @property
    def conditions(self) -> list[dict[str, Any]]:
        """The two conditions with their words, as JSON."""
        asked = (
            ("visible_when", _("Show it only when"), _("Otherwise it is not shown, and what stands in it is kept.")),
            ("required_when", _("Require it when"), _("Only while it is shown.")),
        )
        return [
            {
                "name": name,
                "label": label,
                "help": text,
                "json": to_json_text(self.values[name]) if self.values.get(name) else "",
                "schema": self.schemas.get(name, []),
                "schema_id": f"schema-{name}",
                "fault": self.faults.get(name, ""),
            }
            for name, label, text in asked
            if name == "visible_when" or self.result is not None
        ]

    @property
    def rest(self) -> list[str]:
        """Faults that belong to no control of this drawer."""
        shown = {"label", "group", "help_text", "options", "relation", "decimal_places", "max_length", "minimum"}
        shown |= {"maximum", "default", "unique", "indexed", "visible_when", "required_when", "kind"}
        return [text for key, text in self.faults.items() if key not in shown and not key.startswith("config")]

    @property
    def config_fault(self) -> str:
        """What is wrong with how a computed field is worked out."""
        return " ".join(text for key, text in self.faults.items() if key.startswith("config"))


def _typed_number(value: Any) -> str:
    """A number as its reader's language writes it; any other text as it stands."""
    text = "" if value is None else str(value)
    return text.replace(".", get_format("DECIMAL_SEPARATOR", use_l10n=True)) if _PLAIN.fullmatch(text) else text


_PLAIN = re.compile(r"-?\d+\.\d+")


def kind_label(kind: str) -> Text:
    """A kind of custom field in words."""
    return COMPUTED_LABELS[kind] if kind in COMPUTED else KIND_LABELS[FieldKind(kind)]


def field_form(
    record_type: RecordType,
    kind: str,
    row: CustomField | None,
    *,
    typed: Mapping[str, Any] | None = None,
    faults: Mapping[str, Iterable[Text]] | None = None,
    actor: Actor,
) -> FieldForm:
    """The drawer of a new field of `kind`, or of `row`; with what was typed when that was refused."""
    kind = kind if kind in kinds_offered() else FieldKind.TEXT.value
    start = {**_USUAL, "in_form": kind not in COMPUTED}
    values = dict(typed if typed is not None else start if row is None else definition_of(row))
    values["options"] = values.get("options") or [{"label": ""}, {"label": ""}]
    part = config_parts.get(kind)
    schema = RecordSchema(record_type, actor)
    return FieldForm(
        record_type=record_type,
        kind=kind,
        values=values,
        row=row,
        faults={key: " ".join(force_str(text) for text in said) for key, said in (faults or {}).items()},
        part=part.template if part else "",
        part_context=part.context(record_type, values, actor) if part else {},
        schemas={name: filter_schema(schema, _condition(values.get(name), schema)) for name in _CONDITIONS},
    )


_CONDITIONS = ("visible_when", "required_when")


def _condition(stored: Any, schema: RecordSchema) -> Condition:
    try:
        return parse(stored, schema)
    except Invalid:
        return EVERYTHING


def read_field_form(data: QueryDict, kind: str) -> dict[str, Any]:
    """The definition as it was typed, as `custom_fields` takes it. What is no number stays text, and is told there."""
    values: dict[str, Any] = {key: data.get(key, "") for key in ("label", "group", "help_text")}
    values |= {key: key in data for key in _SWITCHES}
    for key in ("minimum", "maximum", "default"):
        text = data.get(key, "").strip()
        values[key] = (read_number(text) if kind in _NUMBERS else text) or None
    for key in ("decimal_places", "max_length"):
        values[key] = _whole(data.get(key, ""))
    for key in _CONDITIONS:
        values[key] = _json(data.get(key, ""))
    if kind in {each.value for each in _CHOICES}:
        values["options"] = _options(data)
        values["config"] = {"look": {"quick": "quick" in data}}
    elif kind in _NUMBERS:
        values["config"] = {"look": {"ungrouped": "ungrouped" in data}}
    if "relation" in data:
        values["relation"] = data["relation"]
    if kind in config_parts:
        values["config"] = config_parts[kind].read(data)
    return values


def read_so_far(data: QueryDict, kind: str) -> dict[str, Any]:
    """What was typed for another kind before `kind` was chosen; a switch that was not asked for stands as usual."""
    unasked = {key: _USUAL.get(key, False) for key in _SWITCHES if key not in data.getlist("asked")}
    return read_field_form(data, kind) | unasked


def _whole(text: str) -> int | str | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text or None


def _json(text: str) -> Any:
    try:
        return read_json(text) if text.strip() else None
    except ValueError:
        return text


def _options(data: QueryDict) -> list[dict[str, Any]]:
    """The rows of the editor; a row without words that never had a value is none."""
    names = ("option_label", "option_value", "option_tone", "option_active")
    rows = zip(*(data.getlist(name) for name in names), strict=False)
    return [
        {"label": label, "value": value, "tone": tone, "active": active != "no"}
        for label, value, tone, active in rows
        if label.strip() or value
    ]
