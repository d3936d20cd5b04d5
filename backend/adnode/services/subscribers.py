"""Who is told about errors."""

import base64
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass, replace

from adnode.domain.audit import AuditAction, AuditEntry
from adnode.domain.connection import ConnectionStatus
from adnode.domain.error_record import Impact
from adnode.domain.errors import NotFoundError, PreconditionFailedError, StateError, ValidationError
from adnode.domain.mail_address import read_mail_address
from adnode.domain.notification import (
    SUBSCRIBER_TRANSITIONS,
    ChannelKind,
    Digest,
    Subscriber,
    SubscriberStatus,
    shown_address,
)
from adnode.domain.session import Session
from adnode.ports.notifier import WebhookSender
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Vault
from adnode.services.audit import AuditService
from adnode.services.notification_troubles import close_trouble

SUBSCRIBER_LIMIT = 100
SECRET_PREFIX = "whsec_"  # noqa: S105 - how secrets begin


@dataclass(frozen=True, slots=True)
class SubscriberWish:
    """Who is to be told about what. Without ``connection_ids`` of all connections."""

    kind: ChannelKind
    address: str
    impacts: Collection[Impact]
    digest: Digest = Digest.AT_ONCE
    connection_ids: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class SubscriberEdit:
    """What is changed; None stays."""

    address: str | None = None
    impacts: Collection[Impact] | None = None
    digest: Digest | None = None
    connection_ids: Collection[str] | None = None
    is_active: bool | None = None


class SubscriberService:
    """Use cases on subscribers."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        webhooks: WebhookSender,
        vault: Vault,
        clock: Clock,
        ids: Ids,
        audit: AuditService,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._webhooks = webhooks
        self._vault = vault
        self._clock = clock
        self._ids = ids
        self._audit = audit

    def list_all(self, session: Session) -> list[Subscriber]:
        """Return who is told, the oldest first; never more than SUBSCRIBER_LIMIT."""
        with self._new_unit_of_work() as work:
            return work.notifications.subscribers.list_of(session.tenant.id)

    def show(self, session: Session, subscriber_id: str) -> Subscriber:
        """Return one; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            return own_subscriber(work, session, subscriber_id)

    def add(self, session: Session, wish: SubscriberWish) -> tuple[Subscriber, str]:
        """Tell somebody from now on; return them and, for a webhook, the secret that is shown this once. Raises
        ValidationError, UrlRefusedError, StateError for an address that is told already.
        """
        address = self._read_address(wish.kind, wish.address)
        secret = self._new_secret() if wish.kind is ChannelKind.WEBHOOK else ""
        subscriber_id = self._ids.new_id()
        subscriber = Subscriber(
            id=subscriber_id,
            organization_id=session.tenant.id,
            kind=wish.kind,
            address=address,
            impacts=_read_impacts(wish.impacts),
            digest=wish.digest,
            created_at=self._clock.now(),
            connection_ids=frozenset(wish.connection_ids),
            sealed_secret=self._vault.seal(secret.encode(), secret_context(subscriber_id)) if secret else b"",
        )
        with self._new_unit_of_work() as work:
            if len(work.notifications.subscribers.list_of(session.tenant.id)) >= SUBSCRIBER_LIMIT:
                raise StateError(f"{SUBSCRIBER_LIMIT} are told already, which is as many as can be. Remove one first.")
            _check_connections(work, session, subscriber.connection_ids)
            work.notifications.subscribers.add(subscriber)
            work.notifications.notices.skip(subscriber, self._clock.now())
            self._note(work, session, AuditAction.SUBSCRIBER_ADDED, subscriber)
            work.commit()
        return subscriber, secret

    def change(self, session: Session, subscriber_id: str, revision: int, edit: SubscriberEdit) -> Subscriber:
        """Change who is told about what; raises NotFoundError, PreconditionFailedError, and as ``add``."""
        kind = self.show(session, subscriber_id).kind
        address = None if edit.address is None else self._read_address(kind, edit.address)
        with self._new_unit_of_work() as work:
            stored = own_subscriber(work, session, subscriber_id)
            if stored.revision != revision:
                raise PreconditionFailedError(
                    f"Somebody changed what {shown_address(stored)} is told since you opened it. Look at it again."
                )
            changed = _changed(stored, edit, address)
            _check_connections(work, session, edit.connection_ids or ())
            self._apply(work, stored, changed)
            self._note(work, session, AuditAction.SUBSCRIBER_CHANGED, changed)
            work.commit()
        return changed

    def _apply(self, work: UnitOfWork, stored: Subscriber, changed: Subscriber) -> None:
        now, notifications = self._clock.now(), work.notifications
        if stored.status is SubscriberStatus.ACTIVE:
            # What came under the old wish is told; what the new one adds is news only from now on.
            notifications.notices.notice(stored, now, since=None)
        notifications.subscribers.save(changed)
        notifications.notices.skip(changed, now)
        if changed.status is not SubscriberStatus.ACTIVE:
            notifications.deliveries.cancel(changed.id, now)
        elif changed.address != stored.address:
            # Links in mails to the earlier address are not for the new one.
            notifications.subscribers.revoke_tokens(changed.id)
            notifications.deliveries.hasten(changed.organization_id, now, kind=changed.kind, subscriber_id=changed.id)

    def remove(self, session: Session, subscriber_id: str) -> None:
        """Tell somebody no more; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            subscriber = own_subscriber(work, session, subscriber_id)
            work.notifications.deliveries.cancel(subscriber.id, self._clock.now())
            work.notifications.subscribers.remove(subscriber.id)
            close_trouble(work, subscriber.organization_id, subscriber.id, self._clock.now())
            self._note(work, session, AuditAction.SUBSCRIBER_REMOVED, subscriber)
            work.commit()

    def renew_secret(self, session: Session, subscriber_id: str) -> str:
        """Sign with a new secret from now on, and return it this once; raises NotFoundError and StateError."""
        secret = self._new_secret()
        with self._new_unit_of_work() as work:
            subscriber = own_subscriber(work, session, subscriber_id)
            if subscriber.kind is not ChannelKind.WEBHOOK:
                raise StateError(f"{subscriber.address} is told by mail; only webhooks have a secret.")
            sealed = self._vault.seal(secret.encode(), secret_context(subscriber.id))
            work.notifications.subscribers.save(
                replace(subscriber, sealed_secret=sealed, revision=subscriber.revision + 1)
            )
            self._note(work, session, AuditAction.WEBHOOK_SECRET_RENEWED, subscriber)
            work.commit()
        return secret

    def find_reader(self, token: str) -> Subscriber | None:
        """Return whom a token of a mail unsubscribes; None for one that is unknown, or whose reader is removed."""
        with self._new_unit_of_work() as work:
            return work.notifications.subscribers.find_by_token(token_hash(token))

    def unsubscribe(self, token: str) -> bool:
        """Tell the reader of a mail no more, without asking who they are; False for an unknown token. Doing it twice is
        the same.
        """
        with self._new_unit_of_work() as work:
            subscriber = work.notifications.subscribers.find_by_token(token_hash(token))
            if subscriber is None:
                return False
            if SubscriberStatus.UNSUBSCRIBED in SUBSCRIBER_TRANSITIONS[subscriber.status]:
                self._unsubscribe(work, subscriber)
                work.commit()
        return True

    def _unsubscribe(self, work: UnitOfWork, subscriber: Subscriber) -> None:
        now = self._clock.now()
        gone = replace(subscriber, status=SubscriberStatus.UNSUBSCRIBED, revision=subscriber.revision + 1)
        work.notifications.subscribers.save(gone)
        work.notifications.deliveries.cancel(subscriber.id, now)
        close_trouble(work, subscriber.organization_id, subscriber.id, now)
        work.audit.add(
            AuditEntry(
                id=self._ids.new_id(),
                organization_id=subscriber.organization_id,
                at=now,
                user_id="link-in-mail",
                user_name=subscriber.address,
                action=AuditAction.SUBSCRIBER_UNSUBSCRIBED,
            )
        )

    def _read_address(self, kind: ChannelKind, address: str) -> str:
        if kind is ChannelKind.EMAIL:
            return read_mail_address(address)
        self._webhooks.check_url(address.strip())
        return address.strip()

    def _new_secret(self) -> str:
        return SECRET_PREFIX + base64.b64encode(self._ids.new_secret()).decode()

    def _note(self, work: UnitOfWork, session: Session, action: AuditAction, subscriber: Subscriber) -> None:
        details = {"subscriber": shown_address(subscriber), "kind": subscriber.kind.value}
        self._audit.note(work, session, action, details=details)


def forget_notifications(work: UnitOfWork, organization_id: str) -> None:
    """Forget an organization's mail server and everybody who is told; nothing more is sent."""
    for subscriber in work.notifications.subscribers.list_of(organization_id):
        work.notifications.subscribers.remove(subscriber.id)
    work.notifications.deliveries.remove_of(organization_id)
    work.notifications.servers.remove(organization_id)
    work.notifications.rounds.forget(organization_id)


def own_subscriber(work: UnitOfWork, session: Session, subscriber_id: str) -> Subscriber:
    """Return a subscriber of the session's organization; raises NotFoundError for every other, in the same words."""
    try:
        subscriber = work.notifications.subscribers.get(subscriber_id)
    except NotFoundError:
        subscriber = None
    if subscriber is None or subscriber.organization_id != session.tenant.id:
        raise NotFoundError(f"There is no subscriber {subscriber_id} here. Reload the list of who is told.")
    return subscriber


def token_hash(token: str) -> str:
    """Return what is stored of a token."""
    return hmac.new(b"adnode unsubscribe", token.encode(), hashlib.sha256).hexdigest()


def secret_context(subscriber_id: str) -> str:
    """Return what a webhook's secret is sealed for."""
    return f"subscriber:{subscriber_id}"


def _changed(stored: Subscriber, edit: SubscriberEdit, address: str | None) -> Subscriber:
    changed = replace(
        stored,
        address=stored.address if address is None else address,
        impacts=stored.impacts if edit.impacts is None else _read_impacts(edit.impacts),
        digest=stored.digest if edit.digest is None else edit.digest,
        connection_ids=stored.connection_ids if edit.connection_ids is None else frozenset(edit.connection_ids),
        revision=stored.revision + 1,
    )
    if edit.is_active is None or edit.is_active == (stored.status is SubscriberStatus.ACTIVE):
        return changed
    wanted = SubscriberStatus.ACTIVE if edit.is_active else SubscriberStatus.PAUSED
    if wanted not in SUBSCRIBER_TRANSITIONS[stored.status]:
        raise StateError(f"{shown_address(stored)} is {stored.status} already.")
    return replace(changed, status=wanted)


def _read_impacts(impacts: Collection[Impact]) -> frozenset[Impact]:
    if not impacts:
        raise ValidationError("Choose at least one impact; nobody would be told of anything.")
    return frozenset(impacts)


def _check_connections(work: UnitOfWork, session: Session, connection_ids: Collection[str]) -> None:
    own = {
        connection.id
        for connection in (work.connections.list_all() if connection_ids else [])
        if connection.organization_id == session.tenant.id and connection.status is not ConnectionStatus.REMOVED
    }
    unknown = sorted(set(connection_ids) - own)
    if unknown:
        raise NotFoundError(f"There is no connection {unknown[0]} here. Reload the list of connections.")
