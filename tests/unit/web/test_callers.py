"""Who calls, by address."""

import pytest

from adnode.web.callers import caller_address, caller_group


@pytest.mark.parametrize(
    ("said", "proxies", "address"),
    [
        ("", 0, "10.0.0.1"),
        ("192.0.2.1", 0, "10.0.0.1"),
        ("192.0.2.1", 1, "192.0.2.1"),
        ("spoofed, 192.0.2.1", 1, "192.0.2.1"),
        ("spoofed, 192.0.2.1, 10.0.0.9", 2, "192.0.2.1"),
        ("192.0.2.1", 2, "10.0.0.1"),
        ("", 1, "10.0.0.1"),
    ],
)
def test_the_last_trusted_proxy_says_who_called(said: str, proxies: int, address: str) -> None:
    assert caller_address("10.0.0.1", said, proxies) == address


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("nonsense", "nonsense"),
        ("x" * 1000, "x" * 100),
        ("", ""),
    ],
)
def test_callers_are_counted_by_address_or_network(address: str, group: str) -> None:
    assert caller_group(address) == group
