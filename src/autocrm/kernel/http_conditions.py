"""Entity tags of records, as pure functions: what a version is called in ETag, If-Match and If-None-Match (RFC 9110).

A tag names the record and its version, so a tag of one record never fits another.
"""

import re
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.errors import Conflict, Invalid
from autocrm.kernel.text import read_count

PRECONDITION_FAILED = "precondition_failed"

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')


def make_etag(record_id: UUID, version: int) -> str:
    """The strong tag of a record at `version`, quoted as the header wants it."""
    return f'"{record_id.hex}-{version}"'


def is_unchanged(if_none_match: str | None, etag: str) -> bool:
    """Whether the asker already holds this version (weak comparison): the answer is 304."""
    if not if_none_match:
        return False
    return if_none_match.strip() == "*" or etag.strip('"') in {tag for _weak, tag in _parse(if_none_match)}


def version_from_if_match(if_match: str | None, record_id: UUID) -> int | None:
    """The version of `record_id` that If-Match names, for services that take one; None when it demands none.

    Raises Conflict (`precondition_failed`, which the API answers with 412) when the header names only other records.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    for weak, tag in _parse(if_match):
        name, _dash, version = tag.rpartition("-")
        if not weak and name == record_id.hex and (number := read_count(version)) is not None:
            return number
    raise Conflict(_("Someone changed this meanwhile."), code=PRECONDITION_FAILED)


def _parse(header: str) -> list[tuple[bool, str]]:
    """The tags of a list header, each with whether it is weak. Raises Invalid when it is not such a list."""
    tags: list[tuple[bool, str]] = []
    position = 0
    while position < len(header):
        match = _TAG.match(header, position)
        if match is None:
            raise Invalid(_("An entity tag must stand in double quotes."), code="bad_etag")
        tags.append((match[1] is not None, match[2]))
        position = match.end()
    return tags
