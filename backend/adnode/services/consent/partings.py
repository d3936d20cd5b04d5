"""Remembering which work items were a pair, when the pair ends."""

from collections.abc import Iterable
from datetime import datetime

from adnode.domain.clean_up import Pair
from adnode.domain.connection import Connection
from adnode.domain.parting import Parting
from adnode.domain.twin import Twin
from adnode.ports.storage import UnitOfWork


def part_twins(
    work: UnitOfWork, connection: Connection, twins: Iterable[Twin], now: datetime, *, is_ours: bool
) -> None:
    """Remember pairs that are taken out of sync. An offer that was never taken up was none."""
    ended = [(twin.work_item_id, twin.remote_work_item_id, twin.id) for twin in twins if not twin.is_offered]
    _part(work, connection, ended, now, is_ours=is_ours)


def part_pairs(
    work: UnitOfWork, connection: Connection, pairs: Iterable[Pair], now: datetime, *, is_ours: bool
) -> None:
    """Remember pairs that are cleaned up, of a work item the one that was still in sync."""
    latest_last = sorted(pairs, key=lambda pair: not pair.is_unlinked)
    ended = [(pair.work_item_id, pair.remote_work_item_id, pair.twin_id) for pair in latest_last]
    _part(work, connection, ended, now, is_ours=is_ours)


def _part(
    work: UnitOfWork,
    connection: Connection,
    ended: Iterable[tuple[int | None, int | None, str]],
    now: datetime,
    *,
    is_ours: bool,
) -> None:
    partings = {
        work_item_id: Parting(
            organization_id=connection.organization_id,
            peer_organization_id=connection.peer_organization_id,
            connection_id=connection.id,
            work_item_id=work_item_id,
            remote_work_item_id=remote_work_item_id,
            twin_id=twin_id,
            parted_at=now,
            is_ours=is_ours,
        )
        for work_item_id, remote_work_item_id, twin_id in ended
        if work_item_id is not None
    }
    work.partings.note(list(partings.values()))
