"""Taking up twins again after a node went back: first both sides tell what is stored, then the work item is read."""

from collections.abc import Sequence
from dataclasses import replace

from adnode.domain.connection import Connection
from adnode.domain.message import Message, StateBody
from adnode.domain.realignment import Realignment
from adnode.domain.sync_state import Registers, make_presence_key
from adnode.domain.twin import Intent, Twin
from adnode.domain.work_item import WorkItemSnapshot
from adnode.ports.gateway import WorkItemGateway
from adnode.services.reconciliation.workpiece import Workpiece
from adnode.sync.copies import find_suspects
from adnode.sync.realignment import Reading, Realigned, find_disputed, find_forgotten, join_states, realign

PAST_LIMIT = 100
"""Past revisions of a work item that are read at most; before them the time decides."""


def ready_for_round(twin: Twin, connection: Connection, messages: Sequence[Message]) -> Twin:
    """Return the twin as this round takes it up.

    Where no work item is known one may have been made and forgotten: it is looked for like any lost create. One that
    was never read has nothing to tell before.
    """
    if twin.realignment is not Realignment.DUE or twin.intent is not None:
        return twin
    if twin.work_item_id is None and twin.remote_url:
        lost = Intent(connection.created_at, None, marker=twin.remote_url)
        return replace(twin, intent=lost, realignment=Realignment.GREETED)
    if twin.work_item_id is None or twin.revision is None:
        is_heard = any(isinstance(message.body, StateBody) for message in messages)
        return replace(twin, realignment=Realignment.GREETED if is_heard else Realignment.RESEND)
    return twin


def forgets_something(piece: Workpiece) -> bool:
    """Say whether the partner knows more of a twin that is taken up again than this side."""
    if piece.base.realignment is not Realignment.GREETED or piece.takes_baseline or piece.rests:
        return False
    theirs, state = join_states(piece.incoming), piece.base.state
    return bool(find_forgotten(state, theirs) or find_suspects(state, piece.base.organization_id) - theirs.keys())


class Realigner:
    """Realigns twins; reads past revisions only where fields need them."""

    def __init__(self, gateway: WorkItemGateway, connection: Connection) -> None:
        self._gateway = gateway
        self._connection = connection

    def realign(self, piece: Workpiece) -> Realigned:
        """Return the piece's twin as it would know its work item, had nothing been forgotten."""
        piece.echoes = frozenset()
        theirs = join_states(piece.incoming)
        snapshot = piece.snapshot
        if snapshot is None:
            return Realigned(_with_own_presence(piece.base, theirs), (), {}, frozenset())
        reading = Reading(
            snapshot,
            piece.comments or (),
            (),
            piece.required_catalog(),
            self._gateway.file_id,
            self._connection.default_type,
        )
        if find_disputed(piece.base, theirs, reading):
            reading = replace(reading, past=self._read_past(piece.base, snapshot))
        realigned = realign(piece.base, theirs, reading, piece.all_traces())
        piece.echoes = realigned.echoes
        piece.remember(realigned.traces)
        return realigned

    def _read_past(self, twin: Twin, snapshot: WorkItemSnapshot) -> list[WorkItemSnapshot]:
        first = max((twin.revision or 0) + 1, snapshot.revision - PAST_LIMIT)
        numbers = range(snapshot.revision - 1, first - 1, -1)
        found = (self._gateway.read_revision(snapshot.id, number) for number in numbers)
        return [revision for revision in found if revision is not None]


def _with_own_presence(twin: Twin, theirs: Registers) -> Twin:
    key = make_presence_key(twin.organization_id)
    if key not in find_forgotten(twin.state, theirs):
        return twin
    return replace(twin, state=twin.state.with_registers({key: theirs[key]}))
