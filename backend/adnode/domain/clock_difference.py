"""How far apart two clocks are, and what follows from it."""

from datetime import timedelta
from enum import StrEnum

from adnode.domain.errors import AdnodeError

TOLERATED = timedelta(seconds=60)
"""From here on people are told."""
STOPPING = timedelta(minutes=5)
"""From here on this node makes no work items: a lost one is looked for by the time when it was made."""


class ClockVerdict(StrEnum):
    """What a difference means for this node."""

    RIGHT = "right"
    OFF = "off"
    WRONG = "wrong"


class ClockOffError(AdnodeError):
    """The clock of this machine is more than a minute off."""

    code = "clock_off"


class ClockWrongError(AdnodeError):
    """The clock of this machine is so far off that nothing is made."""

    code = "clock_wrong"


class PartnerClockOffError(AdnodeError):
    """The clock of a partner's node is more than a minute off, and that of this machine is right."""

    code = "partner_clock_off"


def judge(difference: timedelta) -> ClockVerdict:
    """Return what it means that a clock shows so much more than the right one (negative: less)."""
    if abs(difference) >= STOPPING:
        return ClockVerdict.WRONG
    return ClockVerdict.OFF if abs(difference) >= TOLERATED else ClockVerdict.RIGHT


def describe(difference: timedelta) -> str:
    """Return it in words: "90 s behind", "2 h 3 min ahead of"."""
    seconds = int(abs(difference).total_seconds())
    minutes, hours = seconds // 60, seconds // 3600
    amount = f"{seconds} s" if minutes < 2 else f"{minutes} min" if hours < 2 else f"{hours} h {minutes % 60} min"
    return f"{amount} {'ahead of' if difference > timedelta(0) else 'behind'}"


def make_error(difference: timedelta, organization_name: str = "") -> ClockOffError | ClockWrongError | None:
    """Return what is wrong with the clock of this machine beside that of Azure DevOps; None where it is right."""
    verdict = judge(difference)
    place = f" ({organization_name})" if organization_name else ""
    words = f"The clock of this node's machine is {describe(difference)} that of Azure DevOps{place}."
    if verdict is ClockVerdict.OFF:
        return ClockOffError(
            f"{words} Partners refuse signed requests that are two minutes old. Let a time service (NTP) set it."
        )
    if verdict is ClockVerdict.WRONG:
        return ClockWrongError(
            f"{words} No work items are made until it is right, and partners refuse its requests. Let a time service "
            "(NTP) set it; everything goes on by itself then."
        )
    return None
