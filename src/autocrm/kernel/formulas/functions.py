"""Every function of the language, by name, and the words people use for them elsewhere."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.errors import Text
from autocrm.kernel.formulas.date_functions import DATE_FUNCTIONS
from autocrm.kernel.formulas.function import Function
from autocrm.kernel.formulas.logic_functions import LOGIC_FUNCTIONS
from autocrm.kernel.formulas.number_functions import NUMBER_FUNCTIONS
from autocrm.kernel.formulas.text_functions import TEXT_FUNCTIONS

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {each.name: each for each in (*LOGIC_FUNCTIONS, *NUMBER_FUNCTIONS, *TEXT_FUNCTIONS, *DATE_FUNCTIONS)}
)
GROUPS: Mapping[str, Text] = MappingProxyType(
    {"logic": _("Choosing"), "number": _("Numbers"), "text": _("Texts"), "date": _("Days and times")}
)
# What other products call them.
_ELSEWHERE = {
    "default": "coalesce",
    "ifnull": "coalesce",
    "nvl": "coalesce",
    "blankvalue": "coalesce",
    "isblank": "is_empty",
    "isempty": "is_empty",
    "ifs": "case",
    "iif": "if",
    "length": "len",
    "concatenate": "concat",
    "join": "concat",
    "substring": "mid",
    "substr": "mid",
    "substitute": "replace",
    "datediff": "days_between",
    "datetime_diff": "days_between",
    "dateadd": "add_days",
    "edate": "add_months",
    "value": "number",
    "ceiling": "ceil",
    "begins": "starts_with",
    "str": "text",
    "int": "floor",
}


def suggest_function(name: str) -> str:
    """The function that somebody who wrote `name` may have meant, or ""."""
    known = _ELSEWHERE.get(name, "")
    return known or next(iter(get_close_matches(name[:40], FUNCTIONS, n=1)), "")
