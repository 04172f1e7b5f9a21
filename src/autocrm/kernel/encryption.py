"""Encryption of single values: AES-256-GCM with a data key of each tenant, wrapped by the installation's master key.

A value names the data key it was made with, a wrapped key the master key, so both can be rotated while old values
stay readable. The tenant and a purpose are part of what is authenticated: a value copied to another tenant or column
does not open. Destroying a tenant's wrapped keys destroys everything encrypted with them.

The wrapped keys live in rows of a higher app, which binds a `KeyStore`. Value: "ac1.<key id>.<nonce+text+tag>".
"""

import base64
import hashlib
import os
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from autocrm.kernel.errors import Invalid
from autocrm.kernel.tenancy import current_tenant_id

KEY_BYTES = 32
CACHE_SECONDS = 60.0
CACHE_SIZE = 512

_VALUE_MARK = "ac1"
_WRAPPED_MARK = "wk1"
_NONCE_BYTES = 12


class MasterKeyMissing(ImproperlyConfigured):
    """The installation has no usable AUTOCRM_MASTER_KEY; nothing can be encrypted or read."""


class Unreadable(Invalid):
    """A value that can't be decrypted: damaged, of another tenant or purpose, or its key was destroyed."""

    code = "unreadable"
    default_message = _("This protected value can't be read any more. Please enter it again.")


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A tenant's data key as it is stored: its id, and the key under the master key."""

    id: str
    wrapped: str


class KeyStore(Protocol):
    """What a higher app binds: the rows that hold wrapped data keys."""

    def active(self, tenant_id: int) -> WrappedKey:
        """The key that new values are made with; makes one with `new_data_key` when there is none."""

    def find(self, tenant_id: int, key_id: str) -> WrappedKey | None:
        """An older key, or None when it was destroyed."""


_store: list[KeyStore] = []


def bind_store(store: KeyStore) -> None:
    """Name the keeper of wrapped data keys (bound once, by the app that owns their rows)."""
    _store[:] = [store]
    _data_keys.clear()


def new_data_key(tenant_id: int) -> WrappedKey:
    """Make a data key for the tenant, ready to be stored. Raises MasterKeyMissing."""
    data_key = os.urandom(KEY_BYTES)
    return WrappedKey(_fingerprint(data_key), _wrap(data_key, tenant_id))


def rewrap(key: WrappedKey, tenant_id: int) -> WrappedKey:
    """The same data key under the newest master key; `key` itself when it is there already."""
    if key.wrapped.split(".")[1] == _fingerprint(_master_keys()[0]):
        return key
    return WrappedKey(key.id, _wrap(_unwrap(key, tenant_id), tenant_id))


def encrypt(text: str, *, purpose: str) -> str:
    """`text` as an encrypted value for the current tenant. `purpose` is a constant ("integrations.secret")."""
    tenant_id = current_tenant_id()
    key = _store_in_force().active(tenant_id)
    sealed = _seal(_data_keys.get(key, tenant_id), text.encode(), _context(tenant_id, purpose))
    return f"{_VALUE_MARK}.{key.id}.{sealed}"


def decrypt(value: str, *, purpose: str) -> str:
    """The text in an encrypted value of the current tenant. Raises Unreadable."""
    tenant_id = current_tenant_id()
    key_id, sealed = _take_apart(value, _VALUE_MARK)
    key = _store_in_force().find(tenant_id, key_id)
    if key is None:
        raise Unreadable
    return _open(_data_keys.get(key, tenant_id), sealed, _context(tenant_id, purpose)).decode()


def needs_rotation(value: str) -> bool:
    """Whether the value was made with an older data key than the current tenant's active one."""
    key_id, _sealed = _take_apart(value, _VALUE_MARK)
    return key_id != _store_in_force().active(current_tenant_id()).id


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # no parameters at run time
    """A text column whose content only the tenant in context can read.

    `purpose` is authenticated with every value and must stay as it is when the model is renamed. Such a column can be
    compared with nothing but NULL.
    """

    def __init__(self, *args: Any, purpose: str, **kwargs: Any) -> None:
        self.purpose = purpose
        super().__init__(*args, **kwargs)

    @override
    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "purpose": self.purpose}

    @override
    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return None if text is None else encrypt(text, purpose=self.purpose)

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> str | None:
        return None if value is None else decrypt(value, purpose=self.purpose)

    @override
    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: it can be compared with nothing but NULL.")
        return super().get_lookup(lookup_name)

    @override
    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.name} is encrypted: {lookup_name} can't be applied to it.")


class _DataKeys:
    """Unwrapped data keys of the last minute, so that a destroyed key is soon gone from memory as well."""

    def __init__(self) -> None:
        self._keys: OrderedDict[tuple[int, str], tuple[float, bytes]] = OrderedDict()

    def get(self, key: WrappedKey, tenant_id: int) -> bytes:
        name, moment = (tenant_id, key.wrapped), time.monotonic()
        known = self._keys.get(name)
        if known is not None and moment - known[0] < CACHE_SECONDS:
            return known[1]
        data_key = _unwrap(key, tenant_id)
        self._keys[name] = (moment, data_key)
        while len(self._keys) > CACHE_SIZE:
            self._keys.popitem(last=False)
        return data_key

    def clear(self) -> None:
        self._keys.clear()


_data_keys = _DataKeys()


def _store_in_force() -> KeyStore:
    if not _store:
        raise ImproperlyConfigured("No key store is bound: encryption.bind_store(...) was not called.")
    return _store[0]


def _master_keys() -> list[bytes]:
    """The master keys of `settings.MASTER_KEY`, comma-separated base64 of 32 bytes each, the newest first."""
    texts = [text.strip() for text in str(getattr(settings, "MASTER_KEY", "")).split(",") if text.strip()]
    try:
        keys = [base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True) for text in texts]
    except ValueError as error:  # binascii's error is one
        raise MasterKeyMissing("AUTOCRM_MASTER_KEY is not base64.") from error
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise MasterKeyMissing(f"AUTOCRM_MASTER_KEY must be {KEY_BYTES} bytes in base64 (several: comma-separated).")
    return keys


def _fingerprint(key: bytes) -> str:
    return hashlib.sha256(b"autocrm key id\0" + key).hexdigest()[:12]


def _wrap(data_key: bytes, tenant_id: int) -> str:
    master = _master_keys()[0]
    return f"{_WRAPPED_MARK}.{_fingerprint(master)}.{_seal(master, data_key, _context(tenant_id, 'data key'))}"


def _unwrap(key: WrappedKey, tenant_id: int) -> bytes:
    master_id, sealed = _take_apart(key.wrapped, _WRAPPED_MARK)
    for master in _master_keys():
        if _fingerprint(master) == master_id:
            return _open(master, sealed, _context(tenant_id, "data key"))
    raise MasterKeyMissing("A tenant's key was wrapped with a master key that AUTOCRM_MASTER_KEY no longer holds.")


def _context(tenant_id: int, purpose: str) -> bytes:
    return f"autocrm|{tenant_id}|{purpose}".encode()


def _seal(key: bytes, content: bytes, context: bytes) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, content, context)).decode().rstrip("=")


def _open(key: bytes, sealed: bytes, context: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error


def _take_apart(value: str, mark: str) -> tuple[str, bytes]:
    parts = value.split(".")
    if len(parts) != 3 or parts[0] != mark:
        raise Unreadable
    try:
        return parts[1], base64.b64decode(parts[2] + "=" * (-len(parts[2]) % 4), altchars="-_", validate=True)
    except ValueError as error:
        raise Unreadable from error
