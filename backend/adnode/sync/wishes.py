"""Granting wishes: a value that lost a conflict becomes a change of today."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from adnode.domain.sync_state import AttachmentValue, CommentValue, Conflict, Presence, Register, SyncState, Value
from adnode.sync.merge import is_same_value
from adnode.sync.observation import count_change
from adnode.sync.plan import Wish


class Obstacle(StrEnum):
    """Why a value can't come back. A deleted comment or file can't be made to have been there all the time: written
    again it would be another one, under another name and of another day.
    """

    IN_USE = "in_use"
    ATTACHMENT = "attachment"
    PRESENCE = "presence"
    DELETED_COMMENT = "deleted_comment"


def find_obstacle(current: Value, wanted: Value) -> Obstacle | None:
    """Say why the wanted value can't take the place of the current one; None when it can."""
    if isinstance(wanted, AttachmentValue):
        return Obstacle.ATTACHMENT
    if isinstance(wanted, Presence):
        return Obstacle.PRESENCE
    comments = [value for value in (current, wanted) if isinstance(value, CommentValue)]
    if any(comment.is_deleted for comment in comments):
        return Obstacle.DELETED_COMMENT
    return Obstacle.IN_USE if is_same_value(current, wanted) else None


@dataclass(frozen=True, slots=True)
class Granted:
    """Keys of registers that changed by wishes, and values that were overruled without anybody having seen them."""

    keys: frozenset[str]
    conflicts: tuple[Conflict, ...]


def grant_wishes(
    registers: dict[str, Register], wishes: Iterable[Wish], seen: SyncState, organization_id: str
) -> Granted:
    """Put the values wished for into the registers, where they can be.

    Every side takes them, because each knows everything that stood there before. ``seen`` is the state that people
    could look at when they wished; what came since is kept as a value that lost.
    """
    overruled: dict[str, Register] = {}
    for wish in wishes:
        known = registers.get(wish.key)
        if known is None or find_obstacle(known.value, wish.value) is not None:
            continue
        overruled.setdefault(wish.key, known)
        registers[wish.key] = count_change(known, wish.value, wish.wished_at, organization_id)
    unseen = {key: register for key, register in overruled.items() if not _was_seen(seen.get(key), register)}
    conflicts = tuple(Conflict(key, registers[key], register) for key, register in unseen.items())
    return Granted(frozenset(overruled), conflicts)


def _was_seen(seen: Register | None, register: Register) -> bool:
    return seen is not None and is_same_value(seen.value, register.value)
