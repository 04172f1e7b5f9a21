"""The storage port: bytes in, a server-made key out, on whatever Django's default storage is (files, S3).

Keys begin with the tenant and hold nothing that came from outside. What is stored is what was declared: the first
bytes are compared with the declared type, and a type nobody can check is kept as application/octet-stream.
Serve files as attachments with nosniff; quota and file names are the business of the app that owns the record.
"""

import hashlib
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.clock import now
from autocrm.kernel.errors import Denied, Invalid, LimitReached, NotFound, Upstream
from autocrm.kernel.ids import new_id
from autocrm.kernel.tenancy import current_tenant_id

MAX_BYTES = 100 * 1024 * 1024
MAX_URL_SECONDS = 300
UNKNOWN_TYPE = "application/octet-stream"

_CHUNK_BYTES = 256 * 1024
_SPOOL_BYTES = 2 * 1024 * 1024
_HEAD_BYTES = 4096
_KEY = re.compile(r"t([0-9]{1,19})/[0-9]{4}/[0-9]{2}/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What was stored: `size` in bytes, `content_type` as verified, `sha256` in hexadecimal."""

    key: str
    size: int
    sha256: str
    content_type: str


def put(stream: IO[bytes], *, content_type: str, max_bytes: int = MAX_BYTES) -> StoredFile:
    """Store everything `stream` gives for the current tenant.

    Raises LimitReached past `max_bytes`, Invalid when the content is not of the declared type, Upstream when the
    storage fails. A transaction that rolls back leaves an unreferenced file behind, never a wrong one.
    """
    moment = now()
    key = f"t{current_tenant_id()}/{moment:%Y}/{moment:%m}/{new_id()}"
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        size, sha256, head = _receive(stream, spool, max_bytes)
        verified = verify_type(content_type, head)
        spool.seek(0)
        try:
            storages["default"].save(key, File(spool, name=key))
        except OSError as error:
            raise Upstream(
                _("The file storage does not take files right now."), retryable=True, code="storage"
            ) from error
    return StoredFile(key, size, sha256, verified)


def open_file(key: str) -> "File[bytes]":
    """The stored file, open for reading; close it. Raises NotFound, also for a key of another tenant."""
    _check_owner(key)
    try:
        return storages["default"].open(key, "rb")
    except FileNotFoundError as error:
        raise NotFound from error


def delete(key: str) -> None:
    """Remove the file for good; removing it twice is fine. Raises NotFound for a key of another tenant."""
    _check_owner(key)
    storages["default"].delete(key)


def signed_url(key: str, *, user_id: UUID, ttl: int = MAX_URL_SECONDS) -> str:
    """A path under `settings.FILES_URL` that lets this user, in this tenant, fetch the file for `ttl` seconds."""
    tenant_id = _check_owner(key)
    expires = int(now().timestamp()) + min(ttl, MAX_URL_SECONDS)
    token = _signer().sign_object({"k": key, "t": tenant_id, "u": str(user_id), "e": expires})
    return f"{getattr(settings, 'FILES_URL', '/files/')}{token}"


def verify_token(token: str, *, user_id: UUID) -> str:
    """The key that a signed URL's token stands for. Raises Denied when forged, expired or meant for someone else."""
    try:
        claims = _signer().unsign_object(token)
    except (BadSignature, ValueError) as error:
        raise Denied(_("This link is not valid.")) from error
    if claims["e"] <= now().timestamp():
        raise Denied(_("This link has expired."))
    if claims["u"] != str(user_id) or claims["t"] != current_tenant_id():
        raise Denied(_("This link is not valid."))
    return str(claims["k"])


def _signer() -> Signer:
    return Signer(salt="autocrm.kernel.storage")


def _check_owner(key: str) -> int:
    match = _KEY.fullmatch(key)
    tenant_id = current_tenant_id()
    if match is None or int(match[1]) != tenant_id:
        raise NotFound
    return tenant_id


def _receive(stream: IO[bytes], spool: IO[bytes], max_bytes: int) -> tuple[int, str, bytes]:
    digest = hashlib.sha256()
    size = 0
    head = b""
    while chunk := stream.read(_CHUNK_BYTES):
        size += len(chunk)
        if size > max_bytes:
            limit = f"{max_bytes / (1024 * 1024):.4g}"
            message = _("This file is larger than the %(limit)s MB allowed.") % {"limit": limit}
            raise LimitReached(message, code="file_too_large")
        if len(head) < _HEAD_BYTES:
            head = (head + chunk)[:_HEAD_BYTES]
        digest.update(chunk)
        spool.write(chunk)
    return size, digest.hexdigest(), head


def verify_type(declared: str, head: bytes) -> str:
    """The declared type without parameters, once `head` (the first bytes) agrees; UNKNOWN_TYPE if nobody can tell.

    Raises Invalid when the content begins like something else.
    """
    content_type = declared.partition(";")[0].strip().lower()
    looks_right = _CHECKS.get(content_type)
    if looks_right is None:
        return UNKNOWN_TYPE
    if not looks_right(head):
        message = _("The content of this file is not %(type)s, as its name says.") % {"type": content_type}
        raise Invalid(message, fields={"file": [message]}, code="wrong_content_type")
    return content_type


def _begins(*signatures: bytes, at: int = 0) -> Callable[[bytes], bool]:
    return lambda head: any(head[at:].startswith(signature) for signature in signatures)


def _riff(kind: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(b"RIFF") and head[8:12] == kind


def _is_text(head: bytes) -> bool:
    return head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" not in head


def _is_svg(head: bytes) -> bool:
    return _is_text(head) and b"<svg" in head.lower()


_ZIP = _begins(b"PK\x03\x04", b"PK\x05\x06")
_OLE = _begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."

_CHECKS: dict[str, Callable[[bytes], bool]] = {
    "image/png": _begins(b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": _begins(b"\xff\xd8\xff"),
    "image/gif": _begins(b"GIF87a", b"GIF89a"),
    "image/webp": _riff(b"WEBP"),
    "image/bmp": _begins(b"BM"),
    "image/tiff": _begins(b"II*\0", b"MM\0*"),
    "image/heic": _begins(b"ftyphei", b"ftypmif1", b"ftyphev", at=4),
    "image/avif": _begins(b"ftypavif", b"ftypavis", at=4),
    "image/svg+xml": _is_svg,
    "application/pdf": lambda head: b"%PDF-" in head[:1024],
    "application/zip": _ZIP,
    "application/gzip": _begins(b"\x1f\x8b"),
    "application/rtf": _begins(b"{\\rtf"),
    "application/msword": _OLE,
    "application/vnd.ms-excel": _OLE,
    "application/vnd.ms-powerpoint": _OLE,
    "application/vnd.ms-outlook": _OLE,
    f"{_OFFICE}wordprocessingml.document": _ZIP,
    f"{_OFFICE}spreadsheetml.sheet": _ZIP,
    f"{_OFFICE}presentationml.presentation": _ZIP,
    f"{_OPEN_DOCUMENT}text": _ZIP,
    f"{_OPEN_DOCUMENT}spreadsheet": _ZIP,
    f"{_OPEN_DOCUMENT}presentation": _ZIP,
    "audio/mpeg": _begins(b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    "audio/wav": _riff(b"WAVE"),
    "audio/ogg": _begins(b"OggS"),
    "video/mp4": _begins(b"ftyp", at=4),
    "video/webm": _begins(b"\x1a\x45\xdf\xa3"),
    "text/plain": _is_text,
    "text/csv": _is_text,
    "text/tab-separated-values": _is_text,
    "text/markdown": _is_text,
    "text/html": _is_text,
    "text/vcard": _is_text,
    "text/calendar": _is_text,
    "application/json": _is_text,
    "application/xml": _is_text,
    "text/xml": _is_text,
    "message/rfc822": _is_text,
}
