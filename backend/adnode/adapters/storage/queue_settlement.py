"""Moving rows of the sync queue from status to status, as the transition table allows."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import Update, bindparam, select, update
from sqlalchemy.orm import Session

from adnode.adapters.storage.rows import InboxRow, OutboxRow
from adnode.adapters.storage.statements import chunked
from adnode.adapters.storage.turns import Turns
from adnode.domain.message import TRANSITIONS, QueueStatus

UNSETTLED = (QueueStatus.WAITING, QueueStatus.SENDING, QueueStatus.APPLYING)


def settle(
    session: Session,
    turns: Turns,
    table: type[OutboxRow] | type[InboxRow],
    message_ids: Collection[str],
    status: QueueStatus,
    now: datetime,
    connection_id: str,
) -> None:
    """Move messages, with ``connection_id`` only its own; those that may not move are left alone."""
    parameters = {
        "new_status": status.value,
        "settled": None if status in UNSETTLED else now,
        "before": _statuses_before(status),
        "connection": connection_id,
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
    return statement.values(status=bindparam("new_status"), settled_at=bindparam("settled"))


@cache
def _statuses_before(status: QueueStatus) -> list[str]:
    return [before.value for before, after in TRANSITIONS.items() if status in after]
