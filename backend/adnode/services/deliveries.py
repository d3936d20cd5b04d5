"""What was told, what waits and what failed; and sending the latter again."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from adnode.domain.audit import AuditAction
from adnode.domain.errors import NotFoundError, StateError
from adnode.domain.notification import (
    DELIVERY_TRANSITIONS,
    Delivery,
    DeliveryStatus,
    SubscriberStatus,
    shown_address,
)
from adnode.domain.session import Session
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock
from adnode.services.audit import AuditService


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Some deliveries, the newest first, and how many there are in all."""

    deliveries: tuple[Delivery, ...]
    total: int


class DeliveryService:
    """Use cases on deliveries that people have."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, clock: Clock, audit: AuditService) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._clock = clock
        self._audit = audit

    def list_page(
        self,
        session: Session,
        *,
        statuses: Collection[DeliveryStatus] = (),
        subscriber_id: str = "",
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> DeliveryPage:
        """Return what was told, and what waits or failed, that stands after (created_at, id)."""
        organization_id = session.tenant.id
        with self._new_unit_of_work() as work:
            deliveries = work.notifications.deliveries
            found = deliveries.list_page(
                organization_id, statuses=statuses, subscriber_id=subscriber_id, after=after, limit=limit
            )
            total = deliveries.count(organization_id, statuses=statuses, subscriber_id=subscriber_id)
        return DeliveryPage(tuple(found), total)

    def send_again(self, session: Session, delivery_id: str) -> Delivery:
        """Try again what was given up; raises NotFoundError and StateError."""
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            delivery = _own_delivery(work, session, delivery_id)
            subscriber = work.notifications.subscribers.get(delivery.subscriber_id)
            if DeliveryStatus.WAITING not in DELIVERY_TRANSITIONS[delivery.status]:
                raise StateError(f"This delivery is {delivery.status}; only one that failed can be sent again.")
            if subscriber.status is not SubscriberStatus.ACTIVE:
                raise StateError(f"{shown_address(subscriber)} is {subscriber.status}. Activate the entry first.")
            # It begins anew, and goes to where the subscriber is now.
            waiting = replace(
                delivery,
                status=DeliveryStatus.WAITING,
                address=subscriber.address,
                attempts=0,
                next_attempt_at=now,
                settled_at=None,
            )
            work.notifications.deliveries.reopen(waiting)
            details = {"subscriber": shown_address(subscriber), "kind": subscriber.kind.value}
            self._audit.note(work, session, AuditAction.DELIVERY_REPEATED, details=details)
            work.commit()
        return waiting


def _own_delivery(work: UnitOfWork, session: Session, delivery_id: str) -> Delivery:
    try:
        delivery = work.notifications.deliveries.get(delivery_id)
    except NotFoundError:
        delivery = None
    if delivery is None or delivery.organization_id != session.tenant.id:
        raise NotFoundError(f"There is no delivery {delivery_id} here. Reload the list of deliveries.")
    return delivery
