"""Connections only to places that this node may call (SSRF rules of the peer protocol).

https only (plain http to loopback where the operator allows it), no user info; the name is resolved once, every
reserved address is refused unless the operator allows its network, and the connection goes to the checked address.
"""

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import SplitResult, urlsplit

import httpcore2
import httpx2

from adnode.adapters.peer.reserved_addresses import Address, Network, is_loopback, is_reserved, plain_address
from adnode.domain.errors import UrlRefusedError

CONNECT_ATTEMPT_LIMIT = 4
"""Addresses of one name that are tried."""


class BlockedAddressError(httpcore2.ConnectError):
    """A name leads to an address that must not be called."""


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """Where the node may call. ``allowed_networks`` are the operator's exceptions from "nothing reserved"."""

    allowed_networks: tuple[Network, ...] = ()
    allows_loopback_http: bool = False

    def check_url(self, url: str) -> None:
        """Raise UrlRefusedError for a URL that may not be called, by its form or by where its name leads."""
        parts = _split(url)
        if parts.username is not None or parts.password is not None:
            raise _refused(url, "it contains a user name or password")
        if parts.query or parts.fragment:
            raise _refused(url, "it must end with the path")
        host = parts.hostname
        if not host:
            raise _refused(url, "it names no host")
        addresses = self._resolve(url, host, _port(url, parts))
        if parts.scheme == "http":
            if not (self.allows_loopback_http and all(map(is_loopback, addresses))):
                raise _refused(url, "it must begin with https://")
        elif parts.scheme != "https":
            raise _refused(url, "it must begin with https://")
        if not self.permitted(addresses):
            raise _refused(url, "it leads to an address inside a private network, which the operator has not allowed")

    def permitted(self, addresses: Iterable[Address]) -> list[Address]:
        """Return the addresses that may be called; none when any of them may not."""
        checked = list(addresses)
        return checked if all(self._permits(address) for address in checked) else []

    def _permits(self, address: Address) -> bool:
        plain = plain_address(address)
        if any(one in network for network in self.allowed_networks for one in (address, plain)):
            return True
        if is_loopback(plain):
            return self.allows_loopback_http
        return not is_reserved(plain)

    def _resolve(self, url: str, host: str, port: int) -> list[Address]:
        try:
            return resolve(host, port)
        except OSError as error:
            raise _refused(url, "its host name is not known") from error


def resolve(host: str, port: int) -> list[Address]:
    """Return all addresses of a name, without repetition; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    return list(dict.fromkeys(addresses))


class GuardedBackend(httpcore2.NetworkBackend):
    """A network backend that resolves once, checks, and connects to the checked address."""

    def __init__(self, policy: NetworkPolicy) -> None:
        self._policy = policy
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to a permitted address of the host; raises BlockedAddressError."""
        permitted = self._policy.permitted(self._resolve(host, port))
        if not permitted:
            raise BlockedAddressError(f"{host} leads to an address that must not be called")
        return self._connect_first(permitted[:CONNECT_ATTEMPT_LIMIT], port, timeout, local_address, socket_options)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        """Refuse: a peer is never behind a socket file."""
        raise BlockedAddressError("socket files must not be called")

    def _resolve(self, host: str, port: int) -> list[Address]:
        try:
            return resolve(host, port)
        except OSError as error:
            raise httpcore2.ConnectError(f"{host} is not known") from error

    def _connect_first(
        self,
        addresses: Sequence[Address],
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[Any] | None,
    ) -> httpcore2.NetworkStream:
        failure: httpcore2.ConnectError | httpcore2.ConnectTimeout | None = None
        for address in addresses:
            try:
                return self._backend.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError("the name has no address")


def make_guarded_client(policy: NetworkPolicy, connection_limit: int) -> httpx2.Client:
    """Return a pooled client behind the guard: no redirects, no proxy from the environment."""
    limits = httpx2.Limits(max_connections=connection_limit, max_keepalive_connections=connection_limit)
    transport = httpx2.HTTPTransport(limits=limits, trust_env=False)
    # The client offers no public place for a network backend; a test fails when this one moves.
    cast(Any, transport)._pool._network_backend = GuardedBackend(policy)
    return httpx2.Client(transport=transport, follow_redirects=False, trust_env=False)


def _split(url: str) -> SplitResult:
    if any(character.isspace() or ord(character) < 32 for character in url) or "\\" in url:
        raise _refused(url, "it contains characters that no URL has")
    try:
        return urlsplit(url)
    except ValueError as error:
        raise _refused(url, "it is no URL") from error


def _port(url: str, parts: SplitResult) -> int:
    try:
        return parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError as error:
        raise _refused(url, "its port is no number from 1 to 65535") from error


def _refused(url: str, reason: str) -> UrlRefusedError:
    shown = url.rpartition("@")[2][:200]
    return UrlRefusedError(
        f"The address {shown} can't be called: {reason}. Ask the other administrator for the right one."
    )
