"""Lets uv use the package index, mirrors and certificates that pip is configured with on this machine."""

import configparser
import os
from pathlib import Path

_UV_INDEX_VARIABLES = ("UV_INDEX", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
_OPTIONS = ("index-url", "extra-index-url", "find-links", "trusted-host", "cert")


def uv_options() -> list[str]:
    """Options for `uv pip install`, unless the user has configured uv itself."""
    if any(name in os.environ for name in _UV_INDEX_VARIABLES):
        return []
    configured = _pip_configuration()
    options: list[str] = []
    for url in configured["index-url"][-1:]:
        options += ["--default-index", url]
    for url in configured["extra-index-url"]:
        options += ["--index", url]
    for place in configured["find-links"]:
        options += ["--find-links", place]
    for host in configured["trusted-host"]:
        options += ["--allow-insecure-host", host]
    if options:
        # Every file is checked against the lock's hashes, so which index answers first does not matter.
        options += ["--index-strategy", "unsafe-best-match"]
    return options


def uv_environment() -> dict[str, str]:
    """The environment for uv: pip's own certificate file, if it has one."""
    certificates = _pip_configuration()["cert"]
    found = {"SSL_CERT_FILE": certificates[-1]} if certificates and "SSL_CERT_FILE" not in os.environ else {}
    return os.environ | found


def _pip_configuration() -> dict[str, list[str]]:
    """What pip would use: files from the general to the particular, then the environment."""
    found: dict[str, list[str]] = {name: [] for name in _OPTIONS}
    for file in _pip_files():
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            for name in _OPTIONS:
                found[name] += parser.get(section, name, fallback="").split()
    for name in _OPTIONS:
        found[name] += os.environ.get(f"PIP_{name.upper().replace('-', '_')}", "").split()
    return {name: list(dict.fromkeys(values)) for name, values in found.items()}


def _pip_files() -> list[Path]:
    home = Path.home()
    user = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [
        Path("/etc/xdg/pip/pip.conf"),
        Path("/etc/pip.conf"),
        home / ".pip" / "pip.conf",
        user / "pip" / "pip.conf",
    ]
    if given := os.environ.get("PIP_CONFIG_FILE"):
        files = [] if given == os.devnull else [*files, Path(given)]
    return files
