"""Files between the two Azure DevOps: streamed straight through, never whole in memory."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from adnode.domain.connection import Connection
from adnode.domain.errors import (
    ContentMismatchError,
    ContentNotAskedForError,
    ContentTooLongError,
    ContentUnavailableError,
    WorkItemNotFoundError,
)
from adnode.domain.limits import FILE_SIZE
from adnode.domain.trace import Content
from adnode.domain.twin import TwinStatus
from adnode.domain.visible_text import make_file_name
from adnode.ports.gateway import ContentStream, GatewayProvider
from adnode.ports.peer import PeerTransport
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Vault
from adnode.services.peers import make_endpoint

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
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._transport = transport
        self._vault = vault

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

    def put(self, connection: Connection, key: str, check: Callable[[], None]) -> None:
        """Send one of our files to a peer that asked for it. ``check`` is called all along, and ends it by raising."""
        _, file = self._find_file(connection.id, key)
        endpoint = make_endpoint(connection, self._vault)
        with self.open(connection.id, key) as stream:
            checked = ContentStream(_checked(stream.chunks, check), stream.size)
            self._transport.put_content(endpoint, key, file.name, checked)

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
