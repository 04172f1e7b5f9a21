"""The definition of a custom field as people and programs read it: limits in the units they write."""

from decimal import Decimal
from typing import Any

from autocrm.kernel.field_kinds import FieldKind
from autocrm.records.custom.definitions import CHANGEABLE
from autocrm.records.custom.layer import field_of
from autocrm.records.custom_json import from_json
from autocrm.records.models import CustomField
from autocrm.records.values import plain_value


def definition_of(row: CustomField) -> dict[str, Any]:
    """Everything that can be set, with the names `create_field` and `update_field` take, and the state of the field."""
    said = {key: getattr(row, key) for key in sorted(CHANGEABLE)}
    return {
        "id": str(row.id),
        "record_type": row.record_type,
        "key": row.key,
        "kind": row.kind,
        "result_kind": row.result_kind,
        **said,
        "minimum": in_units(row, row.minimum),
        "maximum": in_units(row, row.maximum),
        "default": default_of(row),
        "archived": row.archived_at is not None,
        "index_ready": row.typed == CustomField.Typed.READY,
    }


def in_units(row: CustomField, stored: int | None) -> str | None:
    """A limit as people write it, exact."""
    if stored is None:
        return None
    return format(Decimal(stored).scaleb(-(row.decimal_places or 0)), "f")


def default_of(row: CustomField) -> Any:
    """What new records get, as plain JSON."""
    kind = FieldKind(row.result_kind or row.kind)
    return plain_value(field_of(row), from_json(kind, row.default))
