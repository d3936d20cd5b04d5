"""Automations that answer each other's change on both sides: how it is seen, and that the field rests."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from adnode.domain.errors import AdnodeError

WINDOW = timedelta(minutes=10)
CHANGES = 12
"""Changes of one field within the window from which on it may be a loop: people hardly make as many."""
RETURNS = 6
"""How many of them go back to a value that the field had within the window."""


class FieldLoopError(AdnodeError):
    """A field of a pair changes to and fro without an end; it rests until a person retries."""

    code = "field_loop"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A change of a field on one side; ``digest`` tells values apart."""

    at: datetime
    digest: str
