"""Mail servers on this machine: real ones, and ones that misbehave."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass(slots=True)
class Mailbox:
    """What a mail server took in. ``refused`` are addresses that it refuses; ``refuses_mails`` the contents too."""

    refused: set[str] = field(default_factory=set)
    refuses_mails: bool = False
    is_full: bool = False
    envelopes: list[Envelope] = field(default_factory=list)
    has_arrived: threading.Event = field(default_factory=threading.Event)

    async def handle_MAIL(  # noqa: N802 - the name is the library's
        self, _server: Any, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "553 5.7.1 sender not allowed"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - the name is the library's
        self, _server: Any, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return "452 4.2.2 mailbox is full" if self.is_full else "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refuses_mails:
            return "554 5.7.1 this looks like spam"
        self.envelopes.append(envelope)
        self.has_arrived.set()
        return "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        """Return the mails as programs read them."""
        return [read_mail(envelope.content or b"") for envelope in self.envelopes]


def read_mail(content: bytes | str) -> EmailMessage:
    raw = content.encode() if isinstance(content, str) else content
    read = message_from_bytes(raw, policy=default)
    assert isinstance(read, EmailMessage)
    return read


def part(mail: EmailMessage, kind: str) -> str:
    """Return the text of a part, plain or html."""
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate for localhost by an authority of its own, and what trusts it."""

    server: ssl.SSLContext
    client: ssl.SSLContext
    authority_file: Path


def make_certificate(directory: Path, name: str = "localhost") -> Certificate:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.9"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority = directory / f"{name}.pem"
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file = directory / f"{name}.key"
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(authority, key_file)
    return Certificate(server, ssl.create_default_context(cafile=str(authority)), authority)


def _accept(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    is_right = isinstance(data, LoginPassword) and (data.login, data.password) in (
        (b"robot", b"secret"),
        ("röbot".encode(), "gehéim".encode()),
    )
    return AuthResult(success=is_right, handled=False)


@contextmanager
def mail_server(
    mailbox: Mailbox, certificate: Certificate | None = None, *, is_wrapped: bool = False, needs_user: bool = False
) -> Iterator[int]:
    """Run a mail server; its port. With a certificate it offers STARTTLS, or speaks TLS from the first byte."""
    options: dict[str, Any] = {"hostname": HOST, "port": free_port(), "enable_SMTPUTF8": False}
    if certificate is not None and is_wrapped:
        options["ssl_context"] = certificate.server
    elif certificate is not None:
        options |= {"tls_context": certificate.server, "require_starttls": True}
    if needs_user:
        # The library does not see that TLS from the first byte is TLS, and warns.
        options |= {"authenticator": _accept, "auth_required": not is_wrapped, "auth_require_tls": not is_wrapped}
    controller = Controller(mailbox, **options)
    controller.start()
    try:
        yield int(options["port"])
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def scripted_server(*answers: bytes, drip_seconds: float = 0.0) -> Iterator[int]:
    """Run a server that says each answer after a line came (the first at once), then nothing more; its port. With
    ``drip_seconds`` it then says a byte now and then for ever.
    """
    listener = socket.create_server((HOST, 0))
    ended = threading.Event()

    def converse(connected: socket.socket) -> None:
        with connected, connected.makefile("rb") as lines:
            for number, answer in enumerate(answers):
                if number:
                    lines.readline()
                connected.sendall(answer)
            while not ended.wait(drip_seconds or 60):
                connected.sendall(b"2")

    def serve() -> None:
        while not ended.is_set():
            try:
                connected, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_quietly, args=(converse, connected), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        ended.set()
        listener.close()


def _quietly(converse: Any, connected: socket.socket) -> None:
    try:
        converse(connected)
    except OSError:
        return
