"""What whole nodes count while they synchronize, and what the dashboard makes of it."""

from datetime import date, timedelta

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.adapters.memory.gateway_failures import Moment
from adnode.domain.connection import ConnectionStatus
from adnode.domain.error_record import Impact
from adnode.domain.errors import RuleViolationError
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Session, Tenant
from adnode.domain.tally import Tally, TallyKind, day_of
from adnode.domain.twin import TwinStatus
from adnode.services.dashboard import Dashboard, DashboardService
from adnode.services.retention import RetentionService

TITLE = "System.Title"


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
    return meeting.connect(alpha, beta)


def session(node: MemoryNode) -> Session:
    now, name = node.clock.now(), node.organization.id
    tenant = Tenant(name, name, "https://dev.azure.com/x", OrganizationKind.SERVICES, now)
    return Session("s", tenant, "u", "Una", is_administrator=True, issued_at=now, expires_at=now + timedelta(hours=1))


def dashboard(node: MemoryNode) -> Dashboard:
    return DashboardService(node.storage.unit_of_work, node.clock).read(session(node))


def test_each_applied_and_each_sent_change_counts_once(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "one")
    meeting.share(alpha, connection_id, number)
    alpha.organization.edit(number, {TITLE: "two"})
    meeting.rest()
    here, there = dashboard(alpha).days[-1], dashboard(beta).days[-1]
    assert (here.outgoing, here.incoming, here.pairs, here.errors) == (2, 0, 1, 0)
    assert (there.outgoing, there.incoming, there.pairs, there.errors) == (0, 2, 1, 0)
    assert here.latency is None
    assert there.latency is not None
    assert 0 <= there.latency.p50 <= there.latency.p95 <= there.latency.p99 <= 5_000


def test_a_slow_change_shows_its_latency(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    alpha.work_items.synchronize(connection_id, [alpha.create("Task", "one")])
    alpha.reconciliation.reconcile(connection_id)
    meeting.wait(120)
    meeting.rest()
    [slow] = dashboard(beta).slowest
    assert (slow.connection_id, slow.applied) == (connection_id, 1)
    assert 60_000 < slow.latency.p95 <= 300_000
    assert dashboard(beta).latency == slow.latency


def test_a_refusal_counts_as_an_error_and_not_as_applied(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    refusal = RuleViolationError("TF401320: Rule Error for field Custom.", fields=("Custom.Field",))
    beta.failures.plan("write_work_items", Moment.BEFORE, refusal)
    meeting.share(alpha, connection_id, alpha.create("Task", "one"))
    read = dashboard(beta)
    assert (read.days[-1].incoming, read.days[-1].errors) == (0, 1)
    assert read.standing.errors == {Impact.WORK_ITEM: 1}
    assert read.standing.twins == {TwinStatus.FAILED: 1}
    assert read.standing.connections == {ConnectionStatus.ACTIVE: 1}


def test_days_and_weeks_end_with_the_present_one(alpha: MemoryNode) -> None:
    now = alpha.clock.now()
    ago = {days: day_of(now - timedelta(days=days)) for days in (0, 1, 29, 30, 91)}
    with alpha.storage.unit_of_work() as work:
        for count, day in enumerate(ago.values(), start=1):
            work.tallies.add([Tally(alpha.organization.id, "c", day, 3, TallyKind.OUTGOING, 0, count)])
        work.commit()
    read = dashboard(alpha)
    assert len(read.days) == 30
    assert read.days[-1].begin == day_of(now)
    assert [(day.begin, day.outgoing) for day in read.days if day.outgoing] == [
        (ago[29], 3),
        (ago[1], 2),
        (ago[0], 1),
    ]
    assert len(read.weeks) == 12
    mondays = [date.fromisoformat(week.begin) for week in read.weeks]
    assert {monday.weekday() for monday in mondays} == {0}
    assert sum(week.outgoing for week in read.weeks) == 1 + 2 + 3 + 4
    assert mondays[-1] <= now.date() < mondays[-1] + timedelta(days=7)


def test_tallies_are_kept_for_ninety_days(alpha: MemoryNode) -> None:
    now = alpha.clock.now()
    with alpha.storage.unit_of_work() as work:
        for days in (89, 90, 91):
            day = day_of(now - timedelta(days=days))
            work.tallies.add([Tally(alpha.organization.id, "c", day, 3, TallyKind.OUTGOING, 0, 1)])
        work.commit()
    RetentionService(alpha.storage.unit_of_work, alpha.clock).tidy()
    with alpha.storage.unit_of_work() as work:
        assert len(work.tallies.by_day(alpha.organization.id, "2000-01-01")) == 2
