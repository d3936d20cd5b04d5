"""How long a round may go on: prolonged in time, over before others may begin, and never again after that."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.adapters.memory.clock import MemoryClock
from adnode.domain.connection import Visibility
from adnode.domain.errors import LeaseLostError, StorageUnavailableError
from adnode.domain.twin import ClaimedTwin
from adnode.ports.gateway import ContentStream
from adnode.ports.storage import UnitOfWork
from adnode.services.reconciliation.lease import RoundLease

LEASE_SECONDS, CALL_SECONDS = 300.0, 70.0


@dataclass(slots=True)
class Round:
    """A round of alpha on twins that it has claimed; ``prolonged`` counts how often it asked the database."""

    node: MemoryNode
    connection_id: str
    lease: RoundLease = field(init=False)
    claims: list[ClaimedTwin] = field(init=False)
    prolonged: int = 0
    is_database_down: bool = False

    def __post_init__(self) -> None:
        self.lease = RoundLease(self._unit_of_work, self.node.clock, LEASE_SECONDS, CALL_SECONDS)
        self.claims = self.claim("alpha")
        self.lease.hold(self.claims)

    def _unit_of_work(self) -> UnitOfWork:
        self.prolonged += 1
        if self.is_database_down:
            raise StorageUnavailableError("The database does not answer.")
        return self.node.storage.unit_of_work()

    def claim(self, owner: str, limit: int = 10) -> list[ClaimedTwin]:
        with self.node.storage.unit_of_work() as work:
            claims = work.twins.claim(self.connection_id, owner, self.node.clock.now(), LEASE_SECONDS, limit)
            work.commit()
        return claims


@pytest.fixture
def begun() -> Round:
    meeting = Meeting()
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    alpha.work_items.synchronize(connection_id, [alpha.create("Task", f"Item {count}") for count in range(2)])
    return Round(alpha, connection_id)


def clock_of(begun: Round) -> MemoryClock:
    return begun.node.clock


def test_calls_cost_the_database_nothing_until_a_third_of_the_lease_is_over(begun: Round) -> None:
    for _ in range(9):
        clock_of(begun).advance(11)
        begun.lease.check()
    assert begun.prolonged == 0
    clock_of(begun).advance(2)
    begun.lease.check()
    assert begun.prolonged == 1


def test_nobody_else_gets_the_twins_however_long_a_round_lasts(begun: Round) -> None:
    for _ in range(20):
        clock_of(begun).advance(100)
        begun.lease.check()
        clock_of(begun).advance(100)
        assert begun.claim("other") == []
        begun.lease.check()
    assert not begun.lease.has_ended


def test_a_call_that_could_outlast_the_lease_is_not_begun(begun: Round) -> None:
    clock_of(begun).advance(LEASE_SECONDS - CALL_SECONDS)
    with pytest.raises(LeaseLostError):
        begun.lease.check()
    assert begun.prolonged == 0, "it is too late to ask for more"
    assert begun.lease.has_ended


def test_what_is_over_stays_over_though_the_machine_clock_goes_back(begun: Round) -> None:
    clock_of(begun).advance(LEASE_SECONDS)
    assert begun.lease.has_ended
    clock_of(begun).advance(-LEASE_SECONDS)
    with pytest.raises(LeaseLostError):
        begun.lease.check()


def test_a_database_that_does_not_answer_ends_a_round_only_when_its_time_is_up(begun: Round) -> None:
    begun.is_database_down = True
    clock_of(begun).advance(110)
    begun.lease.check()
    begun.is_database_down = False
    clock_of(begun).advance(110)
    begun.lease.check()
    begun.is_database_down = True
    for _ in range(2):
        clock_of(begun).advance(100)
        begun.lease.check()
    clock_of(begun).advance(100)
    with pytest.raises(LeaseLostError):
        begun.lease.check()


def test_a_twin_that_somebody_has_taken_is_left_alone_and_the_others_go_on(begun: Round) -> None:
    lost, kept = (claim.twin.id for claim in begun.claims)
    with begun.node.storage.unit_of_work() as work:
        work.clean_up.forget(begun.connection_id, [lost], clock_of(begun).now(), for_good=False)
        work.commit()
    clock_of(begun).advance(110)
    begun.lease.check()
    begun.lease.require(kept)
    with pytest.raises(LeaseLostError):
        begun.lease.require(lost)


def test_a_round_whose_twins_are_all_taken_is_over(begun: Round) -> None:
    with begun.node.storage.unit_of_work() as work:
        work.lease_owners.release("alpha")
        work.commit()
    assert len(begun.claim("other")) == 2
    clock_of(begun).advance(110)
    with pytest.raises(LeaseLostError):
        begun.lease.check()
    assert begun.lease.has_ended


def test_an_upload_that_takes_longer_than_the_lease_prolongs_it(begun: Round) -> None:
    alpha = begun.node
    connection = alpha.connections.show(begun.connection_id)

    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            clock_of(begun).advance(50)
            yield b"slow"

    @contextmanager
    def open_content(*_: object) -> Iterator[ContentStream]:
        yield ContentStream(chunks(), 80)

    alpha.transport.open_content = open_content  # type: ignore[method-assign, assignment]
    content = alpha.contents.pull(connection, "beta:file", "slow.bin", connection.project, begun.lease.check)
    assert content.size == 80
    assert begun.prolonged == 10
    assert begun.claim("other") == []
