"""Counts by hour, and how an organization stands."""

from dataclasses import replace

import pytest
from tests.contract.storage.databases import AnyStorage, changing
from tests.contract.storage.values import NOW, make_connection, make_error_record, make_message, make_twin

from adnode.domain.connection import ConnectionStatus
from adnode.domain.error_record import Impact
from adnode.domain.message import ConnectionChangedBody, QueueStatus
from adnode.domain.tally import DayTally, Tally, TallyKind
from adnode.domain.twin import TwinStatus
from adnode.ports.usage_storage import Standing


def tally(count: int = 1, **changes: object) -> Tally:
    values = {"day": "2026-01-05", "hour": 9, "kind": TallyKind.INCOMING, "bucket": 3, "connection_id": "c1"} | changes
    return Tally(organization_id="org", count=count, **values)  # type: ignore[arg-type]


def test_tallies_add_up(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.tallies.add([tally(), tally(), tally(bucket=4), tally(5, kind=TallyKind.OUTGOING, bucket=0)])
    with changing(storage) as work:
        work.tallies.add([tally(3), tally(hour=10), tally(connection_id="c2"), tally(day="2026-01-06")])
        work.tallies.add([])
    with storage.unit_of_work() as work:
        assert work.tallies.by_day("org", "2026-01-05") == [
            DayTally("2026-01-05", TallyKind.INCOMING, 3, 7),
            DayTally("2026-01-05", TallyKind.INCOMING, 4, 1),
            DayTally("2026-01-05", TallyKind.OUTGOING, 0, 5),
            DayTally("2026-01-06", TallyKind.INCOMING, 3, 1),
        ]
        assert work.tallies.by_day("org", "2026-01-06") == [DayTally("2026-01-06", TallyKind.INCOMING, 3, 1)]
        assert work.tallies.latencies("org", "2026-01-05") == {"c1": {3: 7, 4: 1}, "c2": {3: 1}}
        assert work.tallies.by_day("other", "2026-01-01") == []


def test_new_pairs_are_tallied_in_their_hour(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.twins.add(make_twin("t1"), due_at=NOW)
        work.twins.add(make_twin("t2", created_at=NOW.replace(hour=10)), due_at=NOW)
    with storage.unit_of_work() as work:
        assert work.tallies.by_day("org", "2026-01-05") == [DayTally("2026-01-05", TallyKind.PAIR, 0, 2)]


def test_old_tallies_are_forgotten_a_few_at_a_time(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.tallies.add([tally(hour=hour) for hour in range(5)])
        work.tallies.add([tally(day="2026-01-06")])
        assert work.tallies.forget("2026-01-06", 3) == 3
        assert work.tallies.forget("2026-01-06", 3) == 2
        assert work.tallies.forget("2026-01-06", 3) == 0
        assert len(work.tallies.by_day("org", "2026-01-01")) == 1


@pytest.mark.parametrize("organization_id", ["other", "nobody"])
def test_what_others_have_does_not_count(storage: AnyStorage, organization_id: str) -> None:
    with changing(storage) as work:
        work.tallies.add([tally()])
        work.error_records.open(make_error_record())
    with storage.unit_of_work() as work:
        standing = work.standing.read(organization_id)
        assert standing.errors == {}
        assert standing.queue == {"outgoing": 0, "incoming": 0}
        assert work.tallies.latencies(organization_id, "2026-01-01") == {}


def test_standing_counts_what_is_there_now(storage: AnyStorage) -> None:
    with changing(storage) as work:
        work.connections.save(replace(make_connection("c2"), status=ConnectionStatus.REMOVED))
        work.connections.add(make_connection("c4", status=ConnectionStatus.PENDING))
        for number, status in enumerate((TwinStatus.PENDING, TwinStatus.FAILED, TwinStatus.FAILED), 1):
            work.twins.add(make_twin(f"t{number}", status=status, work_item_id=number), due_at=NOW)
        work.twins.add(make_twin("x1", connection_id="c2", work_item_id=1), due_at=NOW)
        work.error_records.open(make_error_record())
        work.error_records.open(make_error_record("e2", twin_id="", impact=Impact.WARNING))
        work.error_records.close(NOW, connection_id="c1", twin_id="t1")
        work.outbox.add("c1", "", "connection_changed", ConnectionChangedBody("activated"), NOW)
        work.inbox.add("c1", make_message(1), QueueStatus.APPLYING, NOW)
        work.inbox.add("c1", make_message(2), QueueStatus.PARKED, NOW)
    with storage.unit_of_work() as work:
        standing = work.standing.read("org")
    assert standing == Standing(
        connections={ConnectionStatus.ACTIVE: 1, ConnectionStatus.PENDING: 1},
        twins={TwinStatus.PENDING: 1, TwinStatus.FAILED: 2},
        held=0,
        errors={Impact.WARNING: 1},
        queue={"outgoing": 1, "incoming": 1},
        names={"c1": "name of c1", "c4": "name of c4"},
    )
