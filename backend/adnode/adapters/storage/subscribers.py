"""Mail servers and subscribers in the database."""

import hashlib
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.notification_rows import MailServerRow, NoticeRow, SubscriberRow, UnsubscribeTokenRow
from adnode.adapters.storage.statements import changed_rows, from_text, read_rows, to_text
from adnode.adapters.storage.upserts import insert_new, replace_all
from adnode.domain.error_record import Impact
from adnode.domain.errors import NotFoundError, StateError
from adnode.domain.notification import ChannelKind, Digest, MailSecurity, MailServer, Subscriber, SubscriberStatus

_AGE = (SubscriberRow.created_at, SubscriberRow.id)


class SqlMailServers:
    """MailServerRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, organization_id: str) -> MailServer | None:
        rows = read_rows(self._session, select(MailServerRow).where(MailServerRow.organization_id == organization_id))
        return _server(rows[0]) if rows else None

    def list_all(self) -> list[MailServer]:
        rows = read_rows(self._session, select(MailServerRow).order_by(MailServerRow.organization_id))
        return [_server(row) for row in rows]

    def save(self, server: MailServer) -> None:
        values = asdict(server) | {"security": server.security.value}
        replace_all(self._session, MailServerRow, [values], keys=["organization_id"])

    def remove(self, organization_id: str) -> bool:
        statement = delete(MailServerRow).where(MailServerRow.organization_id == organization_id)
        return changed_rows(self._session, statement) == 1


class SqlSubscribers:
    """SubscriberRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, subscriber: Subscriber) -> None:
        if not insert_new(self._session, SubscriberRow, _values(subscriber)):
            raise _taken(subscriber)

    def get(self, subscriber_id: str) -> Subscriber:
        rows = read_rows(
            self._session, select(SubscriberRow).where(SubscriberRow.id == subscriber_id).with_for_update()
        )
        if not rows:
            raise _unknown(subscriber_id)
        return _subscriber(rows[0])

    def list_of(self, organization_id: str) -> list[Subscriber]:
        return self._list(select(SubscriberRow).where(SubscriberRow.organization_id == organization_id).order_by(*_AGE))

    def list_active(self) -> list[Subscriber]:
        is_active = SubscriberRow.status == SubscriberStatus.ACTIVE.value
        return self._list(select(SubscriberRow).where(is_active).order_by(SubscriberRow.organization_id, *_AGE))

    def list_all(self) -> list[Subscriber]:
        return self._list(select(SubscriberRow).order_by(*_AGE))

    def save(self, subscriber: Subscriber) -> None:
        values = _values(subscriber)
        for kept in ("id", "told_at", "trouble"):
            del values[kept]
        self._check_address(subscriber, values["address_key"])
        statement = update(SubscriberRow).where(SubscriberRow.id == subscriber.id).values(**values)
        if not changed_rows(self._session, statement):
            raise _unknown(subscriber.id)

    def note_told(self, subscriber_id: str, told_at: datetime) -> None:
        self._note(subscriber_id, told_at=told_at, trouble="")

    def note_trouble(self, subscriber_id: str, trouble: str) -> None:
        self._note(subscriber_id, trouble=trouble)

    def remove(self, subscriber_id: str) -> None:
        self.revoke_tokens(subscriber_id)
        changed_rows(self._session, delete(NoticeRow).where(NoticeRow.subscriber_id == subscriber_id))
        changed_rows(self._session, delete(SubscriberRow).where(SubscriberRow.id == subscriber_id))

    def remember_token(self, token_hash: str, subscriber_id: str, now: datetime) -> None:
        values = {"token_hash": token_hash, "subscriber_id": subscriber_id, "made_at": now}
        insert_new(self._session, UnsubscribeTokenRow, values)

    def revoke_tokens(self, subscriber_id: str) -> None:
        statement = delete(UnsubscribeTokenRow).where(UnsubscribeTokenRow.subscriber_id == subscriber_id)
        changed_rows(self._session, statement)

    def find_by_token(self, token_hash: str) -> Subscriber | None:
        subscriber_id = (
            select(UnsubscribeTokenRow.subscriber_id)
            .where(UnsubscribeTokenRow.token_hash == token_hash)
            .scalar_subquery()
        )
        found = self._list(select(SubscriberRow).where(SubscriberRow.id == subscriber_id).with_for_update())
        return found[0] if found else None

    def forget_tokens(self, before: datetime, limit: int = 1000) -> int:
        token_hash, made_at = UnsubscribeTokenRow.token_hash, UnsubscribeTokenRow.made_at
        old = select(token_hash).where(made_at < before).order_by(made_at).limit(limit)
        return changed_rows(self._session, delete(UnsubscribeTokenRow).where(token_hash.in_(old)))

    def _list(self, query: Select[SubscriberRow]) -> list[Subscriber]:
        return [_subscriber(row) for row in read_rows(self._session, query)]

    def _check_address(self, subscriber: Subscriber, key: str) -> None:
        same = select(SubscriberRow.id).where(
            SubscriberRow.organization_id == subscriber.organization_id,
            SubscriberRow.kind == subscriber.kind.value,
            SubscriberRow.address_key == key,
            SubscriberRow.id != subscriber.id,
        )
        if self._session.scalar(same) is not None:
            raise _taken(subscriber)

    def _note(self, subscriber_id: str, **values: object) -> None:
        changed_rows(self._session, update(SubscriberRow).where(SubscriberRow.id == subscriber_id).values(**values))


def _server(row: MailServerRow) -> MailServer:
    stored = {field.name: getattr(row, field.name) for field in fields(MailServer)}
    return MailServer(**(stored | {"security": MailSecurity(row.security)}))


def _values(subscriber: Subscriber) -> dict[str, Any]:
    # URLs may be longer than what a database can index.
    key = hashlib.sha256(subscriber.address.casefold().encode()).hexdigest()
    return asdict(replace(subscriber, impacts=frozenset(), connection_ids=frozenset())) | {
        "kind": subscriber.kind.value,
        "address_key": key,
        "impacts": to_text(sorted(impact.value for impact in subscriber.impacts)),
        "connection_ids": to_text(sorted(subscriber.connection_ids)),
        "digest": subscriber.digest.value,
        "status": subscriber.status.value,
    }


def _subscriber(row: SubscriberRow) -> Subscriber:
    stored = {field.name: getattr(row, field.name) for field in fields(Subscriber)}
    read = {
        "kind": ChannelKind(row.kind),
        "impacts": frozenset(Impact(one) for one in from_text(row.impacts)),
        "connection_ids": frozenset(from_text(row.connection_ids)),
        "digest": Digest(row.digest),
        "status": SubscriberStatus(row.status),
    }
    return Subscriber(**(stored | read))


def _taken(subscriber: Subscriber) -> StateError:
    return StateError(f"{subscriber.address} is told already. Change that entry instead of adding another.")


def _unknown(subscriber_id: str) -> NotFoundError:
    return NotFoundError(f"There is no subscriber {subscriber_id} here. Reload the list of who is told.")
