"""One large import, as somebody would start it: processor time of app and database a row, rows a second, memory."""

import argparse
import cProfile
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from django.db import transaction

from autocrm.contacts.record_types import CONTACT_TYPE
from autocrm.jobs import services as jobs
from autocrm.kernel.ids import new_id
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import find_tenant_by_subdomain
from autocrm.transfers.models import Import, ImportState
from autocrm.transfers.services import runs, uploads
from autocrm.users.models import Membership, User
from autocrm.users.selectors import build_actor
from autocrm.users.services import workspaces
from bench.asking import Asker
from bench.measure import busy_ns

_HEAD = "First name,Last name,E-mail,Phone,Company,Type,Job title,City,Source\n"
COMPANIES = 5_000


def main(arguments: Sequence[str]) -> int:
    """Import so many rows, one in ten of which repeats an earlier one, into a new workspace or one that is there."""
    parser = argparse.ArgumentParser(prog="python -m bench large", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--into", default="", help="subdomain of a workspace that `generate` made (default: a new one)")
    parser.add_argument("--file", default="", help="a file of contacts of your own instead of made rows")
    parser.add_argument("--profile", default="", help="file for the figures of cProfile, which itself costs time")
    options = parser.parse_args(arguments)
    mark = new_id().hex[-10:]
    tenant, owner = _workspace(options.into, mark)
    actor = build_actor(owner, tenant)
    with tempfile.TemporaryFile() as file:
        if options.file:
            file.write(Path(options.file).read_bytes())
        else:
            _write(file, options.rows, mark)
        before = _memory()
        with tenant_scope(tenant), transaction.atomic():
            batch = uploads.upload_file(CONTACT_TYPE, file, filename="large.csv", actor=actor)
            runs.start_import(batch.id, actor=actor)
            batch.refresh_from_db()
        backend = Asker.backend()
        clock, used, database = time.perf_counter(), time.process_time(), busy_ns(backend)
        with cProfile.Profile(time.thread_time) if options.profile else _Nothing() as profile:
            jobs.run_one(batch.job_id, tenant.id)
        assert Asker.backend() == backend, "the connection was made anew"
        seconds, used, database = (
            time.perf_counter() - clock,
            time.process_time() - used,
            (busy_ns(backend) - database) / 1e9,
        )
    if options.profile:
        profile.dump_stats(options.profile)
    with tenant_scope(tenant), transaction.atomic():
        done = Import.objects.get(id=batch.id)
    assert done.state == ImportState.DONE, done.error
    rows = done.done_rows
    print(
        f"{rows:,} rows, {done.skipped:,} of them known; {seconds:.0f} s, {rows / seconds:,.0f} a second; "
        f"processor time a row: app {1e6 * used / rows:.0f} µs, database {1e6 * database / rows:.0f} µs; "
        f"memory {before} MB before, {_memory()} MB at most"
    )
    return 0


class _Nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *error: object) -> None: ...


def _workspace(into: str, mark: str) -> tuple[Tenant, User]:
    if into:
        tenant = find_tenant_by_subdomain(into)
        assert tenant is not None, f"there is no workspace {into!r}"
        with tenant_scope(tenant), transaction.atomic():
            owner = Membership.objects.filter(role__everything=True).select_related("user").first()
            return tenant, owner.user
    owner = User.objects.create(email=f"{mark}@bench.example", name="Bench", password="!")  # noqa: S106
    return workspaces.create_workspace(name=f"Bench {mark}", subdomain=f"bench-{mark}", owner=owner), owner


def _write(file: IO[bytes], rows: int, mark: str) -> None:
    file.write(_HEAD.encode())
    for number in range(rows):
        key = number - 7 if number % 10 == 9 else number
        line = (
            f"Nora{key},Berg{key % 9973},nora{key}.{mark}@bench.example,"
            f"+1 212 {key // 10_000 % 900 + 100} {key % 10_000:04d},"
            f"Company {key % COMPANIES},Lead,Manager,Oslo,Fair\n"
        )
        file.write(line.encode())


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
