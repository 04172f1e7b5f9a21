"""What `doctor` asks: each app registers checks of its own from `ready()`, each answers with findings and remedies."""

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from autocrm.kernel.registry import Registry


class Level(enum.Enum):
    """How bad a finding is; only a PROBLEM makes `doctor` fail."""

    FINE = "fine"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line for an operator, and what to do about it. Plain English: it is read in terminals and bug reports."""

    level: Level
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class DoctorCheck:
    """A named question about the running installation; `run` reads only, and may raise: that is a finding as well."""

    name: str
    run: Callable[[], Iterable[Finding]]


doctor_checks: Registry[DoctorCheck] = Registry("doctor checks", DoctorCheck)


def register_check(name: str, run: Callable[[], Iterable[Finding]]) -> None:
    """Add a check; they run in order of registration, low floors first."""
    doctor_checks.register(name, DoctorCheck(name, run))


def fine(text: str) -> Finding:
    """Looked at and in order."""
    return Finding(Level.FINE, text)


def warning(text: str, remedy: str) -> Finding:
    """Works, but not as well as it should."""
    return Finding(Level.WARNING, text, remedy)


def problem(text: str, remedy: str) -> Finding:
    """Broken or unsafe."""
    return Finding(Level.PROBLEM, text, remedy)


def findings_of(check: DoctorCheck) -> list[Finding]:
    """Run one check; a check that breaks down has found something."""
    try:
        return list(check.run())
    except Exception as error:  # noqa: BLE001 - whatever it is, the operator has to see it beside the others
        return [problem(f"the check itself failed: {error.__class__.__name__}: {error}", "Look at this first.")]
