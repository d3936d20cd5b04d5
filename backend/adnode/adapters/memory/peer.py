"""Two nodes in one process: a transport that calls the other node's services."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from adnode.domain.errors import (
    AdnodeError,
    ContentNotAskedForError,
    ContentTooLongError,
    ContentUnavailableError,
    InvitationError,
    PeerBusyError,
    PeerRefusedError,
    PeerUnreachableError,
    UrlRefusedError,
    ValidationError,
)
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.message_documents import message_to_document
from adnode.domain.peer_messages import read_peer_message, read_peer_messages
from adnode.domain.queue_documents import (
    report_from_document,
    report_from_query,
    report_to_document,
    report_to_query,
)
from adnode.domain.queues import QueueReport
from adnode.ports.gateway import ContentStream
from adnode.ports.peer import Acceptance, AcceptanceAnswer, PeerEndpoint, PeerInformation


class PeerNode(Protocol):
    """What a node shows to its peers."""

    def pinned_key(self, connection_id: str) -> bytes | None:
        """Return the key of the peer of that connection."""

    def admit(self, acceptance: Acceptance) -> AcceptanceAnswer:
        """Let in who proved to hold an invitation."""

    def receive(self, connection_id: str, messages: Sequence[Message], report: QueueReport) -> list[MessageAnswer]:
        """Take in messages."""

    def hand_out(self, connection_id: str, report: QueueReport) -> Sequence[Message]:
        """Return messages for a peer that polls."""

    def open_content(self, connection_id: str, key: str) -> AbstractContextManager[ContentStream]:
        """Open a file."""

    def store_content(self, connection_id: str, key: str, name: str, stream: ContentStream) -> None:
        """Take a file."""


BUSY_CODE = "busy"
_TOLD = ("connection_status", "acknowledged_sequence", "received_sequence")


@dataclass(slots=True)
class MemoryPeerNetwork:
    """Nodes by their URL. ``unreachable`` and ``refused_urls`` make calls fail; ``busy`` (all calls) and
    ``busy_for_content`` say in how many seconds the node at that URL may have room again.
    """

    nodes: dict[str, PeerNode] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    refused_urls: set[str] = field(default_factory=set)
    busy: dict[str, float] = field(default_factory=dict)
    busy_for_content: dict[str, float] = field(default_factory=dict)
    busy_answers: int = 0
    information: Mapping[str, PeerInformation] = field(default_factory=dict)

    def node(self, url: str) -> PeerNode:
        """Return the node at that URL; raises UrlRefusedError, PeerUnreachableError, PeerBusyError."""
        if url in self.refused_urls:
            raise UrlRefusedError(f"The address {url} can't be called.")
        if url in self.unreachable or url not in self.nodes:
            raise PeerUnreachableError(f"The other node at {url} gave no usable answer.")
        self._answer_busy(self.busy.get(url))
        return self.nodes[url]

    def content_node(self, url: str) -> PeerNode:
        """Return the node at that URL for a transfer of content; raises as ``node`` does."""
        node = self.node(url)
        self._answer_busy(self.busy_for_content.get(url))
        return node

    def _answer_busy(self, seconds: float | None) -> None:
        if seconds is not None:
            self.busy_answers += 1
            raise PeerBusyError("The other node is busy.", retry_after_seconds=seconds)


class MemoryPeerTransport:
    """PeerTransport inside one process. Messages pass through their documents, as on the way."""

    def __init__(self, network: MemoryPeerNetwork) -> None:
        self._network = network

    def check_url(self, url: str) -> None:
        """Raise UrlRefusedError for a URL that the network refuses."""
        if url in self._network.refused_urls:
            raise UrlRefusedError(f"The address {url} can't be called.")

    def fetch_information(self, url: str) -> PeerInformation:
        """Return what the node says to anybody."""
        self._network.node(url)
        return self._network.information.get(url, PeerInformation(1, 1, ("basic",)))

    def accept_invitation(self, endpoint: PeerEndpoint, acceptance: Acceptance) -> AcceptanceAnswer:
        """Post the acceptance."""
        with _refusals():
            return self._network.node(endpoint.url).admit(acceptance)

    def send_messages(
        self, endpoint: PeerEndpoint, messages: Sequence[Message], report: QueueReport
    ) -> list[MessageAnswer]:
        """Push messages."""
        node = self._known(endpoint)
        with _refusals():
            told = report_from_document({"queues": report_to_document(report)})
            return node.receive(endpoint.connection_id, [_travelled(message) for message in messages], told)

    def poll_messages(self, endpoint: PeerEndpoint, report: QueueReport, wait_seconds: float) -> list[Message]:
        """Fetch messages; with none there is no waiting."""
        node = self._known(endpoint)
        with _refusals():
            told = report_from_query(report_to_query(report), report.known.sequence)
            messages = node.hand_out(endpoint.connection_id, told)
        try:
            return read_peer_messages([message_to_document(message) for message in messages])
        except ValidationError as error:
            raise PeerUnreachableError(f"The other node gave no usable answer: {error.message}") from error

    @contextmanager
    def open_content(self, endpoint: PeerEndpoint, key: str) -> Iterator[ContentStream]:
        """Open the content of a file of the peer."""
        node = self._known(endpoint, for_content=True)
        with ExitStack() as stack:
            with _refusals():
                stream = stack.enter_context(node.open_content(endpoint.connection_id, key))
            yield stream

    def put_content(self, endpoint: PeerEndpoint, key: str, name: str, stream: ContentStream) -> None:
        """Send the content of one of our files."""
        node = self._known(endpoint, for_content=True)
        with _refusals():
            node.store_content(endpoint.connection_id, key, name, stream)

    def _known(self, endpoint: PeerEndpoint, *, for_content: bool = False) -> PeerNode:
        node = (self._network.content_node if for_content else self._network.node)(endpoint.url)
        pinned = node.pinned_key(endpoint.connection_id)
        if pinned is None:
            raise PeerRefusedError("The other node refused: no such connection.", peer_code="not_found")
        if pinned != endpoint.public_key:
            raise PeerRefusedError("The other node refused: wrong key.", peer_code="signature_invalid")
        return node


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (
        *(InvitationError, ContentUnavailableError, ContentNotAskedForError, ContentTooLongError),
        *(PeerUnreachableError, PeerBusyError),
    ):
        raise
    except AdnodeError as error:
        if error.code == BUSY_CODE:
            raise PeerBusyError(error.message, retry_after_seconds=getattr(error, "retry_after_seconds", 1)) from error
        told = {name: error.details[name] for name in _TOLD if name in error.details}
        raise PeerRefusedError(f"The other node refused: {error.message}", peer_code=error.code, **told) from error


def _travelled(message: Message) -> Message:
    return read_peer_message(message_to_document(message))
