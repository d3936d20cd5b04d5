"""The machine's clock and randomness."""

import secrets
import uuid
from datetime import UTC, datetime


class SystemClock:
    """The time of the machine, aware UTC."""

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC)


class SystemIds:
    """Identifiers and secrets from the operating system's random source."""

    def new_id(self) -> str:
        """Return a random UUID (RFC 9562, version 4)."""
        return str(uuid.uuid4())

    def new_secret(self) -> bytes:
        """Return 32 random bytes."""
        return secrets.token_bytes(32)
