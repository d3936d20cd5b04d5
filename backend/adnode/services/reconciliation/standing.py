"""How the twins of a round stand when it ends: what is open about them, and what the partner has yet to confirm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adnode.domain.error_record import ErrorRecord
from adnode.domain.twin import Twin
from adnode.ports.storage import UnitOfWork
from adnode.services.failures import retries_by_itself
from adnode.services.intake_refusals import still_left_out
from adnode.services.reconciliation.workpiece import Workpiece
from adnode.services.twin_statuses import have_failed


@dataclass(frozen=True, slots=True)
class Standing:
    """Open error records by twin, and twins with a change that the partner has not said it has applied."""

    open_records: Mapping[str, Sequence[ErrorRecord]]
    unconfirmed: frozenset[str]

    def records(self, piece: Workpiece) -> Sequence[ErrorRecord]:
        """Return the records that were open about a piece before its round."""
        return self.open_records.get(piece.twin.id, ())

    def over(self, piece: Workpiece) -> list[ErrorRecord]:
        """Return those that end when the round went through: neither a file that is still missing, nor a value of the
        partner that was left out and has not come, nor what failed at the partner.
        """
        if piece.is_settled:
            return []
        left_out = self.left_out(piece)
        return [
            record
            for record in self.records(piece)
            if not record.is_remote and record.subject not in piece.lost_keys and record not in left_out
        ]

    def left_out(self, piece: Workpiece) -> list[ErrorRecord]:
        """Return those about values of the partner that were not taken, and did not come in this round either."""
        return still_left_out(self.records(piece), piece.messages)

    def will_have_failed(self, piece: Workpiece) -> bool:
        """Say whether something about a piece waits for a person once its round is stored."""
        if piece.lost_keys or (piece.failure is not None and not retries_by_itself(piece.failure)):
            return True
        over = self.over(piece)
        return have_failed(record for record in self.records(piece) if record not in over)

    def brings_into_step(self, piece: Workpiece, twin: Twin) -> bool:
        """Say whether this round wrote the last that was known to differ: the partner's changes are here, and none of
        ours is on its way.
        """
        if piece.is_settled or piece.takes_baseline or piece.plan is None or piece.plan.rests or piece.lost_keys:
            return False
        is_pair = twin.work_item_id is not None and twin.remote_work_item_id is not None
        return is_pair and bool(piece.messages) and not piece.outgoing() and twin.id not in self.unconfirmed


def read_standing(work: UnitOfWork, pieces: Sequence[Workpiece]) -> Standing:
    """Return how the twins of a round stand in this transaction."""
    ids = [piece.twin.id for piece in pieces]
    return Standing(work.error_records.open_of_twins(ids), frozenset(work.outbox.unconfirmed(ids)))
