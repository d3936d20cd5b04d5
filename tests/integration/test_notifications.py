"""Errors reach real mail servers and webhooks from a real database, also when the process is killed."""

import ipaddress
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook
from tests.contract.storage.databases import postgresql_database
from tests.unit.adapters.mail_servers import HOST, Mailbox, mail_server, part, scripted_server
from tests.unit.adapters.test_webhook import Receiver, receiving
from tests.unit.services.telling import Telling

from adnode.adapters.mail import SmtpMailSender
from adnode.adapters.memory.clock import MemoryClock
from adnode.adapters.peer.guarded_network import NetworkPolicy
from adnode.adapters.storage import Storage, open_storage
from adnode.adapters.system_clock import SystemIds
from adnode.adapters.vault import AesGcmVault
from adnode.adapters.webhook import HttpWebhookSender, sign
from adnode.domain.error_record import Impact
from adnode.domain.notification import ChannelKind, MailSecurity
from adnode.ports.notifier import WebhookMessage
from adnode.services.mail_servers import MailServerEdit
from adnode.services.subscribers import SubscriberWish

LOCAL = NetworkPolicy((ipaddress.ip_network("127.0.0.0/8"),), allows_loopback_http=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'node.db'}"
    else:
        with postgresql_database() as made:
            yield made


@pytest.fixture
def storage(url: str) -> Iterator[Storage]:
    opened = open_storage(url)
    opened.upgrade()
    yield opened
    opened.close()


def telling_on(storage: Storage, owner: str = "a", seconds: float = 0.0) -> Telling:
    """The services with real adapters, on a clock of their own that is ahead by so many seconds."""
    clock = MemoryClock()
    clock.advance(seconds)
    return Telling(
        owner=owner,
        storage=storage,
        clock=clock,
        ids=SystemIds(),
        vault=AesGcmVault([b"k" * 32]),
        mails=SmtpMailSender(LOCAL),
        webhooks=HttpWebhookSender(LOCAL),
    )


def configure(telling: Telling, port: int) -> None:
    edit = MailServerEdit(HOST, port, MailSecurity.NONE, "adnode@example.com")
    server = telling.services.servers.show(telling.session())
    telling.services.servers.save(telling.session(), server.revision if server else 0, edit)


def test_a_thousand_errors_are_one_mail_and_one_message(storage: Storage) -> None:
    telling, mailbox, receiver = telling_on(storage), Mailbox(), Receiver()
    with mail_server(mailbox) as port, receiving(receiver) as hook_port:
        configure(telling, port)
        telling.subscribe()
        wish = SubscriberWish(ChannelKind.WEBHOOK, f"http://{HOST}:{hook_port}/x", frozenset(Impact))
        _, secret = telling.services.subscribers.add(telling.session(), wish)
        telling.fail(1000)
        telling.rounds(200)
    [mail], [(headers, body)] = mailbox.mails, receiver.requests
    assert mail["Subject"] == "org: 1,000 errors, rule violation at connection c1"
    assert "https://node.example/unsubscribe/" in part(mail, "plain")
    Webhook(secret).verify(body, _at_present(headers, secret, body))
    assert json.loads(body)["data"]["error_count"] == 1000
    assert telling.troubles() == []


def _at_present(headers: dict[str, str], secret: str, body: bytes) -> dict[str, str]:
    """The test's clock is not the machine's, and the library refuses old messages: sign anew for the present."""
    sent = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    message = WebhookMessage(headers["webhook-id"], sent, body.decode())
    assert headers["webhook-signature"] == sign(secret, message)["webhook-signature"]
    return sign(secret, replace(message, sent_at=datetime.now(UTC)))


def test_a_mail_server_that_hangs_is_an_error_and_the_mail_arrives_later(storage: Storage) -> None:
    telling, mailbox = telling_on(storage), Mailbox()
    telling.subscribe()
    with scripted_server(b"220 hello\r\n") as port:
        configure(telling, port)
        telling.fail()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("adnode.services.notification_delivery.SEND_SECONDS", 0.3)
            telling.rounds(80)
    [trouble] = telling.troubles()
    assert "did not answer in time" in trouble.message
    with mail_server(mailbox) as port:
        configure(telling, port)
        telling.round()
    assert len(mailbox.envelopes) == 1
    assert telling.troubles() == []


KILLED = """
import os, signal, sys
from adnode.adapters.storage import open_storage
from adnode.services.notification_delivery import NotificationDeliveryService
from tests.integration.test_notifications import telling_on

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

NotificationDeliveryService._note = die
telling_on(open_storage(sys.argv[1]), owner="victim", seconds=float(sys.argv[2])).round()
"""


def test_killed_between_sending_and_noting_it_is_the_same_mail_again_at_most(storage: Storage, url: str) -> None:
    telling, mailbox = telling_on(storage), Mailbox()
    root = Path(__file__).parents[2]
    with mail_server(mailbox) as port:
        configure(telling, port)
        telling.subscribe()
        telling.fail(3)
        telling.rounds(20)
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, url, "100"],
            check=False,
            timeout=60,
            cwd=root,
            env={"PYTHONPATH": f"{root / 'backend'}:{root}"},
        )
        assert killed.returncode == -signal.SIGKILL
        assert len(mailbox.envelopes) == 1
        survivor = telling_on(storage, "survivor", seconds=120)
        survivor.rounds(100)
        assert len(mailbox.envelopes) == 1
        survivor.rounds(300)
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Subject"] == second["Subject"]


def test_two_nodes_on_one_database_send_each_mail_once(storage: Storage, url: str) -> None:
    telling, mailbox, other_storage = telling_on(storage), Mailbox(), open_storage(url)
    other = telling_on(other_storage, "b")
    other.clock = telling.clock
    other.__post_init__()
    with mail_server(mailbox) as port:
        configure(telling, port)
        for number in range(12):
            telling.subscribe(f"p{number}@example.com")
        telling.fail(5)
        telling.rounds(60)
        telling.clock.advance(20)
        stopping = threading.Event()
        threads = [threading.Thread(target=one.services.telling.run, args=(stopping,)) for one in (telling, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        telling.rounds(300)
    other_storage.close()
    recipients = sorted(envelope.rcpt_tos[0] for envelope in mailbox.envelopes)
    assert recipients == sorted(f"p{number}@example.com" for number in range(12))
