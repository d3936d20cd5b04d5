"""A clock that is off is told, and one that is far off makes no work items until it is right."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway import MemoryGateways
from adnode.adapters.memory.gateway_failures import Moment
from adnode.domain.clock_difference import STOPPING, TOLERATED, ClockVerdict, describe, judge
from adnode.domain.connection import Visibility
from adnode.domain.error_record import Impact
from adnode.domain.errors import GatewayUnavailableError
from adnode.services.clocks import ClockWatch

SECOND = timedelta(seconds=1)
TWO_HOURS = timedelta(hours=2)


class OwnClock:
    """The clock of one node's machine beside that of everybody else."""

    def __init__(self, now: Callable[[], datetime], off: timedelta) -> None:
        self._now = now
        self.off = off

    def now(self) -> datetime:
        return self._now() + self.off

    def monotonic(self) -> float:
        return self._now().timestamp()


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta")


@pytest.fixture
def connection_id(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, Visibility.PUBLIC)


def watch_of(
    node: MemoryNode, off: timedelta, peer_time: Callable[[str], datetime | None] = lambda _url: None
) -> tuple[ClockWatch, OwnClock]:
    clock = OwnClock(node.clock.now, off)
    gateways = MemoryGateways(node.gateway)
    return ClockWatch(node.storage.unit_of_work, gateways, peer_time, clock, MemoryIds("clocks")), clock


def put_off(node: MemoryNode, off: timedelta) -> None:
    """Have Azure DevOps of a node show another time than the node's machine."""
    now = node.clock.now
    node.organization._clock = lambda: now() - off


@pytest.mark.parametrize(
    ("difference", "verdict"),
    [
        (timedelta(0), ClockVerdict.RIGHT),
        (TOLERATED - SECOND, ClockVerdict.RIGHT),
        (-TOLERATED, ClockVerdict.OFF),
        (STOPPING - SECOND, ClockVerdict.OFF),
        (STOPPING, ClockVerdict.WRONG),
        (-TWO_HOURS, ClockVerdict.WRONG),
    ],
)
def test_a_minute_is_told_and_five_stop(difference: timedelta, verdict: ClockVerdict) -> None:
    assert judge(difference) is verdict


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (timedelta(seconds=-90), "90 s behind"),
        (timedelta(minutes=3), "3 min ahead of"),
        (timedelta(hours=-2, minutes=-3), "2 h 3 min behind"),
    ],
)
def test_a_difference_is_told_in_words(difference: timedelta, words: str) -> None:
    assert describe(difference) == words


def test_a_clock_that_is_off_is_a_warning_and_closes_once_it_is_right(alpha: MemoryNode) -> None:
    watch, clock = watch_of(alpha, -2 * TOLERATED)
    watch.watch()
    watch.watch(Event())
    [record] = alpha.error_records()
    assert (record.code, record.impact, record.occurrences) == ("clock_off", Impact.WARNING, 1)
    assert "2 min behind that of Azure DevOps (alpha)" in record.message
    clock.off = TWO_HOURS
    watch.watch()
    [record] = alpha.error_records()
    assert (record.code, record.impact) == ("clock_wrong", Impact.NODE)
    clock.off = timedelta(0)
    watch.watch()
    assert alpha.error_records() == []


def test_a_silent_azure_devops_says_nothing_of_the_clock(alpha: MemoryNode) -> None:
    watch, clock = watch_of(alpha, TWO_HOURS)
    watch.watch()
    clock.off = timedelta(0)
    alpha.failures.plan("time", Moment.BEFORE, GatewayUnavailableError("no answer"))
    watch.watch()
    assert [record.code for record in alpha.error_records()] == ["clock_wrong"]


def test_the_partners_clock_is_told_where_ours_is_right(
    alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    told = {alpha.url: alpha.clock.now() + TWO_HOURS}
    watch, clock = watch_of(beta, TWO_HOURS, told.get)
    watch.watch()
    assert [record.code for record in beta.error_records()] == ["clock_wrong"]
    clock.off = timedelta(0)
    watch.watch()
    [record] = beta.error_records()
    assert (record.code, record.impact, record.connection_id) == ("partner_clock_off", Impact.WARNING, connection_id)
    assert "The clock of the node of alpha is 2 h 0 min ahead of" in record.message
    told[alpha.url] = alpha.clock.now()
    watch.watch()
    assert beta.error_records() == []


@pytest.mark.parametrize("off", [TWO_HOURS, -TWO_HOURS])
def test_nothing_is_made_while_the_clock_is_far_off_and_all_is_made_once(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, off: timedelta
) -> None:
    [known] = meeting.share(alpha, connection_id, first := alpha.create("Task", "Known"))
    put_off(beta, off)
    number = alpha.create("Task", "New")
    alpha.organization.edit(first, {"System.Title": "Renamed"})
    alpha.work_items.synchronize(connection_id, [number])
    meeting.rest()
    assert as_seen(beta, known)["title"] == "Renamed"
    assert [snapshot.id for snapshot in beta.organization.snapshots()] == [known]
    [record] = [record for record in beta.error_records() if record.twin_id]
    assert (record.code, record.is_transient) == ("clock_wrong", True)
    assert "No work items are made" in record.message
    put_off(beta, timedelta(0))
    meeting.wait(3600)
    meeting.rest()
    titles = [snapshot.text("System.Title") for snapshot in beta.organization.snapshots()]
    assert sorted(map(str, titles)) == ["New", "Renamed"]
    assert meeting.situation() == []


def test_a_create_lost_under_a_slow_clock_is_found_by_the_time_of_azure_devops(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    put_off(beta, timedelta(minutes=4))
    beta.failures.plan("write_work_items", Moment.AFTER)
    number = alpha.create("Task", "Once")
    meeting.share(alpha, connection_id, number)
    meeting.wait(3600)
    meeting.rest()
    assert [snapshot.text("System.Title") for snapshot in beta.organization.snapshots()] == ["Once"]
