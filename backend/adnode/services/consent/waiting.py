"""Which pairs of ours wait for an answer to a proposal."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from adnode.domain.proposal import UNDECIDED, ProposalDirection, ProposalStatus
from adnode.ports.storage import UnitOfWork

_WAITED_FOR = UNDECIDED | {ProposalStatus.DECLINED}


def find_asked(work: UnitOfWork, twins: Iterable[tuple[str, str]]) -> Mapping[str, ProposalStatus]:
    """Return where the proposals stand that those twins wait for, by twin: undecided or declined. Twins are named by
    (connection id, twin id) and have no counterpart yet; those that wait for nothing are left out.
    """
    by_connection: dict[str, list[str]] = defaultdict(list)
    for connection_id, twin_id in twins:
        by_connection[connection_id].append(twin_id)
    found = {
        twin_id: found.row.status
        for connection_id, twin_ids in by_connection.items()
        for twin_id, found in work.proposals.of_twins(connection_id, ProposalDirection.OUTGOING, twin_ids).items()
    }
    return {twin_id: status for twin_id, status in found.items() if status in _WAITED_FOR}
