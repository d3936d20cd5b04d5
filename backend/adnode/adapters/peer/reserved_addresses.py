"""Addresses that no other node can have: what IANA's registries call not globally reachable, and its like.

Built from https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry (RFC 6890, RFC 8190 and what was registered since), not
from ``ipaddress.is_global``, which says something else with each Python. Entries without an answer there ("N/A") count
as not reachable. Of a block that is not reachable everything is refused, anycast addresses of protocols inside it too.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_BLOCKS_4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network, RFC 791
        "10.0.0.0/8",  # private use, RFC 1918
        "100.64.0.0/10",  # shared address space, RFC 6598
        "127.0.0.0/8",  # loopback, RFC 1122
        "168.63.129.16/32",  # Azure's own services, as every machine there reaches them; in no registry
        "169.254.0.0/16",  # link local, RFC 3927; where clouds keep their machines' credentials
        "172.16.0.0/12",  # private use, RFC 1918
        "192.0.0.0/24",  # protocol assignments, RFC 6890, RFC 7335, RFC 7600, RFC 7723, RFC 8155, RFC 8880
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.88.99.0/24",  # relays of 6to4 and 6a44, RFC 7526, RFC 6751
        "192.168.0.0/16",  # private use, RFC 1918
        "198.18.0.0/15",  # benchmarking, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, RFC 1112; limited broadcast, RFC 919
    )
)
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""The only part of IPv6 that IANA gives out as unicast addresses (RFC 4291, RFC 3587). Outside it lie loopback, IPv4
inside IPv6 in its many forms (::/96, ::ffff:0:0:0/96, 64:ff9b:1::/48 of RFC 8215), discard-only and dummy addresses
(RFC 6666, RFC 9780), segment routing (5f00::/16, RFC 9602), unique local, link local, site local (RFC 3879) and
multicast addresses."""
_BLOCKS_6 = tuple(
    ipaddress.IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, RFC 2928: Teredo (RFC 4380), benchmarking (RFC 5180), ORCHID (RFC 7343)
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4, RFC 3056: leads to the IPv4 address inside it
        "3fff::/20",  # documentation, RFC 9637
    )
)
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator, RFC 6052."""


def is_reserved(address: Address) -> bool:
    """Say whether no node of another company can be at this address; raises nothing.

    An IPv4 address is to be given as such: see ``plain_address``.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in block for block in _BLOCKS_4)
    return address not in GLOBAL_UNICAST or any(address in block for block in _BLOCKS_6)


def is_loopback(address: Address) -> bool:
    """Say whether it leads to this machine itself, however it is written."""
    return plain_address(address).is_loopback


def plain_address(address: Address) -> Address:
    """Return the IPv4 address inside a mapped or translated IPv6 one: both lead to the same place."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address
