"""How much two records look like one: points of agreeing evidence, less what differs, and why, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.encoding import force_str
from django.utils.translation import gettext as _

from autocrm.records.match_rules import CERTAIN, HARD, LIKELY, MatchKind, MatchRule
from autocrm.records.matching.facts import Fact, Facts
from autocrm.records.matching.likeness import SHARE, Alike, PersonName, PlainName, compare_names, compare_people
from autocrm.records.registry import RecordType


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that agreed, and how: `alike` is of names only."""

    rule: MatchRule
    alike: Alike | None = None

    @property
    def code(self) -> str:
        """As it is stored: "email:email", "person:first_name=typo"."""
        return f"{self.rule.key}={self.alike}" if self.alike else self.rule.key


@dataclass(frozen=True, slots=True)
class Score:
    """From 0 to 100, with what speaks for it. Two records have the same score whichever comes first."""

    points: int
    reasons: tuple[Reason, ...] = ()


NOTHING = Score(0)


def score(rules: Sequence[MatchRule], one: Facts, other: Facts) -> Score:
    """Compare two records by their facts under the same rules."""
    points, most, found, reasons = 0, CERTAIN, False, []
    for rule, left, right in zip(rules, one.by_rule, other.by_rule, strict=True):
        if not left or not right:
            continue
        share, alike = _share(rule, left, right)
        if share > 0:
            points += round(rule.points * share)
            found = found or rule.kind is not MatchKind.SUPPORT
            reasons.append(Reason(rule, alike))
        elif alike is not Alike.PART:
            points -= rule.differing
        if alike not in (None, Alike.SAME):
            most = LIKELY
    return Score(max(0, min(points, most)), tuple(reasons)) if found else NOTHING


def _share(rule: MatchRule, left: Fact, right: Fact) -> tuple[float, Alike | None]:
    if isinstance(left, PersonName) and isinstance(right, PersonName):
        alike = compare_people(left, right)
        return SHARE[alike], alike
    if isinstance(left, PlainName) and isinstance(right, PlainName):
        alike = compare_names(left, right)
        # "Hill & Wood" is not "Wood & Hill" as "Wood, Anna" is "Anna Wood".
        return SHARE[Alike.TYPO if alike is Alike.SWAPPED else alike], alike
    if rule.kind in HARD and isinstance(left, frozenset) and isinstance(right, frozenset):
        return float(not left.isdisjoint(right)), None
    return float(left == right), None


# --- Words -----------------------------------------------------------------------------------------------------------


def explain(record_type: RecordType, rules: Sequence[MatchRule], found: Score, one: Facts, other: Facts) -> list[str]:
    """The reasons in words; the two facts are those that were compared."""
    at = {rule.key: number for number, rule in enumerate(rules)}
    texts = []
    for reason in found.reasons:
        number = at[reason.rule.key]
        texts.append(_words(record_type, reason, one.by_rule[number], other.by_rule[number]))
    return texts


def reason_label(record_type: RecordType, code: str) -> str:
    """What a stored reason is called, without the two names: for filters and lists."""
    key, _sep, alike = code.partition("=")
    rule = next((each for each in record_type.match_rules if each.key == key), None)
    return force_str(code) if rule is None else _label(record_type, rule, Alike(alike) if alike else None)


def _words(record_type: RecordType, reason: Reason, one: Fact, other: Fact) -> str:
    label = _label(record_type, reason.rule, reason.alike)
    if reason.alike in (None, Alike.SAME) or not isinstance(one, PersonName | PlainName):
        return label
    shown = sorted((one.shown, getattr(other, "shown", "")))
    return _("%(label)s: %(one)s / %(other)s") % {"label": label, "one": shown[0], "other": shown[1]}


def _label(record_type: RecordType, rule: MatchRule, alike: Alike | None) -> str:
    match rule.kind:
        case MatchKind.EMAIL:
            return _("Same e-mail")
        case MatchKind.PHONE:
            return _("Same phone number")
        case MatchKind.DOMAIN:
            return _("Same web domain")
        case MatchKind.PERSON | MatchKind.NAME:
            return _NAME_WORDS[alike or Alike.SAME]()
        case _:
            field = record_type.by_key.get(rule.fields[0])
            name = force_str(field.label) if field else rule.fields[0]
            return _("Same %(field)s") % {"field": name[:1].lower() + name[1:]}


_NAME_WORDS = {
    Alike.SAME: lambda: _("Same name"),
    Alike.SWAPPED: lambda: _("Same name in another order"),
    Alike.NICKNAME: lambda: _("Short form of the name"),
    Alike.TYPO: lambda: _("Similar name"),
    Alike.INITIAL: lambda: _("Same initial and last name"),
    Alike.LOOSE: lambda: _("Similar name"),
    Alike.PART: lambda: _("Similar name"),
    Alike.DIFFERENT: lambda: _("Other name"),
}
