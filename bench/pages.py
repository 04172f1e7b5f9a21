"""What pages of a large workspace take by the clock: every order, comparison, group and figure that a list offers.

The product's own WSGI application in this process, signed in with a session as the workspace's owner. Each address is
asked `--runs` times; printed is the median, all that took longer than `--over` milliseconds first.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db import connections, transaction
from django.test import Client

from autocrm.contacts.record_types import COMPANY_TYPE, CONTACT_TYPE
from autocrm.kernel.conditions.operators import LIST_SHAPES, Shape, shape_of
from autocrm.kernel.field_kinds import OPERATORS, TRIGGER_OPERATORS, FieldKind
from autocrm.kernel.tenancy import tenant_scope
from autocrm.records.fields import Field
from autocrm.records.hops import list_hops
from autocrm.records.listing import Sort, encode_cursor
from autocrm.records.lists.grouping import can_group_by, can_sum
from autocrm.records.orders import ordered_by
from autocrm.records.registry import RecordType
from autocrm.records.schema import RecordSchema
from autocrm.tenants.models import Tenant
from autocrm.tenants.selectors import find_tenant_by_subdomain
from autocrm.users.models import Membership
from autocrm.users.selectors import build_actor
from bench.measure import busy_ns

HTMX = {"HTTP_HX_REQUEST": "true"}
DEEP = 50_000
ELSEWHERE = (
    "/", "/today/", "/bulk/", "/bin/", "/palette/?q=mar", "/palette/?q=nora.feld", "/pick/user/?q=a",
    "/pick/company/?q=med", "/settings/data-model/", "/settings/data-model/contacts/",
)  # fmt: skip
OF_A_LIST = (
    "", "count/", "sums/?sums=", "filter/", "new/", "?q=manager", "?q=mar", "count/?q=mar", "count/?view=mine",
    "?view=mine", "duplicates-found/", "?layout=board", "?layout=calendar", "?layout=calendar&on=created_at",
)  # fmt: skip
# Orders by several keys: few values and many, those that go together and those that do not, with and without a filter.
SEVERAL = (
    "type,name", "-type,-last_contact_at", "country,city", "city,country,postal_code", "owner,-engagement_score",
    "type,city,name", "last_name,first_name", "-next_follow_up_on,owner", "source,title,-created_at",
)  # fmt: skip
RARE = ("city__contains=Atlantis", "title__matches=%5EMa.%2An%24", "description__contains=nobody+wrote+this")
_WHOLE = {
    FieldKind.EMAIL: "mar@bench.example", FieldKind.PHONE: "+12125550100", FieldKind.URL: "https://bench.example",
}  # fmt: skip
_VALUES = {
    Shape.NONE: "", Shape.TEXT: "Mar", Shape.TEXTS: "Oslo,Bergen", Shape.PATTERN: "^Ma.*n$", Shape.NUMBER: "50",
    Shape.NUMBERS: "40,60", Shape.BOOLEAN: "true", Shape.DAY: "2026-06-30", Shape.MOMENT: "2026-06-30",
    Shape.MOMENTS: "2026-03-01,2026-03-31", Shape.UNIT: "month", Shape.SPAN: "30d", Shape.ANNIVERSARY: "30d",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Timing:
    """One address: milliseconds by the clock, of the app's processor and of the database's."""

    name: str
    clock: float
    app: float
    database: float


def main(arguments: Sequence[str]) -> int:
    """Ask everything and print it, the slowest first."""
    parser = argparse.ArgumentParser(prog="python -m bench pages", description=__doc__)
    parser.add_argument("--name", default="bench", help="subdomain of the workspace")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--over", type=float, default=300)
    parser.add_argument("--only", default="", help="addresses that contain this")
    options = parser.parse_args(arguments)
    tenant = find_tenant_by_subdomain(options.name)
    if tenant is None:
        print(f"There is no workspace {options.name!r}: python -m bench generate")
        return 2
    with tenant_scope(tenant), transaction.atomic():
        owner = Membership.objects.filter(role__everything=True).select_related("user").first()
        addresses = [each for each in _addresses(tenant, owner.user) if options.only in each]
    client = Client(HTTP_HOST=f"{tenant.subdomain}.localhost")
    client.force_login(owner.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    timings = []
    for address in addresses:
        timings.append(_time(client, address, options.runs))
        if timings[-1].clock > options.over:
            print(_row(timings[-1]), file=sys.stderr, flush=True)
    timings.sort(key=lambda each: -each.clock)
    slow = [each for each in timings if each.clock > options.over]
    print(f"{'':90}{'clock':>8}{'app':>8}{'database':>10}   milliseconds, median of {options.runs}")
    for each in timings if options.only else [*slow, *timings[len(slow) : len(slow) + 25]]:
        print(_row(each))
    half = statistics.median(each.clock for each in timings)
    print(f"{len(timings)} addresses, {len(slow)} over {options.over:g} ms; median {half:.0f} ms")
    return 0


def _row(each: Timing) -> str:
    return f"{each.name[:89]:90}{each.clock:8.0f}{each.app:8.0f}{each.database:10.0f}"


def _time(client: Client, address: str, runs: int) -> Timing:
    samples = []
    for _run in range(runs):
        pid = connections["default"].connection.info.backend_pid if connections["default"].connection else 0
        before = busy_ns(pid) if pid else 0
        clock, used = time.perf_counter(), time.process_time()
        response = client.get(address, **HTMX)
        response.getvalue()
        samples.append(
            (time.perf_counter() - clock, time.process_time() - used, (busy_ns(pid) - before) / 1e9 if pid else 0)
        )
        assert response.status_code < 500, f"{address}: {response.status_code} {response.content[:300]!r}"
    name = address if response.status_code < 400 else f"{address} ({response.status_code})"
    return Timing(name, *(1000 * statistics.median(column) for column in zip(*samples, strict=True)))


def _addresses(tenant: Tenant, user: Any) -> Iterator[str]:
    actor = build_actor(user, tenant)
    for record_type in (CONTACT_TYPE, COMPANY_TYPE):
        schema = RecordSchema(record_type, actor)
        yield from (f"/{record_type.plural}/{each}" for each in _of_type(record_type, schema))
    yield from (f"/contacts/?sort={each}{more}" for each in SEVERAL for more in ("", "&view=mine", f"&{RARE[0]}"))
    aside = ("&looked=1", "&layout=board", "&layout=calendar")
    yield from (f"/contacts/?{each}{more}" for each in RARE for more in aside)
    yield from ELSEWHERE


def _of_type(record_type: RecordType, schema: RecordSchema) -> Iterator[str]:
    readable = [field for field in record_type.fields if schema.can_read(field)]
    yield from OF_A_LIST
    yield from _depths(record_type)
    yield from _orders(readable, schema)
    for field in (*readable, *list_hops(schema)):
        if can_group_by(field, schema):
            yield f"?group={field.key}"
            yield f"?group={field.key}&view=mine"
    for field in readable:
        if can_sum(field):
            yield "sums/?" + urlencode({"sums": f"{field.key}:sum"})
    for field in readable:
        for query in _comparisons(field):
            yield f"?{query}"
            yield f"count/?{query}"
    live = record_type.model._default_manager.filter(archived_at=None).order_by("-created_at", "-id")
    for record in live[4_000:4_001]:
        yield from (f"{record.pk}/{part}" for part in ("", "peek/", "beside/", "access/", "panels/history/"))
        yield from (f"{record.pk}/beside/?sort={field.key}" for field in readable if field.sortable)


def _orders(readable: Sequence[Field], schema: RecordSchema) -> Iterator[str]:
    for field in (*readable, *list_hops(schema)):
        if ordered_by(field, schema) is not None:
            yield f"?sort={field.key}"
            yield f"?sort=-{field.key}"
            yield f"?sort=-{field.key}&view=mine"


def _depths(record_type: RecordType) -> Iterator[str]:
    newest = (Sort(record_type.by_key["created_at"], descending=True),)
    live = record_type.model._default_manager.filter(archived_at=None).order_by("-created_at", "-id")
    for depth in (DEEP, 10 * DEEP):
        for record in live[depth : depth + 1]:
            yield "?" + urlencode({"cursor": encode_cursor(record, newest), "part": "rows"})


def _comparisons(field: Field) -> Iterator[str]:
    if not field.filterable:
        return
    for operator in OPERATORS[field.kind]:
        if operator in TRIGGER_OPERATORS:
            continue
        shape = shape_of(field.kind, operator)
        value = _value(field, shape)
        if value is not None:
            yield urlencode({f"{field.key}__{operator}": value})


def _value(field: Field, shape: Shape) -> str | None:
    if shape in {Shape.CHOICE, Shape.CHOICES}:
        options = [option.value for option in field.options]
        return ",".join(options[:2] if shape in LIST_SHAPES else options[:1]) or None
    return _WHOLE.get(field.kind, _VALUES[shape]) if shape in {Shape.TEXT, Shape.TEXTS} else _VALUES.get(shape)
