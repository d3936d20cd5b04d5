"""Deliveries of notices in the database."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.keyset import paged
from adnode.adapters.storage.notices import SqlNoticeRounds, SqlNotices
from adnode.adapters.storage.notification_rows import WAITING, DeliveryRow
from adnode.adapters.storage.statements import changed_rows, from_text, read_rows, to_text
from adnode.adapters.storage.subscribers import SqlMailServers, SqlSubscribers
from adnode.adapters.storage.upserts import insert_new
from adnode.domain.errors import LeaseLostError, NotFoundError
from adnode.domain.notification import ChannelKind, Delivery, DeliveryStatus
from adnode.domain.notification_documents import notice_from_document, notice_to_document
from adnode.ports.notification_storage import (
    DeliveryRepository,
    MailServerRepository,
    NoticeRepository,
    RoundRepository,
    SubscriberRepository,
)

_IS_WAITING = text(f"deliveries.{WAITING}")
_FREE: dict[str, object] = {"lease_owner": None, "lease_until": None}


class SqlDeliveries:
    """DeliveryRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, delivery: Delivery) -> None:
        insert_new(self._session, DeliveryRow, _values(delivery))

    def get(self, delivery_id: str) -> Delivery:
        rows = read_rows(self._session, select(DeliveryRow).where(DeliveryRow.id == delivery_id))
        if not rows:
            raise NotFoundError(f"There is no delivery {delivery_id} here. Reload the list of deliveries.")
        return _delivery(rows[0])

    def organizations_due(self, now: datetime) -> list[str]:
        query = select(DeliveryRow.organization_id).where(_IS_WAITING, *_due(now)).distinct()
        return sorted(self._session.scalars(query))

    def claim(self, organization_id: str, owner: str, now: datetime, lease_seconds: float) -> Delivery | None:
        query = (
            select(DeliveryRow)
            .where(DeliveryRow.organization_id == organization_id, _IS_WAITING, *_due(now))
            .order_by(DeliveryRow.next_attempt_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        rows = read_rows(self._session, query)
        if not rows:
            return None
        delivery = _delivery(rows[0])
        lease = {"lease_owner": owner, "lease_until": now + timedelta(seconds=lease_seconds)}
        changed_rows(self._session, update(DeliveryRow).where(DeliveryRow.id == delivery.id).values(**lease))
        return delivery

    def finish(self, delivery: Delivery, owner: str) -> None:
        is_ours = [DeliveryRow.id == delivery.id, DeliveryRow.lease_owner == owner]
        if not changed_rows(self._session, update(DeliveryRow).where(*is_ours).values(**_values(delivery), **_FREE)):
            raise LeaseLostError(f"Delivery {delivery.id} was cancelled or taken over meanwhile.")

    def reopen(self, delivery: Delivery) -> None:
        statement = update(DeliveryRow).where(DeliveryRow.id == delivery.id, DeliveryRow.lease_owner.is_(None))
        if not changed_rows(self._session, statement.values(**_values(delivery))):
            raise NotFoundError(f"There is no delivery {delivery.id} to send again. Reload the list of deliveries.")

    def postpone(self, organization_id: str, kind: ChannelKind, until: datetime) -> None:
        is_early = [DeliveryRow.next_attempt_at < until, DeliveryRow.lease_owner.is_(None)]
        self._move(organization_id, kind, until, is_early)

    def hasten(self, organization_id: str, now: datetime, *, kind: ChannelKind, subscriber_id: str = "") -> None:
        is_late = [DeliveryRow.next_attempt_at > now]
        if subscriber_id:
            is_late.append(DeliveryRow.subscriber_id == subscriber_id)
        self._move(organization_id, kind, now, is_late)

    def cancel(self, subscriber_id: str, now: datetime) -> None:
        statement = update(DeliveryRow).where(DeliveryRow.subscriber_id == subscriber_id, _IS_WAITING)
        cancelled = {"status": DeliveryStatus.CANCELLED.value, "settled_at": now}
        changed_rows(self._session, statement.values(**cancelled, **_FREE))

    def remove_of(self, organization_id: str) -> None:
        changed_rows(self._session, delete(DeliveryRow).where(DeliveryRow.organization_id == organization_id))

    def list_page(
        self,
        organization_id: str,
        *,
        statuses: Collection[DeliveryStatus] = (),
        subscriber_id: str = "",
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> list[Delivery]:
        query = _narrowed(select(DeliveryRow), organization_id, statuses, subscriber_id)
        query = paged(query, (DeliveryRow.created_at, DeliveryRow.id), after, limit, is_descending=True)
        return [_delivery(row) for row in read_rows(self._session, query)]

    def count(self, organization_id: str, *, statuses: Collection[DeliveryStatus] = (), subscriber_id: str = "") -> int:
        query = _narrowed(select(func.count()).select_from(DeliveryRow), organization_id, statuses, subscriber_id)
        return int(self._session.scalar(query) or 0)

    def forget_settled(self, before: datetime, limit: int = 1000) -> int:
        settled_at = DeliveryRow.settled_at
        old = select(DeliveryRow.id).where(settled_at < before).order_by(settled_at).limit(limit)
        return changed_rows(self._session, delete(DeliveryRow).where(DeliveryRow.id.in_(old)))

    def _move(
        self, organization_id: str, kind: ChannelKind, moment: datetime, conditions: list[ColumnElement[bool]]
    ) -> None:
        of_kind = [DeliveryRow.organization_id == organization_id, DeliveryRow.kind == kind.value]
        statement = update(DeliveryRow).where(*of_kind, _IS_WAITING, *conditions)
        changed_rows(self._session, statement.values(next_attempt_at=moment))


class SqlNotifications:
    """NotificationStorage on SQL."""

    servers: MailServerRepository
    subscribers: SubscriberRepository
    notices: NoticeRepository
    deliveries: DeliveryRepository
    rounds: RoundRepository

    def __init__(self, session: Session) -> None:
        self.servers = SqlMailServers(session)
        self.subscribers = SqlSubscribers(session)
        self.notices = SqlNotices(session)
        self.deliveries = SqlDeliveries(session)
        self.rounds = SqlNoticeRounds(session)


def _due(now: datetime) -> list[ColumnElement[bool]]:
    is_free = or_(DeliveryRow.lease_until.is_(None), DeliveryRow.lease_until <= now)
    return [DeliveryRow.next_attempt_at <= now, is_free]


def _narrowed(
    query: Select[Any], organization_id: str, statuses: Collection[DeliveryStatus], subscriber_id: str
) -> Select[Any]:
    query = query.where(DeliveryRow.organization_id == organization_id)
    if statuses:
        query = query.where(DeliveryRow.status.in_(sorted(status.value for status in statuses)))
    return query.where(DeliveryRow.subscriber_id == subscriber_id) if subscriber_id else query


def _values(delivery: Delivery) -> dict[str, Any]:
    stored = {field.name: getattr(delivery, field.name) for field in fields(Delivery)}
    return stored | {
        "kind": delivery.kind.value,
        "status": delivery.status.value,
        "notice": to_text(notice_to_document(delivery.notice)),
    }


def _delivery(row: DeliveryRow) -> Delivery:
    stored = {field.name: getattr(row, field.name) for field in fields(Delivery)}
    read = {
        "kind": ChannelKind(row.kind),
        "status": DeliveryStatus(row.status),
        "notice": notice_from_document(from_text(row.notice)),
    }
    return Delivery(**(stored | read))
