"""How entries are put into the table: one statement for any number of them, ids and root ids made by the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections

from autocrm.journal.models import Entry
from autocrm.kernel.actors import Actor
from autocrm.kernel.json_text import to_json_text
from autocrm.kernel.staging import Column, write_staged

MAX_LABEL = 300
# Rows per statement: large enough that the statement's own cost vanishes, small enough for modest memory.
ROWS_PER_STATEMENT = 2_000
# From here on a temporary table filled by COPY costs less than arrays as parameters.
COPY_FROM = 50

_COLUMNS = (
    "tenant_id, at, actor_kind, actor_id, actor_label, cause_id, depth, chain, "
    "kind, record_type, record_id, record_label, changes, data, id, root_id"
)
_INSERT = f"""
    INSERT INTO journal_entry ({_COLUMNS})
    SELECT %s::bigint, %s::timestamptz, %s, %s::uuid, %s, %s::bigint, %s::smallint, %s::jsonb,
           row.kind, row.record_type, row.record_id, row.record_label, row.changes::jsonb, row.data::jsonb,
           row.id, COALESCE(%s::bigint, row.id)
    FROM (
        SELECT new.*, nextval('journal_entry_id_seq') AS id
        FROM unnest(%s::text[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::text[])
             AS new (kind, record_type, record_id, record_label, changes, data)
    ) AS row
    RETURNING id, txid
"""  # noqa: S608 - no value in it, only column names

_INSERT_STAGED = f"""
    INSERT INTO journal_entry ({_COLUMNS})
    SELECT %s::bigint, %s::timestamptz, %s, %s::uuid, %s, %s::bigint, %s::smallint, %s::jsonb,
           row.kind, row.record_type, row.record_id, row.record_label, row.changes, row.data,
           row.id, COALESCE(%s::bigint, row.id)
    FROM (SELECT new.*, nextval('journal_entry_id_seq') AS id FROM ({{rows}}) AS new) AS row
"""  # noqa: S608 - no value in it, only column names


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What a service wants to tell; who, when and why are added when it is written."""

    kind: str
    record_type: str = ""
    record_id: UUID | None = None
    record_label: str = ""
    changes: dict[str, Any] | None = None
    data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What all entries of one statement share: tenant, moment, actor and cause."""

    tenant_id: int
    at: datetime
    actor: Actor

    def parameters(self) -> list[Any]:
        actor, cause = self.actor, self.actor.cause
        return [
            self.tenant_id,
            self.at,
            actor.kind.value,
            actor.user_id or actor.token_id,
            actor.label,
            cause and cause.entry_id,
            cause.depth + 1 if cause else 0,
            to_json_text(list(cause.chain) if cause else []),
            cause and cause.root_id,
        ]


def insert(new: Sequence[NewEntry], circumstances: Circumstances, *, using: str) -> list[tuple[int, int]]:
    """Write the entries in their order and return (id, txid) of each."""
    columns: list[list[Any]] = [
        [entry.kind for entry in new],
        [entry.record_type for entry in new],
        [entry.record_id for entry in new],
        [entry.record_label[:MAX_LABEL] for entry in new],
        [to_json_text(entry.changes or {}) for entry in new],
        [to_json_text(entry.data or {}) for entry in new],
    ]
    with connections[using].cursor() as cursor:
        cursor.execute(_INSERT, [*circumstances.parameters(), *columns])
        return [(int(entry_id), int(txid)) for entry_id, txid in cursor.fetchall()]


def insert_many(new: Sequence[NewEntry], circumstances: Circumstances, *, using: str) -> None:
    """Write the entries in their order, whatever their number."""
    if len(new) < COPY_FROM:
        insert(new, circumstances, using=using)
        return
    columns = (
        Column("kind", "text", [entry.kind for entry in new]),
        Column("record_type", "text", [entry.record_type for entry in new]),
        Column("record_id", "uuid", [entry.record_id for entry in new]),
        Column("record_label", "text", [entry.record_label[:MAX_LABEL] for entry in new]),
        Column("changes", "jsonb", [entry.changes or {} for entry in new]),
        Column("data", "jsonb", [entry.data or {} for entry in new]),
    )
    write_staged(_INSERT_STAGED, circumstances.parameters(), columns, using=using)


def as_written(new: NewEntry, circumstances: Circumstances, ids: tuple[int, int], *, using: str) -> Entry:
    """The row just written, without asking the database again."""
    cause = circumstances.actor.cause
    entry = Entry(
        id=ids[0],
        txid=ids[1],
        tenant_id=circumstances.tenant_id,
        at=circumstances.at,
        kind=new.kind,
        record_type=new.record_type,
        record_id=new.record_id,
        record_label=new.record_label[:MAX_LABEL],
        actor_kind=circumstances.actor.kind.value,
        actor_id=circumstances.actor.user_id or circumstances.actor.token_id,
        actor_label=circumstances.actor.label,
        changes=new.changes or {},
        data=new.data or {},
        cause_id=cause.entry_id if cause else None,
        root_id=cause.root_id if cause else ids[0],
        depth=cause.depth + 1 if cause else 0,
        chain=list(cause.chain) if cause else [],
    )
    entry._state.adding = False
    entry._state.db = using
    return entry
