"""Who calls: by address, as far as one can be told."""

import ipaddress
from functools import lru_cache

from werkzeug.http import parse_list_header

NETWORK_BITS = 64
"""Of an IPv6 address: whoever has one has the whole network (RFC 6177)."""


def caller_address(client: str, forwarded_for: str, trusted_proxies: int) -> str:
    """Return the address of whoever calls: behind that many trusted proxies what they say in X-Forwarded-For."""
    said = parse_list_header(forwarded_for) if trusted_proxies else []
    return said[-trusted_proxies] if len(said) >= trusted_proxies > 0 else client


@lru_cache(maxsize=10_000)
def caller_group(address: str) -> str:
    """Return what a caller is counted by: the IPv4 address, or the network of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.IPv6Network((found, NETWORK_BITS), strict=False))
    return str(found)
