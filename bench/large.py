"""One large import, as somebody would start it: rows a second by the clock, processor time, the most memory taken."""

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence

from django.db import transaction

from autocrm.contacts.record_types import CONTACT_TYPE
from autocrm.jobs import services as jobs
from autocrm.kernel.ids import new_id
from autocrm.kernel.tenancy import tenant_scope
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.services import runs, uploads
from autocrm.users.models import User
from autocrm.users.selectors import build_actor
from autocrm.users.services import workspaces

_HEAD = "First name,Last name,E-mail,Phone,Company,Type,Job title,City,Source\n"
COMPANIES = 5_000


def main(arguments: Sequence[str]) -> int:
    """Import so many rows into a new workspace, one in ten of which repeats an earlier one."""
    parser = argparse.ArgumentParser(prog="python -m bench large", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args(arguments).rows
    mark = new_id().hex[-10:]
    owner = User.objects.create(email=f"{mark}@bench.example", name="Bench", password="!")  # noqa: S106
    tenant = workspaces.create_workspace(name=f"Bench {mark}", subdomain=f"bench-{mark}", owner=owner)
    actor = build_actor(owner, tenant)
    with tempfile.TemporaryFile() as file:
        _write(file, rows)
        before = _memory()
        clock, used = time.perf_counter(), time.process_time()
        with tenant_scope(tenant), transaction.atomic():
            batch = uploads.upload_file(CONTACT_TYPE, file, filename="large.csv", actor=actor)
            runs.start_import(batch.id, actor=actor)
            batch.refresh_from_db()
        jobs.run_one(batch.job_id, tenant.id)
        seconds, used = time.perf_counter() - clock, time.process_time() - used
    with tenant_scope(tenant), transaction.atomic():
        done = Import.objects.get(id=batch.id)
    assert done.state == ImportState.DONE, done.error
    print(
        f"{rows:,} rows, {done.skipped:,} of them known; {seconds:.0f} s, {rows / seconds:,.0f} a second; "
        f"app {1e6 * used / rows:.0f} ms for 1,000 rows; memory {before} MB before, {_memory()} MB at most"
    )
    return 0


def _write(file: object, rows: int) -> None:
    file.write(_HEAD.encode())
    for number in range(rows):
        key = number - 7 if number % 10 == 9 else number
        line = (
            f"Nora{key},Berg{key % 9973},nora{key}@bench.example,+1 212 {key // 10_000 % 900 + 100} {key % 10_000:04d},"
            f"Company {key % COMPANIES},Lead,Manager,Oslo,Fair\n"
        )
        file.write(line.encode())


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
