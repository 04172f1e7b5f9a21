"""The composer: the box in the middle of a record page in which notes, tasks and calls are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.activities.forms import tomorrow_morning
from autocrm.activities.models import Priority, TaskKind
from autocrm.activities.permissions import NOTE, TASK
from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.permissions import can_write_field, is_allowed
from autocrm.records.registry import RecordType
from autocrm.users.selectors import get_display_names


@dataclass(frozen=True, slots=True)
class Tab:
    """One thing that can be written."""

    key: str
    label: str
    icon: str


@dataclass(frozen=True, slots=True)
class Composer:
    """The box as it is drawn: its tabs, the one in front, what was typed, what was wrong with it."""

    url: str
    tabs: tuple[Tab, ...]
    active: str
    typed: Mapping[str, str]
    faults: Mapping[str, str]
    owner: tuple[str, str]
    kinds: tuple[tuple[str, str], ...]
    priorities: tuple[tuple[str, str], ...]
    may_set: Mapping[str, bool] = field(default_factory=dict)


def composer_for(
    record_type: RecordType,
    record: Any,
    actor: Actor,
    *,
    active: str = "",
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> Composer:
    """The composer of a record; without tabs where nothing may be written."""
    tabs = _tabs(record_type, record, actor)
    typed = typed or {"due_at": tomorrow_morning(actor).strftime("%Y-%m-%dT%H:%M")}
    owner = typed.get("owner") or str(actor.user_id or "")
    names = get_display_names([actor.user_id]) if actor.user_id and owner == str(actor.user_id) else {}
    return Composer(
        url=f"/{record_type.plural}/{record.pk}/compose/",
        tabs=tabs,
        active=active if any(tab.key == active for tab in tabs) else tabs[0].key if tabs else "",
        typed=typed,
        faults=faults or {},
        owner=(owner, next(iter(names.values()), "")),
        kinds=tuple((value, force_str(label)) for value, label in TaskKind.choices),
        priorities=tuple((value, force_str(label)) for value, label in Priority.choices),
        may_set={name: can_write_field(actor, TASK, name) for name in ("due_at", "owner", "kind", "priority", "body")},
    )


def _tabs(record_type: RecordType, record: Any, actor: Actor) -> tuple[Tab, ...]:
    if record.archived_at is not None or record_type.key == NOTE:
        return ()
    tabs = []
    if is_allowed(actor, f"{NOTE}.{Verb.CREATE}") and can_write_field(actor, NOTE, "body"):
        tabs.append(Tab("note", _("Note"), "note"))
    if record_type.key != TASK and is_allowed(actor, f"{TASK}.{Verb.CREATE}"):
        tabs += [Tab("call", _("Call"), "phone"), Tab("task", _("Task"), "checkbox")]
    return tuple(tabs)
