"""Which IP addresses may be spoken to: public ones, and the networks an operator has opened by name.

An address inside another one (IPv4-mapped, IPv4-compatible, 6to4, NAT64, Teredo) is judged by what it leads to.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
_COMPATIBLE = IPv6Network("::/96")
_SPECIAL = frozenset({IPv6Address("::"), IPv6Address("::1")})
_GLOBAL_UNICAST = IPv6Network("2000::/3")

# Global by the registry, yet never a web service of somebody else: cloud hosts answer for themselves on the first;
# the others are relays, protocol assignments, documentation and benchmarking that Python 3.11 calls global in part.
_NEVER = tuple(
    ip_network(text)
    for text in (
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
)


def unwrap(address: Address) -> list[Address]:
    """The addresses that traffic to `address` ends at: those embedded in it, or itself."""
    if isinstance(address, IPv4Address) or address in _SPECIAL:
        return [address]
    return _embedded(address) or [address]


def is_public(address: Address) -> bool:
    """Whether `address`, and everything embedded in it, is globally routable unicast."""
    return all(_is_global_unicast(inner) for inner in unwrap(address))


def allowed_networks() -> tuple[Network, ...]:
    """The networks of `settings.EGRESS_ALLOWED_NETWORKS`, which are open although they are not public."""
    return tuple(ip_network(text) for text in getattr(settings, "EGRESS_ALLOWED_NETWORKS", ()))


def is_opened(address: Address, networks: Sequence[Network]) -> bool:
    """Whether the operator has opened a network that holds everything `address` leads to."""
    return all(any(inner in network for network in networks) for inner in unwrap(address))


def parse_sockaddr_host(text: str) -> Address:
    """An address as the resolver prints it; a scope id ("%eth0") only ever belongs to a link-local one."""
    return ip_address(text.partition("%")[0])


def _is_global_unicast(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not any(address in network for network in _NEVER)


def _embedded(address: IPv6Address) -> list[Address]:
    lower = IPv4Address(int(address) & 0xFFFFFFFF)
    single = address.ipv4_mapped or address.sixtofour
    if single is not None:
        return [single]
    if address.teredo is not None:
        return list(address.teredo)
    if address in _NAT64 or address in _COMPATIBLE:
        return [lower]
    if (int(address) >> 32) & 0xFCFFFFFF == 0x00005EFE:  # ISATAP keeps an IPv4 address in the interface id
        return [address, lower]
    return []
