"""The create drawer: which fields it offers, what was typed into it, and what was wrong. It never persists."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.encoding import force_str

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import Text
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.permissions import can_write_field
from autocrm.records.editors import Control, control_for, read_posted
from autocrm.records.field_rules import has_rules, is_required, is_visible
from autocrm.records.fields import Field
from autocrm.records.looks import look_at
from autocrm.records.registry import RecordType
from autocrm.records.values import Reading, Unreadable, read_value

# Typing into one of these asks whether the same thing exists already.
_TELLING = frozenset({FieldKind.TEXT, FieldKind.EMAIL, FieldKind.PHONE, FieldKind.URL})


@dataclass(frozen=True)
class CreateForm:
    """The drawer's controls: what is asked first, and the rest under "more fields"."""

    record_type: RecordType
    first: tuple[Control, ...]
    more: tuple[Control, ...]
    fault: str = ""
    rules_url: str = ""

    @property
    def more_has_errors(self) -> bool:
        """Whether the folded part must be open, because something in it was refused."""
        return any(control.error for control in self.more)


def form_fields(record_type: RecordType, actor: Actor) -> tuple[list[Field], list[Field]]:
    """The fields asked first (required ones at the top) and the others, as far as the actor may set them."""
    fields = [
        field
        for field in record_type.all_fields
        if field.editable and can_write_field(actor, record_type.key, field.key)
    ]
    first = [field for field in fields if field.required or field.in_form]
    first.sort(key=lambda field: not (field.required and field.default is None))
    return first, [field for field in fields if field not in first]


def create_form(
    record_type: RecordType,
    actor: Actor,
    *,
    typed: QueryDict | None = None,
    start: Mapping[str, str] | None = None,
    faults: Mapping[str, Iterable[Text]] | None = None,
) -> CreateForm:
    """The drawer, empty, started with values from the address, or with what was typed and what was wrong with it."""
    look = look_at(record_type, actor)
    texts = {key: " ".join(force_str(text) for text in said) for key, said in (faults or {}).items()}
    started = _started(record_type, actor, start or {})
    dup_url = f"/{record_type.plural}/duplicates/"

    def control(field: Field) -> Control:
        given = typed.getlist(field.key) if typed is not None else started.get(field.key)
        return control_for(
            field,
            look,
            name=field.key,
            typed=given,
            error=texts.get(field.key, ""),
            dup_url=dup_url if field.kind in _TELLING and (field.in_form or field.required) else "",
        )

    first, more = form_fields(record_type, actor)
    shown = {field.key for field in (*first, *more)}
    rest = " ".join(text for key, text in texts.items() if key not in shown)
    form = CreateForm(record_type, tuple(map(control, first)), tuple(map(control, more)), rest)
    if not has_rules(record_type):
        return form
    draft = _draft(record_type, typed if typed is not None else QueryDict(urlencode(started, doseq=True)), actor)
    shown_first, shown_more = (tuple(_ruled(form, each, draft, actor)) for each in (form.first, form.more))
    return replace(form, first=shown_first, more=shown_more, rules_url=f"/{record_type.plural}/rules/")


def ruled_controls(record_type: RecordType, typed: QueryDict, *, actor: Actor) -> list[Control]:
    """The controls of fields that have conditions, as they hold for what is typed so far."""
    form = create_form(record_type, actor, typed=typed)
    ruled = (control.field for control in (*form.first, *form.more))
    keys = {field.key for field in ruled if field.visible_when or field.required_when}
    return [control for control in (*form.first, *form.more) if control.field.key in keys]


def _ruled(form: CreateForm, controls: Iterable[Control], draft: Any, actor: Actor) -> Iterator[Control]:
    for control in controls:
        field = control.field
        if not (field.visible_when or field.required_when):
            yield control
            continue
        shown = is_visible(form.record_type, field, draft, actor=actor)
        needed = is_required(form.record_type, field, draft, actor=actor)
        yield replace(control, hidden=not shown, required=needed)


def _draft(record_type: RecordType, data: QueryDict, actor: Actor) -> Any:
    """The record as it would be made of what is typed; what cannot be read is left out."""
    record = record_type.new()
    reading = Reading(actor.zone)
    for field in record_type.all_fields:
        if field.default is not None:
            field.write(record, field.default)
        texts = [text for text in data.getlist(field.key) if text.strip()]
        if not texts or field.tags or not field.editable:
            continue
        try:
            raw: Any = texts if field.kind is FieldKind.MULTI_SELECT else texts[0]
            field.write(record, read_value(field, raw, reading))
        except Unreadable:
            continue
    return record


def read_form(record_type: RecordType, data: QueryDict, *, actor: Actor) -> dict[str, Any]:
    """The values that were filled in, by field key; empty ones are left out, so that defaults hold."""
    first, more = form_fields(record_type, actor)
    values = {
        field.key: read_posted(field, data, field.key, actor=actor) for field in (*first, *more) if field.key in data
    }
    return {key: value for key, value in values.items() if value not in ("", [], None)}


def _started(record_type: RecordType, actor: Actor, start: Mapping[str, str]) -> dict[str, list[str]]:
    """Values the drawer starts with: those of the address, and oneself as the owner."""
    given = {key: [value] for key, value in start.items() if key in record_type.by_key and value}
    if actor.user_id is not None:
        given.setdefault("owner", [str(actor.user_id)])
    return given
