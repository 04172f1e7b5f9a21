"""What the definition of a custom field may say: read from input, checked, as the columns of a `CustomField`.

Responsibilities: every fault at the input it is about, in words. Do NOT: write, or ask who may.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.conditions.parsing import parse
from autocrm.kernel.conditions.tree import fields_of, to_json
from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.field_kinds import KIND_LABELS, NUMERIC_KINDS, REFERENCE_KINDS, FieldKind
from autocrm.kernel.normalise import name_key
from autocrm.records import api_query
from autocrm.records.computed.plans import refuse_circle
from autocrm.records.custom.layer import field_of
from autocrm.records.custom_json import LARGEST_NUMBER
from autocrm.records.custom_json import to_json as value_to_json
from autocrm.records.field_values import INDEXABLE, LONGEST_INDEXED, UNIQUE_KINDS
from autocrm.records.lists import params as list_params
from autocrm.records.models import CustomField
from autocrm.records.registry import ENVELOPE, RecordType, record_types
from autocrm.records.schema import RecordSchema
from autocrm.records.values import Reading, Unreadable, read_value
from autocrm.tenants.selectors import get_tenant

FORMULA, ROLLUP = "formula", "rollup"
COMPUTED = (FORMULA, ROLLUP)
MOST_OPTIONS = 500
LONGEST_OPTION = 80
TONES = ("", "ok", "warn", "bad", "info", "accent")
_CHOICES = frozenset({FieldKind.SELECT, FieldKind.MULTI_SELECT})
# By kind: how long a text is unless told otherwise, and how long it may be.
LENGTHS: dict[FieldKind, tuple[int, int]] = {
    FieldKind.TEXT: (LONGEST_INDEXED, 1_000),
    FieldKind.LONG_TEXT: (20_000, 50_000),
    FieldKind.EMAIL: (254, 254),
    FieldKind.PHONE: (60, 60),
    FieldKind.URL: (LONGEST_INDEXED, 2_000),
}
MOST_PLACES = 6
_TEXTS = {"label": 80, "group": 80, "help_text": 300}
_SWITCHES = frozenset({"required", "unique", "indexed", "in_form", "searchable"})
_CONDITIONS = frozenset({"visible_when", "required_when"})
_KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# Words that mean something in addresses, bodies and conditions, and so can name no field.
RESERVED_KEYS = (
    api_query.RESERVED
    | ENVELOPE
    | frozenset({"type", "title", "custom", "tenant", "force", "value", "and", "or"})
    | frozenset({"not", "field", "cmp", "op", "args", "me", "page", "allow_duplicates", "fieldvalue", "record", "key"})
)
CHANGEABLE = frozenset(
    {
        *_TEXTS, *_SWITCHES, *_CONDITIONS, "position", "default", "options", "relation", "decimal_places",
        "max_length", "minimum", "maximum", "config",
    }
)  # fmt: skip

# What reads the `config` of a computed field: answers it cleaned, and the kind of the result. Raises Invalid.
ConfigReader = Callable[[RecordType, Mapping[str, Any], Actor], tuple[dict[str, Any], FieldKind]]
_readers: dict[str, ConfigReader] = {}


def add_config_reader(kind: str, read: ConfigReader) -> None:
    """Say how the `config` of "formula" or "rollup" fields is read; called once, by the module that computes them."""
    _readers[kind] = read


def kinds_offered() -> list[str]:
    """Every kind a custom field may have, in the order to offer them."""
    return [*(kind.value for kind in FieldKind), *(kind for kind in COMPUTED if kind in _readers)]


def read_definition(row: CustomField, values: Mapping[str, Any], *, actor: Actor) -> None:
    """Put what `values` say on `row`, whose `record_type` and `kind` stand. Raises Invalid with every fault."""
    reader = _Reader(row, values, actor)
    reader.read()
    if reader.faults:
        raise Invalid(fields=reader.faults)


def new_key(record_type: RecordType, label: str, wished: str = "") -> str:
    """A key that is free: as wished, or made of the label. Raises Invalid when it cannot be had."""
    taken = _taken_keys(record_type)
    if wished:
        if len(wished) > 40 or not _KEY.fullmatch(wished):
            fault = _("Small letters, digits and single underscores, beginning with a letter; at most 40.")
            raise Invalid(fields={"key": [fault]})
        if wished in taken:
            raise Invalid(fields={"key": [_("This key is taken.")]})
        return wished
    words = re.findall(r"[a-z0-9]+", name_key(label))
    base = "_".join(words)[:36].strip("_")
    base = base if base[:1].isalpha() else f"field_{base}".strip("_")
    numbered = (f"{base}_{number}" for number in range(2, 10_000))
    return next(key for key in (base, *numbered) if key not in taken)


def _taken_keys(record_type: RecordType) -> set[str]:
    columns = {name for each in record_type.model._meta.get_fields() for name in (each.name, f"{each.name}_id")}
    own = CustomField.objects.filter(record_type=record_type.key).values_list("key", flat=True)
    return {*RESERVED_KEYS, *list_params.reserved_names(), *columns, *record_type.by_key, *own}


class _Reader:
    """One definition being read."""

    def __init__(self, row: CustomField, values: Mapping[str, Any], actor: Actor) -> None:
        self.row, self.values, self.actor = row, values, actor
        self.record_type = record_types.get(row.record_type)
        self.faults: dict[str, list[Text]] = {}

    def read(self) -> None:
        for key in self.values.keys() - CHANGEABLE:
            self.fault(key, _("There is no such field, or it cannot be set."))
        self.config()
        if self.row.kind in COMPUTED and not self.row.result_kind:
            return
        self.kind = FieldKind(self.row.result_kind or self.row.kind)
        self.texts()
        self.switches()
        self.options()
        self.relation()
        self.sizes()
        self.conditions()
        if not self.faults:
            self.together()
        if not self.faults:
            self.default()

    def fault(self, key: str, message: Text) -> None:
        self.faults.setdefault(key, []).append(message)

    def config(self) -> None:
        if self.row.kind not in COMPUTED:
            self.look()
            return
        given = self.values.get("config", self.row.config)
        if self.row.kind not in _readers or not isinstance(given, Mapping):
            self.fault("config", _("This is not a definition of a computed field."))
            return
        try:
            config, kind = _readers[self.row.kind](self.record_type, given, self.actor)
            self.result(config, kind)
        except Invalid as error:
            for key, messages in error.fields.items():
                self.faults.setdefault(f"config.{key}" if key else "config", []).extend(messages)

    def result(self, config: dict[str, Any], kind: FieldKind) -> None:
        """What the field holds; its kind stays, since lists, filters and rights are made for it."""
        before = self.row.result_kind
        if before and before != kind.value:
            words = {"new": KIND_LABELS[kind], "old": KIND_LABELS[FieldKind(before)]}
            raise Invalid(
                fields={"": [_("The result would be %(new)s and no longer %(old)s: make a new field.") % words]}
            )
        self.row.config, self.row.result_kind = config, kind.value
        if self.row.key:
            refuse_circle(self.record_type, self.row.key, field_of(self.row))

    def look(self) -> None:
        """How a value is shown: a number without separators."""
        if "config" not in self.values:
            return
        given = self.values["config"]
        look = given.get("look", {}) if isinstance(given, Mapping) else None
        if not isinstance(look, Mapping) or set(given) - {"look"} or set(look) - {"ungrouped", "quick"}:
            self.fault("config", _("There is no such setting."))
        elif not all(isinstance(value, bool) for value in look.values()):
            self.fault("config", _("This is neither yes nor no."))
        else:
            self.row.config = {"look": dict(look)}

    def texts(self) -> None:
        before = name_key(self.row.label)
        for key, most in _TEXTS.items():
            text = self.values.get(key, getattr(self.row, key))
            if not isinstance(text, str) or len(text) > most or not text.isprintable():
                self.fault(key, _("At most %(count)s characters, on one line.") % {"count": most})
            else:
                setattr(self.row, key, " ".join(text.split()))
        if not self.row.label and "label" not in self.faults:
            self.fault("label", _("This is required."))
        elif name_key(self.row.label) not in {before, ""} and name_key(self.row.label) in self.other_labels():
            self.fault("label", _("Another field of these records is called so."))
        position = self.values.get("position", self.row.position)
        if type(position) is not int or not 0 <= position <= 100_000:
            self.fault("position", _("A whole number from 0 to 100,000."))
        else:
            self.row.position = position

    def other_labels(self) -> set[str]:
        """What the other fields of the type are called: two alike are told apart by nobody."""
        return {name_key(force_str(each.label)) for each in self.record_type.all_fields if each.key != self.row.key}

    def switches(self) -> None:
        for key in _SWITCHES & self.values.keys():
            if not isinstance(self.values[key], bool):
                self.fault(key, _("This is neither yes nor no."))
            else:
                setattr(self.row, key, self.values[key])

    def options(self) -> None:
        if self.kind not in _CHOICES or self.row.kind in COMPUTED:
            if self.values.get("options"):
                self.fault("options", _("Only a choice has choices."))
            return
        if "options" in self.values or not self.row.options:
            try:
                self.row.options = read_options(self.values.get("options"))
            except Invalid as error:
                self.faults |= error.fields

    def relation(self) -> None:
        if self.kind is not FieldKind.RELATION:
            if self.values.get("relation"):
                self.fault("relation", _("Only a relation leads to records."))
            return
        target = self.values.get("relation", self.row.relation)
        if self.row.relation and target != self.row.relation:
            self.fault("relation", _("A relation always leads to the same kind of record."))
        elif not isinstance(target, str) or target not in record_types:
            self.fault("relation", _("Choose what it leads to."))
        else:
            self.row.relation = target

    def sizes(self) -> None:
        if self.kind in LENGTHS:
            usual, most = LENGTHS[self.kind]
            length = self.whole("max_length", 1, most)
            self.row.max_length = usual if length is None else length
        else:
            self.row.max_length = None
            self.refuse("max_length")
        if self.kind in NUMERIC_KINDS:
            self.row.decimal_places = self.places()
            for key in ("minimum", "maximum"):
                self.bound(key)
        else:
            self.row.decimal_places = self.row.minimum = self.row.maximum = None
            self.refuse("decimal_places", "minimum", "maximum")

    def refuse(self, *keys: str) -> None:
        for key in keys:
            if self.values.get(key) not in (None, ""):
                self.fault(key, _("This means nothing for this kind of field."))

    def places(self) -> int | None:
        before = None if self.row.kind in COMPUTED else self.row.decimal_places
        places = self.whole("decimal_places", 0, MOST_PLACES)
        stands = before is not None and not self.row._state.adding
        if stands and places is not None and places != before:
            self.fault("decimal_places", _("How exact a number is stays as it was made."))
        usual = self.row.config.get("places", 2 if self.kind is FieldKind.CURRENCY else 0)
        return before if stands else usual if places is None else places

    def whole(self, key: str, least: int, most: int) -> int | None:
        value = self.values.get(key, getattr(self.row, key))
        if value in (None, ""):
            return None
        if type(value) is not int or not least <= value <= most:
            self.fault(key, _("A whole number from %(least)d to %(most)d.") % {"least": least, "most": most})
            return None
        return value

    def bound(self, key: str) -> None:
        """A limit in the units people write, kept in those of storage."""
        if key not in self.values:
            return
        raw = self.values[key]
        if raw in (None, ""):
            setattr(self.row, key, None)
            return
        scaled = _scaled(raw, self.row.decimal_places or 0)
        if scaled is None:
            self.fault(key, _("This is not a number."))
        else:
            setattr(self.row, key, scaled)

    def conditions(self) -> None:
        for key in _CONDITIONS & self.values.keys():
            given = self.values[key]
            if not given:
                setattr(self.row, key, None)
                continue
            try:
                condition = parse(given, RecordSchema(self.record_type, self.actor))
            except Invalid as error:
                self.faults[key] = [text for texts in error.fields.values() for text in texts]
                continue
            if self.row.key in {name.partition(".")[0] for name in fields_of(condition)}:
                self.fault(key, _("A field cannot depend on itself."))
            setattr(self.row, key, to_json(condition) or None)

    def together(self) -> None:
        """What one setting means for another."""
        row, kind = self.row, self.kind
        if row.unique and (kind not in UNIQUE_KINDS or row.kind in COMPUTED):
            self.fault("unique", _("Values of this kind may repeat."))
        if row.indexed and kind not in INDEXABLE:
            self.fault("indexed", _("Lists cannot be made fast by this kind of field."))
        if (row.indexed or row.unique) and kind in LENGTHS and (row.max_length or 0) > LONGEST_INDEXED:
            self.fault(
                "max_length", _("At most %(count)s for fast lists and unique values.") % {"count": LONGEST_INDEXED}
            )
        if row.minimum is not None and row.maximum is not None and row.minimum > row.maximum:
            self.fault("maximum", _("The largest value is below the smallest."))
        if row.kind in COMPUTED:
            row.required = row.in_form = False

    def default(self) -> None:
        if "default" not in self.values:
            return
        raw = self.values["default"]
        if raw in (None, "", []):
            self.row.default = None
        elif self.kind in REFERENCE_KINDS or self.row.kind in COMPUTED or self.row.unique:
            self.fault("default", _("This kind of field has no default."))
        else:
            region = get_tenant(self.actor.tenant_id).settings.get("region", "US")
            try:
                value = read_value(field_of(self.row), raw, Reading(self.actor.zone, region))
                self.row.default = value_to_json(self.kind, value)
            except Unreadable as error:
                self.fault("default", str(error))


def _scaled(raw: Any, places: int) -> int | None:
    """A number in units of storage; None for what is none, or not that exact."""
    try:
        scaled = Decimal(str(raw)).scaleb(places)
        is_whole = scaled == scaled.to_integral_value() and abs(scaled) <= LARGEST_NUMBER
    except (InvalidOperation, OverflowError):
        return None
    return int(scaled) if is_whole and not isinstance(raw, bool) else None


def read_options(raw: Any) -> list[dict[str, Any]]:
    """The choices of a select as they are kept. Raises Invalid at `options`."""
    if not isinstance(raw, list) or not raw:
        raise Invalid(fields={"options": [_("Give at least one choice.")]})
    if len(raw) > MOST_OPTIONS:
        raise Invalid(fields={"options": [_("At most %(most)d choices.") % {"most": MOST_OPTIONS}]})
    made: list[dict[str, Any]] = []
    for each in raw:
        option = {"label": each} if isinstance(each, str) else each
        if not isinstance(option, Mapping):
            raise Invalid(fields={"options": [_("This is not a choice.")]})
        made.append(_option(option, {known["value"] for known in made}))
    labels = [name_key(option["label"]) for option in made]
    repeated = next((option["label"] for at, option in enumerate(made) if labels[at] in labels[:at]), None)
    if repeated is not None:
        raise Invalid(fields={"options": [_("“%(label)s” is there twice.") % {"label": repeated}]})
    return made


def _option(given: Mapping[str, Any], taken: set[str]) -> dict[str, Any]:
    label, value, tone = given.get("label"), given.get("value") or "", given.get("tone") or ""
    if not isinstance(label, str) or not 0 < len(label.strip()) <= LONGEST_OPTION or not label.isprintable():
        raise Invalid(fields={"options": [_("A choice has 1 to %(count)s characters.") % {"count": LONGEST_OPTION}]})
    if not isinstance(value, str) or len(value) > LONGEST_OPTION or not value.isprintable() or "," in value:
        raise Invalid(fields={"options": [_("“%(label)s”: this is not a value of a choice.") % {"label": label}]})
    if tone not in TONES or not isinstance(given.get("active", True), bool):
        raise Invalid(fields={"options": [_("“%(label)s”: this is not a colour.") % {"label": label}]})
    if value in taken:
        raise Invalid(fields={"options": [_("The value “%(value)s” is there twice.") % {"value": value}]})
    label = " ".join(label.split())
    return {
        "value": value or _new_value(label, taken),
        "label": label,
        "tone": tone,
        "active": given.get("active", True),
    }


def _new_value(label: str, taken: set[str]) -> str:
    base = "_".join(re.findall(r"[a-z0-9]+", name_key(label)))[:60] or "option"
    return next(value for value in (base, *(f"{base}_{at}" for at in range(2, 1_000))) if value not in taken)
