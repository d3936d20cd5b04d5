"""Mail servers, subscribers and what they were told, in memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from adnode.adapters.memory.storage.deliveries import MemoryDeliveries
from adnode.adapters.memory.storage.tables import StoredNotice, Tables, existing
from adnode.domain.error_record import ErrorRecord, ErrorStatus
from adnode.domain.errors import StateError
from adnode.domain.notification import (
    NOTIFICATION_FAILED,
    ErrorExample,
    ErrorGroup,
    MailServer,
    Subscriber,
    SubscriberStatus,
)
from adnode.ports.notification_storage import (
    DeliveryRepository,
    MailServerRepository,
    NoticeRepository,
    Pending,
    Round,
    RoundRepository,
    SubscriberRepository,
)

GroupKey = tuple[str, str, str, bool]
Found = tuple[StoredNotice, ErrorRecord]


class MemoryMailServers:
    """MailServerRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.mail_servers

    def find(self, organization_id: str) -> MailServer | None:
        return self._rows.get(organization_id)

    def list_all(self) -> list[MailServer]:
        return [self._rows[key] for key in sorted(self._rows)]

    def save(self, server: MailServer) -> None:
        self._rows[server.organization_id] = server

    def remove(self, organization_id: str) -> bool:
        return self._rows.pop(organization_id, None) is not None


class MemorySubscribers:
    """SubscriberRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.subscribers
        self._tokens = tables.unsubscribe_tokens
        self._notices = tables.notices

    def add(self, subscriber: Subscriber) -> None:
        self._check_address(subscriber)
        self._rows[subscriber.id] = subscriber

    def get(self, subscriber_id: str) -> Subscriber:
        message = f"There is no subscriber {subscriber_id} here. Reload the list of who is told."
        return existing(self._rows, subscriber_id, message)

    def list_of(self, organization_id: str) -> list[Subscriber]:
        return self._list(lambda one: one.organization_id == organization_id)

    def list_active(self) -> list[Subscriber]:
        active = self._list(lambda one: one.status is SubscriberStatus.ACTIVE)
        return sorted(active, key=lambda one: one.organization_id)

    def list_all(self) -> list[Subscriber]:
        return self._list(lambda _: True)

    def save(self, subscriber: Subscriber) -> None:
        stored = self.get(subscriber.id)
        self._check_address(subscriber)
        self._rows[subscriber.id] = replace(subscriber, told_at=stored.told_at, trouble=stored.trouble)

    def note_told(self, subscriber_id: str, told_at: datetime) -> None:
        if stored := self._rows.get(subscriber_id):
            self._rows[subscriber_id] = replace(stored, told_at=told_at, trouble="")

    def note_trouble(self, subscriber_id: str, trouble: str) -> None:
        if stored := self._rows.get(subscriber_id):
            self._rows[subscriber_id] = replace(stored, trouble=trouble)

    def remove(self, subscriber_id: str) -> None:
        self._rows.pop(subscriber_id, None)
        self.revoke_tokens(subscriber_id)
        for key in [key for key in self._notices if key[0] == subscriber_id]:
            del self._notices[key]

    def remember_token(self, token_hash: str, subscriber_id: str, now: datetime) -> None:
        self._tokens[token_hash] = (subscriber_id, now)

    def revoke_tokens(self, subscriber_id: str) -> None:
        for token in [token for token, (owner, _) in self._tokens.items() if owner == subscriber_id]:
            del self._tokens[token]

    def find_by_token(self, token_hash: str) -> Subscriber | None:
        subscriber_id, _ = self._tokens.get(token_hash, ("", None))
        return self._rows.get(subscriber_id)

    def forget_tokens(self, before: datetime, limit: int = 1000) -> int:
        old = [token for token, (_, made_at) in self._tokens.items() if made_at < before][:limit]
        for token in old:
            del self._tokens[token]
        return len(old)

    def _list(self, is_wanted: Callable[[Subscriber], bool]) -> list[Subscriber]:
        return sorted(filter(is_wanted, self._rows.values()), key=lambda one: (one.created_at, one.id))

    def _check_address(self, subscriber: Subscriber) -> None:
        if any(_place(one) == _place(subscriber) and one.id != subscriber.id for one in self._rows.values()):
            raise StateError(f"{subscriber.address} is told already. Change that entry instead of adding another.")


class MemoryNotices:
    """NoticeRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._notices = tables.notices
        self._records = tables.error_records
        self._connections = tables.connections

    def notice(self, subscriber: Subscriber, now: datetime, *, since: datetime | None) -> None:
        new = [
            record
            for record in self._new(subscriber)
            if _concerns(record, subscriber) and (since is None or record.opened_at >= since)
        ]
        for record in new:
            self._add(subscriber, record, now, is_told=False)

    def skip(self, subscriber: Subscriber, now: datetime) -> None:
        for record in self._new(subscriber):
            self._add(subscriber, record, now, is_told=True)

    def pending(self, subscriber: Subscriber, *, quiet_since: datetime | None) -> Pending | None:
        found = self._untold(subscriber, quiet_since)
        if not found:
            return None
        groups = {_group_key(record) for _, record in found}
        return Pending(len(found), len(groups), min(notice.noticed_at for notice, _ in found))

    def groups(
        self, subscriber: Subscriber, *, quiet_since: datetime | None, limit: int, example_limit: int
    ) -> list[ErrorGroup]:
        members: dict[GroupKey, list[ErrorRecord]] = {}
        for _, record in self._untold(subscriber, quiet_since):
            members.setdefault(_group_key(record), []).append(record)
        ordered = sorted(members.items(), key=lambda item: (-len(item[1]), item[0]))
        return [self._group(records, example_limit) for _, records in ordered[:limit]]

    def settle(self, subscriber: Subscriber, told_at: datetime, *, quiet_since: datetime | None) -> None:
        for notice, record in self._untold(subscriber, quiet_since):
            key = (subscriber.id, record.id, record.opened_at)
            self._notices[key] = replace(notice, is_told=True, told_at=told_at)

    def forget(self, before: datetime, limit: int = 1000) -> int:
        old = [key for key, notice in self._notices.items() if notice.noticed_at < before and self._record(key) is None]
        for key in old[:limit]:
            del self._notices[key]
        return len(old[:limit])

    def _new(self, subscriber: Subscriber) -> list[ErrorRecord]:
        return [
            record
            for record in self._records.values()
            if record.organization_id == subscriber.organization_id
            and record.status is ErrorStatus.OPEN
            and (subscriber.id, record.id, record.opened_at) not in self._notices
        ]

    def _add(self, subscriber: Subscriber, record: ErrorRecord, now: datetime, *, is_told: bool) -> None:
        key = (subscriber.id, record.id, record.opened_at)
        self._notices[key] = StoredNotice(record.connection_id, record.code, now, is_told)

    def _record(self, key: tuple[str, str, datetime]) -> ErrorRecord | None:
        """Return the record of a notice while it is open."""
        record = self._records.get(key[1])
        is_same = record is not None and record.status is ErrorStatus.OPEN and record.opened_at == key[2]
        return record if is_same else None

    def _untold(self, subscriber: Subscriber, quiet_since: datetime | None) -> list[Found]:
        own = {key: notice for key, notice in self._notices.items() if key[0] == subscriber.id}
        quiet = {
            (notice.connection_id, notice.code)
            for notice in own.values()
            if quiet_since is not None and notice.told_at is not None and notice.told_at > quiet_since
        }
        found = [(notice, self._record(key)) for key, notice in own.items() if not notice.is_told]
        return [
            (notice, record)
            for notice, record in found
            if record is not None
            and _is_wanted(record, subscriber)
            and (notice.connection_id, notice.code) not in quiet
        ]

    def _group(self, records: list[ErrorRecord], example_limit: int) -> ErrorGroup:
        by_id = sorted(records, key=lambda record: record.id)
        newest = sorted(by_id, key=lambda record: record.opened_at, reverse=True)
        record = newest[0]
        stored = self._connections.get(record.connection_id)
        return ErrorGroup(
            connection_id=record.connection_id,
            connection_name=stored.connection.name if stored else "",
            impact=record.impact,
            code=record.code,
            is_remote=record.is_remote,
            count=len(records),
            first_at=newest[-1].opened_at,
            last_at=record.opened_at,
            examples=tuple(ErrorExample(one.message, one.work_item_id) for one in newest[:example_limit]),
        )


class MemoryNoticeRounds:
    """RoundRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.notice_rounds

    def begin(
        self,
        organization_id: str,
        now: datetime,
        *,
        interval_seconds: float,
        overlap_seconds: float,
        full_seconds: float,
    ) -> Round | None:
        begun_at, full_at = self._rows.get(organization_id, (None, None))
        if begun_at is not None and begun_at > now - timedelta(seconds=interval_seconds):
            return None
        if begun_at is None or full_at is None or full_at <= now - timedelta(seconds=full_seconds):
            self._rows[organization_id] = (now, now)
            return Round(None)
        self._rows[organization_id] = (now, full_at)
        return Round(begun_at - timedelta(seconds=overlap_seconds))

    def forget(self, organization_id: str) -> None:
        self._rows.pop(organization_id, None)


class MemoryNotifications:
    """NotificationStorage in memory."""

    servers: MailServerRepository
    subscribers: SubscriberRepository
    notices: NoticeRepository
    deliveries: DeliveryRepository
    rounds: RoundRepository

    def __init__(self, tables: Tables) -> None:
        self.servers = MemoryMailServers(tables)
        self.subscribers = MemorySubscribers(tables)
        self.notices = MemoryNotices(tables)
        self.deliveries = MemoryDeliveries(tables)
        self.rounds = MemoryNoticeRounds(tables)


def _place(subscriber: Subscriber) -> tuple[str, ...]:
    return subscriber.organization_id, subscriber.kind.value, subscriber.address.casefold()


def _concerns(record: ErrorRecord, subscriber: Subscriber) -> bool:
    if record.code == NOTIFICATION_FAILED and record.subject.startswith(f"{subscriber.kind.value}:"):
        return False
    return _is_wanted(record, subscriber)


def _is_wanted(record: ErrorRecord, subscriber: Subscriber) -> bool:
    is_at_connection = not subscriber.connection_ids or record.connection_id in subscriber.connection_ids
    return is_at_connection and record.impact in subscriber.impacts


def _group_key(record: ErrorRecord) -> GroupKey:
    return record.connection_id, record.impact.value, record.code, record.is_remote
