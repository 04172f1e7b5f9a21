"""Answers "has this changed since last time?" for the steps of a start."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from autocrm.config.cli.paths import BUILD, REQUIREMENTS, ROOT, SOURCE

_PACKAGE = SOURCE / "autocrm"


def of_content(files: Iterable[Path]) -> str:
    """A hash of the files' names and contents."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def of_facts(files: Iterable[Path]) -> str:
    """A hash of names, sizes and times, for many or large files."""
    facts = [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in sorted(files)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def of_preparation() -> str:
    """Everything that decides what set-up leaves in the database."""
    files = [
        *_PACKAGE.glob("*/migrations/*.py"),
        *_PACKAGE.glob("tenants/postgresql/*.py"),
        *_PACKAGE.glob("config/management/commands/setup_instance.py"),
        # Set-up notes where each journal consumer begins.
        *_PACKAGE.glob("*/subscribers.py"),
        _PACKAGE / "kernel" / "rls.py",
        _PACKAGE / "tenants" / "leakproof.py",
        _PACKAGE / "config" / "cli" / "database.py",
        REQUIREMENTS / "base.lock",
    ]
    return of_content(files)


def of_translations() -> str:
    """The catalogues that become the languages of the product."""
    files = [*_PACKAGE.glob("*/translations/*.po"), _PACKAGE / "config" / "cli" / "translating.py"]
    return of_content(files)


def of_front_end() -> str:
    """The sources and pinned packages that the build turns into `build/static`."""
    sources = [*_PACKAGE.glob("*/static_src/**/*"), *(_PACKAGE / "ui" / "build").glob("*")]
    extra = [ROOT / "package-lock.json", _PACKAGE / "ui" / "icons.txt"]
    return of_content(file for file in [*sources, *extra] if file.is_file())


def of_static_files() -> str:
    """Everything that `collectstatic` collects."""
    found = [*_PACKAGE.glob("*/static/**/*"), *(BUILD / "static").rglob("*"), REQUIREMENTS / "base.lock"]
    return of_facts(file for file in found if file.is_file())
