"""Behind a real PgBouncer in transaction mode: many clients on two server connections, and tenants never meet.

The pin of the tenant lives in the transaction and ends with it. What would happen otherwise is shown as well, so that
these tests are known to look in the right place.
"""

import getpass
import os
import socket
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from django.db import connections, transaction

from autocrm.config.cli.machine_parts import MACHINE_PARTS
from autocrm.config.supervisor.preflight import free_port
from autocrm.kernel.rls import TENANT_SETTING
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.tests.scratch import Book, scratch_database
from tests.faults.processes import wait_until
from tests.support import database
from tests.support.cast import Person
from tests.support.plugin import DATABASE

pytestmark = [pytest.mark.pgbouncer, pytest.mark.xdist_group("pgbouncer")]

SERVER_CONNECTIONS = 2
THREADS = 8
TENANTS = range(100, 130)
VISITS = 600
# PgBouncer refuses to run as root.
ACCOUNT = "nobody" if os.geteuid() == 0 else getpass.getuser()
CONFIGURATION = """
[databases]
* = host={host} port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 200
auth_type = trust
auth_file = {folder}/users.txt
logfile = {folder}/pgbouncer.log
"""


@dataclass
class Bouncer:
    port: int
    log: Path

    def url(self, name: str) -> str:
        return f"postgresql://autocrm_app@127.0.0.1:{self.port}/{name}"

    @contextmanager
    def alias(self, alias: str, name: str, *, pool: bool) -> Iterator[str]:
        """A Django connection of that name that leads through PgBouncer."""
        place = {"NAME": name, "HOST": "127.0.0.1", "PORT": str(self.port)}
        extra = {"OPTIONS": {"pool": {"min_size": 1, "max_size": 4}}, "CONN_MAX_AGE": 0} if pool else {}
        former = connections.databases.get(alias)
        base = connections.databases["default"] | {"TENANT_GUARD": True, "ATOMIC_REQUESTS": alias == "default"}
        connections[alias].close() if former else None
        connections.databases[alias] = base | place | extra
        forget(alias)
        try:
            yield alias
        finally:
            connections[alias].close()
            if pool:
                connections[alias].close_pool()
            forget(alias)
            del connections.databases[alias]
            if former:
                connections.databases[alias] = former


def forget(alias: str) -> None:
    """Let this thread connect anew with the settings as they are."""
    if alias in {connection.alias for connection in connections.all(initialized_only=True)}:
        del connections[alias]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def bouncer(django_db_setup: None) -> Iterator[Bouncer]:
    program = next(part.find() for part in MACHINE_PARTS if part.marker == "pgbouncer")
    if not program:
        pytest.skip("PgBouncer is missing")
    place, port = database.place("app", DATABASE), free_port("127.0.0.1")
    with TemporaryDirectory(prefix="autocrm-pgbouncer-") as name:
        folder = Path(name)
        folder.chmod(0o777)
        settings = {"host": place["HOST"], "server_port": place["PORT"] or "5432", "size": SERVER_CONNECTIONS}
        (folder / "pgbouncer.ini").write_text(CONFIGURATION.format(port=port, folder=folder, **settings))
        (folder / "users.txt").write_text('"autocrm_app" ""\n')
        process = subprocess.Popen([program, "-q", str(folder / "pgbouncer.ini")], user=ACCOUNT)
        try:
            wait_until(lambda: listens(port), seconds=10, what="PgBouncer to listen")
            yield Bouncer(port, folder / "pgbouncer.log")
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture(scope="module")
def scratch(django_db_setup: None) -> Iterator[str]:
    name = f"autocrm_bounced_{os.getpid()}"
    with scratch_database(name):
        yield name


@dataclass
class Visit:
    tenant: int
    server: int
    seen: set[str]


def visit(alias: str, number: int) -> Visit:
    """Write a book and read all there are; every seventh visit is rolled back at the end."""
    tenant = TENANTS[number % len(TENANTS)]
    found = Visit(tenant, 0, set())
    try:
        with tenant_scope(tenant), transaction.atomic(using=alias):
            Book.objects.using(alias).create(isbn=f"{tenant}-{number}")
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                found.server = cursor.fetchone()[0]
            found.seen = {isbn.split("-")[0] for isbn in Book.objects.using(alias).values_list("isbn", flat=True)}
            transaction.set_rollback(number % 7 == 0, using=alias)
    finally:
        connections[alias].close()
    return found


@pytest.mark.parametrize("pool", [False, True], ids=["plain", "psycopg's pool"])
def test_concurrent_work_of_many_tenants_never_meets(bouncer: Bouncer, scratch: str, *, pool: bool) -> None:
    with bouncer.alias(f"bounced_{pool}", scratch, pool=pool) as alias:
        with ThreadPoolExecutor(THREADS) as threads:
            visits = list(threads.map(lambda number: visit(alias, number), range(VISITS)))
        kept = {}
        for tenant in TENANTS:
            with tenant_scope(tenant), transaction.atomic(using=alias):
                kept[tenant] = Book.objects.using(alias).count()
                Book.objects.using(alias).all().delete()

    assert [each for each in visits if each.seen != {str(each.tenant)}] == []
    assert sum(kept.values()) == VISITS - len(range(0, VISITS, 7))
    served = defaultdict(set)
    for each in visits:
        served[each.server].add(each.tenant)
    assert len(served) <= SERVER_CONNECTIONS, served
    # Each server connection went from tenant to tenant, which is what the proof is about.
    assert all(len(tenants) > len(TENANTS) / 2 for tenants in served.values())


def test_a_setting_of_the_session_would_be_seen_by_the_next_client(bouncer: Bouncer, scratch: str) -> None:
    with psycopg.connect(bouncer.url(scratch), autocommit=True) as careless:
        careless.execute("SELECT set_config(%s, '7', false)", [TENANT_SETTING])

    def sees() -> str:
        with psycopg.connect(bouncer.url(scratch), autocommit=True) as other:
            row = other.execute("SELECT current_setting(%s, true)", [TENANT_SETTING]).fetchone()
        return str(row and row[0])

    assert "7" in [sees() for _ in range(4 * SERVER_CONNECTIONS)]
    with psycopg.connect(database.admin_url(), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [scratch])


def test_requests_of_two_workspaces_take_turns(bouncer: Bouncer, alice: Person, charlie: Person) -> None:
    people = [alice.api, charlie.api]
    with bouncer.alias("default", DATABASE, pool=False):
        for number in range(40):
            answer = people[number % 2].post("/api/v1/contacts/", {"last_name": f"{number % 2} {number}"})
            assert answer.status_code == 201, answer.content
        names = [[row["name"] for row in api.get("/api/v1/contacts/?limit=100").json()["results"]] for api in people]

    assert [len(found) for found in names] == [20, 20]
    assert [{name[0] for name in found} for found in names] == [{"0"}, {"1"}]
