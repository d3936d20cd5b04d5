"""What a peer may send at most, by field. More is refused where it comes in, with the code of the limit.

docs/limits.md shows the same table to people. What is not named here has no free length: it is one of a few words, or a
number or time whose form the readers check.
"""

from collections.abc import Sized
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adnode.domain.errors import (
    NumberRefusedError,
    RefusedValueError,
    TextTooLongError,
    TimeRefusedError,
    TooDeepError,
    TooManyRegistersError,
    TooManyValuesError,
)

MEBIBYTE = 1024 * 1024
HIGHEST_NUMBER = 2**31 - 1
"""Highest number that a peer may name: of work items, messages, changes, bytes of a file. It fits every database."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that ``field`` may hold, counted in ``unit``; more is refused with the error ``refusal``."""

    field: str
    maximum: int
    unit: str
    refusal: type[RefusedValueError]

    def exceeded(self, place: str, actual: int) -> RefusedValueError:
        """Return the error for more than the limit, in words for people of both sides."""
        text = f"{place} has {actual:,} {self.unit}; this side takes at most {self.maximum:,}."
        return self.refusal(text, place=place)


def _text(field: str, maximum: int, unit: str = "characters") -> Limit:
    return Limit(field, maximum, unit, TextTooLongError)


def _number(field: str, maximum: int, unit: str) -> Limit:
    return Limit(field, maximum, unit, NumberRefusedError)


def _list(field: str, maximum: int, unit: str) -> Limit:
    return Limit(field, maximum, unit, TooManyValuesError)


ID = _text("id of a message, twin, comparison or connection", 64)
KIND = _text("kind of a message, name of a mode", 40)
ORGANIZATION_ID = _text("organization id", 64)
KEY = _text("key of a register or file", 500)
DIGEST = _text("digest", 64)
NONCE = _text("nonce of an acceptance", 128)
ERROR_CODE = _text("error_code", 80)
URL = _text("url, organization_url, node_url", 2_000)
WORDS = _text("text of a failure, comment of a file", 2_000)
NAME = _text("author, name of a file, type, category, organization or connection", 400)
TITLE = _text("title, what a proposal says of a work item", 255)
DESCRIPTION = _text("description", MEBIBYTE, "bytes of UTF-8")
COMMENT = _text("comment", MEBIBYTE, "bytes of UTF-8")

LINEAGE = _list("lineage", 64, "names")
REGISTERS = Limit("registers of one twin over its life", 5_000, "registers", TooManyRegistersError)
IDS = _list("message ids, twin ids, keys or digests of one message", 1_000, "entries")
MODES = _list("modes of a node", 16, "names")
BATCH = _list("messages at once", 200, "messages")
MESSAGE = _text("one message", 2 * MEBIBYTE)
WORK_ITEMS_AN_HOUR = 2_000
"""Work items that a partner may have made here in an hour over one connection, where the operator says nothing else."""
DEPTH = Limit("nesting of a message", 32, "levels", TooDeepError)

NUMBER = _number("number of a work item or message", HIGHEST_NUMBER, "")
CHANGES = _number("counted changes of a version", HIGHEST_NUMBER, "changes")
FILE_SIZE = _number("size of a file", HIGHEST_NUMBER, "bytes")
YEARS_SINCE = 1970
HOURS_AHEAD = Limit("a time, ahead of this node's clock", 24, "hours", TimeRefusedError)

LIMITS = (
    *(LINEAGE, URL, ERROR_CODE, WORDS, KEY, REGISTERS, DESCRIPTION, COMMENT, TITLE, NAME, ID, ORGANIZATION_ID, KIND),
    *(DIGEST, NONCE, IDS, MODES, BATCH, MESSAGE, DEPTH, NUMBER, CHANGES, FILE_SIZE, HOURS_AHEAD),
)
"""All of them, as the documentation lists them."""

_EARLIEST = datetime(YEARS_SINCE, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(hours=HOURS_AHEAD.maximum)


def check_length(text: str, limit: Limit, place: str = "") -> str:
    """Return a text that has at most as many characters."""
    if len(text) > limit.maximum:
        raise limit.exceeded(place or limit.field, len(text))
    return text


def check_bytes(text: str, limit: Limit, place: str = "") -> str:
    """Return a text that takes at most as many bytes."""
    # A character takes four bytes at most: most texts need not be encoded to be judged.
    if len(text) * 4 > limit.maximum and (size := len(text.encode("utf-8", "replace"))) > limit.maximum:
        raise limit.exceeded(place or limit.field, size)
    return text


def check_count(values: Sized, limit: Limit, place: str = "") -> None:
    """Raise the limit's error for more values."""
    if len(values) > limit.maximum:
        raise limit.exceeded(place or limit.field, len(values))


def check_number(number: int, limit: Limit, place: str = "") -> int:
    """Return a number that is not above the limit."""
    if number > limit.maximum:
        text = f"{place or limit.field} must be at most {limit.maximum:,}."
        raise NumberRefusedError(text, place=place or limit.field)
    return number


def check_time(time: datetime, now: datetime, place: str) -> datetime:
    """Return a time that people may have meant: not before 1970, and at most a day ahead of this node's clock."""
    if not _EARLIEST <= time <= now + _AHEAD:
        raise TimeRefusedError(
            f"{place} is {time:%Y-%m-%d %H:%M} UTC, but it is {now:%Y-%m-%d %H:%M} UTC here. Set the clock of the side "
            f"it comes from; times from {YEARS_SINCE} to {HOURS_AHEAD.maximum} hours ahead are taken.",
            place=place,
        )
    return time
