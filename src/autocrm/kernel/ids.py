"""Record ids: UUIDv7 (RFC 9562), so that ids made later sort later and B-trees stay dense."""

from uuid import UUID

from uuid_utils.compat import uuid7

from autocrm.kernel.errors import NotFound


def new_id() -> UUID:
    """A new time-ordered id, monotonic within this process."""
    return uuid7()


def parse_id(value: object) -> UUID:
    """Read an id that came from outside. Raises NotFound when it cannot be one."""
    found = find_id(value)
    if found is None:
        raise NotFound
    return found


def find_id(value: object) -> UUID | None:
    """The same, or None where it cannot be an id."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        return None
