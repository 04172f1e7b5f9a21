"""Looking a host up once and refusing it unless every one of its addresses may be spoken to."""

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from autocrm.kernel.egress.addresses import allowed_networks, is_opened, is_public, parse_sockaddr_host
from autocrm.kernel.egress.urls import Target, allowed_ports, refused_url
from autocrm.kernel.errors import Upstream

MAX_ADDRESSES = 8
MAX_LOOKUPS_AT_ONCE = 32

Resolver = Callable[[str, int], Iterable[str]]

_lookups = threading.BoundedSemaphore(MAX_LOOKUPS_AT_ONCE)


def system_resolver(host: str, port: int) -> list[str]:
    """All A and AAAA records of `host` as the system finds them, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(sockaddr[0]) for *_rest, sockaddr in found))


def resolve_target(target: Target, *, timeout: float, resolver: Resolver = system_resolver) -> list[str]:
    """The addresses to connect to for `target`. Raises Invalid when refused, Upstream when there are none."""
    if target.literal is not None:
        return check_addresses([str(target.literal)], port=target.port)
    return resolve_addresses(target.host, target.port, timeout=timeout, resolver=resolver)


def resolve_addresses(
    host: str, port: int, *, timeout: float, resolver: Resolver = system_resolver, any_port: bool = False
) -> list[str]:
    """Look `host` up once, within `timeout` seconds, and return its addresses if every one is allowed.

    Connect to the returned addresses, never to the name again. `any_port` is for protocols with ports of their own
    (IMAP, SMTP). Raises Invalid (code "url_refused") when refused and Upstream when the look-up fails.
    """
    return check_addresses(_look_up(host, port, timeout, resolver), port=port, any_port=any_port)


def check_addresses(found: Iterable[str], *, port: int, any_port: bool = False) -> list[str]:
    """The addresses in canonical form. Raises Invalid unless all are public, or in a network the operator opened."""
    addresses = [parse_sockaddr_host(text) for text in found]
    if not addresses:
        raise Upstream(_("This host name has no address."), retryable=True, code="dns")
    networks = allowed_networks()
    opened = [is_opened(address, networks) for address in addresses]
    if not all(is_open or is_public(address) for address, is_open in zip(addresses, opened, strict=True)):
        raise refused_url(_("This address is inside a private network and can't be called."))
    if not any_port and not all(opened) and port not in allowed_ports():
        raise refused_url(_("This port can't be called."))
    return [str(address) for address in addresses[:MAX_ADDRESSES]]


@dataclass(frozen=True, slots=True)
class _Answer:
    addresses: list[str]
    error: Exception | None = None


def _look_up(host: str, port: int, timeout: float, resolver: Resolver) -> list[str]:
    """Run the blocking look-up in a thread of its own, since getaddrinfo knows no timeout."""
    give_up_at = time.monotonic() + timeout
    if not _lookups.acquire(timeout=max(timeout, 0.001)):
        raise Upstream(_("Too many host names are being looked up."), retryable=True, code="dns")
    answers: queue.SimpleQueue[_Answer] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put(_Answer(list(resolver(host, port))))
        except (OSError, ValueError) as error:
            answers.put(_Answer([], error))
        finally:
            _lookups.release()

    threading.Thread(target=work, name="egress-lookup", daemon=True).start()
    try:
        answer = answers.get(timeout=max(give_up_at - time.monotonic(), 0.001))
    except queue.Empty as error:
        raise Upstream(_("Looking up the host name took too long."), retryable=True, code="dns") from error
    if answer.error is not None:
        raise Upstream(_("This host name can't be found."), retryable=True, code="dns") from answer.error
    return answer.addresses
