"""What a figure costs by the planner's reckoning, and figures from a part of a table where the whole is too dear.

The sample is the same each time, so that figures stand still; the cost is bounded whatever the workspace holds.
"""

import json
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql.datastructures import BaseTable
from typing_extensions import override

from autocrm.kernel.jobs import JobRun, enqueue
from autocrm.kernel.tenancy import current_database
from autocrm.records.registry import RecordType

# Up to so much work, in the planner's own units, something is read in full while somebody waits.
DEAREST_PLAN = 20_000.0
# The planner may be wrong by a factor; by this one it hardly is.
SURELY_MORE = 3
# Beyond that, so many rows of the table are looked at; the same ones each time, so that figures stand still.
SAMPLE_ROWS = 40_000
# So many changed records at once make estimates wrong enough to be seen.
MANY = 5_000
REFRESH_JOB = "records.refresh_statistics"


def refresh_after(record_type: RecordType, changed: int) -> None:
    """Have the planner look at the records again, once the caller's transaction is committed, where many changed.

    The database does that by itself some minutes later; until then what is said to be "about" would be as before.
    """
    if changed >= MANY:
        enqueue(REFRESH_JOB, {"table": record_type.model._meta.db_table}, dedup_key=f"{REFRESH_JOB}:{record_type.key}")


def refresh(run: JobRun) -> dict[str, Any]:
    """The handler of REFRESH_JOB. A second or less, whatever the table holds: a fixed number of rows is looked at."""
    table = str(run.payload["table"])
    with connections[current_database()].cursor() as cursor:
        cursor.execute("SELECT records_refresh_statistics(%s)", [table])
    return {"table": table}


def is_dear(found: QuerySet[Any], most: float | None = None) -> bool:
    """Whether the planner reckons that finding these records takes longer than a page may; `most` in its own units."""
    try:
        query = found.query.sql_with_params()
    except EmptyResultSet:
        return False
    with connections[found.db].cursor() as cursor:
        return plan_cost(cursor, query) > (DEAREST_PLAN if most is None else most)


def plan_cost(cursor: Any, inner: tuple[str, tuple[Any, ...]]) -> float:
    """The planner's reckoning of the whole query, in its own units."""
    return float(_plan(cursor, inner)["Total Cost"])


def planned_rows(found: QuerySet[Any]) -> int:
    """How many records the planner reckons with. Raises EmptyResultSet."""
    with connections[found.db].cursor() as cursor:
        return int(_plan(cursor, found.query.sql_with_params())["Plan Rows"])


def is_worth_trying(cursor: Any, bounded: tuple[str, tuple[Any, ...]], most: int) -> bool:
    """Whether `most` rows can be looked at in time and, as the planner reckons, there are not several times as many.

    `bounded` stops behind that many; where there are far more its work would be thrown away.
    """
    plan = _plan(cursor, bounded)
    behind = plan["Plans"][0]["Plan Rows"] if plan["Node Type"] == "Limit" else plan["Plan Rows"]
    return float(plan["Total Cost"]) <= DEAREST_PLAN and behind <= most * SURELY_MORE


def _plan(cursor: Any, inner: tuple[str, tuple[Any, ...]]) -> dict[str, Any]:
    sql, params = inner
    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
    plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    found: dict[str, Any] = plan[0]["Plan"]
    return found


def share_to_look_at(cursor: Any, table: str) -> float:
    """Which part of the table holds SAMPLE_ROWS rows, as far as the database knows how many it has."""
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [f'"{table}"'])
    rows = max(float(cursor.fetchone()[0]), SAMPLE_ROWS)
    return SAMPLE_ROWS / rows


class _SampledTable(BaseTable):
    """The table of a query, read in part: whole pages picked by chance, the same ones each time."""

    share = 1.0

    @override
    def as_sql(self, compiler: Any, connection: Any) -> Any:
        sql, params = super().as_sql(compiler, connection)
        return f"{sql} TABLESAMPLE SYSTEM (%s) REPEATABLE (1)", [*params, self.share * 100]


def sampled(found: QuerySet[Any], share: float) -> QuerySet[Any]:
    """The query over a part of its table."""
    part = found.all()
    alias = part.query.get_initial_alias()
    assert alias is not None  # noqa: S101 - a query on a model has a table
    table = _SampledTable(part.query.alias_map[alias].table_name, alias)
    table.share = share
    part.query.alias_map[alias] = table
    return part


def in_part(found: QuerySet[Any]) -> tuple[QuerySet[Any], float]:
    """The query over as much of its table as is looked at, and which share that is."""
    with connections[found.db].cursor() as cursor:
        share = share_to_look_at(cursor, found.model._meta.db_table)
    return sampled(found, share), share


def scaled(figure: int | Decimal | None, share: float) -> int | None:
    """A figure of the sample for the whole table, to three digits: more would only look exact."""
    if figure is None:
        return None
    whole = float(figure) / share
    return int(float(f"{whole:.3g}"))
