"""Webhooks as the specification Standard Webhooks has them (https://www.standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
from urllib.parse import SplitResult, urlsplit

import httpx2

from adnode.adapters.deadline import Deadline
from adnode.adapters.peer.guarded_network import NetworkPolicy, make_guarded_client, resolve
from adnode.adapters.peer.reserved_addresses import Address, is_loopback
from adnode.domain.errors import NotificationFailedError, UrlRefusedError
from adnode.ports.notifier import Step, WebhookMessage

SECRET_PREFIX = "whsec_"  # noqa: S105 - how secrets begin
_GONE = 410


class HttpWebhookSender:
    """WebhookSender behind the same guard as calls to peers: no private networks but those that the operator allows, no
    redirects, and of the answer only its status.
    """

    def __init__(self, policy: NetworkPolicy) -> None:
        self._policy = policy

    def check_url(self, url: str) -> None:
        """Raise UrlRefusedError for a URL that must not be called, by its form or by where its name leads."""
        parts = _split(url)
        if parts.username is not None or parts.password is not None:
            raise _refused("it contains a user name or password")
        if parts.fragment:
            raise _refused("it contains a #")
        if not parts.hostname:
            raise _refused("it names no host")
        addresses = _look_up(parts)
        is_local = self._policy.allows_loopback_http and all(map(is_loopback, addresses))
        if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
            raise _refused("it must begin with https://")
        if not self._policy.permitted(addresses):
            raise _refused("it leads to an address inside a private network, which the operator has not allowed")

    def send(self, url: str, secret: str, message: WebhookMessage, limit_seconds: float) -> None:
        """Post the message; raises NotificationFailedError."""
        try:
            self.check_url(url)
        except UrlRefusedError as error:
            raise _failed(error.message, Step.LOOKUP) from error
        with Deadline(limit_seconds) as deadline:
            status = self._post(url, sign(secret, message), message.body, deadline)
        if not 200 <= status < 300:
            raise _failed(_refusal(status), Step.ANSWER, is_lasting=status == _GONE)

    def _post(self, url: str, headers: dict[str, str], body: str, deadline: Deadline) -> int:
        progress = _Progress(deadline)
        try:
            with (
                make_guarded_client(self._policy, 1) as client,
                client.stream(
                    "POST",
                    url,
                    content=body.encode(),
                    headers=headers,
                    timeout=deadline.seconds_left,
                    extensions={"trace": progress.note},
                ) as response,
            ):
                return response.status_code
        except (httpx2.HTTPError, OSError) as error:
            raise _failed(_reason(error, deadline), progress.step) from error


class _Progress:
    """How far a request is."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self.step = Step.CONNECTION

    def note(self, event: str, details: dict[str, object]) -> None:
        """Take down what the client begins and ends."""
        if event == "connection.connect_tcp.complete":
            stream = details["return_value"]
            self._deadline.watch(stream.get_extra_info("socket"))  # type: ignore[attr-defined]
            self.step = Step.ANSWER
        elif event == "connection.start_tls.started":
            self.step = Step.ENCRYPTION
        elif event == "connection.start_tls.complete":
            self.step = Step.ANSWER


def sign(secret: str, message: WebhookMessage) -> dict[str, str]:
    """Return the headers of a message, its signature among them."""
    timestamp = str(int(message.sent_at.timestamp()))
    signed = f"{message.id}.{timestamp}.{message.body}".encode()
    digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "user-agent": "adnode",
        "webhook-id": message.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error as error:
        raise _failed("The stored secret of this webhook is none. Make a new one.", Step.ANSWER) from error


def _look_up(parts: SplitResult) -> list[Address]:
    try:
        port = parts.port or (80 if parts.scheme == "http" else 443)
        return resolve(parts.hostname or "", port)
    except (OSError, UnicodeError) as error:
        raise _refused("its host name is not known") from error
    except ValueError as error:
        raise _refused("its port is no number from 1 to 65535") from error


def _split(url: str) -> SplitResult:
    if any(character.isspace() or ord(character) < 32 for character in url) or "\\" in url:
        raise _refused("it contains characters that no URL has")
    try:
        return urlsplit(url)
    except ValueError as error:
        raise _refused("it is no URL") from error


def _refused(reason: str) -> UrlRefusedError:
    # The address itself may hold a key, so it is not repeated.
    return UrlRefusedError(f"The address of this webhook can't be called: {reason}.")


def _refusal(status: int) -> str:
    if status == _GONE:
        return "The receiver is gone for good (it answered 410). Remove it, or give its new address."
    if 300 <= status < 400:
        return f"The receiver answered {status} and sends callers elsewhere. Give the address that it leads to."
    return f"The receiver answered {status}. Look at its log; it has to answer 200 to 299."


def _reason(error: Exception, deadline: Deadline) -> str:
    if deadline.is_over or isinstance(error, httpx2.TimeoutException):
        return "The receiver did not answer in time."
    if isinstance(error, httpx2.ConnectError):
        return f"The receiver can't be reached: {str(error)[:200]}."
    return f"The receiver ended the conversation: {type(error).__name__}."


def _failed(reason: str, step: str, *, is_lasting: bool = False) -> NotificationFailedError:
    return NotificationFailedError(reason, step, is_lasting=is_lasting, is_of_receiver=True)
