"""What the database says when a value is taken already, in words."""

from django.db import DataError, IntegrityError
from django.utils.translation import gettext as _

from autocrm.records.fields import Field
from autocrm.records.registry import RecordType


def taken_field(record_type: RecordType, error: Exception) -> Field | None:
    """The unique field whose value another record has, if that is what the error says."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
    for field in record_type.all_fields:
        if field.unique and constraint.endswith(f"_{field.key}_unique"):
            return field
    return None


def refusal_in_words(record_type: RecordType, error: IntegrityError | DataError) -> str:
    """Why the database did not take a record."""
    field = taken_field(record_type, error)
    if field is None:
        return _("The record could not be saved.")
    return _("Another record has the same value in %(field)s.") % {"field": field.label}
