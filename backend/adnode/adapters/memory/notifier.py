"""Mail servers and webhooks in memory."""

from adnode.domain.errors import NotificationFailedError, UrlRefusedError
from adnode.domain.notification import MailServer
from adnode.ports.notifier import Mail, WebhookMessage


class MemoryMailSender:
    """MailSender that keeps what it is given. ``failure`` is raised instead while there is one."""

    def __init__(self) -> None:
        self.failure: NotificationFailedError | None = None
        self.sent: list[Mail] = []
        self.passwords: list[str] = []

    def send(self, server: MailServer, password: str, mail: Mail, limit_seconds: float) -> None:
        """Keep the mail."""
        if self.failure is not None:
            raise self.failure
        self.sent.append(mail)
        self.passwords.append(password)


class MemoryWebhookSender:
    """WebhookSender that keeps what it is given. ``failure`` is raised instead while there is one. Hosts that end in
    .internal must not be called.
    """

    def __init__(self) -> None:
        self.failure: NotificationFailedError | None = None
        self.sent: list[tuple[str, str, WebhookMessage]] = []

    def check_url(self, url: str) -> None:
        """Raise UrlRefusedError."""
        if not url.startswith("https://") or ".internal" in url:
            raise UrlRefusedError("The address of this webhook can't be called: it must begin with https://.")

    def send(self, url: str, secret: str, message: WebhookMessage, limit_seconds: float) -> None:
        """Keep the message."""
        if self.failure is not None:
            raise self.failure
        self.sent.append((url, secret, message))
