"""The storage port on real files."""

import hashlib
import io
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import time_machine

from autocrm.kernel import storage
from autocrm.kernel.clock import now
from autocrm.kernel.errors import Denied, Invalid, LimitReached, NotFound, Upstream
from autocrm.kernel.tenancy import TenantMissing, no_tenant, tenant_scope

ACME, GLOBEX = 7, 8
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
ALICE = UUID("019a0000-0000-7000-8000-00000000a11c")
BOB = UUID("019a0000-0000-7000-8000-000000000b0b")


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Any:
    folder = tmp_path / "files"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder)}},
    }
    with tenant_scope(ACME):
        yield folder


def put(content: Any = b"hello", content_type: Any = "text/plain", **options: Any) -> Any:
    return storage.put(io.BytesIO(content), content_type=content_type, **options)


def test_what_is_put_can_be_read_back_under_a_key_of_our_own(files: Any) -> None:
    content = os.urandom(3_000_000)

    stored = put(content, "application/x-anything")

    tenant, year, month, name = stored.key.split("/")
    assert (tenant, year, month) == (f"t{ACME}", f"{now():%Y}", f"{now():%m}")
    assert UUID(name).version == 7
    assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert stored.content_type == "application/octet-stream"
    with storage.open_file(stored.key) as file:
        assert file.read() == content
    assert (files / stored.key).read_bytes() == content


def test_an_empty_file_is_a_file() -> None:
    stored = put(b"")

    with storage.open_file(stored.key) as file:
        assert file.read() == b""


def test_a_removed_file_is_gone_and_removing_it_again_is_fine(files: Any) -> None:
    stored = put()

    storage.delete(stored.key)
    storage.delete(stored.key)

    with pytest.raises(NotFound):
        storage.open_file(stored.key)
    assert not (files / stored.key).exists()


def test_another_tenant_reaches_the_file_by_no_door(files: Any) -> None:
    stored = put()

    with tenant_scope(GLOBEX):
        for door in (storage.open_file, storage.delete, lambda key: storage.signed_url(key, user_id=ALICE)):
            with pytest.raises(NotFound):
                door(stored.key)

    assert (files / stored.key).exists()


def test_without_a_tenant_nothing_is_stored(files: Any) -> None:
    with no_tenant(), pytest.raises(TenantMissing):
        put()
    assert not files.exists()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "../../etc/passwd",
        f"t{ACME}/../t{GLOBEX}/2026/01/{ALICE}",
        f"t{ACME}/2026/01/../../../x",
        f"/t{ACME}/2026/01/{ALICE}",
        f"t{ACME}/2026/01/{ALICE}/..",
        f"t{ACME}/2026/01/{ALICE}\n",
        f"t{ACME}/2026/01/{ALICE}\x00.png",
        f"t0{ACME}1/2026/01/{ALICE}",
        f"t{ACME}/2026/01/report.pdf",
    ],
)
def test_only_keys_of_our_own_making_are_opened(key: Any) -> None:
    with pytest.raises(NotFound):
        storage.open_file(key)


def test_a_file_past_the_cap_is_refused_and_leaves_nothing(files: Any) -> None:
    class Endless(io.RawIOBase):
        def read(self, _size: Any = -1) -> Any:
            return b"x" * 1_000_000

    with pytest.raises(LimitReached) as caught:
        storage.put(Endless(), content_type="text/plain", max_bytes=5_000_000)

    assert caught.value.code == "file_too_large"
    assert "4.768" in str(caught.value)
    assert not files.exists()
    assert put(b"x" * 100, max_bytes=100).size == 100


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("image/png", PNG),
        ("image/jpeg", b"\xff\xd8\xff\xe0abc"),
        ("image/gif", b"GIF89a..."),
        ("image/webp", b"RIFF\x10\0\0\0WEBPVP8 "),
        ("image/svg+xml", b'<?xml version="1.0"?><svg xmlns="..."/>'),
        ("application/pdf", b"%PDF-1.7\n"),
        ("application/pdf", b"\n\n%PDF-1.4\n"),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04..."),
        ("application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..."),
        ("video/mp4", b"\0\0\0\x18ftypmp42"),
        ("text/csv; charset=utf-8", "Name;Größe\n".encode()),
        ("TEXT/CSV", "Name\n".encode("utf-16")),
        ("application/json", b"{}"),
    ],
)
def test_content_of_the_declared_type_is_stored_as_such(content_type: Any, content: Any) -> None:
    assert put(content, content_type).content_type == content_type.partition(";")[0].lower()


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("image/png", b"<html><script>alert(1)</script>"),
        ("image/png", b""),
        ("image/jpeg", PNG),
        ("image/svg+xml", b"<html></html>"),
        ("application/pdf", b"MZ\x90\0"),
        ("text/csv", PNG),
        ("text/plain", b"\x7fELF\x02\x01\x01\0"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"\xd0\xcf\x11\xe0"),
    ],
)
def test_content_that_is_something_else_is_refused(files: Any, content_type: Any, content: Any) -> None:
    with pytest.raises(Invalid) as caught:
        put(content, content_type)

    assert caught.value.code == "wrong_content_type"
    assert "file" in caught.value.fields
    assert not files.exists()


def test_a_storage_that_fails_is_upstream(files: Any) -> None:
    files.write_text("a file where a folder should be")

    with pytest.raises(Upstream) as caught:
        put()

    assert caught.value.retryable


def token_of(url: Any) -> Any:
    assert url.startswith("/files/")
    return url.removeprefix("/files/")


def test_a_signed_url_opens_for_its_user_for_five_minutes_at_most() -> None:
    stored = put()

    with time_machine.travel(now(), tick=False) as traveller:
        token = token_of(storage.signed_url(stored.key, user_id=ALICE, ttl=86_400))

        traveller.shift(timedelta(seconds=299))
        assert storage.verify_token(token, user_id=ALICE) == stored.key
        traveller.shift(timedelta(seconds=1))
        with pytest.raises(Denied):
            storage.verify_token(token, user_id=ALICE)


def test_a_signed_url_is_of_no_use_to_anybody_else() -> None:
    token = token_of(storage.signed_url(put().key, user_id=ALICE))

    with pytest.raises(Denied):
        storage.verify_token(token, user_id=BOB)
    with tenant_scope(GLOBEX), pytest.raises(Denied):
        storage.verify_token(token, user_id=ALICE)


def test_a_changed_or_invented_token_is_denied() -> None:
    token = token_of(storage.signed_url(put().key, user_id=ALICE))
    middle = len(token) // 2

    for forged in ("", "x", "a:b:c", token[:-1], token + "x", token[:middle] + "A" + token[middle + 1 :], "é:é"):
        if forged != token:
            with pytest.raises(Denied):
                storage.verify_token(forged, user_id=ALICE)
