"""Ports to the machine: clock, ids, secrets, wake-ups."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, aware UTC; and seconds that nobody sets."""

    def now(self) -> datetime: ...
    def monotonic(self) -> float:
        """Return seconds since some moment: they never go back, and go on while this process stands still."""


class Ids(Protocol):
    """Fresh identifiers and randomness."""

    def new_id(self) -> str:
        """Return a new unique id (lower-case, usable in URLs)."""

    def new_secret(self) -> bytes:
        """Return 32 random bytes."""


class Vault(Protocol):
    """Seals secrets at rest (AEAD). ``context`` names the row that the secret belongs to; it opens nowhere else."""

    def seal(self, secret: bytes, context: str) -> bytes: ...
    def open(self, sealed: bytes, context: str) -> bytes:
        """Return the secret; raises SecretUnreadableError."""

    def is_current(self, sealed: bytes) -> bool:
        """Say whether it is sealed with the newest key (else it should be sealed anew)."""


class Signer(Protocol):
    """Ed25519 keys and keyed hashes for invitations."""

    def new_private_key(self) -> bytes:
        """Return a new raw private key (32 bytes)."""

    def public_key(self, private_key: bytes) -> bytes: ...
    def fingerprint(self, public_key: bytes) -> str:
        """Return what people compare: groups of hexadecimal digits of the SHA-256."""


class Topic:
    """What a wake-up is about."""

    RECONCILE = "reconcile"
    SEND = "send"
    FEED = "feed"
    FILES = "files"


class Wakeups(Protocol):
    """'This has work': carries no data, may be lost or doubled. A sweep finds all due work without it."""

    def wake(self, topic: str, key: str) -> None:
        """Wake whoever handles the topic for that key (connection id, or organization id for FEED)."""

    def subscribe(self, topic: str, callback: Callable[[str], None]) -> None:
        """Call back with each key that is woken for the topic, in this process or another one of this machine, as long
        as this process lives. Callbacks must not block; they are called in threads of the one who wakes.
        """

    def start(self, handlers: dict[str, Callable[[str], None]]) -> None:
        """Begin to handle wake-ups of other processes and of this one."""

    def stop(self) -> None: ...
