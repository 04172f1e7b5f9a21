"""The catalogue guard: what in this database would let one tenant see, touch or detect another.

A test, a start-up check and part of `doctor`. It reads only the catalogues, so it finds a hole whatever code made it:
an unprotected table or partition, a policy that is not the canonical one, a key without the tenant, a view that runs
as its owner, a right or role attribute that steps round row-level security, an unknown SECURITY DEFINER function.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autocrm.kernel.rls import CANONICAL_POLICY

# Functions the app role may call with more rights than its own; each takes the tenant from the pinned setting, or
# answers nothing at all.
ALLOWED_DEFINER_FUNCTIONS = frozenset({"records_search", "records_search_alike", "records_refresh_statistics"})
_GUARD = Path(__file__).with_name("sql") / "guard.sql"


@dataclass(frozen=True, slots=True)
class Hole:
    """One way past the wall: the rule that is broken and the object that breaks it."""

    rule: str
    name: str


def find_holes(cursor: Any, role: str) -> list[Hole]:
    """Every hole in the current database for the app role `role`; empty means tenants are kept apart."""
    parameters = {"role": role, "policy": CANONICAL_POLICY, "allowed": sorted(ALLOWED_DEFINER_FUNCTIONS)}
    cursor.execute(_GUARD.read_text(encoding="utf-8"), parameters)
    return [Hole(rule, name) for rule, name in cursor.fetchall()]


def describe(holes: Iterable[Hole]) -> str:
    """The holes as lines for a person."""
    return "\n".join(f"{hole.rule}: {hole.name}" for hole in holes)
