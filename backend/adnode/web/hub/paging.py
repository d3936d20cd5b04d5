"""Cutting lists into pages. A cursor names the last item shown, so what comes and goes meanwhile shifts nothing."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from adnode.domain.errors import ValidationError

Item = TypeVar("Item")
Key = tuple[str | int | float, ...]


@dataclass(frozen=True, slots=True)
class Cut(Generic[Item]):
    """A page of a list."""

    items: tuple[Item, ...]
    next: str | None
    total: int


def cut(items: Sequence[Item], key: Callable[[Item], Key], limit: int, after: str, *, is_descending: bool) -> Cut[Item]:
    """Return the page after the cursor of the items in the order of their keys, which must be unique."""
    ordered = sorted(items, key=key, reverse=is_descending)
    if after:
        last = read_cursor(after)
        try:
            ordered = [item for item in ordered if (key(item) < last if is_descending else key(item) > last)]
        except TypeError:
            raise _unreadable() from None
    shown = tuple(ordered[:limit])
    is_more = len(ordered) > limit
    return Cut(shown, make_cursor(key(shown[-1])) if shown and is_more else None, len(items))


def make_cursor(key: Key) -> str:
    """Return a key as a cursor."""
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).rstrip(b"=").decode()


def read_cursor(cursor: str) -> Key:
    """Return the key in a cursor; raises ValidationError."""
    try:
        key = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise _unreadable() from None
    is_key = isinstance(key, list) and all(isinstance(part, str | int | float) for part in key)
    if not is_key or not key:
        raise _unreadable()
    return tuple(key)


def _unreadable() -> ValidationError:
    return ValidationError("The cursor is none that this list gave out. Begin the list again.")
