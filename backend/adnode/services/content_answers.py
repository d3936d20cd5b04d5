"""Sending the files that a peer which can't call us has asked for: in a lane of their own, and each file once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

import structlog

from adnode.domain.connection import Connection
from adnode.domain.errors import AdnodeError, ContentNotAskedForError, LeaseLostError, PeerBusyError
from adnode.domain.message import ContentBody, Message, MessageKind, QueueStatus
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Topic, Wakeups
from adnode.services.contacts import is_in_use
from adnode.services.contents import ContentService
from adnode.services.failures import retries_by_itself

LEASE_SECONDS = 60.0
RENEWAL_SECONDS = 20.0

log = structlog.get_logger(__name__)


class ContentAnswerService:
    """Answers requests for files, one process at a time for each connection."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        contents: ContentService,
        wakeups: Wakeups,
        clock: Clock,
        owner: str,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._contents = contents
        self._wakeups = wakeups
        self._clock = clock
        self._owner = owner
        self._lock = Lock()
        self._answering: set[str] = set()
        self._over: dict[str, set[tuple[str, str]]] = {}

    def answer(self, connection_id: str) -> int:
        """Send what the peer has asked for; return how many files are over, sent or refused.

        A file that several requests name is sent once for all that had come by its end. What can't be sent just now is
        tried again at the next call; one file stops no other, but a busy peer is left alone.
        """
        with self._lock:
            if connection_id in self._answering:
                return 0
            self._answering.add(connection_id)
        try:
            return self._answer_all(connection_id)
        finally:
            with self._lock:
                self._answering.discard(connection_id)

    def _answer_all(self, connection_id: str) -> int:
        lease = FilesLease(self._new_unit_of_work, self._clock, connection_id, self._owner)
        if not lease.take():
            return 0
        round_ = _AnswerRound(self._over.setdefault(connection_id, set()))
        try:
            while (found := self._next(connection_id, round_)) is not None:
                self._answer(*found, lease, round_)
        except PeerBusyError:
            log.info("files_wait_for_a_busy_peer", connection=connection_id)
        except LeaseLostError:
            log.warning("files_are_sent_by_another_process", connection=connection_id)
        finally:
            lease.release()
        return round_.count

    def _next(self, connection_id: str, round_: "_AnswerRound") -> tuple[Connection, str] | None:
        """Return the next file to send; None when there is none that was not tried yet."""
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            if not is_in_use(work, connection):
                return None
            requests = _requests(work, connection_id)
        round_.keep({request.id for request, _ in requests})
        waiting = (key for request, keys in requests for key in keys if (request.id, key) not in round_.over)
        return next(((connection, key) for key in waiting if key not in round_.tried), None)

    def _answer(self, connection: Connection, key: str, lease: "FilesLease", round_: "_AnswerRound") -> None:
        round_.tried.add(key)
        refusal: AdnodeError | None = None
        try:
            self._contents.put(connection, key, lease.check)
        except (PeerBusyError, LeaseLostError):
            raise
        except ContentNotAskedForError:
            # It is there already: what was sent came, and its answer was lost.
            pass
        except AdnodeError as error:
            if retries_by_itself(error):
                log.warning("file_not_sent_yet", connection=connection.id, code=error.code, reason=error.message)
                return
            refusal = error
        self._end(connection, key, refusal, round_)
        self._wakeups.wake(Topic.SEND, connection.id)

    def _end(self, connection: Connection, key: str, refusal: AdnodeError | None, round_: "_AnswerRound") -> None:
        """Tell each twin that waits for the file, and end the requests that wait for nothing more."""
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            requests = [(request, keys) for request, keys in _requests(work, connection.id) if key in keys]
            for twin_id in dict.fromkeys(request.twin_id for request, _ in requests):
                _tell(work, connection.id, twin_id, key, refusal, now)
            round_.over.update((request.id, key) for request, _ in requests)
            ended = [request.id for request, keys in requests if all((request.id, one) in round_.over for one in keys)]
            work.inbox.settle(ended, QueueStatus.SYNCHRONIZED, now, connection_id=connection.id)
            work.commit()
        round_.tried.discard(key)
        round_.count += 1


@dataclass(slots=True)
class _AnswerRound:
    """What is over for which request, also of earlier calls; and what one call has tried in vain."""

    over: set[tuple[str, str]]
    tried: set[str] = field(default_factory=set)
    count: int = 0

    def keep(self, request_ids: Collection[str]) -> None:
        """Forget what is over for requests that are over themselves."""
        self.over -= {entry for entry in self.over if entry[0] not in request_ids}


class FilesLease:
    """The right to move the files of a connection, prolonged while bytes flow."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, clock: Clock, connection_id: str, owner: str) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock
        self._connection_id = connection_id
        self._owner = owner
        self._since = clock.monotonic()

    def take(self) -> bool:
        """Take or prolong it; False while another process has it."""
        self._since = self._clock.monotonic()
        with self._new_unit_of_work() as work:
            is_ours = work.connections.claim_files(self._connection_id, self._owner, self._clock.now(), LEASE_SECONDS)
            work.commit(durable=False)
        return is_ours

    def check(self) -> None:
        """Prolong it where that is due; raises LeaseLostError when another process has it."""
        if self._clock.monotonic() >= self._since + RENEWAL_SECONDS and not self.take():
            raise LeaseLostError("Sending files was interrupted for too long; another process goes on with it.")

    def release(self) -> None:
        """Let others have it."""
        with self._new_unit_of_work() as work:
            work.connections.release_files(self._connection_id, self._owner)
            work.commit(durable=False)


def _requests(work: UnitOfWork, connection_id: str) -> Sequence[tuple[Message, tuple[str, ...]]]:
    found = work.inbox.pending_of_kind(connection_id, MessageKind.CONTENT_REQUESTED)
    return [(request, request.body.keys) for request in found if isinstance(request.body, ContentBody)]


def _tell(
    work: UnitOfWork, connection_id: str, twin_id: str, key: str, refusal: AdnodeError | None, now: datetime
) -> None:
    if refusal is None:
        work.outbox.add(connection_id, twin_id, MessageKind.CONTENT_SENT, ContentBody((key,)), now)
        return
    body = ContentBody((key,), refusal.code, refusal.message)
    work.outbox.add(connection_id, twin_id, MessageKind.CONTENT_FAILED, body, now)
