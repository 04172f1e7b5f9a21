"""The composer: the box in the middle of a record page in which activities are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext_lazy as _

from autocrm.activities.attending import suggested_attendees
from autocrm.activities.forms import tomorrow_morning
from autocrm.activities.permissions import ACTIVITIES, CALL, EMAIL, MEETING, NOTE, TASK
from autocrm.activities.repeating import PRESETS
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Text
from autocrm.kernel.permissions import can_write_field, is_allowed
from autocrm.records.editors import Choice, Control, control_for
from autocrm.records.looks import look_at
from autocrm.records.registry import RecordType, record_types


@dataclass(frozen=True, slots=True)
class Form:
    """What the box asks for one kind of activity: what it is about, the small fields, the text."""

    lead: str
    row: tuple[str, ...]
    body: str
    placeholder: Text
    submit: Text
    is_rich: bool = False


FORMS: Mapping[str, Form] = {
    NOTE: Form("", (), "body", _("Write a note; @ names somebody"), _("Save note"), is_rich=True),
    TASK: Form(
        "subject",
        ("due_at", "remind_before", "kind", "priority", "owner"),
        "body",
        _("What is to be done"),
        _("Save task"),
    ),
    CALL: Form(
        "subject",
        ("direction", "outcome", "at", "minutes"),
        "body",
        _("What the call was about"),
        _("Save call"),
    ),
    MEETING: Form(
        "subject",
        ("starts_at", "ends_at", "is_all_day", "place", "video_url", "remind_before"),
        "body",
        _("What the meeting is about"),
        _("Save meeting"),
    ),
    EMAIL: Form(
        "subject",
        ("direction", "at", "sender", "recipients"),
        "body",
        _("Subject"),
        _("Save e-mail"),
        is_rich=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One thing that can be written: its controls, what was typed into them, what was wrong."""

    key: str
    label: str
    icon: str
    form: Form
    lead: Control | None
    row: Sequence[Control]
    body: Control | None
    fault: str
    attendees: Sequence[Choice] = ()
    repeats: Sequence[Choice] = ()

    @property
    def has_attendees(self) -> bool:
        """Whether people are invited here."""
        return self.key == MEETING


@dataclass(frozen=True, slots=True)
class Composer:
    """The box as it is drawn: its tabs and the one in front. `draft` names what the browser keeps of it."""

    url: str
    tabs: tuple[Tab, ...]
    active: str
    draft: str


def composer_for(
    record_type: RecordType,
    record: Any,
    actor: Actor,
    *,
    active: str = "",
    typed: Mapping[str, Sequence[str]] | None = None,
    faults: Mapping[str, str] | None = None,
) -> Composer:
    """The composer of a record; without tabs where nothing may be written."""
    keys = _keys(record_type, record, actor)
    front = active if active in keys else keys[0] if keys else ""
    tabs = tuple(
        _tab(key, record_type, record, actor, typed if key == front else None, faults or {} if key == front else {})
        for key in keys
    )
    draft = f"{record_type.key}:{record.pk}"
    return Composer(url=f"/{record_type.plural}/{record.pk}/compose/", tabs=tabs, active=front, draft=draft)


def _keys(record_type: RecordType, record: Any, actor: Actor) -> list[str]:
    """What may be written on the record: on an activity notes only, on a note nothing."""
    if record.archived_at is not None or record_type.key == NOTE:
        return []
    wanted = (NOTE,) if record_type.key in ACTIVITIES else ACTIVITIES
    return [
        key
        for key in wanted
        if is_allowed(actor, f"{key}.{Verb.CREATE}") and can_write_field(actor, key, FORMS[key].lead or FORMS[key].body)
    ]


def _tab(  # noqa: PLR0917 - the record, who asks, and what came back
    key: str,
    record_type: RecordType,
    record: Any,
    actor: Actor,
    typed: Mapping[str, Sequence[str]] | None,
    faults: Mapping[str, str],
) -> Tab:
    form, kind = FORMS[key], record_types.get(key)
    look = look_at(kind, actor)
    given = typed if typed is not None else _started(key, record_type, record, actor)

    def control(name: str) -> Control | None:
        field = kind.by_key.get(name)
        if field is None or not can_write_field(actor, key, name):
            return None
        texts = given.get(name)
        made = control_for(field, look, name=name, typed=texts, error=faults.get(name, ""))
        return replace(made, id=f"comp-{key}-{name}")

    shown = {name: control(name) for name in (form.lead, *form.row, form.body) if name}
    return Tab(
        key=key,
        label=force_str(kind.label),
        icon=kind.icon,
        form=form,
        lead=shown.get(form.lead),
        row=[made for name in form.row if (made := shown[name]) is not None],
        body=shown[form.body],
        fault=" ".join(text for name, text in faults.items() if shown.get(name) is None),
        attendees=_attendees(key, record_type, record, actor, given.get("attendees")),
        repeats=_repeats(key, given.get("rule", [""])),
    )


def _started(key: str, record_type: RecordType, record: Any, actor: Actor) -> dict[str, list[str]]:
    """What the forms begin with."""
    local = now().astimezone(actor.zone)
    if key == TASK:
        return {"due_at": [f"{tomorrow_morning(actor):%Y-%m-%dT%H:%M}"], "owner": [str(actor.user_id or "")]}
    if key in {CALL, EMAIL}:
        return {"at": [f"{local:%Y-%m-%dT%H:%M}"]}
    if key == MEETING:
        first = tomorrow_morning(actor)
        return {
            "starts_at": [f"{first:%Y-%m-%dT%H:%M}"],
            "ends_at": [f"{first.replace(hour=first.hour + 1):%Y-%m-%dT%H:%M}"],
        }
    return {}


def _attendees(
    key: str, record_type: RecordType, record: Any, actor: Actor, chosen: Sequence[str] | None
) -> Sequence[Choice]:
    if key != MEETING:
        return ()
    return [
        Choice(value, label, selected=True)
        for value, label in suggested_attendees(record_type, record, chosen, actor=actor)
    ]


def _repeats(key: str, chosen: Sequence[str]) -> Sequence[Choice]:
    if key not in {TASK, MEETING}:
        return ()
    return [Choice(rule, force_str(label), rule in chosen) for rule, label in PRESETS]
