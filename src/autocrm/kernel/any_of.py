"""Whether a column holds one of very many values, sent as one array.

Django sends each value of an `__in` as a parameter of its own; with thousands of them that costs more processor time
than what the database does with them. It is the same condition to the planner.
"""

from collections.abc import Collection
from typing import Any

from django.db.models import BooleanField, F, Func, Value


class _AnyOf(Func):
    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def any_of(column: str, values: Collection[Any]) -> Func:
    """A condition for `filter`: the column, a name of the code, has one of these ids or texts; with none it is false.

    Of one kind all of them; an empty collection needs none.
    """
    return _AnyOf(F(column), Value(list(values)))
