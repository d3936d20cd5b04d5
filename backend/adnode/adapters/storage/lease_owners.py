"""Who holds leases, over all tables."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.job_rows import JobStoreRow
from adnode.adapters.storage.notification_rows import DeliveryRow
from adnode.adapters.storage.rows import ConnectionRow, FeedRow, TwinRow
from adnode.adapters.storage.statements import changed_rows
from adnode.adapters.storage.trigger_rows import TriggerRow

_COLUMNS = (
    (TwinRow.lease_owner, TwinRow.lease_until),
    (FeedRow.lease_owner, FeedRow.lease_until),
    (ConnectionRow.sender_owner, ConnectionRow.sender_until),
    (ConnectionRow.files_owner, ConnectionRow.files_until),
    (TriggerRow.lease_owner, TriggerRow.lease_until),
    (JobStoreRow.lease_owner, JobStoreRow.lease_until),
    (DeliveryRow.lease_owner, DeliveryRow.lease_until),
)


class SqlLeaseOwners:
    """LeaseOwnerRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list_all(self) -> set[str]:
        owners: set[str] = set()
        for owner, _ in _COLUMNS:
            owners.update(
                name for name in self._session.scalars(select(owner).where(owner.is_not(None)).distinct()) if name
            )
        return owners

    def release(self, owner: str) -> int:
        count = 0
        for owner_column, until_column in _COLUMNS:
            statement = (
                update(owner_column.class_)
                .where(owner_column == owner)
                .values({owner_column.key: None, until_column.key: None})
            )
            count += changed_rows(self._session, statement)
        return count
