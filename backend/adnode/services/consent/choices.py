"""What a person of this side decides about work items with known counterparts; each in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adnode.domain.connecting import KeptContent, Terms
from adnode.domain.connection import Connection
from adnode.domain.counterpart import CounterpartChoice
from adnode.domain.errors import StateError
from adnode.domain.proposal import ProposalRow, ProposalStatus
from adnode.domain.twin import Twin
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.consent.counterparts import find_held
from adnode.services.consent.decisions import Decision, Deed
from adnode.services.consent.meeting import Questions
from adnode.services.joining import make_connected_twin
from adnode.services.new_twins import make_twins


def connect_rows(work: UnitOfWork, decision: Decision, rows: Sequence[ProposalRow]) -> Mapping[int, str]:
    """Ask the partner for the counterparts; one that the partner asks for as well is accepted by that."""
    connection = decision.connection
    known = _find_twins(work, connection, rows)
    asked = Questions(work, connection, [(row.work_item_id, row.remote_work_item_id) for row in rows])
    obstacles = _find_obstacles(connection, rows, known)
    changed: list[ProposalRow] = []
    wanted: list[Twin] = []
    for row in (row for row in rows if row.number not in obstacles):
        try:
            met = _meet(asked, decision, row)
        except StateError as error:
            obstacles[row.number] = error.message
            continue
        if met is not None:
            changed.append(replace(row.moved_to(ProposalStatus.ACCEPTED), twin_id=met.id))
            continue
        twin = _make_twin(decision, row, known.get(row.work_item_id, []))
        wanted.append(twin)
        changed.append(replace(row.moved_to(ProposalStatus.OPEN), twin_id=twin.id))
    added = work.twins.add_all(wanted, due_at=decision.now)
    work.partings.clear(connection.id, [twin.work_item_id for twin in added if twin.work_item_id is not None])
    work.proposals.save_rows(decision.proposal.id, changed)
    return obstacles


def separate_rows(work: UnitOfWork, decision: Decision, rows: Sequence[ProposalRow]) -> Mapping[int, str]:
    """Have new work items made on the other side, although there are known counterparts."""
    connection = decision.connection
    obstacles = _find_obstacles(connection, rows, _find_twins(work, connection, rows))
    free = [row for row in rows if row.number not in obstacles]
    make_twins(work, connection, [row.work_item_id for row in free], decision.ids, decision.now, are_separate=True)
    # Without the twin's id: nothing is asked of the partner for it.
    work.proposals.save_rows(decision.proposal.id, [row.moved_to(ProposalStatus.SEPARATE) for row in free])
    return obstacles


CHOICES: Mapping[CounterpartChoice, Deed] = {
    CounterpartChoice.CONNECT: connect_rows,
    CounterpartChoice.SEPARATE: separate_rows,
}


def choose(
    work: UnitOfWork,
    connection: Connection,
    choice: CounterpartChoice,
    work_item_ids: Sequence[int],
    decided_by: str,
    ids: Ids,
    now: datetime,
) -> None:
    """Decide on what of these work items waits for this side; raises StateError with what is in the way."""
    by_proposal: dict[str, list[ProposalRow]] = {}
    for found in find_held(work, connection, work_item_ids):
        by_proposal.setdefault(found.proposal_id, []).append(found.row)
    for proposal_id, rows in by_proposal.items():
        decision = Decision(connection, work.proposals.get(proposal_id), ids, now, decided_by=decided_by)
        obstacles = CHOICES[choice](work, decision, rows)
        if obstacles:
            raise StateError(next(iter(obstacles.values())))
        work.proposals.note_decision(proposal_id, decided_by, now)


def _meet(asked: Questions, decision: Decision, row: ProposalRow) -> Twin | None:
    return asked.accept(row.work_item_id, row.remote_work_item_id, decision.decided_by, decision.ids, decision.now)


def _make_twin(decision: Decision, row: ProposalRow, known: Sequence[Twin]) -> Twin:
    proposal = decision.proposal
    content = proposal.content or KeptContent.BOTH
    terms = Terms(row.remote_work_item_id, content, comments=proposal.comments, attachments=proposal.attachments)
    return make_connected_twin(decision.ids.new_id(), decision.connection, row.work_item_id, terms, known, decision.now)


def _find_twins(work: UnitOfWork, connection: Connection, rows: Sequence[ProposalRow]) -> dict[int, list[Twin]]:
    found: dict[int, list[Twin]] = {}
    for twin in work.twins.find_by_work_item(connection.organization_id, [row.work_item_id for row in rows]):
        found.setdefault(twin.work_item_id or 0, []).append(twin)
    return found


def _find_obstacles(
    connection: Connection, rows: Sequence[ProposalRow], known: Mapping[int, Sequence[Twin]]
) -> dict[int, str]:
    """Return by number the rows whose work items came under sync in another way meanwhile."""
    return {
        row.number: (
            f"Work item {row.work_item_id} is under sync over connection {connection.name} by now. Take this question "
            "back."
        )
        for row in rows
        if any(twin.connection_id == connection.id for twin in known.get(row.work_item_id, ()))
    }
