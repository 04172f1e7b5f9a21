"""Keys that are shown once: API tokens and invitation links, their text and the hash that is kept of them.

A key carries the id of its tenant, so that a script needs no header and a link no lookup across tenants. That says
where to look and proves nothing: the row is still looked up under that tenant's row-level security.
"""

import hashlib
import secrets
from dataclasses import dataclass

TOKEN_MARK = "acrm"  # noqa: S105 - a mark by which leaked tokens are found, not a secret
INVITATION_MARK = "join"
SECRET_BYTES = 32
PREFIX_LENGTH = 10

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Key:
    """A key's full text and the parts of it that may be stored."""

    text: str
    prefix: str
    digest: str


@dataclass(frozen=True, slots=True)
class KeyAddress:
    """Where the row of a presented key should be, if it is real."""

    tenant_id: int
    prefix: str


def new_key(mark: str, tenant_id: int) -> Key:
    """A key of `<mark>_<tenant>_<prefix>_<secret>` with 32 random bytes."""
    prefix = "".join(secrets.choice(_DIGITS) for _ in range(PREFIX_LENGTH))
    text = f"{mark}_{_to_base36(tenant_id)}_{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return Key(text, prefix, digest_of(text))


def digest_of(text: str) -> str:
    """SHA-256 in hex: with 32 random bytes behind it a fast hash is as good as a slow one."""
    return hashlib.sha256(text.encode()).hexdigest()


def find_address(mark: str, text: str) -> KeyAddress | None:
    """Read the address out of a presented key; None when it cannot be one."""
    parts = text.split("_", 3)
    if len(parts) != 4 or parts[0] != mark or len(parts[2]) != PREFIX_LENGTH or len(text) > 200:
        return None
    if not parts[1] or len(parts[1]) > 12 or not set(parts[1]) <= set(_DIGITS):
        return None
    return KeyAddress(int(parts[1], 36), parts[2])


def _to_base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"
