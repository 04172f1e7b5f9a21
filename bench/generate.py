"""Loads one large workspace beside many small ones: contacts, companies, search rows and journal, in a few minutes.

Set-based, as the platform role, into an installation without workspaces of these names. The same options give the
same rows but for the ids of tenants, people and journal entries. At the end a sample is compared with what the models
derive.
"""

import argparse
import os
import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any

import psycopg
from django.db import connections, transaction

from autocrm.contacts.record_types import COMPANY_TYPE, CONTACT_TYPE
from autocrm.journal import services as journal
from autocrm.kernel.actors import Actor
from autocrm.kernel.platform import platform_cursor, platform_transaction
from autocrm.kernel.tenancy import current_tenant_id, tenant_scope
from autocrm.records.models import SearchRow
from autocrm.records.registry import RecordType
from autocrm.records.search import search_values, search_words
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import find_tenant_by_subdomain
from autocrm.users.default_roles import MEMBER
from autocrm.users.models import Membership, Role, User
from autocrm.users.services.members import join
from autocrm.users.services.people import create_user
from autocrm.users.services.workspaces import create_workspace
from bench import loading
from bench.loading import CHUNK, Load

BIG = "bench"
COLLEAGUES = 20
SMALL_CONTACTS = 200
SMALL_COMPANIES = 20
SAMPLE = 300
# Connections that write contacts: one for each core of a small machine.
WRITERS = 2
# Rows end at midnight of a fixed day, so that two loads differ in nothing; later days only make the past longer ago.
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
_WHY = "bench: load"
_TABLES = ("contacts_company", "contacts_contact", "records_searchrow", "journal_entry", "users_membership")


class Stopwatch:
    """Lines with the time passed."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def say(self, text: str) -> None:
        print(f"{self.seconds:7.1f}s  {text}", flush=True)


def main(arguments: Sequence[str]) -> int:
    """Load, settle, compare; returns 1 when the sample differs from what the models derive."""
    parser = argparse.ArgumentParser(prog="python -m bench generate", description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--tenants", type=int, default=100, help="small workspaces beside the large one")
    parser.add_argument("--name", default=BIG, help="subdomain of the large workspace")
    options = parser.parse_args(arguments)
    watch = Stopwatch()
    if find_tenant_by_subdomain(options.name) is not None:
        print(f"There is a workspace {options.name!r} already: take another --name or another installation.")
        return 2
    journal.ensure_partitions(months_back=loading.DAYS_OF_HISTORY // 30 + 3)
    big = make_workspace(options.name, COLLEAGUES, options.contacts, options.companies)
    small = [make_workspace(f"{options.name}-{n}", 0, SMALL_CONTACTS, SMALL_COMPANIES) for n in range(options.tenants)]
    watch.say(f"{len(small) + 1} workspaces with their people")
    fill(big, small, watch)
    settle(watch)
    differences = compare(big.tenant_id)
    for difference in differences[:20]:
        print(difference)
    watch.say(f"done; {len(differences)} of {2 * SAMPLE} sampled records differ from the models")
    return 1 if differences else 0


def make_workspace(subdomain: str, colleagues: int, contacts: int, companies: int) -> Load:
    """A workspace with an owner and some members, made by the services."""
    owner = _person(f"owner@{subdomain}.example", "Olivia Owner")
    tenant = create_workspace(
        name=subdomain.title(), subdomain=subdomain, owner=owner, by="bench", user_limit=colleagues + 10
    )
    people = [owner, *(_person(f"member{n}@{subdomain}.example", f"Member {n}") for n in range(colleagues))]
    _let_in(tenant, people[1:])
    return Load(tenant.id, contacts, companies, [person.id for person in people], UNTIL)


def _person(email: str, name: str) -> User:
    found = User.objects.filter(email=email).first()
    return found or create_user(email=email, name=name)


def _let_in(tenant: Tenant, people: Sequence[User]) -> None:
    with tenant_scope(tenant), transaction.atomic():
        role = Role.objects.get(key=MEMBER)
        for person in people:
            if not Membership.objects.filter(user_id=person.id).exists():
                join(person, role, actor=Actor.system(tenant.id, "bench"))


def fill(big: Load, small: Sequence[Load], watch: Stopwatch) -> None:
    """All rows of all workspaces, a transaction for each chunk; contacts of the large one on WRITERS connections."""
    with platform_cursor(reason=_WHY) as cursor:
        loading.prepare(cursor)
        for load in (*small, big):
            loading.use_owners(cursor, load)
            for first in range(0, load.companies, CHUNK):
                with platform_transaction(reason=_WHY):
                    loading.write_companies(cursor, load, first)
            if load is not big:
                loading.use_employers(cursor, load)
                with platform_transaction(reason=_WHY):
                    loading.write_contacts(cursor, load, 0)
    watch.say(f"{big.companies:,} companies and the small workspaces")
    chunks: SimpleQueue[int] = SimpleQueue()
    for first in range(0, big.contacts, CHUNK):
        chunks.put(first)
    with ThreadPoolExecutor(WRITERS) as pool:
        for writer in [pool.submit(_write_chunks, big, chunks, watch) for _ in range(WRITERS)]:
            writer.result()


def _write_chunks(load: Load, chunks: "SimpleQueue[int]", watch: Stopwatch) -> None:
    with platform_cursor(reason=_WHY) as cursor:
        loading.prepare(cursor)
        loading.use_owners(cursor, load)
        loading.use_employers(cursor, load)
        with suppress(Empty):
            while True:
                first = chunks.get_nowait()
                with platform_transaction(reason=_WHY):
                    loading.write_contacts(cursor, load, first)
                watch.say(f"contacts from row {first:,} written")
    connections.close_all()


def settle(watch: Stopwatch) -> None:
    """What autovacuum would do within minutes: statistics, visibility, the pending list of the search index."""
    with psycopg.connect(os.environ["AUTOCRM_DATABASE_OWNER_URL"], autocommit=True) as owner:
        for table in _TABLES:
            owner.execute(f"VACUUM (ANALYZE) {table}")
    watch.say("vacuumed and analysed")


# --- The sample ------------------------------------------------------------------------------------------------------


def compare(tenant_id: int) -> list[str]:
    """Where a sample of rows differs from what the model derives of it; empty when all is as the product writes it."""
    with tenant_scope(tenant_id), transaction.atomic():
        return [line for record_type in (COMPANY_TYPE, CONTACT_TYPE) for line in _compare_type(record_type)]


def _compare_type(record_type: RecordType) -> list[str]:
    ids = list(record_type.model.objects.values_list("pk", flat=True)[: 20 * SAMPLE])
    chosen = random.Random(7).sample(ids, min(SAMPLE, len(ids)))
    records = record_type.model.objects.filter(pk__in=chosen)
    if record_type is CONTACT_TYPE:
        records = records.select_related("company")
    rows = {row.record_id: row for row in SearchRow.objects.filter(record_type=record_type.key, record_id__in=chosen)}
    lines = []
    for record in records:
        wrong = [*_wrong_columns(record_type, record), *_wrong_search(record_type, record, rows.get(record.pk))]
        lines += [f"{record_type.key} {record.pk}: {', '.join(wrong)}"] if wrong else []
    return lines


def _wrong_columns(record_type: RecordType, record: Any) -> list[str]:
    stored = dict(vars(record))
    record_type.derive(record)
    return [f"{name}: {stored[name]!r}, not {value!r}" for name, value in vars(record).items() if stored[name] != value]


def _wrong_search(record_type: RecordType, record: Any, row: SearchRow | None) -> list[str]:
    if row is None:
        return ["no search row"]
    wanted = {name: value for name, value in search_values(record_type, record).items() if name != "updated_at"}
    wrong = [f"search {name}: {getattr(row, name)!r}" for name, value in wanted.items() if getattr(row, name) != value]
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT document = array_to_tsvector(%s) FROM records_searchrow WHERE tenant_id = %s AND id = %s",
            [search_words(record_type, record), current_tenant_id(), row.pk],
        )
        return wrong if cursor.fetchone() == (True,) else [*wrong, "search document"]
