"""The unprivileged account for PostgreSQL, which refuses to run as root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

_CANDIDATES = ("autocrm", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may pass through `folder` and every folder above it."""
        return all(self._may_pass(place) for place in (folder, *folder.parents) if place.exists())

    def _may_pass(self, place: Path) -> bool:
        facts = place.stat()
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & stat.S_IXUSR)
        if facts.st_gid == self.gid:
            return bool(facts.st_mode & stat.S_IXGRP)
        return bool(facts.st_mode & stat.S_IXOTH)


def unprivileged_account() -> Account | None:
    """None when this process is not root, else AUTOCRM_ACCOUNT, `autocrm` or `nobody`. Raises LookupError."""
    if os.geteuid() != 0:
        return None
    wanted = os.environ.get("AUTOCRM_ACCOUNT")
    for name in (wanted,) if wanted else _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise LookupError(
        "PostgreSQL refuses to run as root, and there is no account `nobody` to run it; set AUTOCRM_ACCOUNT."
    )
