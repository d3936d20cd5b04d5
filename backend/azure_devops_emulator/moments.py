"""Points in time as the service writes them: UTC, up to three decimals, no zeros at the end."""

from __future__ import annotations

from datetime import UTC, datetime

from azure_devops_emulator.answers import bad_argument

NEVER = "9999-01-01T00:00:00Z"


def format_moment(moment: datetime) -> str:
    """`2026-01-31T12:00:26.23Z`."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    milliseconds = f"{moment.microsecond // 1000:03d}".rstrip("0")
    return f"{text}.{milliseconds}Z" if milliseconds else f"{text}Z"


def read_moment(text: str) -> datetime:
    """The moment of an ISO date or time; without a zone it is UTC. Raises ApiError 400 if it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise bad_argument(f"The value '{text}' is not a date.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
