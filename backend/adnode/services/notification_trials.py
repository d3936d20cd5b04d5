"""Send test: try a mail server or a subscriber now, and say step by step what worked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from adnode.domain.errors import NotFoundError, NotificationFailedError
from adnode.domain.mail_address import read_mail_address
from adnode.domain.notification import ChannelKind, MailSecurity, MailServer, Subscriber
from adnode.domain.session import Session
from adnode.ports.notifier import ANSWER_SECONDS, MailSender, Step, WebhookMessage, WebhookSender
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Vault
from adnode.services.mail_servers import MailServerEdit, MailServerService
from adnode.services.notification_delivery import make_mail, open_password
from adnode.services.notification_texts import webhook_trial, write_trial
from adnode.services.notification_troubles import SERVER, close_trouble
from adnode.services.subscribers import own_subscriber, secret_context

_MAIL_STEPS = (
    Step.LOOKUP,
    Step.CONNECTION,
    Step.ENCRYPTION,
    Step.SIGN_IN,
    Step.SENDER,
    Step.RECIPIENT,
    Step.MESSAGE,
)
_WEBHOOK_STEPS = (Step.LOOKUP, Step.CONNECTION, Step.ENCRYPTION, Step.ANSWER)


class Outcome(StrEnum):
    """What became of a step. SKIPPED: not come to, or not needed."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step and what became of it; ``detail`` says why it failed."""

    step: str
    outcome: Outcome
    detail: str = ""


class NotificationTrialService:
    """Tries to tell somebody. What is tried is never stored."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        servers: MailServerService,
        mails: MailSender,
        webhooks: WebhookSender,
        vault: Vault,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._servers = servers
        self._mails = mails
        self._webhooks = webhooks
        self._vault = vault
        self._clock = clock
        self._ids = ids

    def try_server(self, session: Session, edit: MailServerEdit | None, recipient: str) -> list[StepResult]:
        """Send a test mail over the mail server as it is entered, or as it is stored; raises ValidationError for
        entries that can't be used, NotFoundError when there is none.
        """
        address = read_mail_address(recipient)
        stored = self._servers.show(session)
        server = stored if edit is None else self._servers.make(session, edit, stored)
        if server is None:
            raise NotFoundError("There is no mail server yet. Enter one, then try it.")
        results = self._try_mail(session, server, address)
        if _works(results) and _is_stored(server, stored):
            self._close_trouble(session, SERVER)
        return results

    def try_subscriber(self, session: Session, subscriber_id: str) -> list[StepResult]:
        """Send a test to a subscriber; raises NotFoundError, for somebody told by mail also without a mail server."""
        with self._new_unit_of_work() as work:
            subscriber = own_subscriber(work, session, subscriber_id)
        if subscriber.kind is ChannelKind.WEBHOOK:
            results = self._try_webhook(session, subscriber)
        else:
            server = self._servers.show(session)
            if server is None:
                raise NotFoundError("There is no mail server yet. Enter one, then try it.")
            results = self._try_mail(session, server, subscriber.address)
        if _works(results):
            self._close_trouble(session, subscriber.id)
        return results

    def _try_mail(self, session: Session, server: MailServer, recipient: str) -> list[StepResult]:
        skipped = set()
        if server.security is MailSecurity.NONE:
            skipped.add(Step.ENCRYPTION)
        if not server.user:
            skipped.add(Step.SIGN_IN)
        written = write_trial(session.tenant.name)

        def send() -> None:
            mail = make_mail(server, recipient, written, self._ids.new_id(), self._clock.now())
            self._mails.send(server, open_password(self._vault, server), mail, ANSWER_SECONDS)

        order = _MAIL_STEPS
        if server.security is MailSecurity.TLS:
            # Encrypted from the first byte: the connection is greeted after that.
            order = (Step.LOOKUP, Step.ENCRYPTION, Step.CONNECTION, *_MAIL_STEPS[3:])
        return _tried(order, skipped, send)

    def _try_webhook(self, session: Session, subscriber: Subscriber) -> list[StepResult]:
        now = self._clock.now()

        def send() -> None:
            body = webhook_trial(session.tenant.name, session.tenant.url, now)
            message = WebhookMessage(self._ids.new_id(), now, body)
            secret = self._vault.open(subscriber.sealed_secret, secret_context(subscriber.id)).decode()
            self._webhooks.send(subscriber.address, secret, message, ANSWER_SECONDS)

        skipped = set() if subscriber.address.startswith("https:") else {Step.ENCRYPTION}
        return _tried(_WEBHOOK_STEPS, skipped, send)

    def _close_trouble(self, session: Session, of: str) -> None:
        """It works: nothing has to be told of it any more."""
        with self._new_unit_of_work() as work:
            close_trouble(work, session.tenant.id, of, self._clock.now())
            if of != SERVER:
                work.notifications.subscribers.note_trouble(of, "")
            work.commit()


def _tried(order: Sequence[str], skipped: set[str], send: Callable[[], None]) -> list[StepResult]:
    """Return what became of each step of sending."""
    try:
        send()
    except NotificationFailedError as error:
        failed, detail = error.step, error.message
    else:
        failed, detail = "", ""
    place = order.index(failed) if failed in order else len(order)
    return [
        StepResult(step, Outcome.FAILED, detail)
        if number == place
        else StepResult(step, Outcome.SKIPPED if step in skipped or number > place else Outcome.PASSED)
        for number, step in enumerate(order)
    ]


def _works(results: list[StepResult]) -> bool:
    return all(result.outcome is not Outcome.FAILED for result in results)


def _is_stored(server: MailServer, stored: MailServer | None) -> bool:
    """Say whether what was tried is what is stored; passwords are sealed anew each time."""
    return stored is not None and replace(server, sealed_password=b"", revision=0) == replace(
        stored, sealed_password=b"", revision=0
    )
