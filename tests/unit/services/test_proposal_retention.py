"""Decided proposals are forgotten after a while, in small pieces; what somebody has still to decide stays."""

from datetime import timedelta

from tests.contract.storage.test_consent_contract import DECLINED, make_proposal, make_row

from adnode.adapters.memory.clock import MemoryClock
from adnode.adapters.memory.storage import MemoryStorage
from adnode.ports.consent_storage import ProposalFilter
from adnode.services.retention import CHUNK, RetentionService


def test_decided_proposals_are_forgotten_after_ninety_days() -> None:
    storage, clock = MemoryStorage(), MemoryClock()
    old, young = clock.now() - timedelta(days=91), clock.now() - timedelta(days=89)
    with storage.unit_of_work() as work:
        for number in range(CHUNK + 1):
            work.proposals.add(make_proposal(f"p{number}", asked_at=old), [make_row(status=DECLINED)])
        work.proposals.add(make_proposal("undecided", asked_at=old), [make_row()])
        work.proposals.add(make_proposal("young", asked_at=young), [make_row(status=DECLINED)])
        work.commit()
    assert RetentionService(storage.unit_of_work, clock).tidy() == CHUNK + 1
    with storage.unit_of_work() as work:
        assert [each.id for each in work.proposals.list_page(ProposalFilter("org"), limit=9)] == ["young", "undecided"]
