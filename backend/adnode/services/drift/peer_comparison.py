"""The other node's part in a comparison, as messages ask for it and answer."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import accumulate

from adnode.domain.connection import Connection
from adnode.domain.connection_note import TwinFigures
from adnode.domain.documents import state_to_document
from adnode.domain.drift import DriftKind, Finding
from adnode.domain.message import (
    ComparedBody,
    ComparisonBody,
    MessageKind,
    QueueStatus,
    StateRequestedBody,
)
from adnode.domain.realignment import Realignment
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Clock, Ids
from adnode.services.drift.findings import make_finding, name_keys
from adnode.services.intake_room import IntakeRoom
from adnode.services.json_text import to_json
from adnode.services.state_messages import queue_state
from adnode.sync.comparison import differing_keys, digest_registers, digest_state

ANSWER_BYTES = 2_000_000
"""What an answer holds at most of what was asked for."""
DIGEST_BYTES = 150
"""What a digest with the key of its register takes."""
LOOKED_AT_BYTES = 30
"""What looking at a register counts for, though nothing is kept of it: it costs time."""
ComparisonMessage = ComparisonBody | ComparedBody | StateRequestedBody


class PeerComparison:
    """Answers comparisons of the peer, and takes in its answers to ours. Each runs in the transaction of the intake."""

    def __init__(self, clock: Clock, ids: Ids, room: IntakeRoom) -> None:
        self._clock = clock
        self._ids = ids
        self._room = room

    def receive(self, work: UnitOfWork, connection: Connection, message_id: str, body: ComparisonMessage) -> None:
        """Do what a message of the peer asks for, or keep what it tells."""
        work.inbox.settle([message_id], QueueStatus.SYNCHRONIZED, self._clock.now(), connection_id=connection.id)
        match body:
            case ComparisonBody():
                self._answer(work, connection, body)
            case ComparedBody():
                self._take_in(work, connection, body)
            case StateRequestedBody():
                self._send_states(work, connection, _tellable(work, _own(work, connection, body.twin_ids).values()))

    def _send_states(self, work: UnitOfWork, connection: Connection, twins: Sequence[Twin]) -> None:
        """Send whole states, as far as a short question may have a long answer; what is left differs still, and the
        next comparison finds it.
        """
        sizes = {twin.id: len(to_json(state_to_document(twin.state))) for twin in twins}
        fit = _fitting(twins, sizes)
        send_states(work, connection, fit, self._clock.now())
        self._room.note(connection.id, sum(sizes[twin.id] for twin in fit))

    def _answer(self, work: UnitOfWork, connection: Connection, body: ComparisonBody) -> None:
        """Tell the peer which of its twins are not here, and what is known of those that differ."""
        twins = _own(work, connection, body.digests)
        unknown = tuple(sorted(twin_id for twin_id in body.digests if _is_unknown(twins.get(twin_id))))
        resting = find_resting(work, list(twins.values()))
        others = [twin for twin in resting if digest_state(twin.state) != body.digests[twin.id]]
        sizes = {twin.id: DIGEST_BYTES * len(twin.state.registers) for twin in others}
        differing = {twin.id: digest_registers(twin.state) for twin in _fitting(others, sizes)}
        looked_at = LOOKED_AT_BYTES * sum(len(twin.state.registers) for twin in resting)
        self._room.note(connection.id, looked_at + DIGEST_BYTES * sum(map(len, differing.values())))
        answer = ComparedBody(body.comparison_id, len(body.digests), unknown, differing)
        work.outbox.add(connection.id, "", MessageKind.COMPARED, answer, self._clock.now())

    def _take_in(self, work: UnitOfWork, connection: Connection, body: ComparedBody) -> None:
        """Keep what the peer found, but for twins that have moved on since they were compared."""
        now = self._clock.now()
        twins = _own(work, connection, [*body.unknown, *body.differing])
        findings: list[Finding] = []
        for twin in find_resting(work, list(twins.values())):
            if twin.id in body.unknown:
                findings.append(self._gone(connection, body.comparison_id, twin, now))
            else:
                keys = differing_keys(digest_registers(twin.state), body.differing[twin.id])
                if keys:
                    findings.append(self._differs(connection, body.comparison_id, twin, keys, now))
        work.drift.save_found(findings)

    def _gone(self, connection: Connection, comparison_id: str, twin: Twin, now: datetime) -> Finding:
        detail = (
            "The partner's node does not know this pair any more. Repair ends it here; put the work item under sync "
            "again, or connect it, if it should go on."
        )
        return make_finding(self._ids.new_id(), connection, comparison_id, DriftKind.PARTNER_GONE, twin, detail, now)

    def _differs(
        self, connection: Connection, comparison_id: str, twin: Twin, keys: tuple[str, ...], now: datetime
    ) -> Finding:
        detail = f"The two sides know different values: {name_keys(keys)}. Repair has both send everything and merges."
        return make_finding(
            self._ids.new_id(), connection, comparison_id, DriftKind.PARTNER_DIFFERS, twin, detail, now, keys
        )


def find_resting(work: UnitOfWork, twins: Collection[Twin]) -> list[Twin]:
    """Return the synchronized twins at which nothing is under way and nothing has failed: those can be compared."""
    synchronized = [twin for twin in twins if twin.status is TwinStatus.SYNCHRONIZED]
    ids = [twin.id for twin in synchronized]
    figures, failing = work.notes.twin_figures(ids), work.drift.with_open_errors(ids)
    return [twin for twin in synchronized if twin.id not in failing and not _is_busy(figures[twin.id])]


def send_states(work: UnitOfWork, connection: Connection, twins: Collection[Twin], now: datetime) -> None:
    """Queue the whole state of twins; what the peer knows already is no change there."""
    base = work.organizations.get(connection.organization_id).url
    for twin in twins:
        is_usable = not twin.is_held and twin.work_item_id is not None and twin.status is not TwinStatus.UNLINKED
        if is_usable and twin.state.registers:
            url = f"{base}/_workitems/edit/{twin.work_item_id}"
            queue_state(work, twin, url, twin.state.registers, now)


def _tellable(work: UnitOfWork, twins: Collection[Twin]) -> list[Twin]:
    """Return the twins without those that are being taken up again: their peer hears of them by that, once, and again
    when something was made of what it has told.
    """
    heard = work.inbox.pending([twin.id for twin in twins if twin.realignment is Realignment.GREETED])
    return [twin for twin in twins if twin.realignment is not Realignment.DUE and not heard.get(twin.id)]


def _fitting(twins: Sequence[Twin], sizes: Mapping[str, int]) -> list[Twin]:
    """Return the first twins that are not too much for one answer."""
    totals = accumulate(sizes[twin.id] for twin in twins)
    return [twin for twin, total in zip(twins, totals, strict=True) if total <= ANSWER_BYTES]


def _is_busy(figures: TwinFigures) -> bool:
    return figures.is_at_work or figures.outgoing > 0 or figures.incoming > 0


def _is_unknown(twin: Twin | None) -> bool:
    return twin is None or twin.status is TwinStatus.UNLINKED


def _own(work: UnitOfWork, connection: Connection, twin_ids: Collection[str]) -> Mapping[str, Twin]:
    """Return the twins of this very connection: a peer must not reach others by naming them."""
    found = work.twins.find(list(twin_ids))
    return {twin_id: twin for twin_id, twin in found.items() if twin.connection_id == connection.id}
