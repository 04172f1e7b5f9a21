"""The role editor's matrix: verbs and levels of every record type and access to every field, to a form and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.actors import FieldAccess, Level, Verb
from autocrm.kernel.errors import Text
from autocrm.kernel.subjects import PermissionSubject, subjects
from autocrm.users.grants import EVERY_TYPE
from autocrm.users.models import Role

VERB_LABELS: dict[Verb, Text] = {
    Verb.READ: _("See"),
    Verb.CREATE: _("Create"),
    Verb.UPDATE: _("Change"),
    Verb.DELETE: _("Delete"),
    Verb.EXPORT: _("Export"),
    Verb.IMPORT: _("Import"),
    Verb.BULK: _("Change many"),
}
LEVEL_LABELS: dict[Level, Text] = {
    Level.NONE: _("No"),
    Level.OWN: _("Own"),
    Level.TEAM: _("Team"),
    Level.TEAM_TREE: _("Team tree"),
    Level.ALL: _("All"),
}
ACCESS_LABELS: dict[FieldAccess, Text] = {
    FieldAccess.WRITE: _("Change"),
    FieldAccess.READ: _("See"),
    FieldAccess.HIDDEN: _("Hidden"),
}
# Verbs that happen before there is an owner: they are either allowed or not.
_WHOLE_VERBS = frozenset({Verb.CREATE, Verb.IMPORT})


@dataclass(frozen=True, slots=True)
class Choice:
    """One select of the matrix; `options` are (value, label, whether chosen)."""

    name: str
    label: str
    options: tuple[tuple[str, Text, bool], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A record type with a select for each verb; without `own` it shows the first row, which holds for it."""

    key: str
    label: Text
    own: bool
    cells: tuple[Choice, ...]
    fields: tuple[Choice, ...]


def rows_of(role: Role | None) -> list[Row]:
    """The matrix of a role, or of a new one without any right; the first row is for all types without an own one."""
    records: Mapping[str, Any] = role.records if role else {}
    fields: Mapping[str, Any] = role.fields if role else {}
    others = records.get(EVERY_TYPE, {})
    every = PermissionSubject(EVERY_TYPE, _("Default"))
    return [
        Row(
            key=subject.key,
            label=subject.label,
            own=subject.key in records,
            cells=tuple(_cell(subject, verb, records.get(subject.key, others)) for verb in VERB_LABELS),
            fields=tuple(
                _access(subject, field_id, label, fields.get(subject.key, {})) for field_id, label in subject.fields()
            ),
        )
        for subject in (every, *sorted(subjects, key=lambda each: each.order))
    ]


def read_matrix(data: Mapping[str, Any]) -> dict[str, dict[str, dict[str, str]]]:
    """`records` and `fields` of a role from a posted matrix; what it does not name is left out."""
    records: dict[str, dict[str, str]] = {}
    fields: dict[str, dict[str, str]] = {}
    for key in (EVERY_TYPE, *subjects.keys()):
        if key == EVERY_TYPE or data.get(f"own:{key}"):
            records[key] = {
                verb.value: data[f"level:{key}:{verb}"]
                for verb in Verb
                if data.get(f"level:{key}:{verb}", "none") != "none"
            }
    for subject in subjects:
        limits = {
            field_id: data[f"access:{subject.key}:{field_id}"]
            for field_id, _label in subject.fields()
            if data.get(f"access:{subject.key}:{field_id}", "write") != "write"
        }
        if limits:
            fields[subject.key] = limits
    return {"records": records, "fields": fields}


def _cell(subject: PermissionSubject, verb: Verb, rights: Mapping[str, str]) -> Choice:
    chosen = rights.get(verb.value, "none")
    levels = [Level.NONE, Level.ALL] if verb in _WHOLE_VERBS else list(Level)
    if chosen not in levels and chosen in list(Level):
        levels.append(Level(chosen))
    return Choice(
        f"level:{subject.key}:{verb}",
        f"{subject.label}: {VERB_LABELS[verb]}",
        tuple((level.value, LEVEL_LABELS[level], level.value == chosen) for level in levels),
    )


def _access(subject: PermissionSubject, field_id: str, label: Text, limits: Mapping[str, str]) -> Choice:
    chosen = limits.get(field_id, "write")
    return Choice(
        f"access:{subject.key}:{field_id}",
        str(label),
        tuple((access.value, text, access.value == chosen) for access, text in ACCESS_LABELS.items()),
    )
