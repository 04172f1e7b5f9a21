"""Which orders the indexes of a model give."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django.db.models import Index, Model, Q, UniqueConstraint
from django.db.models.expressions import OrderBy


@lru_cache(maxsize=512)
def leads_an_index(model: type[Model], attribute: str) -> bool:
    """Whether an index begins with this attribute, after the tenant."""
    column: Any = model._meta.get_field(attribute)
    rules = [*model._meta.indexes, *(each for each in model._meta.constraints if isinstance(each, UniqueConstraint))]
    firsts = {names[0].removeprefix("-") for rule in rules if (names := _names_of(rule, model))}
    return bool({column.name, column.attname} & firsts) or falls(model, attribute)


@lru_cache(maxsize=512)
def falls(model: type[Model], attribute: str) -> bool:
    """Whether the model's index by this attribute falls, with NULLs at its end."""
    keys = (term for index in model._meta.indexes for term in index.expressions[1:2])
    return any(
        isinstance(key, OrderBy) and key.descending and getattr(key.expression, "name", "") == attribute for key in keys
    )


@lru_cache(maxsize=512)
def goes_on(model: type[Model], attribute: str) -> tuple[str, ...]:
    """What the first index that begins with the attribute goes on with, before the id; as "name" and "-name"."""
    column: Any = model._meta.get_field(attribute)
    for index in model._meta.indexes:
        names = _names_of(index, model)
        if names and names[0] in {column.name, column.attname}:
            return tuple(name for name in names[1:] if name.removeprefix("-") != "id")
    return ()


def _names_of(rule: Index | UniqueConstraint, model: type[Model]) -> tuple[str, ...]:
    """What an index orders the records of one type by; () where it has not all that are outside of the bin.

    Of those without a value in its first field it may have none.
    """
    apart: tuple[str, ...] = getattr(model, "told_apart_by", ())
    names = tuple(rule.fields)
    if names[: len(apart)] != apart or len(names) == len(apart):
        return ()
    names = names[len(apart) :]
    return names if set(_names_in(rule.condition or Q())) <= {"archived_at", names[0].removeprefix("-")} else ()


def _names_in(condition: Q) -> Iterator[str]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from _names_in(child)
        elif isinstance(child, tuple):
            yield str(child[0]).partition("__")[0]
