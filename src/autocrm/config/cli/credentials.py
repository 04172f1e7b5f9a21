"""Keys and passwords of one installation, made once and kept in `secrets.json` with mode 0600."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from autocrm.config.cli.roles import Roles


@dataclass(frozen=True, slots=True)
class Credentials:
    """What must not change from start to start: sessions, encrypted fields and database roles hang on it."""

    installation: str
    secret_key: str
    master_key: str
    superuser_password: str
    owner_password: str
    app_password: str
    platform_password: str
    valkey_password: str


def load_credentials(path: Path) -> Credentials:
    """Read the file, adding (and writing back) what it lacks."""
    known = json.loads(path.read_text()) if path.exists() else {}
    names = [field.name for field in fields(Credentials)]
    credentials = Credentials(**{name: known.get(name) or _make(name) for name in names})
    if asdict(credentials) != known:
        _write(path, credentials)
    return credentials


def passwords_of(roles: Roles, credentials: Credentials) -> dict[str, str]:
    """Password by role, for those that sign in."""
    return {
        roles.owner: credentials.owner_password,
        roles.app: credentials.app_password,
        roles.platform: credentials.platform_password,
    }


def _make(name: str) -> str:
    if name == "installation":
        return secrets.token_hex(8)
    if name == "master_key":
        return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_urlsafe(32)


def _write(path: Path, credentials: Credentials) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(asdict(credentials), indent=1))
    partial.replace(path)
