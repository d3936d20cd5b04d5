"""Files between the two Azure DevOps: streamed straight through, never whole in memory."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from adnode.domain.connection import Connection
from adnode.domain.errors import (
    AdnodeError,
    ContentMismatchError,
    ContentNotAskedForError,
    ContentTooLongError,
    ContentUnavailableError,
    PeerBusyError,
    WorkItemNotFoundError,
)
from adnode.domain.limits import FILE_SIZE
from adnode.domain.message import ContentBody, Message, MessageKind, QueueStatus
from adnode.domain.trace import Content
from adnode.domain.twin import TwinStatus
from adnode.domain.visible_text import make_file_name
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

    def store(self, connection_id: str, key: str, name: str, stream: ContentStream) -> Content:
        """Upload a file that the peer was asked for to our Azure DevOps and remember it under its key.

        Raises ContentNotAskedForError before anything of it was read; ContentMismatchError when other bytes came.
        """
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            if not _is_asked_for(work, connection, key):
                raise ContentNotAskedForError(
                    f"File {key} was not asked for over connection {connection.name}, or it is here already.", key=key
                )
        return self._upload(connection, key, name, connection.project, stream)

    def has_own(self, connection: Connection, key: str) -> bool:
        """Say whether a key stands for a file of ours that belongs to a work item in sync over the connection."""
        with self._new_unit_of_work() as work:
            return _look_up(work, connection, key) is not None

    def pull(self, connection: Connection, key: str, name: str, project: str, check: Callable[[], None]) -> Content:
        """Fetch a file from a peer that can be called, and upload it here. ``check`` is called all along, and ends it
        by raising.
        """
        endpoint = make_endpoint(connection, self._vault)
        for attempt in range(1, MISMATCH_ATTEMPTS + 1):
            try:
                with self._transport.open_content(endpoint, key) as stream:
                    checked = ContentStream(_checked(stream.chunks, check), stream.size)
                    return self._upload(connection, key, name, project, checked)
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
            except ContentNotAskedForError:
                # It is there already: what was sent came, and its answer was lost.
                sent.append(key)
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

    def _upload(self, connection: Connection, key: str, name: str, project: str, stream: ContentStream) -> Content:
        counted = CountedStream(stream, key)
        gateway = self._gateways.get(connection.organization_id)
        uploaded = gateway.upload_attachment(project, make_file_name(name), ContentStream(iter(counted), stream.size))
        content = Content(connection.id, key, uploaded.id, uploaded.url, counted.sha256.hexdigest(), counted.size)
        with self._new_unit_of_work() as work:
            work.traces.add_content(content)
            work.commit()
        return content


def _checked(chunks: Iterator[bytes], check: Callable[[], None]) -> Iterator[bytes]:
    for chunk in chunks:
        check()
        yield chunk


class CountedStream:
    """Bytes on their way through, counted and hashed. More of them than announced, or than a file may have, end it;
    less than announced are a file that was cut.
    """

    def __init__(self, stream: ContentStream, key: str) -> None:
        self._chunks = stream.chunks
        self._announced = stream.size
        self._key = key
        self.size = 0
        self.sha256 = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        limit = FILE_SIZE.maximum if self._announced is None else min(self._announced, FILE_SIZE.maximum)
        for chunk in self._chunks:
            self.size += len(chunk)
            if self.size > limit:
                raise ContentTooLongError(
                    f"File {self._key} was cut: more came of it than the {limit:,} bytes that were announced or that a "
                    "file may have. It stays where it is and is not copied.",
                    key=self._key,
                )
            self.sha256.update(chunk)
            yield chunk
        if self._announced is not None and self.size < self._announced:
            raise ContentMismatchError(f"File {self._key} arrived incomplete; it is fetched again.", key=self._key)


def _is_asked_for(work: UnitOfWork, connection: Connection, key: str) -> bool:
    """Say whether a twin that is still in sync over the connection waits for the file."""
    asked = work.traces.asked_files(connection.id, [key]).get(key)
    twin = work.twins.find([asked.twin_id]).get(asked.twin_id) if asked else None
    return twin is not None and twin.connection_id == connection.id and twin.status is not TwinStatus.UNLINKED


def _look_up(work: UnitOfWork, connection: Connection, key: str) -> LocalFile | None:
    trace = work.traces.find_by_key(connection.organization_id, key)
    if trace is None:
        return None
    twins = work.twins.find_by_work_item(connection.organization_id, [trace.work_item_id])
    if not any(twin.connection_id == connection.id for twin in twins):
        return None
    name = getattr(trace.value, "name", "") or "file"
    return LocalFile(trace.local_id, name)
