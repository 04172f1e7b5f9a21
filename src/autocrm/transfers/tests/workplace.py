"""What the tests of transfers share: bringing files in, running what is due, looking at what came of it."""

import hashlib
import io
from pathlib import Path
from typing import Any

from autocrm.jobs import services as jobs
from autocrm.kernel.platform import platform_cursor
from autocrm.records.registry import record_types
from autocrm.transfers.models import Import, ImportFault
from autocrm.transfers.services import runs, uploads
from tests.support.cast import Person

REAL_DATA = Path(__file__).resolve().parents[5] / "shared" / "data"

CONTACT = record_types.get("contact")
COMPANY = record_types.get("company")
Contact: Any = CONTACT.model
Company: Any = COMPANY.model


def upload(person: Person, content: str | bytes, *, into: Any = CONTACT, **options: Any) -> Import:
    """Keep a file."""
    data = content if isinstance(content, bytes) else content.encode()
    with person.at_work() as actor:
        return uploads.upload_file(into, io.BytesIO(data), filename="people.csv", actor=actor, **options)


def start(person: Person, batch: Import, mapping: dict[str, str] | None = None, **options: Any) -> Import:
    """Begin an import."""
    with person.at_work() as actor:
        return runs.start_import(batch.id, mapping=mapping, options=options, actor=actor)


def bring_in(
    person: Person, content: str | bytes, *, into: Any = CONTACT, mapping: dict[str, str] | None = None, **options: Any
) -> Import:
    """Import a file to its end."""
    batch = start(person, upload(person, content, into=into), mapping, **options)
    jobs.run_due(tenant_id=person.tenant.id)
    return reread(person, batch)


def reread(person: Person, batch: Import) -> Import:
    with person.at_work():
        return Import.objects.get(id=batch.id)


def faults_of(person: Person, batch: Import) -> list[tuple[int, str, str]]:
    with person.at_work():
        return list(
            ImportFault.objects.filter(batch=batch).order_by("row", "id").values_list("row", "column", "message")
        )


def counts_of(batch: Import) -> tuple[int, int, int, int]:
    """New, changed, left as they were, not imported."""
    return batch.created, batch.updated, batch.skipped, batch.failed


def told(person: Person) -> list[tuple[str, str]]:
    """Kind and title of everything the person was notified of, newest first."""
    found = person.api.get("/api/v1/notifications/").json()["results"]
    return [(each["kind"], each["title"]) for each in found]


def people(count: int, start_at: int = 0) -> str:
    """A file of that many contacts, all different."""
    rows = [
        f"Ana{number},Silva{number},ana{number}@example.com,+1 212 555 {number % 10_000:04d}"
        for number in range(start_at, start_at + count)
    ]
    return "\n".join(["First name,Last name,E-mail,Phone", *rows]) + "\n"


def checksum(tenant_id: int) -> str:
    """Everything a tenant has in the tables that an import writes."""
    tables = ("contacts_contact", "contacts_company", "records_searchrow", "records_tag", "journal_entry")
    digest = hashlib.sha256()
    with platform_cursor(reason="checksum of a test") as cursor:
        for table in tables:
            cursor.execute(
                f"SELECT coalesce(string_agg(t::text, '|' ORDER BY t.id), '') FROM {table} t WHERE tenant_id = %s",
                [tenant_id],
            )
            digest.update(cursor.fetchone()[0].encode())
    return digest.hexdigest()
