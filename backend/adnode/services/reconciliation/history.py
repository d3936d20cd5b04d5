"""What a round brought about, in words for the history of each twin."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.rich_text import RichText
from adnode.domain.sync_state import (
    PRESENCE_PREFIX,
    SUMMARY,
    AttachmentValue,
    CommentValue,
    Presence,
    Register,
    Registers,
    TypeValue,
    Value,
)
from adnode.domain.synced_change import ChangedThing, ChangedValue, Direction, SyncedChange
from adnode.ports.system import Ids
from adnode.services.reconciliation.field_brakes import FIELDS
from adnode.services.reconciliation.workpiece import Workpiece
from adnode.sync.comparison import digest_value
from adnode.sync.merge import is_same_value
from adnode.sync.plan import Plan
from adnode.sync.rich_text import cut_line, list_words

TEXT_LIMIT = 200
"""Characters that are kept of a value."""
VALUES_LIMIT = 30
"""Values that are named of one round and direction; the others are counted."""


def list_changes(connection: Connection, pieces: Iterable[Workpiece], ids: Ids, now: datetime) -> list[SyncedChange]:
    """Return what was written here from the peer and what was told to the peer, by twin and direction."""
    changes: list[SyncedChange] = []
    for piece in pieces:
        for direction, registers in _changed(piece).items():
            if registers:
                changes.append(_change(connection, piece, direction, registers, ids.new_id(), now))
    return changes


def _changed(piece: Workpiece) -> dict[Direction, Registers]:
    plan = piece.plan
    if plan is None:
        return {}
    reached, sent = piece.reached_state(), piece.outgoing()
    written = {key: register for key, register in reached.registers.items() if _is_new(plan, key, register)}
    # A wish that was granted is written here as well, but was made here.
    granted = {key for key in written if key in sent and sent[key].changed_in == piece.twin.organization_id}
    incoming = {key: register for key, register in written.items() if key not in granted}
    made_here = (granted | plan.outgoing_observed.keys()) - incoming.keys()
    outgoing = {key: register for key, register in sent.items() if key in made_here}
    return {Direction.INCOMING: incoming, Direction.OUTGOING: outgoing}


def _is_new(plan: Plan, key: str, register: Register) -> bool:
    """Say whether the value is another one than stood here; a version alone is nothing that people see."""
    observed = plan.observed.get(key)
    return observed is None or not is_same_value(observed.value, register.value)


def _change(
    connection: Connection,
    piece: Workpiece,
    direction: Direction,
    registers: Registers,
    change_id: str,
    now: datetime,
) -> SyncedChange:
    values = _values(registers, connection.organization_id)
    return SyncedChange(
        id=change_id,
        organization_id=connection.organization_id,
        connection_id=connection.id,
        twin_id=piece.twin.id,
        work_item_id=piece.twin.work_item_id,
        at=now,
        direction=direction,
        values=tuple(values[:VALUES_LIMIT]),
        more=max(0, len(values) - VALUES_LIMIT),
    )


_ORDER: Mapping[ChangedThing, int] = {thing: place for place, thing in enumerate(ChangedThing)}


def _values(registers: Registers, organization_id: str) -> Sequence[ChangedValue]:
    values = [
        replace(describe_value(key, register.value, organization_id), digest=_digest(key, register))
        for key, register in registers.items()
    ]
    return sorted(values, key=lambda value: (_ORDER[value.thing], value.subject))


def _digest(key: str, register: Register) -> str:
    return digest_value(register.value) if key in FIELDS else ""


def describe_value(key: str, value: Value, organization_id: str = "", limit: int = TEXT_LIMIT) -> ChangedValue:
    """Return a register's value in plain words. The subject of a presence is the side it speaks of."""
    match value:
        case RichText():
            return ChangedValue(ChangedThing.DESCRIPTION, list_words(value, limit))
        case TypeValue():
            return ChangedValue(ChangedThing.TYPE, cut_line(value.name, limit))
        case CommentValue():
            text = list_words(value.text, limit)
            return ChangedValue(ChangedThing.COMMENT, text, cut_line(value.author, limit), value.is_deleted)
        case AttachmentValue():
            return ChangedValue(ChangedThing.ATTACHMENT, "", cut_line(value.name, limit), value.is_deleted)
        case Presence():
            is_local = key == PRESENCE_PREFIX + organization_id
            return ChangedValue(ChangedThing.PRESENCE, value.value, "local" if is_local else "remote")
    return ChangedValue(ChangedThing.SUMMARY if key == SUMMARY else ChangedThing.DESCRIPTION, cut_line(value, limit))
