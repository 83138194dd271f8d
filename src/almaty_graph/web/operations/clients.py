"""Decides who is asking: the address that the connection or a trusted proxy tells, and whom limits count."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any


def address_of(environ: Mapping[str, Any], trusted_proxies: int = 0) -> str:
    """The address of the client of a WSGI request, in one spelling.

    Each of so many proxies appends to X-Forwarded-For who asked it. What stands before their entries is what
    anybody may have written, and is not believed.
    """
    peer = str(environ.get("REMOTE_ADDR", ""))
    if trusted_proxies:
        told = [each.strip() for each in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        peer = told[-trusted_proxies:][0] or peer
    return plain(peer)


def plain(address: str) -> str:
    """An IP address in its one spelling, of IPv4 if it is one of IPv4; anything else as it is, shortened."""
    if "." in address and ":" not in address:
        return address[:64]  # nearly all, and they have one spelling
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    mapped = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    return str(mapped or known)


def party_of(address: str) -> str:
    """Whom limits count for: an address, or for IPv6 its network of 64 bits, which is one customer's."""
    return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address
