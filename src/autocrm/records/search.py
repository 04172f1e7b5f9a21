"""The search table: what each record is found by, written with the record and read through one function."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import connections, router
from django.db.models import Func, TextField, Value
from django.db.models.expressions import RawSQL

from autocrm.kernel.clock import now
from autocrm.kernel.normalise import MAX_LENGTH, name_key
from autocrm.kernel.phones import typed_numbers
from autocrm.kernel.staging import Column, write_staged
from autocrm.kernel.tenancy import current_tenant_id
from autocrm.records.models import Record, SearchRow
from autocrm.records.registry import RecordType
from autocrm.records.slips import SHORTEST, near
from autocrm.tenants.selectors import get_tenant

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
# Words with an apostrophe or a hyphen in them, that begin with a letter.
_TOGETHER = re.compile(r"\b[^\W\d_]\w*(?:['-]\w+)+", re.UNICODE)
MAX_WORDS = 8
# Where fewer are found than this, words that are nearly those are asked for as well, and so many at most.
FEW = 5
MOST_ALIKE = 20
# PostgreSQL ends a query for a word of more than 2 kB with an error.
LONGEST_WORD = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """One found record."""

    record_type: str
    record_id: UUID
    title: str
    subtitle: str
    owner_id: UUID | None


def search_values(record_type: RecordType, record: Any, moment: datetime | None = None) -> dict[str, Any]:
    """What the search row of a record holds, apart from its document; written at `moment`, by default now."""
    assert record_type.search is not None  # noqa: S101 - callers ask only types with search
    title = record_type.title(record)[:300]
    return {
        "record_type": record_type.key,
        "record_id": record.id,
        "owner_id": record.owner_id,
        "title": title,
        "title_key": name_key(title)[:300],
        "subtitle": record_type.search.subtitle(record)[:300],
        "updated_at": moment or now(),
    }


def search_words(record_type: RecordType, record: Any) -> list[str]:
    """All words a record is found by, normalised, each with the mark of its tenant."""
    assert record_type.search is not None  # noqa: S101 - callers ask only types with search
    terms = [record_type.title(record), *record_type.search.terms(record)]
    joined = " ".join(filter(None, terms))
    # Words never reach across a space, so one look at short texts together finds what one look at each would.
    pieces = [joined] if len(joined) <= MAX_LENGTH else [term for term in terms if term]
    found = [word for piece in pieces for word in (*words(piece), *_joined(piece))]
    return [f"{record.tenant_id}:{word}" for word in dict.fromkeys(found)]


def words(text: str) -> list[str]:
    """The words of a text as they stand in the search table: no case, no accents, none longer than LONGEST_WORD."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(name_key(text))]


def _joined(text: str) -> list[str]:
    """What people write together as often as not: "O'Brien" is obrien too, "Jean-Luc" jeanluc."""
    if text.isascii() and "'" not in text and "-" not in text:
        return []
    return [re.sub(r"\W", "", each)[:LONGEST_WORD] for each in _TOGETHER.findall(name_key(text))]


def index_record(record_type: RecordType, record: Record) -> None:
    """Write the search row of a record, in the transaction that wrote the record."""
    if record_type.search is None:
        return
    if record.archived_at is not None:
        remove_records(record_type, [record.id])
        return
    values = search_values(record_type, record)
    document = Func(Value(search_words(record_type, record), ArrayField(TextField())), function="array_to_tsvector")
    # One statement: an upsert keeps concurrent writers of the same record from colliding.
    SearchRow.objects.bulk_create(
        [SearchRow(**values, document=document)],
        update_conflicts=True,
        unique_fields=["tenant_id", "record_type", "record_id"],
        update_fields=["owner_id", "title", "title_key", "subtitle", "document", "updated_at"],
    )


_INDEX_MANY = """
    INSERT INTO records_searchrow AS old
        (tenant_id, id, record_type, record_id, owner_id, title, title_key, subtitle, document, updated_at)
    SELECT %s, n.record_id, %s, n.record_id, n.owner_id, n.title, n.title_key, n.subtitle,
           array_to_tsvector(string_to_array(n.words, ' ')), n.updated_at
    FROM ({rows}) AS n
"""
# Left out for new records: they have no row, and each look for one costs something.
_OR_RENEW = """
    ON CONFLICT (tenant_id, record_type, record_id) DO UPDATE SET
        owner_id = EXCLUDED.owner_id, title = EXCLUDED.title, title_key = EXCLUDED.title_key,
        subtitle = EXCLUDED.subtitle, document = EXCLUDED.document, updated_at = EXCLUDED.updated_at
"""


def index_records(record_type: RecordType, records: Sequence[Any], *, are_new: bool = False) -> None:
    """Write the search rows of many live records in one statement, in the transaction that wrote the records.

    Related records that the declaration's terms look at should be cached on the records, or each costs a query.
    """
    if record_type.search is None or not records:
        return
    using = router.db_for_write(SearchRow)
    moment = now()
    values = [search_values(record_type, record, moment) for record in records]
    columns = [
        Column("words", "text", [" ".join(search_words(record_type, record)) for record in records]),
        *(Column(name, kind, [row[name] for row in values]) for name, kind in _INDEXED.items()),
    ]
    statement = _INDEX_MANY + ("" if are_new else _OR_RENEW)
    write_staged(statement, [current_tenant_id(), record_type.key], columns, using=using)


_INDEXED = {
    "record_id": "uuid",
    "owner_id": "uuid",
    "title": "text",
    "title_key": "text",
    "subtitle": "text",
    "updated_at": "timestamptz",
}


def remove_records(record_type: RecordType, ids: Iterable[UUID]) -> None:
    """Take records out of the search."""
    SearchRow.objects.filter(record_type=record_type.key, record_id__in=list(ids)).delete()


def find_records(
    text: str, record_types: Sequence[str], *, limit: int = 50, few: int = FEW, me: UUID | None = None
) -> list[Hit]:
    """Records of the current tenant found by `text`, best first.

    Titles that are just that, titles that begin so, records with all the words; among them those that `me` owns, then
    the latest. Where that finds less than `few`, records follow whose words are nearly those. A number is found however
    it is written. Permissions are the caller's: hits carry the owner and are joined with what the actor may see.
    """
    hits: dict[UUID, Hit] = {}
    for tokens in _readings(text):
        if len(hits) < limit and tokens and record_types:
            found = _found("records_search(%s, %s, %s, %s, %s)", _asked(tokens, record_types, limit, me))
            hits |= {key: hit for key, hit in found.items() if key not in hits}
    tokens = words(text)[:MAX_WORDS]
    if len(hits) < min(few, limit) and tokens and record_types:
        hits |= _alike(tokens, record_types, limit, me, known=hits)
    return list(hits.values())[:limit]


def ids_found(text: str, record_type: str, *, limit: int) -> RawSQL | list[UUID]:
    """The ids of what `find_records` finds; as a subquery where plain words are asked, so that they need not travel."""
    readings = _readings(text)
    if len(readings) > 1 or any(len(word) >= SHORTEST for word in words(text)):
        return [hit.record_id for hit in find_records(text, [record_type], limit=limit, few=1)]
    if not readings[0]:
        return []
    asked = _asked(readings[0], [record_type], limit, None)
    return RawSQL("SELECT record_id FROM records_search(%s, %s, %s, %s, %s)", asked)


def _readings(text: str) -> list[list[str]]:
    """What the text may mean: a number in one piece, if it looks like one, and its words."""
    plain = words(text)[:MAX_WORDS]
    if not any(map(str.isdigit, text)):
        return [plain]
    numbers = typed_numbers(text, str(get_tenant(current_tenant_id()).settings.get("region", "US")))
    # Digits in one piece are a word like any other, be they a number or not.
    return [plain] if plain == numbers[-1:] else [*([each] for each in numbers), plain]


def _asked(tokens: Sequence[str], record_types: Sequence[str], limit: int, me: UUID | None) -> list[Any]:
    return [" ".join(tokens), list(tokens), list(record_types), limit, me]


def _alike(
    tokens: Sequence[str], record_types: Sequence[str], limit: int, me: UUID | None, *, known: Mapping[UUID, Hit]
) -> dict[UUID, Hit]:
    """What has words nearly like these; nothing where no word is long enough to be mistyped."""
    meant = [(word, place) for place, token in enumerate(tokens) for word in sorted(near(token))]
    if len(meant) == len(tokens):
        return {}
    asked = [" ".join(tokens), [word for word, _p in meant], [place for _w, place in meant], list(record_types)]
    found = _found("records_search_alike(%s, %s, %s, %s, %s, %s)", [*asked, min(limit, MOST_ALIKE), me])
    return {key: hit for key, hit in found.items() if key not in known}


def _found(call: str, parameters: Sequence[Any]) -> dict[UUID, Hit]:
    with connections[router.db_for_read(SearchRow)].cursor() as cursor:
        cursor.execute(f"SELECT record_type, record_id, title, subtitle, owner_id FROM {call}", parameters)  # noqa: S608
        return {row[1]: Hit(*row) for row in cursor.fetchall()}
