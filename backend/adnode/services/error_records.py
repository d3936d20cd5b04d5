"""What failed, and trying it again."""

from dataclasses import replace

from adnode.domain.error_record import ConflictRecord, ErrorRecord
from adnode.domain.errors import StateError
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Topic, Wakeups
from adnode.services.resynchronization import ResynchronizationService


class ErrorRecordService:
    """Lists error and conflict records; retries with today's state, never a stale one."""

    def __init__(
        self, new_unit_of_work: UnitOfWorkFactory, gateways: GatewayProvider, wakeups: Wakeups, clock: Clock
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._resynchronization = ResynchronizationService(new_unit_of_work, gateways, clock)
        self._gateways = gateways
        self._wakeups = wakeups
        self._clock = clock

    def list_records(self, *, connection_id: str = "", include_closed: bool = False) -> list[ErrorRecord]:
        """Return error records, the newest first."""
        with self._new_unit_of_work() as work:
            return work.error_records.list_records(connection_id=connection_id, include_closed=include_closed)

    def list_conflicts(self, *, connection_id: str = "") -> list[ConflictRecord]:
        """Return the values that lost against concurrent changes, the newest first."""
        with self._new_unit_of_work() as work:
            return work.error_records.list_conflicts(connection_id=connection_id)

    def retry(self, record_id: str) -> ErrorRecord:
        """Try again what an open error record is about; the record closes itself when it succeeds."""
        with self._new_unit_of_work() as work:
            record = work.error_records.get(record_id)
            if record.closed_at is not None:
                raise StateError(f"Error {record.id} is closed already; there is nothing to retry.")
            self._retry(work, record)
            work.commit()
        self._wakeups.wake(Topic.RECONCILE, record.connection_id)
        self._wakeups.wake(Topic.SEND, record.connection_id)
        return record

    def retry_all(self, *, connection_id: str = "") -> int:
        """Try again everything that is open; return how many records that were."""
        records = self.list_records(connection_id=connection_id)
        for record in records:
            self.retry(record.id)
        return len(records)

    def _retry(self, work: UnitOfWork, record: ErrorRecord) -> None:
        now = self._clock.now()
        if not record.twin_id:
            work.connections.postpone_sending(record.connection_id, now, 0)
            if record.subject:
                work.error_records.close(
                    now, connection_id=record.connection_id, code=record.code, subject=record.subject
                )
            return
        twin = work.twins.get(record.twin_id)
        if record.is_remote:
            self._send_again(work, twin)
            return
        if record.subject:
            work.traces.remove_contents(record.connection_id, [record.subject])
        work.twins.mark_dirty([twin.id], now, must_read=twin.work_item_id is not None)

    def _send_again(self, work: UnitOfWork, twin: Twin) -> None:
        self._resynchronization.queue_state(work, self._gateways.get(twin.organization_id), twin)
        work.twins.save(replace(twin, status=TwinStatus.PENDING))
