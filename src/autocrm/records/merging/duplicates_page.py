"""What the page of duplicates shows: records that look like one in groups, the likeliest first, side by side in brief.

Only pairs of which the actor sees both records; where the role hides something the rules look at, each pair is scored
anew by what is open, so that neither score nor reasons tell of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.ids import find_id
from autocrm.kernel.permissions import authorize, visible_filter
from autocrm.kernel.text import read_count
from autocrm.records import cells
from autocrm.records.duplicate_models import DuplicatePair
from autocrm.records.fields import Field
from autocrm.records.looks import Look, look_at
from autocrm.records.match_rules import CERTAIN, LISTED
from autocrm.records.matching.facts import Facts, Viewer, open_rules, sees_all_rules
from autocrm.records.matching.groups import ScoredPair, components, ids_of
from autocrm.records.matching.scoring import explain, reason_label, score
from autocrm.records.merging.merging import MOST
from autocrm.records.merging.page import may_merge
from autocrm.records.querysets import live
from autocrm.records.record_page import CardRow, card_row
from autocrm.records.registry import RecordType
from autocrm.records.selectors import with_references

PAIRS_A_PAGE = 60
COUNT_TO = 1_000
FIELDS_SHOWN = 4
MOST_REASONS = 20


@dataclass(frozen=True)
class Member:
    """One record of a group."""

    id: UUID
    card: CardRow
    values: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Group:
    """Records that look like one; `score` is that of the likeliest pair among them."""

    ids: str
    score: int
    reasons: tuple[str, ...]
    members: tuple[Member, ...]
    may_merge: bool


def duplicates_context(record_type: RecordType, params: Mapping[str, str], *, actor: Actor) -> dict[str, Any]:
    """A page of groups. Raises Denied."""
    pairs, following, records = list_pairs(
        record_type, reason=params.get("reason", ""), after=params.get("after", ""), actor=actor
    )
    look = look_at(record_type, actor, records.values())
    return {
        "record_type": record_type,
        "groups": [_group(look, part, records) for part in components(pairs)],
        "following": following,
        "reason": params.get("reason", ""),
        "reasons": _reasons(record_type, actor),
        "may_merge": may_merge(record_type, actor),
    }


def list_pairs(
    record_type: RecordType, *, reason: str = "", after: str = "", limit: int = PAIRS_A_PAGE, actor: Actor
) -> tuple[list[ScoredPair], str, dict[UUID, Any]]:
    """A page of pairs, where the next begins ("" at the end), and their records. Raises Denied."""
    authorize(actor, record_type.permission(Verb.READ))
    found = DuplicatePair.objects.filter(record_type=record_type.key)
    is_open = sees_all_rules(record_type, actor)
    if reason and is_open:
        found = found.filter(reasons__contains=[reason])
    # The score that was kept looks at everything: where something is hidden, not even the order may follow it.
    found = _after(found.order_by("-score", "-id"), after) if is_open else _below(found.order_by("-id"), after)
    rows = list(_visible(found, record_type, actor)[: limit + 1])
    more, rows = len(rows) > limit, rows[:limit]
    ids = {each for row in rows for each in (row.left_id, row.right_id)}
    records = with_references(live(record_type, actor).filter(pk__in=ids), record_type).in_bulk()
    pairs = _as_known(record_type, rows, records, actor)
    place = f"{rows[-1].score}-{rows[-1].pk}" if is_open and rows else f"{rows[-1].pk}" if rows else ""
    return pairs, place if more else "", records


def count_pairs(record_type: RecordType, actor: Actor) -> int | None:
    """How many pairs wait, up to COUNT_TO; None for whoever does not see all of them."""
    if visible_filter(actor, record_type.key) or not sees_all_rules(record_type, actor):
        return None
    return DuplicatePair.objects.filter(record_type=record_type.key).values("pk")[:COUNT_TO].count()


def count_certain(record_type: RecordType, actor: Actor) -> int:
    """How many pairs are the same beyond doubt."""
    if not count_pairs(record_type, actor):
        return 0
    certain = DuplicatePair.objects.filter(record_type=record_type.key, score=CERTAIN)
    return certain.values("pk")[:COUNT_TO].count()


def _after(found: Any, after: str) -> Any:
    score_text, _dash, ident = after.partition("-")
    points = read_count(score_text)
    if points is None or not ident:
        return found
    try:
        last = UUID(ident)
    except ValueError:
        return found
    return found.filter(score__lte=min(points, CERTAIN)).exclude(score=min(points, CERTAIN), id__gte=last)


def _below(found: Any, after: str) -> Any:
    last = find_id(after)
    return found if last is None else found.filter(id__lt=last)


def _visible(found: Any, record_type: RecordType, actor: Actor) -> Any:
    """The pairs of live records the actor sees, both of them."""
    ids = live(record_type, actor).order_by().values("pk")
    return found.filter(left_id__in=ids, right_id__in=ids)


def _as_known(
    record_type: RecordType, rows: Iterable[DuplicatePair], records: Mapping[UUID, Any], actor: Actor
) -> list[ScoredPair]:
    viewer = Viewer(record_type, open_rules(record_type, actor))
    facts: dict[UUID, Facts] = {key: viewer.of_record(each) for key, each in records.items()}
    pairs = []
    for row in rows:
        if row.left_id not in facts or row.right_id not in facts:
            continue
        got = score(viewer.rules, facts[row.left_id], facts[row.right_id])
        words = explain(record_type, viewer.rules, got, facts[row.left_id], facts[row.right_id])
        if got.points >= LISTED:
            pairs.append(ScoredPair(row.left_id, row.right_id, got.points, tuple(words)))
    return sorted(pairs, key=lambda each: each.score, reverse=True)


def _group(look: Look, part: Sequence[ScoredPair], records: Mapping[UUID, Any]) -> Group:
    ids = ids_of(part)
    reasons = list(dict.fromkeys(reason for pair in part for reason in pair.reasons))
    fields = _telling(look, [records[each] for each in ids])
    return Group(
        ids=",".join(map(str, ids[:MOST])),
        score=max(pair.score for pair in part),
        reasons=tuple(reasons[:FIELDS_SHOWN]),
        members=tuple(_member(look, records[each], fields) for each in ids),
        may_merge=all(look.may_update(records[each]) for each in ids),
    )


def _member(look: Look, record: Any, fields: Sequence[Field]) -> Member:
    values = tuple((str(field.label), cells.show(field, record, look, linked=False)) for field in fields)
    return Member(record.pk, card_row(look, record), values)


def _telling(look: Look, records: Sequence[Any]) -> list[Field]:
    """The fields that the rules look at and that any of the records has: what there is to compare."""
    keys = dict.fromkeys(key for rule in open_rules(look.record_type, look.actor) for key in rule.fields)
    titles = {*look.record_type.title_fields, "first_name", "last_name"}
    fields = [look.record_type.by_key[key] for key in keys if key not in titles]
    return [field for field in fields if any(field.read(each) for each in records)][:FIELDS_SHOWN]


def _reasons(record_type: RecordType, actor: Actor) -> list[tuple[str, str]]:
    """What pairs may be filtered by: the reasons that occur; for whoever sees all of them."""
    if not sees_all_rules(record_type, actor):
        return []
    rows = DuplicatePair.objects.filter(record_type=record_type.key).order_by("-score", "-id")
    codes = dict.fromkeys(code for reasons in rows.values_list("reasons", flat=True)[:COUNT_TO] for code in reasons)
    return [(code, reason_label(record_type, code)) for code in list(codes)[:MOST_REASONS]]
