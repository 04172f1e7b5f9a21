"""What requests cost in processor time, beside the same SQL by hand on the same kind of connection; see README.md."""

import argparse
from collections.abc import Sequence
from datetime import timedelta

from django.db import connections, transaction

from autocrm.kernel.actors import Actor
from autocrm.kernel.clock import now
from autocrm.kernel.tenancy import tenant_scope
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import find_tenant_by_subdomain
from autocrm.users.models import Membership
from autocrm.users.services.tokens import create_token
from bench.asking import Asker, Hand
from bench.cases import Case, make_cases
from bench.importing import KNOWN, ROWS, copy_by_hand, import_file
from bench.measure import Cost, measure

# The workspaces that `generate` made, by what they are called here.
SCALES = {"100k": "bench100k", "1m": "bench"}
IMPORTS = 3
_HEAD = f"{'':46}{'app':>8}{'database':>10}{'together':>10}{'by hand':>9}{'ratio':>7}{'budget':>8}"


def main(arguments: Sequence[str]) -> int:
    """Print a table for each scale; the budget is shown and judges nothing."""
    parser = argparse.ArgumentParser(prog="python -m bench run", description=__doc__)
    parser.add_argument("--scale", choices=SCALES, action="append", help="default: those that are loaded")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--runs", type=int, default=30)
    options = parser.parse_args(arguments)
    loaded = {scale: tenant for scale, name in SCALES.items() if (tenant := find_tenant_by_subdomain(name))}
    for scale in options.scale or loaded:
        if scale not in loaded:
            print(f"Nothing is loaded for {scale}: python -m bench generate --name {SCALES[scale]} ...")
            return 2
        run(scale, loaded[scale], options.only, options.runs)
    return 0


def run(scale: str, tenant: Tenant, only: str, runs: int) -> None:
    """Measure one workspace."""
    hand = Hand(tenant.id)
    asker = Asker(make_token(tenant))
    print(f"\n{scale}: milliseconds of processor time, median of {runs}\n{_HEAD}")
    cases = make_cases(tenant, asker, hand)
    workers = _parallel_workers()
    for case in cases:
        if only in case.name:
            ours = measure(case.ask, backend=asker.backend, runs=runs)
            theirs = measure(case.by_hand, backend=hand.backend, runs=runs)
            print(_row(case, ours, theirs), flush=True)
    if only in "import":
        for _time in range(IMPORTS):
            print(f"import of {ROWS:,}, 1 in {KNOWN} known: {import_file(tenant, asker)}")
        print(f"the same by hand: {copy_by_hand(tenant, hand)}")
    if launched := _parallel_workers() - workers:
        print(f"{launched} parallel workers ran, whose time is not counted above")
    hand.close()


def _row(case: Case, ours: Cost, theirs: Cost) -> str:
    budget = "" if case.budget_ms is None else f"{case.budget_ms:g}"
    return (
        f"{case.name[:45]:46}{ours.app:8.2f}{ours.database:10.2f}{ours.total:10.2f}"
        f"{theirs.total:9.2f}{ours.total / theirs.total:7.1f}{budget:>8}"
    )


def make_token(tenant: Tenant) -> str:
    """A token of the workspace's owner."""
    with tenant_scope(tenant), transaction.atomic():
        owner = Membership.objects.filter(role__everything=True).first()
        expires = now() + timedelta(days=1)
        made = create_token(
            name="bench", expires_at=expires, user_id=owner.user_id, actor=Actor.system(tenant.id, "bench")
        )
        return made.secret


def _parallel_workers() -> int:
    """How many parallel workers this database has started so far; PostgreSQL 18 counts them."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT sum(parallel_workers_launched) FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0] or 0)
