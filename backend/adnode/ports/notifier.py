"""Ports to the outside: mail servers and webhooks of whoever is told."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from adnode.domain.notification import MailServer

ANSWER_SECONDS = 15.0
"""How long a mail server or webhook may take in all before a person who tries it is told that it is too slow."""


class Step:
    """What is done to tell somebody, in this order. A webhook knows the first three and ANSWER."""

    LOOKUP = "lookup"
    CONNECTION = "connection"
    ENCRYPTION = "encryption"
    SIGN_IN = "sign_in"
    SENDER = "sender"
    RECIPIENT = "recipient"
    MESSAGE = "message"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail. ``message_id`` is without brackets; the same one again is the same mail. ``unsubscribe_url`` is '' where
    the reader can't unsubscribe by a link.
    """

    message_id: str
    recipient: str
    subject: str
    text: str
    html: str
    written_at: datetime
    unsubscribe_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """A message for a webhook. The same ``id`` again is the same message. ``body`` is JSON text."""

    id: str
    sent_at: datetime
    body: str


class MailSender(Protocol):
    """Hands mails to a mail server."""

    def send(self, server: MailServer, password: str, mail: Mail, limit_seconds: float) -> None:
        """Return when the server has taken the mail; raises NotificationFailedError naming the step that failed. It
        never takes longer than the limit, beside the look-up of the name.
        """


class WebhookSender(Protocol):
    """Posts messages to webhooks, signed as Standard Webhooks."""

    def check_url(self, url: str) -> None:
        """Raise UrlRefusedError for a URL that this node must not call."""

    def send(self, url: str, secret: str, message: WebhookMessage, limit_seconds: float) -> None:
        """Return when the receiver has taken the message; raises NotificationFailedError as MailSender does. The
        secret is as people see it, whsec_ and base64.
        """
