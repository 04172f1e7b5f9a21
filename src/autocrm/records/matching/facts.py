"""What the rules of a record type see of one record, or of what somebody types: normalised, ready to be compared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from autocrm.kernel.actors import Actor
from autocrm.kernel.field_kinds import FieldKind
from autocrm.kernel.normalise import domain_of, is_free_mail, name_key, normalise_email
from autocrm.kernel.permissions import can_read_field, visible_filter
from autocrm.kernel.phones import parse_phone
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.records.fields import Field
from autocrm.records.match_rules import HARD, MatchKind, MatchRule
from autocrm.records.matching.likeness import PersonName, PlainName, person_name, plain_name
from autocrm.records.registry import RecordType
from autocrm.tenants.selectors import get_tenant

# What a rule sees: keys that may agree, a name, or one supporting value.
Fact = frozenset[str] | PersonName | PlainName | str
# Numbers of fewer digits are extensions and mistakes.
LEAST_DIGITS = 7
LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class Facts:
    """One record as the rules see it: a fact for each rule, in their order."""

    record_id: UUID | None
    by_rule: tuple[Fact, ...]


class Viewer:
    """Makes facts of records of one type by some of its rules."""

    def __init__(self, record_type: RecordType, rules: Sequence[MatchRule]) -> None:
        self.record_type = record_type
        self.rules = tuple(rules)
        self._region = str(get_tenant(current_tenant_id()).settings.get("region", "US"))
        self.fields = tuple(tuple(record_type.by_key[key] for key in rule.fields) for rule in self.rules)

    def of_record(self, record: Any) -> Facts:
        """The facts of a stored record."""
        made = (
            self._fact(rule, [field.read(record) for field in fields])
            for rule, fields in zip(self.rules, self.fields, strict=True)
        )
        return Facts(record.pk, tuple(made))

    def of_values(self, values: Mapping[str, Any]) -> Facts:
        """The facts of a record that somebody is about to make, by field keys."""
        made = (self._fact(rule, [values.get(key) for key in (*rule.fields, *rule.typed)]) for rule in self.rules)
        return Facts(None, tuple(made))

    def columns(self) -> list[str]:
        """The columns that facts are made of."""
        names = {field.attribute for fields in self.fields for field in fields if not field.custom}
        if any(field.custom for fields in self.fields for field in fields):
            names.add("custom")
        return sorted(names)

    def _fact(self, rule: MatchRule, values: list[Any]) -> Fact:
        if rule.kind is MatchKind.PERSON:
            texts = [str(each or "") for each in values]
            return person_name(texts[0], " ".join(texts[1:]))
        if rule.kind is MatchKind.NAME:
            return plain_name(str(values[0] or ""))
        if rule.kind is MatchKind.SUPPORT:
            return name_key(str(values[0])) if values[0] else ""
        normalise = _NORMALISERS[rule.kind]
        return frozenset(key for each in values if each and (key := normalise(str(each), self._region)[:LONGEST_KEY]))


def open_rules(record_type: RecordType, actor: Actor) -> tuple[MatchRule, ...]:
    """The rules narrowed to what the actor's role may see: what is hidden is not compared, or a warning would tell."""
    found = (_narrowed(rule, record_type, actor) for rule in record_type.match_rules)
    return tuple(rule for rule in found if rule is not None)


def sees_all_rules(record_type: RecordType, actor: Actor) -> bool:
    """Whether nothing that the rules look at is hidden from the actor."""
    return open_rules(record_type, actor) == record_type.match_rules


def _narrowed(rule: MatchRule, record_type: RecordType, actor: Actor) -> MatchRule | None:
    shown = tuple(key for key in rule.fields if _is_open(record_type.by_key[key], record_type, actor))
    if shown == rule.fields:
        return rule
    if rule.kind not in HARD or not shown:
        return None
    return MatchRule(kind=rule.kind, fields=shown, points=rule.points, differing=rule.differing, typed=rule.typed)


def _is_open(field: Field, record_type: RecordType, actor: Actor) -> bool:
    if not can_read_field(actor, record_type.key, field.key):
        return False
    return field.kind is not FieldKind.RELATION or not visible_filter(actor, field.relation)


@lru_cache(maxsize=20_000)
def _phone(text: str, region: str) -> str:
    key = parse_phone(text, region).key
    return key if key.startswith("+") or len(key) >= LEAST_DIGITS else ""


def _domain(text: str, _region: str) -> str:
    domain = domain_of(text)
    return "" if is_free_mail(domain) else domain


_NORMALISERS: dict[MatchKind, Callable[[str, str], str]] = {
    MatchKind.EMAIL: lambda text, _region: normalise_email(text),
    MatchKind.PHONE: _phone,
    MatchKind.DOMAIN: _domain,
    MatchKind.ID: lambda text, _region: text.strip(),
}
