"""Ports to what the node remembers of notifications. One subscriber's row is the turn of whoever tells it something."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adnode.domain.notification import (
    ChannelKind,
    Delivery,
    DeliveryStatus,
    ErrorGroup,
    MailServer,
    Subscriber,
)


class MailServerRepository(Protocol):
    """The mail server of each organization."""

    def find(self, organization_id: str) -> MailServer | None: ...
    def list_all(self) -> list[MailServer]: ...
    def save(self, server: MailServer) -> None:
        """Add or replace it."""

    def remove(self, organization_id: str) -> bool:
        """Forget it; say whether there was one."""


class SubscriberRepository(Protocol):
    """Subscribers, and the tokens by which they unsubscribe."""

    def add(self, subscriber: Subscriber) -> None:
        """Add it; raises StateError when the organization has that address already."""

    def get(self, subscriber_id: str) -> Subscriber:
        """Return it, and have it to oneself until the unit of work ends; raises NotFoundError."""

    def list_of(self, organization_id: str) -> list[Subscriber]:
        """Return those of an organization, the oldest first."""

    def list_active(self) -> list[Subscriber]:
        """Return the active ones of all organizations, by organization and age."""

    def list_all(self) -> list[Subscriber]: ...
    def save(self, subscriber: Subscriber) -> None:
        """Save all of it but ``told_at`` and ``trouble``; raises NotFoundError, and StateError as ``add`` does."""

    def note_told(self, subscriber_id: str, told_at: datetime) -> None:
        """It was told: there is no trouble any more."""

    def note_trouble(self, subscriber_id: str, trouble: str) -> None: ...
    def remove(self, subscriber_id: str) -> None:
        """Forget it with its tokens and what it was told; its deliveries stay."""

    def remember_token(self, token_hash: str, subscriber_id: str, now: datetime) -> None:
        """Remember the hash of a token that unsubscribes."""

    def revoke_tokens(self, subscriber_id: str) -> None:
        """Let no token of the subscriber unsubscribe any more."""

    def find_by_token(self, token_hash: str) -> Subscriber | None: ...
    def forget_tokens(self, before: datetime, limit: int = 1000) -> int:
        """Delete tokens older than that, at most ``limit``; return how many."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What a subscriber has not been told yet. ``oldest`` is when the oldest of it was noticed."""

    error_count: int
    group_count: int
    oldest: datetime


class NoticeRepository(Protocol):
    """Which open error has been noticed for which subscriber, and told.

    Errors are found by what is not noticed yet, never by their time alone: one may be committed after a younger one.
    """

    def notice(self, subscriber: Subscriber, now: datetime, *, since: datetime | None) -> None:
        """Notice the open errors that concern the subscriber and are not noticed yet, with ``since`` only those opened
        then or later.
        """

    def skip(self, subscriber: Subscriber, now: datetime) -> None:
        """Take every open error of the organization that is not noticed as told, whether it concerns the subscriber or
        not: what is there already is no news.
        """

    def pending(self, subscriber: Subscriber, *, quiet_since: datetime | None) -> Pending | None:
        """Return what is noticed, still open, not told and concerns the subscriber as it is now; None for nothing. With
        ``quiet_since`` groups are left out of which the subscriber was told something after that.
        """

    def groups(
        self, subscriber: Subscriber, *, quiet_since: datetime | None, limit: int, example_limit: int
    ) -> list[ErrorGroup]:
        """Return the groups of what ``pending`` counts, the largest first, each with its newest errors as examples."""

    def settle(self, subscriber: Subscriber, told_at: datetime, *, quiet_since: datetime | None) -> None:
        """Take what ``pending`` counts as told."""

    def forget(self, before: datetime, limit: int = 1000) -> int:
        """Delete notices before that time of errors that are not open any more, at most ``limit``; return how many."""


class DeliveryRepository(Protocol):
    """Deliveries, and the leases under which they are sent."""

    def add(self, delivery: Delivery) -> None: ...
    def get(self, delivery_id: str) -> Delivery:
        """Return it; raises NotFoundError."""

    def organizations_due(self, now: datetime) -> list[str]:
        """Return the ids of organizations with deliveries that are due and not leased, sorted."""

    def claim(self, organization_id: str, owner: str, now: datetime, lease_seconds: float) -> Delivery | None:
        """Lease the delivery that is due for longest and not leased."""

    def finish(self, delivery: Delivery, owner: str) -> None:
        """Save status, attempts, times and error of a delivery, and end its lease; raises LeaseLostError when it is not
        the owner's any more.
        """

    def reopen(self, delivery: Delivery) -> None:
        """Save a delivery that nobody has leased, to be sent again; raises NotFoundError."""

    def postpone(self, organization_id: str, kind: ChannelKind, until: datetime) -> None:
        """Send nothing of that kind before ``until``."""

    def hasten(self, organization_id: str, now: datetime, *, kind: ChannelKind, subscriber_id: str = "") -> None:
        """Make waiting deliveries due now: what they failed for was mended."""

    def cancel(self, subscriber_id: str, now: datetime) -> None:
        """Cancel what waits for a subscriber."""

    def remove_of(self, organization_id: str) -> None:
        """Forget all deliveries of an organization."""

    def list_page(
        self,
        organization_id: str,
        *,
        statuses: Collection[DeliveryStatus] = (),
        subscriber_id: str = "",
        after: tuple[datetime, str] | None = None,
        limit: int,
    ) -> list[Delivery]:
        """Return deliveries, the newest first, that stand after (created_at, id) in that order."""

    def count(
        self, organization_id: str, *, statuses: Collection[DeliveryStatus] = (), subscriber_id: str = ""
    ) -> int: ...
    def forget_settled(self, before: datetime, limit: int = 1000) -> int:
        """Delete deliveries settled before that time, at most ``limit``; return how many."""


@dataclass(frozen=True, slots=True)
class Round:
    """A look for new errors of one organization. ``since`` is the time from which on errors are looked for; None for
    a look at all of them.
    """

    since: datetime | None


class RoundRepository(Protocol):
    """When each organization's errors were last looked at. Who has begun a round has the organization to itself until
    the unit of work ends.
    """

    def begin(
        self,
        organization_id: str,
        now: datetime,
        *,
        interval_seconds: float,
        overlap_seconds: float,
        full_seconds: float,
    ) -> Round | None:
        """Begin a round; None when the last one began less than the interval ago. It goes back to the last round and
        ``overlap_seconds`` more; every ``full_seconds`` it looks at everything.
        """

    def forget(self, organization_id: str) -> None: ...


class NotificationStorage(Protocol):
    """All of it, as one unit of work has it."""

    servers: MailServerRepository
    subscribers: SubscriberRepository
    notices: NoticeRepository
    deliveries: DeliveryRepository
    rounds: RoundRepository
