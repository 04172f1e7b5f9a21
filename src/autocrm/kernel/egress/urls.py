"""Reading an outgoing URL once, strictly: what two parsers could read in two ways is refused, not interpreted."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urlsplit

import idna
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.egress.addresses import Address
from autocrm.kernel.errors import Invalid, Text

MAX_URL_LENGTH = 4096
DEFAULT_PORTS = {"http": 80, "https": 443}

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ufeff]")
_NETLOC = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\[\]:@%]+)(?::[0-9]{1,5})?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_ENDS_IN_NUMBER = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: `host` is lower-case ASCII without brackets, `path` carries the query, encoded."""

    scheme: str
    host: str
    port: int
    path: str
    literal: Address | None

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if isinstance(self.literal, IPv6Address) else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse_url(url: str) -> Target:
    """Take `url` apart. Raises Invalid (code "url_refused") for everything that is not a plain http(s) address."""
    if len(url) > MAX_URL_LENGTH:
        raise refused_url(_("This address is too long."))
    if _FORBIDDEN.search(url):
        raise refused_url(_("This address contains a space, a control character or a backslash."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise refused_url(_("This is not a web address.")) from error
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise refused_url(_("Only addresses that begin with http:// or https:// can be called."))
    if "@" in parts.netloc:
        raise refused_url(_("An address must not contain a user name or password."))
    if port == 0 or not _NETLOC.fullmatch(parts.netloc):
        raise refused_url(_("This address has no valid host name."))
    host, literal = _read_host(parts.hostname or "", bracketed=parts.netloc.startswith("["))
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = f"?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?[]|')}" if parts.query else ""
    return Target(scheme, host, port or DEFAULT_PORTS[scheme], path + query, literal)


def allowed_ports() -> frozenset[int]:
    """The ports that may be called on public addresses (`settings.EGRESS_ALLOWED_PORTS`)."""
    return frozenset(getattr(settings, "EGRESS_ALLOWED_PORTS", (80, 443)))


def _read_host(text: str, *, bracketed: bool) -> tuple[str, Address | None]:
    if bracketed:
        try:
            address = IPv6Address(text)
        except AddressValueError as error:
            raise refused_url(_("This is not a valid IPv6 address.")) from error
        return str(address), address
    host = _to_ascii(text).removesuffix(".")
    if not host or len(host) > 253 or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise refused_url(_("This address has no valid host name."))
    if not _ENDS_IN_NUMBER.fullmatch(host.rpartition(".")[2]):
        return host, None
    # Octal, hexadecimal, short and integer forms mean different things to different resolvers.
    try:
        return host, IPv4Address(host)
    except AddressValueError as error:
        raise refused_url(_("This is not a valid IPv4 address.")) from error


def _to_ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        mapped = idna.encode(host, uts46=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise refused_url(_("This address has no valid host name.")) from error
    if _ENDS_IN_NUMBER.fullmatch(mapped.removesuffix(".").rpartition(".")[2]):
        raise refused_url(_("This is not a valid IPv4 address."))
    return mapped


def refused_url(reason: Text) -> Invalid:
    """The error for an address that must not be called."""
    return Invalid(reason, fields={"url": [reason]}, code="url_refused")
