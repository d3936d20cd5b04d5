"""Mails to real mail servers on this machine, and to ones that misbehave."""

import ipaddress
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.adapters.mail_servers import (
    HOST,
    Certificate,
    Mailbox,
    free_port,
    mail_server,
    make_certificate,
    part,
    read_mail,
    scripted_server,
)

from adnode.adapters.mail import SmtpMailSender, write_message
from adnode.adapters.peer.guarded_network import NetworkPolicy
from adnode.domain.errors import NotificationFailedError
from adnode.domain.notification import MailSecurity, MailServer
from adnode.ports.notifier import Mail, Step

LOCAL = NetworkPolicy((ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")))
SERVER = MailServer("org", HOST, 25, MailSecurity.NONE, "adnode@example.com", "Exalate at Fabrikam")
MAIL = Mail(
    message_id="d1@example.com",
    recipient="ada@example.com",
    subject="Fabrikam: 3 Störungen",
    text="Grüße\n.\nEin Punkt allein\n",
    html="<p>Grüße</p>",
    written_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
    unsubscribe_url="https://node.example/unsubscribe/x",
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def send(
    port: int,
    security: MailSecurity = MailSecurity.NONE,
    certificate: Certificate | None = None,
    *,
    user: str = "",
    password: str = "",
    mail: Mail = MAIL,
    host: str = "",
    seconds: float = 10.0,
) -> None:
    context = certificate.client if certificate else None
    chosen = host or ("localhost" if certificate else HOST)
    server = replace(SERVER, host=chosen, port=port, security=security, user=user)
    SmtpMailSender(LOCAL, context=context).send(server, password, mail, seconds)


def failure(port: int, *options: object, **changes: object) -> NotificationFailedError:
    with pytest.raises(NotificationFailedError) as failed:
        send(port, *options, **changes)  # type: ignore[arg-type]
    return failed.value


def test_a_mail_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    with mail_server(mailbox) as port:
        send(port)
    [envelope], [mail] = mailbox.envelopes, mailbox.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("adnode@example.com", ["ada@example.com"])
    assert mail["From"] == "Exalate at Fabrikam <adnode@example.com>"
    assert mail["Subject"] == "Fabrikam: 3 Störungen"
    assert (mail["Message-ID"], mail["Auto-Submitted"]) == ("<d1@example.com>", "auto-generated")
    assert mail["Date"].datetime == MAIL.written_at
    assert part(mail, "plain").replace("\r\n", "\n") == MAIL.text
    assert part(mail, "html").strip() == MAIL.html
    assert mail["List-Unsubscribe"] == "<https://node.example/unsubscribe/x>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_without_an_address_to_unsubscribe_no_header_promises_one() -> None:
    mail = read_mail(write_message(SERVER, replace(MAIL, unsubscribe_url="")))
    assert mail["List-Unsubscribe"] is None
    assert mail["List-Unsubscribe-Post"] is None


def test_no_text_adds_a_header_or_a_recipient() -> None:
    evil = "x\r\nBcc: victim@example.com\r\n\r\nbody"
    server = replace(SERVER, sender_name=evil)
    mail = read_mail(write_message(server, replace(MAIL, subject=evil, text=evil, html=evil)))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "x Bcc: victim@example.com body"
    assert [address.addr_spec for address in mail["From"].addresses] == ["adnode@example.com"]
    assert sorted(mail.keys()) == sorted(read_mail(write_message(SERVER, MAIL)).keys())


@pytest.mark.parametrize("is_wrapped", [False, True], ids=["starttls", "tls"])
def test_encryption_and_signing_in(mailbox: Mailbox, certificate: Certificate, is_wrapped: bool) -> None:
    security = MailSecurity.TLS if is_wrapped else MailSecurity.STARTTLS
    with mail_server(mailbox, certificate, is_wrapped=is_wrapped, needs_user=True) as port:
        send(port, security, certificate, user="robot", password="secret")
        send(port, security, certificate, user="röbot", password="gehéim")
        wrong = failure(port, security, certificate, user="robot", password="wrong")
    assert len(mailbox.envelopes) == 2
    assert wrong.step == Step.SIGN_IN
    assert "535" in wrong.message
    assert "wrong" not in wrong.message


def test_a_certificate_that_is_not_trusted_is_refused(
    mailbox: Mailbox, certificate: Certificate, tmp_path: Path
) -> None:
    with mail_server(mailbox, certificate) as port:
        unknown = failure(port, MailSecurity.STARTTLS, host="localhost")
        other_name = failure(port, MailSecurity.STARTTLS, certificate, host=HOST)
        of_another = failure(port, MailSecurity.STARTTLS, make_certificate(tmp_path), host="localhost")
    assert {one.step for one in (unknown, other_name, of_another)} == {Step.ENCRYPTION}
    assert "can't be trusted" in unknown.message
    assert mailbox.envelopes == []


def test_a_server_without_starttls_gets_nothing_in_the_clear(mailbox: Mailbox, certificate: Certificate) -> None:
    with mail_server(mailbox) as port:
        failed = failure(port, MailSecurity.STARTTLS, certificate, user="robot", password="secret")
    assert failed.step == Step.ENCRYPTION
    assert mailbox.envelopes == []


def test_what_an_attacker_says_before_encryption_is_forgotten(certificate: Certificate) -> None:
    hello = b"250-localhost\r\n250 STARTTLS\r\n"
    with scripted_server(b"220 hello\r\n", hello, b"220 go\r\n250 injected\r\n250 injected\r\n") as port:
        failed = failure(port, MailSecurity.STARTTLS, certificate, seconds=0.5)
    assert failed.step == Step.ENCRYPTION


def test_tls_to_a_port_that_speaks_in_the_clear(mailbox: Mailbox, certificate: Certificate) -> None:
    with mail_server(mailbox) as port:
        failed = failure(port, MailSecurity.TLS, certificate)
    assert failed.step == Step.ENCRYPTION
    assert "STARTTLS on 587" in failed.message


@pytest.mark.parametrize(
    ("refused", "step", "said", "is_of_receiver", "is_lasting"),
    [
        ("adnode@example.com", Step.SENDER, "553 5.7.1 sender not allowed", False, False),
        ("ada@example.com", Step.RECIPIENT, "550 5.1.1 no such user here", True, True),
        ("", Step.MESSAGE, "554 5.7.1 this looks like spam", True, True),
    ],
)
def test_refusals_say_what_was_refused(
    mailbox: Mailbox, refused: str, step: str, said: str, is_of_receiver: bool, is_lasting: bool
) -> None:
    mailbox.refused, mailbox.refuses_mails = {refused}, not refused
    with mail_server(mailbox) as port:
        failed = failure(port)
    assert (failed.step, failed.is_of_receiver, failed.is_lasting) == (step, is_of_receiver, is_lasting)
    assert said in failed.message


def test_a_full_mailbox_may_be_emptied(mailbox: Mailbox) -> None:
    mailbox.refused, mailbox.is_full = {"ada@example.com"}, True
    with mail_server(mailbox) as port:
        failed = failure(port)
    assert (failed.step, failed.is_of_receiver, failed.is_lasting) == (Step.RECIPIENT, True, False)


def test_nobody_listens() -> None:
    failed = failure(free_port())
    assert failed.step == Step.CONNECTION
    assert "can't be reached" in failed.message


def test_a_name_that_nobody_knows() -> None:
    for host in ("nobody.invalid", "a" * 70 + ".example"):
        failed = failure(25, host=host)
        assert failed.step == Step.LOOKUP
        assert "not known" in failed.message


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.5", "169.254.169.254", "::ffff:10.0.0.5"])
def test_private_networks_are_refused_unless_allowed(host: str, mailbox: Mailbox) -> None:
    with mail_server(mailbox) as port, pytest.raises(NotificationFailedError) as failed:
        SmtpMailSender(NetworkPolicy()).send(replace(SERVER, host=host, port=port), "", MAIL, 5)
    assert failed.value.step == Step.LOOKUP
    assert "ADNODE_ALLOWED_MAIL_NETWORKS" in failed.value.message
    assert mailbox.envelopes == []


HELLO = (b"220 hello\r\n", b"250 localhost\r\n")
DATA = (*HELLO, b"250 OK\r\n", b"250 OK\r\n", b"354 go on\r\n")


@pytest.mark.parametrize(
    ("answers", "step"),
    [
        ((b"",), Step.CONNECTION),
        (HELLO[:1], Step.CONNECTION),
        (HELLO, Step.SENDER),
        (DATA, Step.MESSAGE),
    ],
    ids=["before the banner", "after the banner", "after hello", "in DATA"],
)
@pytest.mark.parametrize("drip_seconds", [0.0, 0.05], ids=["silent", "dripping"])
def test_a_server_that_hangs_is_left(answers: tuple[bytes, ...], step: str, drip_seconds: float) -> None:
    began = time.monotonic()
    with scripted_server(*answers, drip_seconds=drip_seconds) as port:
        failed = failure(port, seconds=0.4)
    assert failed.step == step
    assert "did not answer in time" in failed.message
    # Only that it ended at all: the server would go on for ever.
    assert time.monotonic() - began < 30


def test_a_server_that_hangs_in_the_handshake_is_left(certificate: Certificate) -> None:
    with scripted_server(b"") as port:
        failed = failure(port, MailSecurity.TLS, certificate, seconds=0.4)
    assert failed.step == Step.ENCRYPTION
    assert "did not answer in time" in failed.message


def test_a_server_that_never_ends_its_answer_is_left() -> None:
    with scripted_server(b"220-more\r\n" * 20_000) as port:
        failed = failure(port)
    assert failed.step == Step.CONNECTION


def test_a_server_that_ends_the_conversation() -> None:
    with scripted_server(b"421 4.3.2 closing\x1b[31m\r\n") as port:
        failed = failure(port)
    assert failed.step == Step.CONNECTION
    assert "421 4.3.2 closing [31m" in failed.message


def test_a_cut_off_answer_is_none() -> None:
    # Without its end, "250" might have become "250-" or anything.
    with scripted_server(*HELLO, b"250 OK\r\n", b"250") as port:
        failed = failure(port, seconds=0.4)
    assert failed.step == Step.RECIPIENT
    assert "did not answer in time" in failed.message


def test_a_mail_that_was_taken_is_sent_though_the_server_never_says_farewell(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
        return

    monkeypatch.setattr("aiosmtpd.smtp.SMTP.smtp_QUIT", hang)
    with mail_server(mailbox) as port:
        send(port, seconds=0.5)
    assert len(mailbox.envelopes) == 1
