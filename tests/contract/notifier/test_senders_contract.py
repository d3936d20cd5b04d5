"""What every mail and webhook sender does, in memory and for real."""

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from tests.unit.adapters.mail_servers import HOST, Mailbox, free_port, mail_server
from tests.unit.adapters.test_webhook import SECRET, Receiver, receiving

from adnode.adapters.mail import SmtpMailSender
from adnode.adapters.memory.notifier import MemoryMailSender, MemoryWebhookSender
from adnode.adapters.peer.guarded_network import NetworkPolicy
from adnode.adapters.webhook import HttpWebhookSender
from adnode.domain.errors import NotificationFailedError, UrlRefusedError
from adnode.domain.notification import MailSecurity, MailServer
from adnode.ports.notifier import Mail, MailSender, Step, WebhookMessage, WebhookSender

POLICY = NetworkPolicy((ipaddress.ip_network("127.0.0.0/8"),), allows_loopback_http=True)
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
MAIL = Mail("d1@example.com", "ada@example.com", "Subject", "Text\n", "<p>Text</p>", NOW)
MESSAGE = WebhookMessage("d1", NOW, "{}")


@dataclass(slots=True)
class MailPlace:
    """A sender, a server that takes its mails, one that does not, and the recipients of what arrived."""

    sender: MailSender
    good: MailServer
    bad: MailServer
    arrived: Callable[[], list[str]]
    breaks: Callable[[], None]


@pytest.fixture(params=["memory", "smtp"])
def mails(request: pytest.FixtureRequest) -> Iterator[MailPlace]:
    server = MailServer("org", HOST, 25, MailSecurity.NONE, "adnode@example.com")
    if request.param == "memory":
        memory = MemoryMailSender()

        def fail() -> None:
            memory.failure = NotificationFailedError("Nobody listens.", Step.CONNECTION)

        yield MailPlace(memory, server, server, lambda: [one.recipient for one in memory.sent], fail)
        return
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        good, bad = replace(server, port=port), replace(server, port=free_port())
        sender = SmtpMailSender(POLICY)
        yield MailPlace(sender, good, bad, lambda: [one.rcpt_tos[0] for one in mailbox.envelopes], lambda: None)


def test_a_mail_that_is_sent_has_arrived_and_the_same_may_come_again(mails: MailPlace) -> None:
    for _ in range(2):
        mails.sender.send(mails.good, "", MAIL, 10)
    assert mails.arrived() == ["ada@example.com", "ada@example.com"]


def test_a_mail_that_fails_names_the_step_and_did_not_arrive(mails: MailPlace) -> None:
    mails.breaks()
    with pytest.raises(NotificationFailedError) as failed:
        mails.sender.send(mails.bad, "", MAIL, 10)
    assert (failed.value.step, failed.value.is_of_receiver) == (Step.CONNECTION, False)
    assert mails.arrived() == []


@dataclass(slots=True)
class WebhookPlace:
    """A sender, an address that takes its messages, one that does not, and how many arrived."""

    sender: WebhookSender
    good: str
    bad: str
    arrived: Callable[[], int]
    breaks: Callable[[], None]


@pytest.fixture(params=["memory", "http"])
def webhooks(request: pytest.FixtureRequest) -> Iterator[WebhookPlace]:
    if request.param == "memory":
        memory, url = MemoryWebhookSender(), "https://hooks.example/x"

        def fail() -> None:
            memory.failure = NotificationFailedError("Nobody listens.", Step.CONNECTION, is_of_receiver=True)

        yield WebhookPlace(memory, url, url, lambda: len(memory.sent), fail)
        return
    receiver = Receiver()
    with receiving(receiver) as port:
        good, bad = f"http://{HOST}:{port}/x", f"http://{HOST}:{free_port()}/x"
        yield WebhookPlace(HttpWebhookSender(POLICY), good, bad, lambda: len(receiver.requests), lambda: None)


def test_a_message_that_is_sent_has_arrived_and_the_same_may_come_again(webhooks: WebhookPlace) -> None:
    webhooks.sender.check_url(webhooks.good)
    for _ in range(2):
        webhooks.sender.send(webhooks.good, SECRET, MESSAGE, 10)
    assert webhooks.arrived() == 2


def test_a_message_that_fails_concerns_its_receiver_only(webhooks: WebhookPlace) -> None:
    webhooks.breaks()
    with pytest.raises(NotificationFailedError) as failed:
        webhooks.sender.send(webhooks.bad, SECRET, MESSAGE, 10)
    assert (failed.value.step, failed.value.is_of_receiver) == (Step.CONNECTION, True)
    assert webhooks.arrived() == 0


@pytest.mark.parametrize("url", ["http://hooks.example/x", "https://intranet.internal/x", "ftp://hooks.example"])
def test_addresses_that_must_not_be_called_are_refused(webhooks: WebhookPlace, url: str) -> None:
    with pytest.raises(UrlRefusedError):
        webhooks.sender.check_url(url)
