"""Port to the other node."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from adnode.domain.message import Message, MessageAnswer
from adnode.domain.queues import QueueReport
from adnode.ports.gateway import ContentStream


@dataclass(frozen=True, slots=True)
class PeerEndpoint:
    """Where and with which keys the peer of a connection is called. Keys are raw Ed25519 (32 bytes)."""

    connection_id: str
    url: str
    private_key: bytes = field(repr=False)
    public_key: bytes
    peer_public_key: bytes


@dataclass(frozen=True, slots=True)
class PeerInformation:
    """What a node says to anybody: protocol range and modes offered."""

    minimum_version: int
    maximum_version: int
    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the acceptor posts. ``proof`` is the HMAC-SHA-256 with the invitation's secret over the transcript of
    the other fields.
    """

    invitation_id: str
    connection_id: str
    public_key: bytes
    organization_id: str
    organization_name: str
    organization_url: str
    node_url: str
    protocol_version: int
    nonce: str
    proof: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class AcceptanceAnswer:
    """What the initiator answers, signed with the key from the code."""

    connection_id: str
    name: str
    organization_id: str
    organization_name: str
    organization_url: str


class PeerTransport(Protocol):
    """Calls to the peer. Raises PeerUnreachableError, PeerBusyError, PeerRefusedError, SignatureError,
    UrlRefusedError, ContentUnavailableError.
    """

    def check_url(self, url: str) -> None:
        """Raise UrlRefusedError when the SSRF rules forbid this URL."""

    def fetch_information(self, url: str) -> PeerInformation: ...
    def accept_invitation(self, endpoint: PeerEndpoint, acceptance: Acceptance) -> AcceptanceAnswer: ...
    def send_messages(
        self, endpoint: PeerEndpoint, messages: Sequence[Message], report: QueueReport
    ) -> list[MessageAnswer]: ...
    def poll_messages(self, endpoint: PeerEndpoint, report: QueueReport, wait_seconds: float) -> list[Message]:
        """Return what stands in the peer's queue behind the position that the report names."""

    def open_content(self, endpoint: PeerEndpoint, key: str) -> AbstractContextManager[ContentStream]:
        """Open the content of a file of the peer; the digest is checked as the last chunk is read
        (ContentMismatchError).
        """

    def put_content(self, endpoint: PeerEndpoint, key: str, name: str, stream: ContentStream) -> None:
        """Send the content of one of our files to a peer that asked for it."""


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """A peer request whose signature, time window and covered parts hold; the nonce is still to be remembered."""

    key_id: str
    nonce: str
    expires_at: datetime
