"""The drawers of bulk actions: which controls they have, and what was typed into them. They never persist."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.encoding import force_str
from django.utils.text import format_lazy
from django.utils.translation import gettext as _

from autocrm.kernel.actors import Actor
from autocrm.kernel.errors import NotFound, Text
from autocrm.records.bulk_actions import BulkAction
from autocrm.records.bulk_operations.reading import editable_fields
from autocrm.records.editors import Control, control_for, read_posted
from autocrm.records.fields import Field
from autocrm.records.looks import look_at
from autocrm.records.registry import RecordType

# The actions whose drawer has just one control, and the field that it is of.
_ONE_FIELD = {"assign": "owner", "tag": "tags", "untag": "tags"}
WORKFLOWS = {"yes": True, "no": False}


@dataclass(frozen=True)
class FieldControl:
    """One field of the edit drawer; `clears` where its value is to be emptied."""

    control: Control
    clears: bool
    may_clear: bool


@dataclass(frozen=True)
class BulkForm:
    """A drawer: `fields` to be set, `offered` to be added to them, `control` where there is just one."""

    action: BulkAction
    heading: Text
    fields: tuple[FieldControl, ...] = ()
    offered: tuple[Field, ...] = ()
    control: Control | None = None
    workflows: str = ""
    fault: str = ""

    @property
    def left(self) -> list[Field]:
        """The fields that may still be added."""
        chosen = {each.control.field.key for each in self.fields}
        return [each for each in self.offered if each.key not in chosen]


def bulk_form(
    record_type: RecordType,
    action: BulkAction,
    actor: Actor,
    *,
    typed: QueryDict | None = None,
    faults: Mapping[str, Iterable[Text]] | None = None,
) -> BulkForm:
    """The drawer of an action, empty, or with what was typed and what was wrong with it."""
    texts = {key: " ".join(force_str(text) for text in said) for key, said in (faults or {}).items()}
    heading = format_lazy("{label}: {records}", label=action.label, records=record_type.label_plural)
    workflows = typed.get("workflows", "") if typed is not None else ""
    one = _ONE_FIELD.get(action.key)
    if one:
        control = _control(record_type, record_type.by_key[one], actor, typed, texts.pop(one, ""))
        return BulkForm(action, heading, control=control, workflows=workflows, fault=" ".join(texts.values()))
    offered = tuple(editable_fields(record_type, actor))
    chosen = [] if typed is None else [each for each in offered if each.key in typed.getlist("set")]
    fields = tuple(field_control(record_type, each, actor, typed, texts.pop(each.key, "")) for each in chosen)
    return BulkForm(action, heading, fields, offered, None, workflows, " ".join(texts.values()))


def field_control(
    record_type: RecordType, field: Field, actor: Actor, typed: QueryDict | None = None, error: str = ""
) -> FieldControl:
    """The control of one field of the edit drawer."""
    clears = typed is not None and field.key in typed.getlist("clear")
    return FieldControl(_control(record_type, field, actor, typed, error), clears, not field.required)


def get_offered_field(record_type: RecordType, key: str, actor: Actor) -> Field:
    """A field of the edit drawer. Raises NotFound."""
    for field in editable_fields(record_type, actor):
        if field.key == key:
            return field
    raise NotFound


def read_form(record_type: RecordType, action: BulkAction, data: QueryDict, *, actor: Actor) -> dict[str, Any]:
    """What was filled in, as the action's `read` takes it."""
    if action.key == "assign":
        return {"owner": data.get("owner", "")}
    if action.key in _ONE_FIELD:
        return {"tags": data.getlist("tags")}
    if not action.drawer:
        return {}
    chosen, cleared = set(data.getlist("set")), set(data.getlist("clear"))
    fields = [each for each in editable_fields(record_type, actor) if each.key in chosen]
    return {
        "values": {
            each.key: "" if each.key in cleared else read_posted(each, data, each.key, actor=actor) for each in fields
        }
    }


def _control(record_type: RecordType, field: Field, actor: Actor, typed: QueryDict | None, error: str) -> Control:
    given = [] if typed is None else typed.getlist(field.key)
    return control_for(field, look_at(record_type, actor), name=field.key, typed=given, error=error)


def workflow_choices() -> list[tuple[str, str]]:
    """Whether workflows react, in words."""
    return [
        ("", _("For up to 1,000 records")),
        ("yes", _("Always")),
        ("no", _("Never")),
    ]
