"""An import of a file with the search for duplicates, beside a COPY of the same rows by hand."""

import csv
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from autocrm.contacts.models import Company, Contact
from autocrm.contacts.record_types import CONTACT_TYPE
from autocrm.jobs import services as jobs
from autocrm.kernel.actors import Actor
from autocrm.kernel.ids import new_id
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.models import Tenant
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.services import runs, uploads
from autocrm.users.models import Membership
from autocrm.users.selectors import build_actor
from bench.asking import Asker, Hand
from bench.measure import busy_ns

ROWS = 20_000
KNOWN = 10
_COLUMNS = ("First name", "Last name", "E-mail", "Phone", "Company", "Type", "Job title", "City", "Source")

_BY_HAND = (
    """
    INSERT INTO contacts_contact
        (id, tenant_id, tags, custom, version, created_at, updated_at, street, city, state, postal_code, country,
         first_name, last_name, full_name, full_name_key, email, email_key, email2, email2_key, phone, phone_key,
         phone2, phone2_key, company_id, type, title, website, source, consent, time_zone, engagement_score,
         description,
         external_id)
    SELECT r.id, %s, '{}', '{}', 1, now(), now(), '', r.city, '', '', '', r.first_name, r.last_name,
           r.first_name || ' ' || r.last_name, lower(r.first_name || ' ' || r.last_name), r.email, lower(r.email), '',
           '', r.phone, '+1' || regexp_replace(r.phone, '[^0-9]', '', 'g'), '', '', c.id, r.type, r.title, '', r.source,
           'unknown', '', 0, '', ''
    FROM bench_rows r LEFT JOIN contacts_company c
        ON c.tenant_id = %s AND c.name_key = lower(r.company) AND c.archived_at IS NULL
    ON CONFLICT (tenant_id, email_key) WHERE archived_at IS NULL AND email_key > '' DO NOTHING
    """,
    """
    INSERT INTO records_searchrow
        (id, tenant_id, record_type, record_id, title, title_key, subtitle, document, updated_at)
    SELECT gen_random_uuid(), %s, 'contact', c.id, c.full_name, c.full_name_key, c.title,
           array_to_tsvector(string_to_array(c.full_name_key || ' ' || c.email_key, ' ')), now()
    FROM bench_rows r JOIN contacts_contact c ON c.tenant_id = %s AND c.id = r.id
    """,
    """
    INSERT INTO journal_entry (tenant_id, at, kind, record_type, record_id, record_label, actor_kind, root_id, changes)
    SELECT %s, now(), 'record.created', 'contact', c.id, c.full_name, 'import', 0, to_jsonb(r)
    FROM bench_rows r JOIN contacts_contact c ON c.tenant_id = %s AND c.id = r.id
    """,
)


@dataclass(frozen=True, slots=True)
class Pace:
    """What an import cost: seconds by the clock, and of processor time of the app and of its database backend."""

    clock: float
    app: float
    database: float

    def __str__(self) -> str:
        return (
            f"{ROWS / self.clock:,.0f} rows a second by the clock; of processor time for 1,000 rows "
            f"{1e6 * self.app / ROWS:.0f} ms app, {1e6 * self.database / ROWS:.0f} ms database"
        )


def import_file(tenant: Tenant, asker: Asker) -> Pace:
    """Import ROWS rows, one in KNOWN of which exists; the job runs in this process."""
    with tenant_scope(tenant), transaction.atomic():
        owner = Membership.objects.filter(role__everything=True).first()
        text = _csv(_rows())
    actor = build_actor(owner.user_id, tenant)
    pid = asker.backend()
    clock, mine, other = time.perf_counter(), time.process_time(), busy_ns(pid)
    with tenant_scope(tenant), transaction.atomic():
        batch = _start(text, actor)
    jobs.run_one(batch.job_id, tenant.id)
    done = _read(tenant, batch.id)
    pace = Pace(time.perf_counter() - clock, time.process_time() - mine, (busy_ns(pid) - other) / 1e9)
    assert done.state == ImportState.DONE, "a worker of the installation has taken it"
    assert done.created + done.skipped == ROWS, vars(done)
    return pace


def copy_by_hand(tenant: Tenant, hand: Hand) -> Pace:
    """The same rows by COPY into a temporary table and three INSERT .. SELECT."""
    with tenant_scope(tenant), transaction.atomic():
        rows = list(_rows())
    clock, mine, other = time.perf_counter(), time.process_time(), busy_ns(hand.backend())
    hand.copy(rows, [(statement, [tenant.id, tenant.id]) for statement in _BY_HAND])
    return Pace(time.perf_counter() - clock, time.process_time() - mine, (busy_ns(hand.backend()) - other) / 1e9)


def _rows() -> Iterator[tuple[str, ...]]:
    mark = new_id().hex[-10:]
    known = list(Contact.objects.filter(email_key__gt="", archived_at=None)[: ROWS // KNOWN])
    companies = list(Company.objects.values_list("name", flat=True)[:500])
    for number in range(ROWS):
        email = known[number // KNOWN].email if number % KNOWN == 0 else f"import.{mark}.{number}@bench.example"
        yield (
            "Nora",
            f"Import {mark} {number}",
            email,
            f"(212) 555-{number % 10_000:04d}",
            companies[number % len(companies)],
            "lead",
            "Account Manager",
            "Oslo",
            "Trade fair",
        )


def _csv(rows: Iterator[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode()


def _start(text: bytes, actor: Actor) -> Import:
    batch = uploads.upload_file(CONTACT_TYPE, io.BytesIO(text), filename="bench.csv", actor=actor)
    return runs.start_import(batch.id, actor=actor)


def _read(tenant: Tenant, ident: UUID) -> Import:
    with tenant_scope(tenant), transaction.atomic():
        return Import.objects.get(id=ident)
