"""Mails over SMTP (RFC 5321), step by step, so that a person is told which step failed."""

import base64
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import BinaryIO, Self

from adnode.adapters.deadline import Deadline
from adnode.adapters.peer.guarded_network import CONNECT_ATTEMPT_LIMIT, NetworkPolicy, resolve
from adnode.adapters.peer.reserved_addresses import Address
from adnode.domain.errors import NotificationFailedError
from adnode.domain.notification import MailSecurity, MailServer
from adnode.ports.notifier import Mail, Step

ANSWER_LIMIT_BYTES = 64 * 1024
"""What a server may say in one conversation."""
SHOWN_ANSWER_LENGTH = 200
FAREWELL_SECONDS = 2.0


class SmtpMailSender:
    """MailSender that speaks with the mail server itself; one conversation for each mail.

    ``policy`` says which networks may be called. Certificates are checked by ``context``, by default against the
    machine's authorities. ``greeting_name`` is how the node calls itself; without one it is the sender's domain.
    """

    def __init__(self, policy: NetworkPolicy, greeting_name: str = "", context: ssl.SSLContext | None = None) -> None:
        self._policy = policy
        self._greeting_name = greeting_name
        self._context = context or ssl.create_default_context()

    def send(self, server: MailServer, password: str, mail: Mail, limit_seconds: float) -> None:
        """Hand the mail over; raises NotificationFailedError."""
        content = write_message(server, mail)
        addresses = self._look_up(server)
        with Deadline(limit_seconds) as deadline:
            name = self._greeting_name or server.sender_address.rpartition("@")[2]
            with _Conversation(server, name, deadline) as conversation:
                conversation.connect(addresses)
                conversation.greet(self._context)
                conversation.sign_in(password)
                conversation.deliver(mail.recipient, content)

    def _look_up(self, server: MailServer) -> list[Address]:
        try:
            addresses = resolve(server.host, server.port)
        except (OSError, UnicodeError) as error:
            raise NotificationFailedError(
                f"The name {server.host} is not known. Check how the mail server is called.", Step.LOOKUP
            ) from error
        permitted = self._policy.permitted(addresses)
        if not permitted:
            raise NotificationFailedError(
                f"{server.host} leads to an address inside a private network, which this node must not call. Its "
                "operator can allow that network with ADNODE_ALLOWED_MAIL_NETWORKS.",
                Step.LOOKUP,
            )
        return permitted[:CONNECT_ATTEMPT_LIMIT]


class _Answers:
    """What the server says, as far as anybody would want to hear it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = ANSWER_LIMIT_BYTES

    def readline(self, limit: int = -1) -> bytes:
        line = self._file.readline(min(limit, self._left) if limit >= 0 else self._left)
        self._left -= len(line)
        # A line without an end was cut off, and what is left of it may say the opposite.
        return line if line.endswith(b"\n") else b""

    def close(self) -> None:
        self._file.close()


class _Conversation:
    """A conversation with a mail server under a deadline. ``step`` is what is being done."""

    def __init__(self, server: MailServer, name: str, deadline: Deadline) -> None:
        self._server = server
        self._deadline = deadline
        self._step = Step.CONNECTION
        self._client = smtplib.SMTP(local_hostname=name.encode("idna").decode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def connect(self, addresses: list[Address]) -> None:
        """Open the connection to the first address that answers."""
        with self._explained():
            self._client.sock = self._dial(addresses)
            if self._server.security is MailSecurity.TLS:
                return
            self._expect(220, self._client.getreply())

    def greet(self, context: ssl.SSLContext) -> None:
        """Say hello, encrypted where that is asked for."""
        security = self._server.security
        with self._explained():
            if security is MailSecurity.TLS:
                self._encrypt(context)
                self._step = Step.CONNECTION
                self._expect(220, self._client.getreply())
            self._client.ehlo_or_helo_if_needed()
            if security is MailSecurity.STARTTLS:
                self._step = Step.ENCRYPTION
                self._expect(220, self._client.docmd("STARTTLS"))
                self._encrypt(context)
                self._client.ehlo()

    def sign_in(self, password: str) -> None:
        """Sign in where the server is used with a user."""
        self._step = Step.SIGN_IN
        user = self._server.user
        if not user:
            return
        with self._explained():
            if (user + password).isascii():
                self._client.login(user, password)
            else:
                # The library signs in with ASCII only; RFC 4616 has UTF-8.
                secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
                self._expect(235, self._client.docmd("AUTH", f"PLAIN {secret}"))

    def deliver(self, recipient: str, content: bytes) -> None:
        """Hand over one mail for one recipient."""
        with self._explained():
            self._step = Step.SENDER
            self._expect(250, self._client.mail(self._server.sender_address))
            self._step = Step.RECIPIENT
            self._expect(250, self._client.rcpt(recipient))
            self._step = Step.MESSAGE
            self._expect(250, self._client.data(content))
        with suppress(smtplib.SMTPException, OSError):
            # The mail is taken; how the server says farewell does not matter any more.
            self._socket.settimeout(FAREWELL_SECONDS)
            self._client.docmd("QUIT")

    @property
    def _socket(self) -> socket.socket:
        connected = self._client.sock
        if connected is None:
            raise smtplib.SMTPServerDisconnected("there is no connection")
        return connected

    def _dial(self, addresses: list[Address]) -> socket.socket:
        failure: OSError | None = None
        for address in addresses:
            try:
                connected = socket.create_connection((str(address), self._server.port), self._deadline.seconds_left)
            except OSError as error:
                failure = error
                continue
            self._deadline.watch(connected)
            # Beyond the deadline, which says why it ends.
            connected.settimeout(2 * self._deadline.seconds_left)
            self._listen_to(connected)
            return connected
        raise failure or OSError("the name has no address")

    def _encrypt(self, context: ssl.SSLContext) -> None:
        self._step = Step.ENCRYPTION
        client = self._client
        client.sock = context.wrap_socket(self._socket, server_hostname=self._server.host)
        # What was said before in the clear counts no more (RFC 3207, section 4.2).
        self._listen_to(client.sock)
        client.helo_resp = client.ehlo_resp = None
        client.esmtp_features = {}
        client.does_esmtp = False

    def _listen_to(self, connected: socket.socket) -> None:
        self._client.file = _Answers(connected.makefile("rb"))

    def _expect(self, wanted: int, answer: tuple[int, bytes]) -> None:
        if answer[0] != wanted:
            raise smtplib.SMTPResponseException(*answer)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raise what fails as NotificationFailedError of the step."""
        try:
            yield
        except smtplib.SMTPResponseException as error:
            raise self._refused(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPNotSupportedError, UnicodeError) as error:
            raise self._failed(
                "The server offers no way to sign in. Leave the user empty, or choose STARTTLS."
            ) from error
        except ssl.SSLCertVerificationError as error:
            raise self._failed(
                f"The certificate of {self._server.host} can't be trusted: {error.verify_message}. Check the name of "
                "the server; for a certificate authority of your own, the operator sets SSL_CERT_FILE."
            ) from error
        except ssl.SSLError as error:
            if self._deadline.is_over:
                raise self._silent(error) from error
            raise self._failed(
                "The server does not speak TLS as it should. TLS is usual on port 465, STARTTLS on 587."
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._silent(error) from error

    def _refused(self, code: int, answer: bytes | str) -> NotificationFailedError:
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        said = " ".join("".join(one if one.isprintable() else " " for one in text).split())[:SHOWN_ANSWER_LENGTH]
        is_of_receiver = self._step in (Step.RECIPIENT, Step.MESSAGE)
        return self._failed(
            f"{_REFUSALS.get(self._step, 'The server refused.')} It said: {code} {said}",
            is_of_receiver=is_of_receiver,
            is_lasting=is_of_receiver and 500 <= code < 600,
        )

    def _silent(self, error: Exception) -> NotificationFailedError:
        place = f"{self._server.host}, port {self._server.port}"
        if self._deadline.is_over or isinstance(error, TimeoutError):
            return self._failed(
                f"{place} did not answer in time. Check host and port, and that security fits the port: TLS is usual "
                "on 465, STARTTLS on 587."
            )
        if isinstance(error, smtplib.SMTPServerDisconnected):
            return self._failed(f"{place} ended the conversation.")
        return self._failed(f"{place} can't be reached: {_reason(error)}. Check host, port and firewalls.")

    def _failed(
        self, reason: str, *, is_of_receiver: bool = False, is_lasting: bool = False
    ) -> NotificationFailedError:
        return NotificationFailedError(reason, self._step, is_of_receiver=is_of_receiver, is_lasting=is_lasting)


_REFUSALS = {
    Step.CONNECTION: "The server takes no connection now.",
    Step.ENCRYPTION: "The server offers no encryption by STARTTLS.",
    Step.SIGN_IN: "The server refused user or password.",
    Step.SENDER: "The server refused the sender's address.",
    Step.RECIPIENT: "The server refused the recipient's address.",
    Step.MESSAGE: "The server refused the mail itself.",
}


def write_message(server: MailServer, mail: Mail) -> bytes:
    """Return the mail as it is sent. No text can add a header: line breaks in headers become spaces."""
    message = EmailMessage(policy=SMTP)
    user, _, domain = server.sender_address.rpartition("@")
    message["From"] = MailAddress(_one_line(server.sender_name), user, domain)
    message["To"] = _one_line(mail.recipient)
    message["Subject"] = _one_line(mail.subject)
    message["Date"] = format_datetime(mail.written_at)
    message["Message-ID"] = f"<{mail.message_id}>"
    # No out-of-office answers, please (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def _one_line(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text)[:SHOWN_ANSWER_LENGTH].lower().rstrip(".")
