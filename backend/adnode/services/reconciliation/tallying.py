"""What a round adds to the tallies."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.tally import Tally, TallyKind, day_of, hour_of, latency_bucket
from adnode.services.failures import retries_by_itself
from adnode.services.reconciliation.workpiece import Workpiece


def make_tallies(connection: Connection, settled: Sequence[Workpiece], now: datetime) -> list[Tally]:
    """Return the counts of the pieces that a round stored."""
    day, hour = day_of(now), hour_of(now)
    return [
        Tally(connection.organization_id, connection.id, day, hour, kind, bucket, 1)
        for kind, bucket in _events(settled, now)
    ]


def _events(settled: Iterable[Workpiece], now: datetime) -> Iterator[tuple[TallyKind, int]]:
    for piece in settled:
        if piece.twin.work_item_id is not None and piece.outgoing():
            yield TallyKind.OUTGOING, 0
        if piece.failure is not None and not retries_by_itself(piece.failure):
            yield TallyKind.ERROR, 0
        if _is_applied(piece):
            for message in piece.messages:
                yield TallyKind.INCOMING, latency_bucket(now - message.created_at)


def _is_applied(piece: Workpiece) -> bool:
    if piece.takes_baseline:
        return False
    return not piece.is_settled and piece.plan is not None and not piece.plan.rests and not piece.lost_keys
