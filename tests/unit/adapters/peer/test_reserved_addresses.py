"""Which addresses no node can have, entry by entry.

The lists are the registries' own (https://www.iana.org/assignments/iana-ipv4-special-registry,
https://www.iana.org/assignments/iana-ipv6-special-registry, RFC 6890 with its updates), not taken from the code: of
every entry the first and the last address, and what lies beside it where that is an ordinary one.
"""

import ipaddress

import pytest

from adnode.adapters.peer.guarded_network import NetworkPolicy

STRICT = NetworkPolicy()
LOOPBACK = NetworkPolicy(allows_loopback_http=True)

NOT_GLOBALLY_REACHABLE = [
    # IPv4
    "0.0.0.0/8",
    "0.0.0.0/32",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.0.0/29",
    "192.0.0.8/32",
    "192.0.0.170/32",
    "192.0.0.171/32",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.88.99.2/32",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "255.255.255.255/32",
    # IPv6
    "::1/128",
    "::/128",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001::/32",
    "2001:2::/48",
    "2001:10::/28",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
]
"""Globally Reachable is False, or N/A for what is deprecated or depends on an address inside."""

REACHABLE_WITHIN_A_BLOCK_THAT_IS_NOT = [
    "192.0.0.9/32",
    "192.0.0.10/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:20::/28",
]
"""Anycast services and identifiers of protocols inside refused blocks: no node is there."""

OUTSIDE_THE_REGISTRIES = [
    "224.0.0.0/4",
    "ff00::/8",
    "fec0::/10",
    "::/96",
    "::ffff:0:0:0/96",
    "200::/7",
    "4000::/3",
    "e000::/4",
    "168.63.129.16/32",
]
"""Multicast (RFC 5771, RFC 4291), site-local addresses (RFC 3879), IPv4 inside IPv6 as nobody does any more (RFC 4291,
RFC 2765), what IANA has never given out for unicast, and the address at which Azure serves its machines
(https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16)."""

REFUSED = [*NOT_GLOBALLY_REACHABLE, *REACHABLE_WITHIN_A_BLOCK_THAT_IS_NOT, *OUTSIDE_THE_REGISTRIES]

ORDINARY = [
    "1.0.0.0",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.0.3.0",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "192.175.48.1",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "2000::1",
    "2001:200::1",
    "2001:db7:ffff::1",
    "2001:db9::1",
    "2003::1",
    "2606:4700::1111",
    "2620:4f:8000::1",
    "3ffe:ffff::1",
    "3fff:1000::1",
]


def edges(block: str) -> list[str]:
    network = ipaddress.ip_network(block)
    return [str(network[0]), str(network[-1])]


@pytest.mark.parametrize("address", [address for block in REFUSED for address in edges(block)])
def test_what_the_registries_reserve_is_refused(address: str) -> None:
    assert STRICT.permitted([ipaddress.ip_address(address)]) == []


@pytest.mark.parametrize("address", ORDINARY)
def test_what_lies_beside_is_not(address: str) -> None:
    assert STRICT.permitted([ipaddress.ip_address(address)])


@pytest.mark.parametrize("block", [block for block in REFUSED if ":" not in block])
@pytest.mark.parametrize("prefix", ["::ffff:", "64:ff9b::"])
def test_an_ipv4_address_is_judged_inside_an_ipv6_one_too(prefix: str, block: str) -> None:
    for address in edges(block):
        assert STRICT.permitted([ipaddress.ip_address(f"{prefix}{address}")]) == []


@pytest.mark.parametrize("address", ["::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_a_mapped_or_translated_global_address_is_fine(address: str) -> None:
    assert STRICT.permitted([ipaddress.ip_address(address)])


@pytest.mark.parametrize(
    "address",
    ["::8.8.8.8", "::127.0.0.1", "64:ff9b:1::8.8.8.8", "64:ff9b:1:a00::", "2002:808:808::1", "2001:0:808:808::1"],
)
def test_other_ways_to_hide_an_ipv4_address_lead_nowhere(address: str) -> None:
    assert STRICT.permitted([ipaddress.ip_address(address)]) == []
    assert LOOPBACK.permitted([ipaddress.ip_address(address)]) == []


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ("192.168.0.0/16", "192.168.3.4"),
        ("192.168.0.0/16", "::ffff:192.168.3.4"),
        ("168.63.129.16/32", "168.63.129.16"),
        ("64:ff9b:1::/48", "64:ff9b:1::a00:1"),
        ("fd00::/8", "fd00::1"),
    ],
)
def test_the_operator_may_allow_any_of_them(network: str, address: str) -> None:
    office = NetworkPolicy(allowed_networks=(ipaddress.ip_network(network),))
    assert office.permitted([ipaddress.ip_address(address)])
