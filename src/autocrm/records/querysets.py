"""Chainable filters over records of any type."""

from typing import Any, TypeVar

from django.db import models

from autocrm.kernel.actors import Actor, Verb
from autocrm.kernel.permissions import visible_filter
from autocrm.records.registry import RecordType

Row = TypeVar("Row", bound=models.Model)


def visible_to(record_type: RecordType, actor: Actor, verb: Verb = Verb.READ) -> models.QuerySet[Any]:
    """The records of a type that `verb` reaches for `actor`, archived ones included."""
    return record_type.rows().filter(visible_filter(actor, record_type.key, verb))


def live(record_type: RecordType, actor: Actor, verb: Verb = Verb.READ) -> models.QuerySet[Any]:
    """The same without what lies in the bin."""
    return visible_to(record_type, actor, verb).filter(archived_at__isnull=True)


def with_relations(found: models.QuerySet[Row], record_type: RecordType) -> models.QuerySet[Row]:
    """What the records' own columns lead to comes along, as the words of the search need it."""
    joins = [each.related_path for each in record_type.fields if each.relation and not each.custom]
    return found.select_related(*joins) if joins else found
