"""Ending a round: one transaction that stores what was learned and done, and what the peer must hear."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from adnode.domain.connection import Connection
from adnode.domain.documents import register_to_document
from adnode.domain.error_record import ConflictRecord
from adnode.domain.errors import (
    AdnodeError,
    LeaseLostError,
    PeerBusyError,
    RevisionConflictError,
    StorageUnavailableError,
)
from adnode.domain.limits import IDS
from adnode.domain.message import AppliedBody, ContentBody, FailedBody, MessageKind, QueueStatus, StateRequestedBody
from adnode.domain.realignment import Realignment
from adnode.domain.trace import AskedFile, Content
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.consent.rows import fail_question
from adnode.services.failures import asked_delay_seconds, make_record, retries_by_itself
from adnode.services.intake_refusals import tell_left_out
from adnode.services.json_text import to_json
from adnode.services.reconciliation.conflicts import settle_conflicts
from adnode.services.reconciliation.field_brakes import tell_brakes
from adnode.services.reconciliation.history import list_changes
from adnode.services.reconciliation.standing import Standing, read_standing
from adnode.services.reconciliation.tallying import make_tallies
from adnode.services.reconciliation.workpiece import Workpiece, is_effect_unknown
from adnode.services.retry import RetryPolicy
from adnode.services.state_messages import queue_state

log = structlog.get_logger(__name__)

UrlOf = Callable[[int], str]
"""Gives the address of a local work item's page."""

CONTENT_WAIT_SECONDS = 60.0
"""How long a twin waits for files that were asked for before it looks whether they have come."""
ANSWER_SECONDS = 900.0
"""How long an answer may take to begin: only then the same file is asked for again."""
CONFLICT_DELAY_SECONDS = 0.2
"""Pause before a work item that people keep changing is tried again."""


class Settlement:
    """Stores the results of a round."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, clock: Clock, ids: Ids, retry: RetryPolicy) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock
        self._ids = ids
        self._retry = retry

    def settle(self, connection: Connection, pieces: Sequence[Workpiece], url_of: UrlOf) -> None:
        """Store every piece in one transaction; a piece whose lease was lost leaves nothing behind.

        If that fails each is stored by itself, so that one that can't be takes no other with it.
        """
        try:
            self._settle_together(connection, pieces, url_of)
        except StorageUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - one twin's surprise must not undo the others
            if len(pieces) == 1:
                self._put_off(connection, pieces[0], error)
                return
            for piece in pieces:
                self.settle(connection, [piece], url_of)

    def _settle_together(self, connection: Connection, pieces: Sequence[Workpiece], url_of: UrlOf) -> None:
        now = self._clock.now()
        settled: list[Workpiece] = []
        with self._new_unit_of_work() as work:
            standing = read_standing(work, pieces)
            for piece in pieces:
                try:
                    self._settle_piece(work, connection, piece, standing, now, url_of)
                except LeaseLostError:
                    continue
                settled.append(piece)
            work.tallies.add(make_tallies(connection, settled, now))
            work.synced_changes.add(list_changes(connection, settled, self._ids, now))
            _ask_for_states(work, connection, [piece for piece in settled if piece.greets], now)
            settle_conflicts(work, settled, now)
            work.commit(durable=False)

    def _put_off(self, connection: Connection, piece: Workpiece, error: Exception) -> None:
        """End the round of a twin whose results can't be stored: its intent stays open, so what was written is looked
        for before anything is written again.
        """
        log.error("round_not_stored", twin=piece.twin.id, exc_info=error)
        now = self._clock.now()
        twin = replace(
            piece.claim.twin,
            work_item_id=piece.twin.work_item_id,
            project=piece.twin.project,
            revision=piece.claim.twin.revision if piece.claim.twin.work_item_id else piece.twin.revision,
            lineage=piece.twin.lineage,
            intent=piece.twin.intent,
        )
        failure = AdnodeError(
            f"What was done with work item {twin.work_item_id or twin.remote_url} could not be stored "
            f"({type(error).__name__}: {error}). It is tried again by itself. This is a fault in adnode: please report "
            "it."
        )
        retry_at = self._retry.next_at(now, piece.claim.attempts, twin.id, None)
        with self._new_unit_of_work() as work:
            try:
                work.twins.finish(piece.claim, twin, retry_at=retry_at)
            except LeaseLostError:
                return
            work.twins.mark_dirty([twin.id], retry_at, must_read=True)
            record = make_record(failure, connection, twin, self._ids, now)
            work.error_records.open(replace(record, is_transient=True))
            work.commit(durable=False)

    def _settle_piece(
        self,
        work: UnitOfWork,
        connection: Connection,
        piece: Workpiece,
        standing: Standing,
        now: datetime,
        url_of: UrlOf,
    ) -> None:
        twin = self._reached_twin(connection, piece, standing, now)
        self._finish(work, piece, twin, now)
        if piece.must_look_again:
            work.twins.mark_dirty([twin.id], now, must_read=True)
        work.traces.save(list(piece.new_traces.values()))
        self._send_state(work, piece, twin, now, url_of)
        self._keep_conflicts(work, connection, piece, now)
        if piece.failure is not None:
            self._settle_failure(work, connection, piece, twin, piece.failure, now)
        elif piece.was_recovered or piece.rests:
            return
        elif piece.waiting_keys:
            self._ask_for_files(work, twin, sorted(piece.waiting_keys), now)
        else:
            self._settle_success(work, connection, piece, twin, standing, now, url_of)

    def _ask_for_files(self, work: UnitOfWork, twin: Twin, waiting: Sequence[str], now: datetime) -> None:
        """Ask for what has not come since the round began, and what nobody has asked for over this connection, or so
        long ago that the answer must be lost.
        """
        come = work.traces.contents(twin.connection_id, waiting)
        asked = work.traces.asked_files(twin.connection_id, waiting)
        askers = work.twins.find({file.twin_id for file in asked.values()})
        since = now - timedelta(seconds=ANSWER_SECONDS)
        is_open = {key: _is_open(file, askers, since) for key, file in asked.items()}
        keys = [key for key in waiting if key not in come and not is_open.get(key)]
        work.traces.ask_for_files([AskedFile(twin.connection_id, key, twin.id, now) for key in keys])
        for start in range(0, len(keys), IDS.maximum):
            body = ContentBody(tuple(keys[start : start + IDS.maximum]))
            work.outbox.add(twin.connection_id, twin.id, MessageKind.CONTENT_REQUESTED, body, now)

    def _reached_twin(self, connection: Connection, piece: Workpiece, standing: Standing, now: datetime) -> Twin:
        twin = replace(
            piece.twin,
            state=piece.reached_state(),
            intent=piece.twin.intent if _is_intent_open(piece) else None,
            realignment=_realignment_after(piece),
        )
        has_failed = standing.will_have_failed(piece)
        twin = replace(twin, status=twin.status_now(connection.peer_organization_id, has_failed=has_failed))
        return replace(twin, synchronized_at=now) if standing.brings_into_step(piece, twin) else twin

    def _finish(self, work: UnitOfWork, piece: Workpiece, twin: Twin, now: datetime) -> None:
        error = piece.failure
        if error is None and piece.was_recovered:
            work.twins.finish(piece.claim, twin, keep_dirty=True)
            work.twins.mark_dirty([twin.id], now, must_read=True)
        elif error is None and piece.rests:
            work.twins.finish(piece.claim, twin, keep_dirty=piece.greets and bool(piece.messages))
        elif error is None and piece.takes_baseline:
            work.twins.finish(piece.claim, twin, keep_dirty=bool(piece.messages))
        elif error is None:
            wait = now + timedelta(seconds=CONTENT_WAIT_SECONDS) if piece.waiting_keys else None
            work.twins.finish(piece.claim, twin, retry_at=wait)
        elif isinstance(error, RevisionConflictError):
            retry_at = now + timedelta(seconds=CONFLICT_DELAY_SECONDS)
            work.twins.finish(piece.claim, twin, retry_at=retry_at)
            work.twins.mark_dirty([twin.id], retry_at, must_read=True)
        elif retries_by_itself(error):
            # Only rounds that came to nothing make the pauses longer.
            claim = replace(piece.claim, attempts=0) if piece.got_further else piece.claim
            retry_at = self._retry.next_at(now, claim.attempts, twin.id, asked_delay_seconds(error))
            work.twins.finish(claim, twin, retry_at=retry_at)
        else:
            work.twins.finish(piece.claim, twin)

    def _send_state(self, work: UnitOfWork, piece: Workpiece, twin: Twin, now: datetime, url_of: UrlOf) -> None:
        registers = piece.outgoing()
        is_offer = piece.takes_baseline and piece.failure is None and twin.is_offered
        if (registers or is_offer) and twin.work_item_id is not None:
            queue_state(work, twin, url_of(twin.work_item_id), registers, now)

    def _settle_success(
        self,
        work: UnitOfWork,
        connection: Connection,
        piece: Workpiece,
        twin: Twin,
        standing: Standing,
        now: datetime,
        url_of: UrlOf,
    ) -> None:
        for record in standing.over(piece):
            work.error_records.close(
                now, connection_id=connection.id, twin_id=twin.id, code=record.code, subject=record.subject
            )
        known = {record.subject for record in standing.records(piece)}
        for key, error in piece.lost_keys.items():
            if key not in known:
                work.error_records.open(make_record(error, connection, twin, self._ids, now, subject=key))
            if key not in piece.brakes.resting:
                work.traces.add_content(Content(connection.id, key, "", "", "", 0))
        if not piece.messages and twin.work_item_id is not None:
            tell_brakes(work, twin, piece.brakes, piece.lost_keys, known, url_of(twin.work_item_id), now)
        if piece.plan is None or piece.plan.rests or piece.takes_baseline or not piece.messages:
            return
        ids = tuple(message.id for message in piece.messages)
        status = QueueStatus.FAILED if piece.lost_keys else QueueStatus.SYNCHRONIZED
        work.inbox.settle(ids, status, now, connection_id=connection.id)
        if twin.work_item_id is not None:
            self._tell_applied(work, piece, twin, ids, url_of(twin.work_item_id), now)
            tell_left_out(work, connection, standing.left_out(piece), now)

    def _tell_applied(
        self, work: UnitOfWork, piece: Workpiece, twin: Twin, ids: tuple[str, ...], url: str, now: datetime
    ) -> None:
        """Tell the peer what it may take for done; what lacks a file has failed, however much of it is written."""
        for start in range(0, len(ids), IDS.maximum):
            some = ids[start : start + IDS.maximum]
            applied = AppliedBody(twin.work_item_id or 0, url, twin.lineage, () if piece.lost_keys else some)
            work.outbox.add(twin.connection_id, twin.id, MessageKind.APPLIED, applied, now)
            for error in list(piece.lost_keys.values())[:1]:
                failed = FailedBody(error.code, error.message, some)
                work.outbox.add(twin.connection_id, twin.id, MessageKind.FAILED, failed, now)

    def _settle_failure(
        self,
        work: UnitOfWork,
        connection: Connection,
        piece: Workpiece,
        twin: Twin,
        error: AdnodeError,
        now: datetime,
    ) -> None:
        if isinstance(error, RevisionConflictError | LeaseLostError | PeerBusyError):
            return
        if piece.takes_baseline and not twin.is_offered and not retries_by_itself(error):
            self._decline(work, piece, twin, error, now)
            return
        work.error_records.open(make_record(error, connection, twin, self._ids, now))
        ids = tuple(message.id for message in piece.messages)
        if retries_by_itself(error) or not ids:
            return
        work.inbox.settle(ids, QueueStatus.FAILED, now, connection_id=connection.id)
        work.outbox.add(connection.id, twin.id, MessageKind.FAILED, FailedBody(error.code, error.message, ids), now)

    def _decline(self, work: UnitOfWork, piece: Workpiece, twin: Twin, error: AdnodeError, now: datetime) -> None:
        """Forget a twin that the peer offered and that can't be: whoever connected the work items is told why."""
        ids = tuple(message.id for message in piece.messages)
        work.clean_up.forget(twin.connection_id, [twin.id], now, for_good=False)
        failed = FailedBody(error.code, error.message, ids)
        work.outbox.add(twin.connection_id, twin.id, MessageKind.FAILED, failed, now)
        fail_question(work, twin.connection_id, twin.id, error.message)

    def _keep_conflicts(self, work: UnitOfWork, connection: Connection, piece: Workpiece, now: datetime) -> None:
        for conflict in piece.plan.conflicts if piece.plan else ():
            if conflict.key in piece.unwritten:
                continue
            work.error_records.add_conflict(
                ConflictRecord(
                    id=self._ids.new_id(),
                    connection_id=connection.id,
                    twin_id=piece.twin.id,
                    work_item_id=piece.twin.work_item_id,
                    key=conflict.key,
                    winner=to_json(register_to_document(conflict.winner)),
                    loser=to_json(register_to_document(conflict.loser)),
                    loser_changed_in=conflict.loser.changed_in,
                    happened_at=now,
                )
            )


def _realignment_after(piece: Workpiece) -> Realignment:
    """Return what is still to be done with a twin as a whole. A twin that stored what it has seen is realigned, also
    when not everything could be written.
    """
    realignment = piece.twin.realignment
    if piece.greets:
        return Realignment.GREETED
    if piece.sends_whole_state:
        return Realignment.NONE
    is_observed = piece.plan is not None and not piece.plan.rests and not piece.was_recovered
    is_once = realignment in (Realignment.GREETED, Realignment.REREAD)
    return Realignment.NONE if is_once and is_observed else realignment


def _ask_for_states(work: UnitOfWork, connection: Connection, pieces: Sequence[Workpiece], now: datetime) -> None:
    """Ask the peer what it knows of twins: one that stopped nothing would not tell it by itself."""
    ids = [piece.twin.id for piece in pieces]
    for start in range(0, len(ids), IDS.maximum):
        body = StateRequestedBody(tuple(ids[start : start + IDS.maximum]))
        work.outbox.add(connection.id, "", MessageKind.STATE_REQUESTED, body, now)


def _is_open(asked: AskedFile, askers: Mapping[str, Twin], since: datetime) -> bool:
    """Say whether the answer may still come: it is taken only while the twin that asked is in sync."""
    asker = askers.get(asked.twin_id)
    return asked.asked_at > since and asker is not None and asker.status is not TwinStatus.UNLINKED


def _is_intent_open(piece: Workpiece) -> bool:
    """Say whether it is still to be found out what the intent did: nobody could look yet, or the answer was lost."""
    if piece.was_attempted:
        return piece.is_unnamed or is_effect_unknown(piece.failure)
    return not piece.was_recovered
