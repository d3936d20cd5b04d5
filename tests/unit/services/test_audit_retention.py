"""The audit trail goes back as far as the operator says, and is forgotten in small pieces."""

from datetime import timedelta

from tests.contract.storage.test_hub_contract import make_entry

from adnode.adapters.memory.clock import MemoryClock
from adnode.adapters.memory.storage import MemoryStorage
from adnode.services.retention import AUDIT_KEPT, CHUNK, RetentionService


def kept(audit_kept: timedelta) -> int:
    storage, clock = MemoryStorage(), MemoryClock()
    now = clock.now()
    with storage.unit_of_work() as work:
        for number in range(CHUNK + 1):
            work.audit.add(make_entry(number, at=now - timedelta(days=401)))
        work.audit.add(make_entry(CHUNK + 1, at=now - timedelta(days=399)))
        work.commit()
    RetentionService(storage.unit_of_work, clock, audit_kept).tidy()
    with storage.unit_of_work() as work:
        return work.audit.count("org")


def test_entries_are_forgotten_after_four_hundred_days() -> None:
    assert kept(AUDIT_KEPT) == 1


def test_the_operator_decides_how_long_entries_are_kept() -> None:
    assert kept(timedelta(days=402)) == CHUNK + 2
    assert kept(timedelta(days=30)) == 0
