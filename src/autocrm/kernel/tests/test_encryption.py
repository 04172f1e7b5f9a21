"""Encryption of values: only the right tenant, purpose and keys open one; keys can be changed and destroyed."""

import base64
import os
from typing import Any

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from hypothesis import given
from hypothesis import strategies as st

from autocrm.kernel import encryption
from autocrm.kernel.encryption import (
    EncryptedTextField,
    MasterKeyMissing,
    Unreadable,
    decrypt,
    encrypt,
    needs_rotation,
)
from autocrm.kernel.errors import Invalid
from autocrm.kernel.tenancy import TenantMissing, no_tenant, tenant_scope

ACME, GLOBEX = 7, 8
PURPOSE = "integrations.secret"


class Rows:
    """A key store as an app would bind it: rows of wrapped keys, the last one active."""

    def __init__(self) -> None:
        self.keys = {}

    def active(self, tenant_id: Any) -> Any:
        if not self.keys.get(tenant_id):
            self.rotate(tenant_id)
        return self.keys[tenant_id][-1]

    def find(self, tenant_id: Any, key_id: Any) -> Any:
        return next((key for key in self.keys.get(tenant_id, []) if key.id == key_id), None)

    def rotate(self, tenant_id: Any) -> None:
        self.keys.setdefault(tenant_id, []).append(encryption.new_data_key(tenant_id))


def master_key() -> Any:
    return base64.b64encode(os.urandom(32)).decode()


OLD_MASTER, NEW_MASTER = master_key(), master_key()


@pytest.fixture(autouse=True)
def rows(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    settings.MASTER_KEY = OLD_MASTER
    monkeypatch.setattr(encryption, "_store", [])
    store = Rows()
    encryption.bind_store(store)
    with tenant_scope(ACME):
        yield store


@given(st.text())
def test_what_is_encrypted_reads_back_and_shows_nothing(text: Any) -> None:
    value = encrypt(text, purpose=PURPOSE)

    assert decrypt(value, purpose=PURPOSE) == text
    assert value.isascii()
    assert encrypt(text, purpose=PURPOSE) != value
    if len(text) > 5:
        assert text not in value


def test_a_value_of_another_tenant_or_purpose_does_not_open(rows: Any) -> None:
    value = encrypt("secret", purpose=PURPOSE)

    with pytest.raises(Unreadable):
        decrypt(value, purpose="mail.password")
    with tenant_scope(GLOBEX), pytest.raises(Unreadable):
        decrypt(value, purpose=PURPOSE)
    rows.keys[GLOBEX] = rows.keys[ACME]
    with tenant_scope(GLOBEX), pytest.raises(Unreadable):
        decrypt(value, purpose=PURPOSE)


@given(st.data())
def test_no_changed_character_goes_unnoticed(data: Any) -> None:
    value = encrypt("secret", purpose=PURPOSE)
    at = data.draw(st.integers(0, len(value) - 2))
    character = data.draw(st.characters(codec="ascii").filter(lambda other: other != value[at]))

    with pytest.raises(Unreadable):
        decrypt(value[:at] + character + value[at + 1 :], purpose=PURPOSE)


@pytest.mark.parametrize("value", ["", "plain", "ac1", "ac1..", "ac1.x.y", "ac2.a.b", "ac1.a.b.c", "ac1.a.ééé"])
def test_what_is_no_value_is_unreadable_and_invalid(value: Any) -> None:
    with pytest.raises(Invalid):
        decrypt(value, purpose=PURPOSE)


def test_after_a_data_key_is_changed_old_values_open_and_ask_for_rotation(rows: Any) -> None:
    old = encrypt("secret", purpose=PURPOSE)

    rows.rotate(ACME)
    new = encrypt("secret", purpose=PURPOSE)

    assert decrypt(old, purpose=PURPOSE) == decrypt(new, purpose=PURPOSE) == "secret"
    assert (needs_rotation(old), needs_rotation(new)) == (True, False)


def test_the_master_key_is_changed_without_touching_values(rows: Any, settings: Any) -> None:
    value = encrypt("secret", purpose=PURPOSE)

    settings.MASTER_KEY = f"{NEW_MASTER},{OLD_MASTER}"
    rows.keys[ACME] = [encryption.rewrap(key, ACME) for key in rows.keys[ACME]]
    settings.MASTER_KEY = NEW_MASTER
    encryption.bind_store(rows)

    assert decrypt(value, purpose=PURPOSE) == "secret"
    assert [encryption.rewrap(key, ACME) for key in rows.keys[ACME]] == rows.keys[ACME]


def test_without_the_master_key_nothing_opens(rows: Any, settings: Any) -> None:
    value = encrypt("secret", purpose=PURPOSE)
    encryption.bind_store(rows)

    settings.MASTER_KEY = NEW_MASTER

    with pytest.raises(MasterKeyMissing):
        decrypt(value, purpose=PURPOSE)


def test_destroying_the_tenant_s_keys_destroys_its_values(rows: Any) -> None:
    value = encrypt("secret", purpose=PURPOSE)

    rows.keys[ACME].clear()

    with pytest.raises(Unreadable):
        decrypt(value, purpose=PURPOSE)


def test_a_wrapped_key_serves_its_own_tenant_only(rows: Any) -> None:
    key = rows.active(ACME)

    with pytest.raises(Unreadable):
        encryption._unwrap(key, GLOBEX)


@pytest.mark.parametrize("key", ["", "short", base64.b64encode(b"x" * 16).decode(), "é" * 44, "not base64!"])
def test_a_missing_or_wrong_master_key_is_said_clearly(settings: Any, rows: Any, key: Any) -> None:
    settings.MASTER_KEY = key

    with pytest.raises(MasterKeyMissing):
        encrypt("secret", purpose=PURPOSE)


def test_without_a_store_or_a_tenant_nothing_is_encrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    with no_tenant(), pytest.raises(TenantMissing):
        encrypt("secret", purpose=PURPOSE)
    monkeypatch.setattr(encryption, "_store", [])
    with pytest.raises(ImproperlyConfigured):
        encrypt("secret", purpose=PURPOSE)


def test_an_encrypted_column_writes_values_and_reads_text() -> None:
    field = EncryptedTextField(purpose=PURPOSE, null=True)

    stored = field.get_prep_value("secret")

    assert stored.startswith("ac1.")
    assert field.from_db_value(stored, None, None) == "secret"
    assert field.get_prep_value(None) is None
    assert field.from_db_value(None, None, None) is None


def test_an_encrypted_column_survives_migrations_and_takes_no_comparisons() -> None:
    field = EncryptedTextField("secret", purpose=PURPOSE)
    field.set_attributes_from_name("secret")

    _name, path, args, kwargs = field.deconstruct()

    assert path == "autocrm.kernel.encryption.EncryptedTextField"
    assert kwargs["purpose"] == PURPOSE
    assert isinstance(field.clone(), EncryptedTextField)
    assert isinstance(EncryptedTextField(*args, **kwargs), models.TextField)
    assert field.get_lookup("isnull") is not None
    for lookup in ("exact", "icontains", "in", "gt", "startswith", "regex"):
        with pytest.raises(FieldError):
            field.get_lookup(lookup)
    with pytest.raises(FieldError):
        field.get_transform("lower")
