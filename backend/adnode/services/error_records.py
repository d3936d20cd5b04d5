"""What failed, and trying it again, over all organizations of this node."""

from adnode.domain.error_record import ConflictRecord, ErrorRecord
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock, Wakeups
from adnode.services.retries import RetryNote, RetryService, unnoted


class ErrorRecordService:
    """Lists error and conflict records; retries with today's state, never a stale one."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, wakeups: Wakeups, clock: Clock) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._retries = RetryService(new_unit_of_work, wakeups, clock)

    def list_records(self, *, connection_id: str = "", include_closed: bool = False) -> list[ErrorRecord]:
        """Return error records, the newest first."""
        with self._new_unit_of_work() as work:
            return work.error_records.list_records(connection_id=connection_id, include_closed=include_closed)

    def list_conflicts(self, *, connection_id: str = "") -> list[ConflictRecord]:
        """Return the values that lost against concurrent changes, the newest first."""
        with self._new_unit_of_work() as work:
            return work.error_records.list_conflicts(connection_id=connection_id)

    def retry(self, record_id: str, note: RetryNote = unnoted) -> ErrorRecord:
        """Try again what an open error record is about; the record closes itself when it succeeds."""
        return self._retries.retry(record_id, note)
