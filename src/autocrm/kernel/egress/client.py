"""The outgoing HTTP client, sync and async.

One request, one look-up, one connection to an address that was checked: no redirects, no proxies or credentials from
the environment, caps on time and size. Errors: `Invalid` (code "url_refused") for a URL that must not be called,
`Upstream` for a service that did not answer. Once the response's head is in, it is a fact and is returned, whatever
becomes of its body; a call that may have been carried out without an answer has the code "ambiguous".
"""

import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, TypedDict

import anyio
import httpcore
import httpx
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from autocrm.kernel.egress.decoding import BodyCollector
from autocrm.kernel.egress.network import AsyncPinnedBackend, Deadline, PinnedBackend
from autocrm.kernel.egress.resolving import Resolver, resolve_target, system_resolver
from autocrm.kernel.egress.urls import Target, parse_url
from autocrm.kernel.errors import Invalid, Upstream

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REPEATABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect"}
)
DEFAULT_TIMEOUT = 15.0
NO_HEADERS: Mapping[str, str] = MappingProxyType({})

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,8192}")


class _StreamArguments(TypedDict):
    method: bytes
    url: httpcore.URL
    headers: list[tuple[bytes, bytes]]
    content: bytes | None
    extensions: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a call may cost. Times in seconds: `total` covers everything, `connect` and `read` a single wait."""

    total: float = DEFAULT_TIMEOUT
    connect: float = 5.0
    read: float = 10.0
    max_request_bytes: int = 10 * 1024 * 1024
    max_response_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class EgressRequest:
    """One call to make. The idempotency key goes out as a header and makes repeating a POST safe."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    idempotency_key: str | None = None
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class EgressResponse:
    """What came back. Header names are lower-case, repeated ones joined; `body` is decoded and may be cut short."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    truncated: bool
    elapsed_ms: int

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] = NO_HEADERS,
    body: bytes = b"",
    timeout: float = DEFAULT_TIMEOUT,
    idempotency_key: str | None = None,
) -> EgressResponse:
    """Call `url` and return whatever it answers, redirects and errors included; `timeout` in seconds is for all of it.

    Raises Invalid when the URL or a header is refused, Upstream when no answer comes.
    """
    return send(EgressRequest(method, url, headers, body, idempotency_key, Limits(total=timeout)))


async def arequest(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] = NO_HEADERS,
    body: bytes = b"",
    timeout: float = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - the twin of `request`; the time is kept by a cancel scope
    idempotency_key: str | None = None,
) -> EgressResponse:
    """The twin of `request` for code on an event loop."""
    return await asend(EgressRequest(method, url, headers, body, idempotency_key, Limits(total=timeout)))


def send(outgoing: EgressRequest, *, resolver: Resolver = system_resolver) -> EgressResponse:
    """Carry out `outgoing` with limits of its own; `resolver` is a seam for tests and for a resolver of one's own."""
    call = _Call.prepare(outgoing)
    deadline = Deadline.after(outgoing.limits.total)
    look_up_for = min(outgoing.limits.connect, outgoing.limits.total)
    addresses = resolve_target(call.target, timeout=look_up_for, resolver=resolver)
    backend = PinnedBackend(addresses, deadline)
    with httpcore.ConnectionPool(ssl_context=_ssl_context(), network_backend=backend) as pool:
        try:
            with pool.stream(**call.arguments()) as response:
                call.take_head(response.status, response.headers)
                for chunk in response.iter_stream():
                    if call.take_body(chunk):
                        break
        except _FAILURES as error:
            call.fail(error)
    return call.response()


async def asend(outgoing: EgressRequest, *, resolver: Resolver = system_resolver) -> EgressResponse:
    """The twin of `send` for code on an event loop."""
    call = _Call.prepare(outgoing)
    with anyio.move_on_after(outgoing.limits.total) as scope:
        addresses = await anyio.to_thread.run_sync(
            lambda: resolve_target(call.target, timeout=outgoing.limits.connect, resolver=resolver),
            abandon_on_cancel=True,
        )
        backend = AsyncPinnedBackend(addresses)
        async with httpcore.AsyncConnectionPool(ssl_context=_ssl_context(), network_backend=backend) as pool:
            try:
                async with pool.stream(**call.arguments()) as response:
                    call.take_head(response.status, response.headers)
                    async for chunk in response.aiter_stream():
                        if call.take_body(chunk):
                            break
            except _FAILURES as error:
                call.fail(error)
    if scope.cancelled_caught:
        call.fail(httpcore.ReadTimeout("the time allowed for this call is over"))
    return call.response()


_FAILURES = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)


@dataclass(slots=True)
class _Call:
    """One call in progress: what goes out, and what has come back so far."""

    outgoing: EgressRequest
    target: Target
    headers: list[tuple[bytes, bytes]]
    started: float = field(default_factory=time.monotonic)
    status: int | None = None
    response_headers: dict[str, str] = field(default_factory=dict)
    collector: BodyCollector = field(default_factory=lambda: BodyCollector(0))

    @classmethod
    def prepare(cls, outgoing: EgressRequest) -> "_Call":
        if outgoing.method not in METHODS:
            raise Invalid(_("This HTTP method can't be used."), code="url_refused")
        if len(outgoing.body) > outgoing.limits.max_request_bytes:
            raise Invalid(_("The content to send is too large."), code="url_refused")
        target = parse_url(outgoing.url)
        return cls(outgoing, target, _outgoing_headers(outgoing, target))

    def arguments(self) -> _StreamArguments:
        limits = self.outgoing.limits
        has_body = bool(self.outgoing.body) or self.outgoing.method in {"POST", "PUT", "PATCH"}
        return {
            "method": self.outgoing.method.encode(),
            "url": httpcore.URL(
                scheme=self.target.scheme.encode(),
                host=self.target.host.encode(),
                port=self.target.port,
                target=self.target.path.encode(),
            ),
            "headers": self.headers,
            "content": self.outgoing.body if has_body else None,
            "extensions": {
                "timeout": {"connect": limits.connect, "read": limits.read, "write": limits.read, "pool": limits.total}
            },
        }

    def take_head(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        for name, value in headers:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            self.response_headers[key] = (
                f"{self.response_headers[key]}, {text}" if key in self.response_headers else text
            )
        encoding = self.response_headers.get("content-encoding", "").strip().lower()
        self.collector = BodyCollector(self.outgoing.limits.max_response_bytes, encoding)
        self.status = status

    def take_body(self, chunk: bytes) -> bool:
        """Keep `chunk`; True when enough has been read."""
        self.collector.feed(chunk)
        return self.collector.truncated

    def fail(self, error: Exception) -> None:
        """Turn a failure into Upstream, unless the head is in: then only the body is cut short."""
        if self.status is not None:
            self.collector.truncated = True
            return
        if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
            if isinstance(_root_cause(error), ssl.SSLCertVerificationError):
                message = _("The other server's certificate can't be trusted.")
                raise Upstream(message, retryable=False, code="certificate") from error
            raise Upstream(_("The other server can't be reached."), retryable=True, code="connect") from error
        repeatable = self.outgoing.method in REPEATABLE_METHODS or self.outgoing.idempotency_key is not None
        raise Upstream(_("The other server did not answer."), retryable=repeatable, code="ambiguous") from error

    def response(self) -> EgressResponse:
        if self.status is None:
            raise Upstream(_("The other server did not answer."), retryable=False, code="ambiguous")
        elapsed = round((time.monotonic() - self.started) * 1000)
        return EgressResponse(
            self.status, self.response_headers, self.collector.body, self.collector.truncated, elapsed
        )


def _outgoing_headers(outgoing: EgressRequest, target: Target) -> list[tuple[bytes, bytes]]:
    headers = {"accept": "*/*", "user-agent": "AutoCRM"}
    for name, value in outgoing.headers.items():
        key = name.lower()
        if key in OWN_HEADERS or key.startswith("proxy-") or not _HEADER_NAME.fullmatch(name):
            raise Invalid(_("The header %(name)s can't be set.") % {"name": ascii(name)}, code="url_refused")
        headers[key] = value
    if outgoing.idempotency_key is not None:
        headers["idempotency-key"] = outgoing.idempotency_key
    for name, value in headers.items():
        if not _HEADER_VALUE.fullmatch(value):
            raise Invalid(_("The header %(name)s has a wrong value.") % {"name": ascii(name)}, code="url_refused")
    headers |= {"host": target.authority, "connection": "close", "accept-encoding": "gzip, deflate"}
    return [(name.encode("ascii"), value.strip().encode("latin-1")) for name, value in headers.items()]


def _root_cause(error: BaseException) -> BaseException:
    while error.__cause__ is not None or error.__context__ is not None:
        error = error.__cause__ or error.__context__ or error
    return error


@cache
def _context_for(ca_file: str) -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    return context


def _ssl_context() -> ssl.SSLContext:
    """The certificates to trust: the bundled ones, plus `settings.EGRESS_CA_FILE` for a company's own authority."""
    return _context_for(str(getattr(settings, "EGRESS_CA_FILE", "") or ""))
