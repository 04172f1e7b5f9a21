"""Secrets at rest: sealed with AES-256-GCM under a key derived from the installation's master key.

A sealed text is `v1.<base64 of nonce and ciphertext>`. The purpose is part of the key, so that what was sealed for one
column cannot be moved to another. Without AUTOCRM_MASTER_KEY (a developer's machine) the secret key stands in.
"""

import base64
import binascii
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_VERSION = "v1"
_NONCE_BYTES = 12


class Unsealable(ValueError):
    """The text was not sealed here for this purpose: another master key, or it was tampered with."""


def seal(text: str, *, purpose: str) -> str:
    """Encrypt and authenticate `text`; `purpose` names the column it is for ("users.second_factor")."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_key(_master(), purpose)).encrypt(nonce, text.encode(), None)
    return f"{_VERSION}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, purpose: str) -> str:
    """The text again. Raises Unsealable."""
    version, _dot, body = sealed.partition(".")
    try:
        raw = base64.urlsafe_b64decode(body)
        if version != _VERSION:
            raise Unsealable("This text was not sealed here.")
        return AESGCM(_key(_master(), purpose)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise Unsealable("This text was not sealed here for this purpose.") from error


def _master() -> str:
    return settings.MASTER_KEY or settings.SECRET_KEY


@lru_cache(maxsize=64)
def _key(master: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"autocrm:{purpose}".encode()).derive(master.encode())
