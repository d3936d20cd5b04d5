"""A peer that says the same kind of thing without end: what is kept of it, and what people see of it."""

from itertools import count

from tests.integration.hostile.bodies import alone, ask, failed, terms
from tests.integration.hostile.peer import HostilePeer
from tests.integration.hostile.victim import Stage

from adnode.domain.proposal import OPEN_LIMIT, ProposalDirection
from adnode.ports.consent_storage import ProposalFilter


def open_records(peer: HostilePeer) -> int:
    records = peer.stage.victim.error_records()
    return sum(1 for record in records if record.connection_id == peer.connection_id)


def test_errors_with_ever_new_codes_fold(peer: HostilePeer) -> None:
    codes = count()
    for _ in range(3):
        batch = [peer.message("failed", failed(error_code=f"made_up_{next(codes)}"), twin_id="x") for _ in range(100)]
        assert peer.push(*[{**one, "twin_id": ""} for one in batch]).code == ""
    assert open_records(peer) == 21


def test_errors_of_one_pair_with_ever_new_codes_fold(stage: Stage, peer: HostilePeer) -> None:
    number = stage.share(peer.connection_id)
    stage.settle(peer.connection_id)
    twin_id = stage.victim.twin(number).id
    batch = [peer.message("failed", failed(error_code=f"made_up_{each}"), twin_id=twin_id) for each in range(100)]
    assert peer.push(*batch).code == ""
    assert open_records(peer) == 21


def test_proposals_without_end_stop_at_their_limit(stage: Stage, peer: HostilePeer) -> None:
    codes = set[str]()
    for part in range(4):
        messages = [
            peer.message(
                "connecting",
                peer.state(1000 + part * 200 + each, terms=terms(alone(peer)), proposal=ask(id=f"p-{part}-{each}")),
            )
            for each in range(200)
        ]
        answers = peer.push(*messages).document["answers"]
        codes |= {one["error_code"] for one in answers}
    assert codes == {"", "too_many_proposals"}
    wanted = ProposalFilter(stage.victim.organization.id, peer.connection_id, ProposalDirection.INCOMING)
    with stage.victim.storage.unit_of_work() as work:
        assert work.proposals.count(wanted) == OPEN_LIMIT
