"""Moving rows of the sync queue from status to status, as the transition table allows."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, Update, bindparam, case, func, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.message_rows import InboxRow, OutboxRow
from adnode.adapters.storage.rows import TwinRow, UtcTime
from adnode.adapters.storage.statements import chunked
from adnode.adapters.storage.turns import Turns
from adnode.domain.message import TRANSITIONS, QueueStatus

UNSETTLED = (QueueStatus.WAITING, QueueStatus.SENDING, QueueStatus.APPLYING)
TRIED = (QueueStatus.SYNCHRONIZED, QueueStatus.FAILED)


def settle(
    session: Session,
    turns: Turns,
    table: type[OutboxRow] | type[InboxRow],
    message_ids: Collection[str],
    status: QueueStatus,
    now: datetime,
    connection_id: str,
    reason: str,
) -> None:
    """Move messages, with ``connection_id`` only its own; those that may not move are left alone.

    What was applied here, or could not be, was tried once more.
    """
    parameters = {
        "new_status": status.value,
        "settled": None if status in UNSETTLED else now,
        "before": _statuses_before(status),
        "connection": connection_id,
        "reason": reason,
        "tries": int(table is InboxRow and status in TRIED),
        "tried_at": now if table is InboxRow and status in TRIED else None,
    }
    for ids in chunked(message_ids):
        if connection_id:
            turns.take(connection_id)
        else:
            turns.take_of(select(table.connection_id).where(table.id.in_(ids)).distinct())
        session.connection().execute(_movement(table, is_limited=bool(connection_id)), parameters | {"ids": ids})


@cache
def _movement(table: type[OutboxRow] | type[InboxRow], *, is_limited: bool) -> Update:
    statement = update(table).where(
        table.id.in_(bindparam("ids", expanding=True)), table.status.in_(bindparam("before", expanding=True))
    )
    if is_limited:
        statement = statement.where(table.connection_id == bindparam("connection"))
    return statement.values(
        status=bindparam("new_status"),
        settled_at=bindparam("settled"),
        reason=bindparam("reason"),
        attempts=table.attempts + bindparam("tries"),
        last_attempt_at=func.coalesce(bindparam("tried_at", type_=UtcTime()), table.last_attempt_at),
        work_item_id=_known_work_item(table),
    )


def _known_work_item(table: type[OutboxRow] | type[InboxRow]) -> ColumnElement[int]:
    """Return the local work item: of a message that came before it was made, it is known only now."""
    of_twin = select(TwinRow.work_item_id).where(TwinRow.id == table.twin_id).scalar_subquery()
    return case((table.work_item_id != 0, table.work_item_id), else_=func.coalesce(of_twin, 0))


@cache
def _statuses_before(status: QueueStatus) -> list[str]:
    return [before.value for before, after in TRANSITIONS.items() if status in after]
