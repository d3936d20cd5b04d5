"""Telling: what is new becomes deliveries, and deliveries are sent until they arrive or a day has passed."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from threading import Event

import structlog

from adnode.domain.errors import LeaseLostError, NotFoundError, NotificationFailedError, SecretUnreadableError
from adnode.domain.notification import (
    ChannelKind,
    Delivery,
    DeliveryStatus,
    Digest,
    MailServer,
    Notice,
    Subscriber,
    SubscriberStatus,
    is_due,
    shown_address,
)
from adnode.ports.notifier import Mail, MailSender, Step, WebhookMessage, WebhookSender
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Vault
from adnode.services.mail_servers import password_context
from adnode.services.notification_texts import WrittenMail, webhook_body, write_notice
from adnode.services.notification_troubles import SERVER, Trouble, close_trouble, open_trouble
from adnode.services.retry import RetryPolicy
from adnode.services.subscribers import secret_context, token_hash

log = structlog.get_logger(__name__)

QUIET_TIME = timedelta(hours=1)
"""How long nothing more of a group is told to somebody who is told at once."""
ATTEMPTS = 18
"""With delays from a minute to two hours they take about a day."""
DELIVERIES_KEPT = timedelta(days=30)
NOTICES_KEPT = timedelta(days=1)
TOKENS_KEPT = timedelta(days=400)
OVERLAP_SECONDS = 900.0
"""An error may be committed so long after the time it was opened, and is noticed at once all the same."""
FULL_SECONDS = 3600.0
SEND_SECONDS = 30.0
LEASE_SECONDS = 180.0
"""More than a send takes with the look-up of a name, so that nothing is sent twice while its sender lives."""
BATCH = 20
GROUP_LIMIT = 50
EXAMPLE_LIMIT = 3
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """How this node tells. ``collecting_seconds`` is how long errors are collected for who is told at once,
    ``node_url`` '' for a node without an address, ``owner`` names this process in leases.
    """

    owner: str
    node_url: str = ""
    collecting_seconds: float = 60.0

    @property
    def interval_seconds(self) -> float:
        """Return how often is looked for what is new."""
        return max(1.0, min(10.0, self.collecting_seconds))


@dataclass(frozen=True, slots=True)
class _Errand:
    """A delivery with all that it takes to send it. ``begun_at`` is from when its lease runs, in seconds that nobody
    sets.
    """

    delivery: Delivery
    subscriber: Subscriber
    server: MailServer | None
    token: str
    begun_at: float


class NotificationDeliveryService:
    """Makes deliveries and sends them, at least once each: a receiver knows a repeated one by its id."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        mails: MailSender,
        webhooks: WebhookSender,
        vault: Vault,
        clock: Clock,
        ids: Ids,
        settings: NotificationSettings,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._mails = mails
        self._webhooks = webhooks
        self._vault = vault
        self._clock = clock
        self._ids = ids
        self._retry = RetryPolicy(first_delay_seconds=60.0, maximum_delay_seconds=7200.0)
        self.settings = settings

    def run(self, stopping: Event) -> bool:
        """Do one round: make what is due, send what is due. There is never more to do at once."""
        self.notice()
        self.send(stopping)
        return False

    # what is new -----------------------------------------------------------------------------------------------------

    def notice(self) -> None:
        """Look for errors that nobody was told of, and make deliveries of those that are to be told now."""
        with self._new_unit_of_work() as work:
            active = work.notifications.subscribers.list_active()
        for organization_id, subscribers in groupby(active, key=lambda one: one.organization_id):
            self._notice_of(organization_id, [subscriber.id for subscriber in subscribers])

    def _notice_of(self, organization_id: str, subscriber_ids: list[str]) -> None:
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            begun = work.notifications.rounds.begin(
                organization_id,
                now,
                # A little less, so that a chore that is early by a blink is not put off a whole round.
                interval_seconds=self.settings.interval_seconds / 2,
                overlap_seconds=OVERLAP_SECONDS,
                full_seconds=FULL_SECONDS,
            )
            if begun is None:
                return
            has_server = work.notifications.servers.find(organization_id) is not None
            for subscriber in _still_active(work, subscriber_ids):
                work.notifications.notices.notice(subscriber, now, since=begun.since)
                # Without a mail server the mails wait; what is over by then need not be told any more.
                if has_server or subscriber.kind is not ChannelKind.EMAIL:
                    self._make_delivery(work, subscriber, now)
            work.commit()

    def _make_delivery(self, work: UnitOfWork, subscriber: Subscriber, now: datetime) -> None:
        notices = work.notifications.notices
        quiet_since = now - QUIET_TIME if subscriber.digest is Digest.AT_ONCE else None
        pending = notices.pending(subscriber, quiet_since=quiet_since)
        collecting = timedelta(seconds=self.settings.collecting_seconds)
        if pending is None or not is_due(subscriber.digest, pending.oldest, now, collecting):
            return
        groups = notices.groups(subscriber, quiet_since=quiet_since, limit=GROUP_LIMIT, example_limit=EXAMPLE_LIMIT)
        name, url = _organization(work, subscriber.organization_id)
        delivery = Delivery(
            id=self._ids.new_id(),
            organization_id=subscriber.organization_id,
            subscriber_id=subscriber.id,
            kind=subscriber.kind,
            address=subscriber.address,
            notice=Notice(name, url, tuple(groups), pending.group_count, pending.error_count),
            created_at=now,
            next_attempt_at=now,
        )
        work.notifications.deliveries.add(delivery)
        notices.settle(subscriber, now, quiet_since=quiet_since)

    # sending ---------------------------------------------------------------------------------------------------------

    def send(self, stopping: Event) -> None:
        """Send what is due, some of each organization, so that none waits for another's slow mail server."""
        with self._new_unit_of_work() as work:
            organization_ids = work.notifications.deliveries.organizations_due(self._clock.now())
        for organization_id in organization_ids:
            for _ in range(BATCH):
                if stopping.is_set() or not self._send_next(organization_id):
                    break

    def _send_next(self, organization_id: str) -> bool:
        begun_at = self._clock.monotonic()
        with self._new_unit_of_work() as work:
            delivery = work.notifications.deliveries.claim(
                organization_id, self.settings.owner, self._clock.now(), LEASE_SECONDS
            )
            work.commit()
        if delivery is None:
            return False
        errand = self._prepare(delivery, begun_at)
        if errand is not None:
            self._run_errand(errand)
        return True

    def _prepare(self, delivery: Delivery, begun_at: float) -> _Errand | None:
        """Return all that the delivery takes; None when nobody wants it any more."""
        token = base64.urlsafe_b64encode(self._ids.new_secret()).rstrip(b"=").decode()
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            try:
                subscriber = work.notifications.subscribers.get(delivery.subscriber_id)
            except NotFoundError:
                work.notifications.deliveries.cancel(delivery.subscriber_id, now)
                work.commit()
                return None
            server = work.notifications.servers.find(delivery.organization_id)
            if delivery.kind is ChannelKind.EMAIL and self.settings.node_url:
                # Before the mail is sent: its link must work from the moment it arrives.
                work.notifications.subscribers.remember_token(token_hash(token), subscriber.id, now)
                work.commit()
        return _Errand(replace(delivery, address=subscriber.address), subscriber, server, token, begun_at)

    def _run_errand(self, errand: _Errand) -> None:
        try:
            failure = self._try_errand(errand)
        except LeaseLostError:
            log.warning("delivery_was_late", delivery=errand.delivery.id)
            return
        if failure is None:
            self._note(lambda work, now: self._note_success(work, errand, now))
        else:
            self._note(lambda work, now: self._note_failure(work, errand, failure, now))

    def _try_errand(self, errand: _Errand) -> NotificationFailedError | None:
        try:
            self._hand_over(errand)
        except NotificationFailedError as error:
            return error
        except SecretUnreadableError as error:
            # Mended by entering it again.
            return NotificationFailedError(error.message, Step.SIGN_IN, is_of_receiver=_is_webhook(errand))
        return None

    def _hand_over(self, errand: _Errand) -> None:
        if _is_webhook(errand):
            self._post(errand)
        else:
            self._mail(errand)

    def _mail(self, errand: _Errand) -> None:
        delivery, server = errand.delivery, errand.server
        if server is None:
            raise NotificationFailedError(
                "There is no mail server any more. Enter one under Exalate Notifications.", Step.CONNECTION
            )
        url = f"{self.settings.node_url}/unsubscribe/{errand.token}" if self.settings.node_url else ""
        written = write_notice(delivery.notice, url)
        mail = make_mail(server, delivery.address, written, delivery.id, delivery.created_at, url)
        password = open_password(self._vault, server)
        self._require_time(errand)
        self._mails.send(server, password, mail, SEND_SECONDS)

    def _post(self, errand: _Errand) -> None:
        delivery = errand.delivery
        message = WebhookMessage(delivery.id, self._clock.now(), webhook_body(delivery))
        secret = self._vault.open(errand.subscriber.sealed_secret, secret_context(errand.subscriber.id)).decode()
        self._require_time(errand)
        self._webhooks.send(delivery.address, secret, message, SEND_SECONDS)

    def _require_time(self, errand: _Errand) -> None:
        """Raise LeaseLostError when sending could outlast the lease: somebody else may have sent it by now."""
        if self._clock.monotonic() >= errand.begun_at + LEASE_SECONDS - SEND_SECONDS:
            raise LeaseLostError(f"Delivery {errand.delivery.id} was interrupted for too long.")

    # noting ----------------------------------------------------------------------------------------------------------

    def _note(self, change: Callable[[UnitOfWork, datetime], None]) -> None:
        try:
            with self._new_unit_of_work() as work:
                change(work, self._clock.now())
                work.commit()
        except (LeaseLostError, NotFoundError):
            # Cancelled or taken over meanwhile: whoever did that notes what becomes of it.
            log.info("delivery_outcome_dropped")

    def _note_success(self, work: UnitOfWork, errand: _Errand, now: datetime) -> None:
        delivery, subscriber = errand.delivery, work.notifications.subscribers.get(errand.subscriber.id)
        sent = replace(delivery, status=DeliveryStatus.SENT, attempts=delivery.attempts + 1, error="", settled_at=now)
        work.notifications.deliveries.finish(sent, self.settings.owner)
        work.notifications.subscribers.note_told(subscriber.id, now)
        close_trouble(work, delivery.organization_id, subscriber.id, now)
        if delivery.kind is ChannelKind.EMAIL:
            close_trouble(work, delivery.organization_id, SERVER, now)
        log.info("delivery_sent", delivery=delivery.id, kind=delivery.kind.value)

    def _note_failure(self, work: UnitOfWork, errand: _Errand, error: NotificationFailedError, now: datetime) -> None:
        delivery, subscriber = errand.delivery, work.notifications.subscribers.get(errand.subscriber.id)
        attempts = delivery.attempts + 1
        next_at = self._retry.next_at(now, delivery.attempts, delivery.id)
        is_given_up = error.is_lasting or attempts >= ATTEMPTS
        failed = replace(
            delivery,
            status=DeliveryStatus.FAILED if is_given_up else DeliveryStatus.WAITING,
            attempts=attempts,
            error=error.message,
            next_attempt_at=next_at,
            settled_at=now if is_given_up else None,
        )
        work.notifications.deliveries.finish(failed, self.settings.owner)
        work.notifications.subscribers.note_trouble(subscriber.id, error.message)
        if not error.is_of_receiver:
            work.notifications.deliveries.postpone(delivery.organization_id, delivery.kind, next_at)
        trouble = _trouble(failed, error)
        open_trouble(work, trouble, self._ids.new_id(), now)
        log.warning("delivery_failed", delivery=delivery.id, step=error.step, given_up=is_given_up)

    # tidying ---------------------------------------------------------------------------------------------------------

    def tidy(self, _stopping: Event) -> bool:
        """Forget what nobody needs any more; say whether there may be more of it."""
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            notifications = work.notifications
            counts = [
                notifications.deliveries.forget_settled(now - DELIVERIES_KEPT, CHUNK),
                notifications.notices.forget(now - NOTICES_KEPT, CHUNK),
                notifications.subscribers.forget_tokens(now - TOKENS_KEPT, CHUNK),
            ]
            work.commit()
        return max(counts) >= CHUNK


def make_mail(
    server: MailServer,
    recipient: str,
    written: WrittenMail,
    mail_id: str,
    written_at: datetime,
    unsubscribe_url: str = "",
) -> Mail:
    """Return a mail with the id that makes it the same one however often it is sent."""
    domain = server.sender_address.rpartition("@")[2]
    return Mail(
        message_id=f"{mail_id}@{domain}",
        recipient=recipient,
        subject=written.subject,
        text=written.text,
        html=written.html,
        written_at=written_at,
        unsubscribe_url=unsubscribe_url,
    )


def open_password(vault: Vault, server: MailServer) -> str:
    """Return the password of a mail server, '' without one; raises SecretUnreadableError."""
    if not server.sealed_password:
        return ""
    return vault.open(server.sealed_password, password_context(server.organization_id)).decode()


def _organization(work: UnitOfWork, organization_id: str) -> tuple[str, str]:
    tenant = work.tenants.find(organization_id)
    if tenant is not None:
        return tenant.name, tenant.url
    try:
        organization = work.organizations.get(organization_id)
    except NotFoundError:
        return organization_id, ""
    return organization.name, organization.url


def _still_active(work: UnitOfWork, subscriber_ids: list[str]) -> list[Subscriber]:
    """Return the subscribers as they are now, each to oneself until the unit of work ends."""
    found = []
    for subscriber_id in subscriber_ids:
        try:
            subscriber = work.notifications.subscribers.get(subscriber_id)
        except NotFoundError:
            continue
        if subscriber.status is SubscriberStatus.ACTIVE:
            found.append(subscriber)
    return found


def _is_webhook(errand: _Errand) -> bool:
    return errand.delivery.kind is ChannelKind.WEBHOOK


def _trouble(delivery: Delivery, error: NotificationFailedError) -> Trouble:
    is_given_up = delivery.status is DeliveryStatus.FAILED
    what = "No mail can be sent" if not error.is_of_receiver else f"{shown_address(delivery)} can't be told of errors"
    hope = (
        "It was given up; send it again under Exalate Notifications."
        if is_given_up
        else "It is tried again by itself for a day."
    )
    of = delivery.subscriber_id if error.is_of_receiver else SERVER
    message = f"{what}. {error.message} {hope}"
    return Trouble(delivery.organization_id, delivery.kind, of, message, is_transient=not is_given_up)
