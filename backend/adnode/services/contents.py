"""Files between the two Azure DevOps: streamed straight through, never whole in memory."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from adnode.domain.connection import Connection
from adnode.domain.errors import (
    AdnodeError,
    ContentMismatchError,
    ContentUnavailableError,
    PeerBusyError,
    WorkItemNotFoundError,
)
from adnode.domain.message import ContentBody, Message, MessageKind, QueueStatus
from adnode.domain.trace import Content
from adnode.ports.gateway import ContentStream, GatewayProvider
from adnode.ports.peer import PeerTransport
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Topic, Vault, Wakeups
from adnode.services.failures import retries_by_itself
from adnode.services.peers import make_endpoint

log = structlog.get_logger(__name__)

MISMATCH_ATTEMPTS = 2
"""Content that does not have its digest is fetched once more."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of ours that a key stands for."""

    attachment_id: str
    name: str


class ContentService:
    """Gives files to the peer and takes files from it, by key."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: GatewayProvider,
        transport: PeerTransport,
        vault: Vault,
        wakeups: Wakeups,
        clock: Clock,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._transport = transport
        self._vault = vault
        self._wakeups = wakeups
        self._clock = clock

    @contextmanager
    def open(self, connection_id: str, key: str) -> Iterator[ContentStream]:
        """Open one of our files for the peer.

        Only files of work items that are in sync over this connection are given; raises ContentUnavailableError for any
        other key.
        """
        connection, file = self._find_file(connection_id, key)
        gateway = self._gateways.get(connection.organization_id)
        try:
            with gateway.open_attachment(file.attachment_id, file.name) as stream:
                yield stream
        except WorkItemNotFoundError as error:
            raise ContentUnavailableError(f"File {file.name} is not there any more.", key=key) from error

    def store(self, connection_id: str, key: str, name: str, stream: ContentStream, sha256: str = "") -> Content:
        """Upload a file of the peer to our Azure DevOps and remember it under its key.

        ``sha256`` is the announced digest in hexadecimal, '' when the stream checks it itself. Raises
        ContentMismatchError when other bytes came.
        """
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
        return self._upload(connection, key, name, connection.project, stream, sha256)

    def pull(self, connection: Connection, key: str, name: str, project: str) -> Content:
        """Fetch a file from a peer that can be called, and upload it here."""
        endpoint = make_endpoint(connection, self._vault)
        for attempt in range(1, MISMATCH_ATTEMPTS + 1):
            try:
                with self._transport.open_content(endpoint, key) as stream:
                    return self._upload(connection, key, name, project, stream, "")
            except ContentMismatchError:
                if attempt == MISMATCH_ATTEMPTS:
                    raise
        raise ContentMismatchError(f"File {name} arrived damaged twice.", key=key)

    def answer_requests(self, connection_id: str) -> int:
        """Send the files that a peer which can't call us has asked for; return how many requests were answered.

        What can't be sent just now is tried again at the next call; one file stops no other, but a busy peer is left
        alone.
        """
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            requests = work.inbox.pending_of_kind(connection_id, MessageKind.CONTENT_REQUESTED)
        answered = 0
        try:
            for request in requests:
                if isinstance(request.body, ContentBody) and self._answer(connection, request, request.body):
                    answered += 1
        except PeerBusyError:
            log.info("files_wait_for_a_busy_peer", connection=connection.id)
        if answered:
            self._wakeups.wake(Topic.SEND, connection_id)
        return answered

    def _answer(self, connection: Connection, request: Message, body: ContentBody) -> bool:
        """Answer a request; say whether it is over."""
        sent: list[str] = []
        refused: list[tuple[str, AdnodeError]] = []
        for key in body.keys:
            try:
                self._put(connection, key)
                sent.append(key)
            except PeerBusyError:
                raise
            except AdnodeError as error:
                if retries_by_itself(error):
                    log.warning("file_not_sent_yet", connection=connection.id, code=error.code, reason=error.message)
                    return False
                refused.append((key, error))
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            if sent:
                body = ContentBody(tuple(sent))
                work.outbox.add(connection.id, request.twin_id, MessageKind.CONTENT_SENT, body, now)
            for key, reason in refused:
                body = ContentBody((key,), reason.code, reason.message)
                work.outbox.add(connection.id, request.twin_id, MessageKind.CONTENT_FAILED, body, now)
            work.inbox.settle([request.id], QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
            work.commit()
        return True

    def _put(self, connection: Connection, key: str) -> None:
        _, file = self._find_file(connection.id, key)
        endpoint = make_endpoint(connection, self._vault)
        with self.open(connection.id, key) as stream:
            self._transport.put_content(endpoint, key, file.name, stream)

    def _find_file(self, connection_id: str, key: str) -> tuple[Connection, LocalFile]:
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            file = _look_up(work, connection, key)
        if file is None:
            raise ContentUnavailableError(
                f"File {key} belongs to no work item that is in sync over connection {connection.name}.", key=key
            )
        return connection, file

    def _upload(
        self, connection: Connection, key: str, name: str, project: str, stream: ContentStream, sha256: str
    ) -> Content:
        counted = CountedStream(stream)
        gateway = self._gateways.get(connection.organization_id)
        uploaded = gateway.upload_attachment(project, name, ContentStream(iter(counted), stream.size))
        digest = counted.sha256.hexdigest()
        if sha256 and digest != sha256:
            raise ContentMismatchError(f"File {name} arrived damaged; it is fetched again.", key=key)
        content = Content(connection.id, key, uploaded.id, uploaded.url, digest, counted.size)
        with self._new_unit_of_work() as work:
            work.traces.add_content(content)
            work.commit()
        return content


class CountedStream:
    """Bytes on their way through, counted and hashed."""

    def __init__(self, stream: ContentStream) -> None:
        self._chunks = stream.chunks
        self.size = 0
        self.sha256 = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            self.sha256.update(chunk)
            yield chunk


def _look_up(work: UnitOfWork, connection: Connection, key: str) -> LocalFile | None:
    trace = work.traces.find_by_key(connection.organization_id, key)
    if trace is None:
        return None
    twins = work.twins.find_by_work_item(connection.organization_id, [trace.work_item_id])
    if not any(twin.connection_id == connection.id for twin in twins):
        return None
    name = getattr(trace.value, "name", "") or "file"
    return LocalFile(trace.local_id, name)
