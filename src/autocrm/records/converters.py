"""Addresses: `/<plural>/…` leads to a record type; anything else falls through to other patterns."""

from autocrm.records.registry import RecordType, find_by_plural


class RecordTypeConverter:
    """Turns the plural of a record type into its declaration and back."""

    regex = r"[a-z][a-z0-9_-]*"

    def to_python(self, value: str) -> RecordType:
        """The record type; ValueError lets the resolver try the next pattern."""
        record_type = find_by_plural(value)
        if record_type is None:
            raise ValueError
        return record_type

    def to_url(self, value: RecordType | str) -> str:
        """The plural."""
        return value if isinstance(value, str) else value.plural
