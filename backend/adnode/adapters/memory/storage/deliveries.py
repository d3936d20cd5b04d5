"""Deliveries of notices in memory."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from adnode.adapters.memory.storage.tables import StoredDelivery, Tables, existing
from adnode.domain.errors import LeaseLostError, NotFoundError
from adnode.domain.notification import ChannelKind, Delivery, DeliveryStatus


class MemoryDeliveries:
    """DeliveryRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.deliveries

    def add(self, delivery: Delivery) -> None:
        self._rows[delivery.id] = StoredDelivery(delivery)

    def get(self, delivery_id: str) -> Delivery:
        message = f"There is no delivery {delivery_id} here. Reload the list of deliveries."
        return existing(self._rows, delivery_id, message).delivery

    def organizations_due(self, now: datetime) -> list[str]:
        return sorted({row.delivery.organization_id for row in self._rows.values() if row.is_due(now)})

    def claim(self, organization_id: str, owner: str, now: datetime, lease_seconds: float) -> Delivery | None:
        due = [row.delivery for row in self._rows.values() if row.is_due(now)]
        own = [delivery for delivery in due if delivery.organization_id == organization_id]
        if not own:
            return None
        delivery = min(own, key=lambda one: one.next_attempt_at)
        self._rows[delivery.id] = StoredDelivery(delivery, owner, now + timedelta(seconds=lease_seconds))
        return delivery

    def finish(self, delivery: Delivery, owner: str) -> None:
        row = self._rows.get(delivery.id)
        if row is None or row.lease_owner != owner:
            raise LeaseLostError(f"Delivery {delivery.id} was cancelled or taken over meanwhile.")
        self._rows[delivery.id] = StoredDelivery(delivery)

    def reopen(self, delivery: Delivery) -> None:
        row = self._rows.get(delivery.id)
        if row is None or row.lease_owner is not None:
            raise NotFoundError(f"There is no delivery {delivery.id} to send again. Reload the list of deliveries.")
        self._rows[delivery.id] = StoredDelivery(delivery)

    def postpone(self, organization_id: str, kind: ChannelKind, until: datetime) -> None:
        self._move(
            until,
            lambda row: (
                _is_of(row, organization_id, kind) and row.delivery.next_attempt_at < until and row.lease_owner is None
            ),
        )

    def hasten(self, organization_id: str, now: datetime, *, kind: ChannelKind, subscriber_id: str = "") -> None:
        self._move(
            now,
            lambda row: (
                _is_of(row, organization_id, kind)
                and row.delivery.next_attempt_at > now
                and subscriber_id in ("", row.delivery.subscriber_id)
            ),
        )

    def cancel(self, subscriber_id: str, now: datetime) -> None:
        for key, row in self._rows.items():
            if row.delivery.subscriber_id == subscriber_id and row.is_waiting:
                cancelled = replace(row.delivery, status=DeliveryStatus.CANCELLED, settled_at=now)
                self._rows[key] = StoredDelivery(cancelled)

    def remove_of(self, organization_id: str) -> None:
        for key in [key for key, row in self._rows.items() if row.delivery.organization_id == organization_id]:
            del self._rows[key]

    def list_page(
        self,
        organization_id: str,
        *,
        statuses: Collection[DeliveryStatus] = (),
        subscriber_id: str = "",
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> list[Delivery]:
        found = self._narrowed(organization_id, statuses, subscriber_id)
        ordered = sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)
        return [one for one in ordered if after is None or (one.created_at, one.id) < after][:limit]

    def count(self, organization_id: str, *, statuses: Collection[DeliveryStatus] = (), subscriber_id: str = "") -> int:
        return len(self._narrowed(organization_id, statuses, subscriber_id))

    def forget_settled(self, before: datetime, limit: int = 1000) -> int:
        settled = [
            key
            for key, row in self._rows.items()
            if row.delivery.settled_at is not None and row.delivery.settled_at < before
        ][:limit]
        for key in settled:
            del self._rows[key]
        return len(settled)

    def _narrowed(
        self, organization_id: str, statuses: Collection[DeliveryStatus], subscriber_id: str
    ) -> list[Delivery]:
        return [
            row.delivery
            for row in self._rows.values()
            if row.delivery.organization_id == organization_id
            and (not statuses or row.delivery.status in statuses)
            and subscriber_id in ("", row.delivery.subscriber_id)
        ]

    def _move(self, moment: datetime, is_moved: Callable[[StoredDelivery], bool]) -> None:
        for key, row in self._rows.items():
            if is_moved(row):
                self._rows[key] = replace(row, delivery=replace(row.delivery, next_attempt_at=moment))


def _is_of(row: StoredDelivery, organization_id: str, kind: ChannelKind) -> bool:
    return row.is_waiting and row.delivery.organization_id == organization_id and row.delivery.kind is kind
