"""What the database says when a value is taken already, in words."""

from django.db import DataError, IntegrityError
from django.utils.translation import gettext as _

from autocrm.records.fields import Field
from autocrm.records.registry import RecordType

# The index over the unique values of all custom fields.
CUSTOM_UNIQUE = "records_fieldvalue_unique"


def taken_field(record_type: RecordType, error: Exception) -> Field | None:
    """The unique field whose value another record has, if that is what the error says."""
    diag = getattr(error.__cause__, "diag", None)
    constraint = getattr(diag, "constraint_name", None) or ""
    if constraint == CUSTOM_UNIQUE:
        # Below row-level security the database does not say which value it was.
        own = [field for field in record_type.fields if field.custom and field.unique]
        return own[0] if len(own) == 1 else None
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
