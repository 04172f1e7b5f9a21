"""Record types that are out of use: archived objects, and those that are being deleted, with all their fields.

Nobody but the data model's own work may ask for them: for everybody else they are not there.
"""

from autocrm.records.custom.layer import add_fields, field_of
from autocrm.records.custom.object_types import object_type
from autocrm.records.models import CustomField, CustomObject
from autocrm.records.registry import RecordType, record_types


def find_type_of(key: str) -> RecordType | None:
    """The record type of that key, also where it is archived or being deleted; None when there is none."""
    known = record_types.find(key)
    if known is not None:
        return known
    made = CustomObject.objects.filter(key=key).first()
    if made is None:
        return None
    rows = CustomField.objects.filter(record_type=key, archived_at__isnull=True, deleted_at__isnull=True)
    return add_fields(object_type(made), [field_of(row) for row in rows.order_by("position", "id")])
