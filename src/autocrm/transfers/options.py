"""How a file is to be imported: what happens to records that exist, and how numbers and dates are written."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autocrm.kernel.errors import Invalid
from autocrm.records.registry import RecordType
from autocrm.transfers.models import Match

_TRUE = frozenset({True, "true", "1", "yes", "on"})
_FALSE = frozenset({False, "false", "0", "no", "off", ""})

DECIMAL_SIGNS = (".", ",")
DATE_ORDERS = ("ymd", "dmy", "mdy")
# The match key that means: by none, every row becomes a record.
NO_KEY = "-"
_OF_ONE_FILE = frozenset({"formats", "grown"})


class Owners(models.TextChoices):
    """Whose a record becomes when the file names somebody who is not here."""

    MINE = "mine", gettext_lazy("It becomes mine")
    PLACEHOLDER = "placeholder", gettext_lazy("A placeholder stands for them until they are invited")


class Alike(models.TextChoices):
    """What happens to a row that has no record, but looks like one that exists."""

    CREATE = "create", gettext_lazy("Add it all the same")
    SKIP = "skip", gettext_lazy("Leave the row out")
    LINK = "link", gettext_lazy("Take it for the one that exists")


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may choose.

    `match`           what happens to a row whose record exists already.
    `match_by`        the field records are found by: "" the type's own keys, NO_KEY none.
    `alike`           what happens to a row without a record that looks like one that exists.
    `owners`          whose a record becomes when its owner is not here.
    `create_related`  make the companies and other records that a row names and that are not there.
    `create_options`  add choices that a select does not have yet.
    `run_workflows`   let automation see the imported records as if they had been typed in.
    `decimal`, `dates` how numbers and dates are written throughout the file; "" as recognised, column by column.
    `values`          column -> word -> the choice of a select that it means.
    `grown`           columns of choices whose field comes along with this file: whatever they name is added.
    `formats`         column -> "." or "," (decimal sign) or "ymd", "dmy", "mdy" (order of dates), as recognised.
    """

    match: str = Match.SKIP.value
    match_by: str = ""
    alike: str = Alike.CREATE.value
    owners: str = Owners.MINE.value
    create_related: bool = True
    create_options: bool = False
    run_workflows: bool = False
    decimal: str = ""
    dates: str = ""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    grown: tuple[str, ...] = ()
    formats: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        """Options from input; what is not given keeps its default. Raises Invalid naming the option."""
        formats = raw.get("formats", {})
        if not isinstance(formats, Mapping):
            raise Invalid(fields={"formats": [_("This is not a mapping of columns.")]})
        return cls(
            match=_choice(raw, "match", Match.values, Match.SKIP.value),
            match_by=str(raw.get("match_by") or "")[:60],
            alike=_choice(raw, "alike", Alike.values, Alike.CREATE.value),
            owners=_choice(raw, "owners", Owners.values, Owners.MINE.value),
            create_related=_flag(raw, "create_related", default=True),
            create_options=_flag(raw, "create_options", default=False),
            run_workflows=_flag(raw, "run_workflows", default=False),
            decimal=_choice(raw, "decimal", ["", *DECIMAL_SIGNS], ""),
            dates=_choice(raw, "dates", ["", *DATE_ORDERS], ""),
            values=_meanings(raw.get("values", {})),
            grown=tuple(map(str, raw.get("grown", ()))),
            formats={str(name): str(value) for name, value in formats.items()},
        )

    def as_dict(self) -> dict[str, Any]:
        """What is kept in the row."""
        return asdict(self)

    def as_choices(self) -> dict[str, Any]:
        """What is worth keeping for other files: everything but what was recognised in this one."""
        return {name: value for name, value in asdict(self).items() if name not in _OF_ONE_FILE}

    def adds_choices(self, column: str) -> bool:
        """Whether what a column names becomes a choice of its field, as far as that is open for more."""
        return self.create_options or column in self.grown

    def form_of(self, column: str) -> str:
        """How the numbers or dates of a column are written: as chosen, else as recognised."""
        form = self.formats.get(column, "")
        if form in DECIMAL_SIGNS:
            return self.decimal or form
        return self.dates or form if form in DATE_ORDERS else form


@dataclass(frozen=True, slots=True)
class Job:
    """What is imported, and how."""

    record_type: RecordType
    columns: Sequence[str]
    mapping: Mapping[str, str]
    options: Options
    data: Mapping[str, Any] = field(default_factory=dict)
    begun_at: datetime | None = None


def _meanings(raw: Any) -> dict[str, dict[str, str]]:
    if not isinstance(raw, Mapping) or not all(isinstance(words, Mapping) for words in raw.values()):
        raise Invalid(fields={"values": [_("This is not a mapping of columns.")]})
    return {str(column): {str(word): str(choice) for word, choice in words.items()} for column, words in raw.items()}


def _choice(raw: Mapping[str, Any], name: str, known: list[str], default: str) -> str:
    value = str(raw.get(name, default) or default)
    if value not in known:
        said = ", ".join(filter(None, known))
        raise Invalid(fields={name: [_("This is none of: %(known)s.") % {"known": said}]})
    return value


def _flag(raw: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = raw.get(name, default)
    word = value.lower() if isinstance(value, str) else value
    if isinstance(word, bool | str):
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    raise Invalid(fields={name: [_("This is neither yes nor no.")]})
