"""What makes two records look like one: the rules a record type declares, or that follow from the kinds of its fields.

Each rule looks at one kind of evidence and says how many of 100 points it is worth when two records agree in it, and
how many it costs when both have it and differ. `matching` finds and scores with them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.fields import Field

# A warning while somebody types, a place on the page of duplicates, a refusal of the API; "the same" beyond doubt.
WARNED, LISTED, REFUSED, CERTAIN = 35, 60, 75, 100
# No more than that where the names are not the same, whatever else agrees.
LIKELY = 95


class MatchKind(StrEnum):
    """How values are compared."""

    EMAIL = "email"
    PHONE = "phone"
    DOMAIN = "domain"
    ID = "id"
    PERSON = "person"
    NAME = "name"
    SUPPORT = "support"


# Agreement in these is looked for by a key; SUPPORT only adds to what others found.
HARD = frozenset({MatchKind.EMAIL, MatchKind.PHONE, MatchKind.DOMAIN, MatchKind.ID})
NAMES = frozenset({MatchKind.PERSON, MatchKind.NAME})


@dataclass(frozen=True, kw_only=True)
class MatchRule:
    """One kind of evidence.

    `fields`    keys of the fields it looks at: any of several addresses; first and last name of a PERSON.
    `points`    what full agreement is worth; likeness of names less.
    `differing` what it costs when both records have a value and none agrees.
    `typed`     fields that are looked at as well in what somebody types, before the record derives `fields` from them.
    `exact`     the field whose normalised column holds the whole name.
    """

    kind: MatchKind
    fields: tuple[str, ...]
    points: int
    differing: int = 0
    typed: tuple[str, ...] = ()
    exact: str = ""

    @property
    def key(self) -> str:
        """Its name in stored reasons: "email", "support:company"."""
        return f"{self.kind}:{self.fields[0]}"


_KIND_OF = {FieldKind.EMAIL: MatchKind.EMAIL, FieldKind.PHONE: MatchKind.PHONE}
_POINTS = {MatchKind.EMAIL: 75, MatchKind.PHONE: 50}


def with_custom_fields(rules: tuple[MatchRule, ...], fields: Iterable[Field]) -> tuple[MatchRule, ...]:
    """The rules of a type with those that follow from the kinds of the fields a tenant added."""
    added = [each for each in fields if each.custom]
    return (*rules, *_by_kind(added)) if added else rules


def default_rules(fields: Iterable[Field], title: str, *, fuzzy_title: bool) -> tuple[MatchRule, ...]:
    """Rules of a type that declares none: addresses, numbers, what is unique; then its title, when that says anything.

    `title` is the field a record is called by; alone it is evidence only where `fuzzy_title` says so.
    """
    fields = list(fields)
    rules = _by_kind(fields)
    titled = next((each for each in fields if each.key == title and each.kind is FieldKind.TEXT), None)
    if titled is None or titled.unique or not (rules or fuzzy_title):
        return tuple(rules)
    points = REFUSED if fuzzy_title else LISTED
    exact = title if titled.normalised else ""
    return (*rules, MatchRule(kind=MatchKind.NAME, fields=(title,), points=points, differing=20, exact=exact))


def _by_kind(fields: list[Field]) -> list[MatchRule]:
    rules = []
    for kind, match in _KIND_OF.items():
        keys = tuple(each.key for each in fields if each.kind is kind)
        if keys:
            rules.append(MatchRule(kind=match, fields=keys, points=_POINTS[match], differing=10))
    unique = (each for each in fields if each.unique and each.kind in {FieldKind.TEXT, FieldKind.URL})
    return rules + [MatchRule(kind=MatchKind.ID, fields=(each.key,), points=90, differing=20) for each in unique]
