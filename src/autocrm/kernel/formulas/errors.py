"""What is wrong with a formula, in plain words and where."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from autocrm.kernel.errors import Invalid, Text
from autocrm.kernel.formulas.tree import Place

MOST_FAULTS = 10


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake; lines and columns count from 1."""

    line: int
    column: int
    message: str

    def __str__(self) -> str:
        place = {"line": self.line, "column": self.column, "message": self.message}
        return _("Line %(line)d, column %(column)d: %(message)s") % place


class FormulaError(Invalid):
    """A formula that cannot be used; `faults` say what to mend."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults[:MOST_FAULTS])
        super().__init__(
            _("The formula is not right."), fields={"formula": [str(each) for each in self.faults]}, code="formula"
        )


def fault_at(place: Place, message: Text) -> Fault:
    """A mistake at a place of the source."""
    return Fault(place[0], place[1], str(message))
