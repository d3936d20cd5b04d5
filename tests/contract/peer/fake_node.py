"""A node that remembers what its peer did, behind any transport."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from adnode.domain.errors import ContentUnavailableError, InvitationUsedError, StateError
from adnode.domain.message import AppliedBody, Message, MessageAnswer
from adnode.domain.queues import QueueReport
from adnode.ports.gateway import ContentStream
from adnode.ports.peer import Acceptance, AcceptanceAnswer
from adnode.services.exchange import Waiting

CONNECTION_ID = "connection-1"
INVITATION_ID = "invitation-1"


def _taken_from(chunks: deque[bytes]) -> Iterator[bytes]:
    while chunks:
        yield chunks.popleft()


def make_message(sequence: int, *, text: str = "https://dev.example/1") -> Message:
    body = AppliedBody(7, text, frozenset({"org:7"}), ("m-0",))
    return Message(f"m-{sequence}", sequence, "applied", "twin-1", body, datetime(2026, 1, 5, 9, 0, tzinfo=UTC))


class FakeNode:
    """Implements PeerNode and the services that the web edge calls."""

    def __init__(self) -> None:
        self.peer_key: bytes | None = None
        self.accepted: list[Acceptance] = []
        self.received: list[Message] = []
        self.waiting: list[Message] = []
        self.polls: list[QueueReport] = []
        self.reports: list[QueueReport] = []
        self.doubt: StateError | None = None
        self.looks = 0
        self.files: dict[str, list[bytes]] = {}
        self.stored: dict[str, tuple[str, bytes, int | None]] = {}
        self.is_active = True

    def pinned_key(self, connection_id: str) -> bytes | None:
        return self.peer_key if connection_id == CONNECTION_ID else None

    def admit(self, acceptance: Acceptance) -> AcceptanceAnswer:
        if self.accepted and self.accepted[0].public_key != acceptance.public_key:
            raise InvitationUsedError("This invitation was used by another node already.")
        self.accepted.append(acceptance)
        return AcceptanceAnswer(CONNECTION_ID, "Müller – Zulieferer", "org-a", "Alpha", "https://dev.example/alpha")

    def receive(self, connection_id: str, messages: Sequence[Message], report: QueueReport) -> list[MessageAnswer]:
        self._check_active()
        self.reports.append(report)
        known = {message.id for message in self.received}
        self.received += [message for message in messages if message.id not in known]
        return [MessageAnswer(one.id, "duplicate" if one.id in known else "stored") for one in messages]

    def acknowledge(self, connection_id: str, report: QueueReport) -> None:
        self._check_active()
        if self.doubt is not None:
            raise self.doubt
        self.polls.append(report)

    def look(self, connection_id: str, after: int) -> Waiting:
        self.looks += 1
        messages = tuple(message for message in self.waiting if message.sequence > after)
        return Waiting(messages, may_wait=self.is_active and not messages)

    def list_ready(self, parked: Mapping[str, int]) -> set[str]:
        return {
            connection_id for connection_id, after in parked.items() if not self.look(connection_id, after).may_wait
        }

    def hand_out(self, connection_id: str, report: QueueReport) -> Sequence[Message]:
        self.acknowledge(connection_id, report)
        return self.look(connection_id, report.known.sequence).messages

    @contextmanager
    def open_content(self, connection_id: str, key: str) -> Iterator[ContentStream]:
        if key not in self.files:
            raise ContentUnavailableError(f"File {key} is not there.")
        chunks = deque(self.files[key])
        size = sum(len(chunk) for chunk in chunks)
        try:
            yield ContentStream(_taken_from(chunks), size)
        finally:
            # As with a connection: once it is closed, nothing comes any more.
            chunks.clear()

    def store_content(self, connection_id: str, key: str, name: str, stream: ContentStream) -> None:
        self.stored[key] = (name, b"".join(stream.chunks), stream.size)

    open = open_content

    def store(self, connection_id: str, key: str, name: str, stream: ContentStream, sha256: str = "") -> None:
        self.store_content(connection_id, key, name, stream)

    def _check_active(self) -> None:
        if not self.is_active:
            raise StateError("Connection Alpha is deactivated on this side.")
