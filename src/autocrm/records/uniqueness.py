"""What the database says when a value is taken already, in words."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError
from django.utils.translation import gettext as _

from autocrm.records.field_values import find_unique, unique_key
from autocrm.records.fields import Field
from autocrm.records.registry import RecordType

# The index over the unique values of all custom fields.
CUSTOM_UNIQUE = "records_fieldvalue_unique"


def taken_field(
    record_type: RecordType, error: Exception, *, record_id: UUID | None = None, values: Mapping[str, Any] | None = None
) -> Field | None:
    """The unique field whose value another record has, if that is what the error says.

    Of several own fields it is the one of which another record than `record_id` has what stands in `values`.
    """
    diag = getattr(error.__cause__, "diag", None)
    constraint = getattr(diag, "constraint_name", None) or ""
    if constraint == CUSTOM_UNIQUE:
        # Below row-level security the database does not say which value it was.
        own = [field for field in record_type.fields if field.custom and field.unique]
        if len(own) == 1:
            return own[0]
        return next((each for each in own if _is_elsewhere(each, (values or {}).get(each.key), record_id)), None)
    for field in record_type.all_fields:
        if field.unique and constraint.endswith(f"_{field.key}_unique"):
            return field
    return None


def _is_elsewhere(field: Field, value: Any, record_id: UUID | None) -> bool:
    key = unique_key(field, value)
    return key is not None and find_unique(field, [key]).get(key, record_id) != record_id


def refusal_in_words(
    record_type: RecordType,
    error: IntegrityError | DataError,
    *,
    record_id: UUID | None = None,
    values: Mapping[str, Any] | None = None,
) -> str:
    """Why the database did not take a record; `record_id` and `values` as for `taken_field`."""
    field = taken_field(record_type, error, record_id=record_id, values=values)
    if field is None:
        return _("The record could not be saved.")
    return _("Another record has the same value in %(field)s.") % {"field": field.label}
