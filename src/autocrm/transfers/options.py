"""How a file is to be imported: what happens to records that exist, and how numbers and dates are written."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django.utils.translation import gettext as _

from autocrm.kernel.errors import Invalid
from autocrm.transfers.models import Match

_TRUE = frozenset({True, "true", "1", "yes", "on"})
_FALSE = frozenset({False, "false", "0", "no", "off", ""})


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may choose.

    `match`           what happens to a row whose record exists already.
    `create_related`  make the companies and other records that a row names and that are not there.
    `run_workflows`   let automation see the imported records as if they had been typed in.
    `formats`         column -> "." or "," (decimal sign) or "ymd", "dmy", "mdy" (order of dates).
    """

    match: str = Match.SKIP.value
    create_related: bool = True
    run_workflows: bool = False
    formats: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        """Options from input; what is not given keeps its default. Raises Invalid naming the option."""
        match = str(raw.get("match", cls().match) or cls().match)
        if match not in Match.values:
            known = ", ".join(Match.values)
            raise Invalid(fields={"match": [_("This is none of: %(known)s.") % {"known": known}]})
        formats = raw.get("formats", {})
        if not isinstance(formats, Mapping):
            raise Invalid(fields={"formats": [_("This is not a mapping of columns.")]})
        return cls(
            match=match,
            create_related=_flag(raw, "create_related", default=True),
            run_workflows=_flag(raw, "run_workflows", default=False),
            formats={str(name): str(value) for name, value in formats.items()},
        )

    def as_dict(self) -> dict[str, Any]:
        """What is kept in the row."""
        return asdict(self)


def _flag(raw: Mapping[str, Any], name: str, *, default: bool) -> bool:
    value = raw.get(name, default)
    word = value.lower() if isinstance(value, str) else value
    if isinstance(word, bool | str):
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    raise Invalid(fields={name: [_("This is neither yes nor no.")]})
