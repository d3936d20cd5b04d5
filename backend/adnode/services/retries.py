"""Trying again what failed: with today's state, never a stale one, and many at once in few transactions."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from adnode.domain.error_advice import ADVICE, NEVER_RETRIED
from adnode.domain.error_record import ErrorRecord, ErrorStatus, Impact
from adnode.domain.errors import StateError
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Topic, Wakeups
from adnode.services.consent.asks import ask_again
from adnode.services.consent.desk import TWICE_CODE
from adnode.services.state_messages import queue_state

BATCH_SIZE = 200
"""Records that one transaction retries."""


RetryNote = Callable[[UnitOfWork, ErrorRecord], None]
"""Writes what is stored together with a retry."""


def unnoted(_work: UnitOfWork, _record: ErrorRecord) -> None:
    """Write nothing."""


class RetryService:
    """Retries error records; they close themselves when it succeeds."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, wakeups: Wakeups, clock: Clock) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._wakeups = wakeups
        self._clock = clock

    def retry(self, record_id: str, note: RetryNote = unnoted) -> ErrorRecord:
        """Try again what one open record is about; raises NotFoundError, StateError for what no retry ends."""
        with self._new_unit_of_work() as work:
            record = work.error_records.get(record_id)
            if record.status is not ErrorStatus.OPEN:
                raise StateError(f"Error {record.id} is closed already; there is nothing to retry.")
            if record.code in NEVER_RETRIED and not record.is_remote:
                raise StateError(f"No retry ends this. {ADVICE[record.code].step}")
            self._retry(work, [record])
            note(work, record)
            work.commit()
        self._wake([record])
        return record

    def retry_due(self, limit: int = BATCH_SIZE) -> int:
        """Retry the oldest records for which that was asked; return how many. They are left as they are by a crash."""
        with self._new_unit_of_work() as work:
            records = work.error_records.retries_due(limit)
            if not records:
                return 0
            self._retry(work, records)
            work.commit()
        self._wake(records)
        return len(records)

    def _retry(self, work: UnitOfWork, records: Sequence[ErrorRecord]) -> None:
        now = self._clock.now()
        self._retry_connections(work, [record for record in records if not record.twin_id], now)
        of_twins = [record for record in records if record.twin_id]
        twins = work.twins.find({record.twin_id for record in of_twins})
        self._retry_here(work, [record for record in of_twins if not record.is_remote], twins.values(), now)
        remote_ids = sorted({record.twin_id for record in of_twins if record.is_remote} & set(twins))
        self._send_again(work, [twins[twin_id] for twin_id in remote_ids], now)
        work.error_records.note_retries([record.id for record in records], now)

    def _retry_connections(self, work: UnitOfWork, records: Sequence[ErrorRecord], now: datetime) -> None:
        for connection_id in sorted({record.connection_id for record in records} - {""}):
            work.connections.postpone_sending(connection_id, now, 0)
        for record in records:
            if record.impact is Impact.TRIGGER:
                work.triggers.retry(record.subject, now)
            if record.code == TWICE_CODE:
                # Nothing here tells that the other side has let go; it comes back if it has not.
                work.error_records.close(
                    now, connection_id=record.connection_id, code=record.code, subject=record.subject
                )

    def _retry_here(
        self, work: UnitOfWork, records: Sequence[ErrorRecord], twins: Iterable[Twin], now: datetime
    ) -> None:
        for connection_id in sorted({record.connection_id for record in records if record.subject}):
            keys = {record.subject for record in records if record.subject and record.connection_id == connection_id}
            work.traces.remove_contents(connection_id, keys)
        wanted = {record.twin_id for record in records}
        here = {twin.id: twin.work_item_id is not None for twin in twins if twin.id in wanted}
        for must_read in (True, False):
            if twin_ids := [twin_id for twin_id, is_here in here.items() if is_here is must_read]:
                work.twins.mark_dirty(twin_ids, now, must_read=must_read)

    def _send_again(self, work: UnitOfWork, twins: Sequence[Twin], now: datetime) -> None:
        urls = {organization.id: organization.url for organization in work.organizations.list_all()} if twins else {}
        for twin in twins:
            if twin.status is TwinStatus.UNLINKED or twin.is_held or twin.organization_id not in urls:
                continue
            ask_again(work, twin, now)
            if twin.work_item_id is not None and twin.state.registers:
                url = f"{urls[twin.organization_id]}/_workitems/edit/{twin.work_item_id}"
                queue_state(work, twin, url, twin.state.registers, now)

    def _wake(self, records: Sequence[ErrorRecord]) -> None:
        for connection_id in sorted({record.connection_id for record in records} - {""}):
            self._wakeups.wake(Topic.RECONCILE, connection_id)
            self._wakeups.wake(Topic.SEND, connection_id)
        for organization_id in sorted({record.organization_id for record in records if not record.connection_id}):
            self._wakeups.wake(Topic.FEED, organization_id)
