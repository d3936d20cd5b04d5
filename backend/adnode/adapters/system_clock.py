"""The machine's clock and randomness."""

import secrets
import time
import uuid
from datetime import UTC, datetime

_STEADY: int | None = getattr(time, "CLOCK_BOOTTIME", None)
"""The clock of Linux that goes on while the machine sleeps."""


class SystemClock:
    """The time of the machine, aware UTC."""

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since the machine started, those in which it slept included where it can tell."""
        return time.clock_gettime(_STEADY) if _STEADY is not None else time.monotonic()


class SystemIds:
    """Identifiers and secrets from the operating system's random source."""

    def new_id(self) -> str:
        """Return a random UUID (RFC 9562, version 4)."""
        return str(uuid.uuid4())

    def new_secret(self) -> bytes:
        """Return 32 random bytes."""
        return secrets.token_bytes(32)
