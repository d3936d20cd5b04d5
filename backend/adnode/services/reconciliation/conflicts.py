"""Values that lost: what people wish for goes into the round, and what it led to is noted."""

import json
from collections.abc import Iterable
from datetime import datetime

from adnode.domain.documents import register_from_document
from adnode.domain.error_record import ConflictRecord, ConflictStatus
from adnode.domain.sync_state import Register
from adnode.ports.storage import UnitOfWork
from adnode.services.reconciliation.workpiece import Workpiece
from adnode.sync.plan import Wish
from adnode.sync.wishes import Obstacle, find_obstacle


def read_loser(record: ConflictRecord) -> Register:
    """Return the value that lost as a register."""
    return register_from_document(record.key, json.loads(record.loser))


def read_winner(record: ConflictRecord) -> Register:
    """Return the value that won as a register."""
    return register_from_document(record.key, json.loads(record.winner))


def list_wishes(records: Iterable[ConflictRecord]) -> list[Wish]:
    """Return what people wish for, the latest last: it counts where two are about one thing."""
    wanted = [record for record in records if record.status is ConflictStatus.WANTED]
    wishes = [Wish(each.key, read_loser(each).value, each.resolved_at or each.happened_at) for each in wanted]
    return sorted(wishes, key=lambda wish: wish.wished_at)


def settle_conflicts(work: UnitOfWork, pieces: Iterable[Workpiece], now: datetime) -> None:
    """Close what this round decided: values that lost and are in use again, by a wish or because somebody made them so,
    here or there; and wishes that can't come true any more.
    """
    decided: dict[ConflictStatus, list[str]] = {ConflictStatus.RESTORED: [], ConflictStatus.DISMISSED: []}
    for piece in pieces:
        for record in piece.conflicts:
            if status := _decide(piece, record):
                decided[status].append(record.id)
    for status, ids in decided.items():
        if ids:
            work.conflicts.settle(ids, status, now)


def _decide(piece: Workpiece, record: ConflictRecord) -> ConflictStatus | None:
    register = piece.reached_state().get(record.key)
    is_planned = piece.plan is not None and not piece.plan.rests and not piece.takes_baseline
    if not is_planned or register is None or record.key in piece.unwritten:
        return None
    if find_obstacle(register.value, read_loser(record).value) is Obstacle.IN_USE:
        return ConflictStatus.RESTORED
    # Where the round went through and the value is still another one, a later wish or a deletion stands in the way.
    is_vain = record.status is ConflictStatus.WANTED and not piece.is_settled
    return ConflictStatus.DISMISSED if is_vain else None
