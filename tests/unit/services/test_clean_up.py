"""Clean-up: what is known about pairs goes on both sides, the work items stay, and a file connects them again."""

from dataclasses import replace

import pytest
from tests.unit.services.job_steps import follow, list_rows, rows_of, run, take_slice
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway import MemoryGateways
from adnode.adapters.memory.gateway_failures import Moment
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.audit import AuditAction
from adnode.domain.clean_up import CleanUpScope, SyncMetadata, name_file, orphaning_reason
from adnode.domain.connection import ConnectionStatus, Visibility
from adnode.domain.connection_note import RemoteStatus
from adnode.domain.errors import NotFoundError, OrphaningError, StateError, ValidationError
from adnode.domain.job import Job, RowOutcome
from adnode.domain.session import Session, Tenant
from adnode.domain.work_item import TITLE
from adnode.services.audit import AuditService
from adnode.services.bulk_connect import BulkConnectHandler, BulkConnectService, ConnectOptions
from adnode.services.clean_up import CREATE_WAIT, CleanUpHandler, CleanUpService, CleanUpWish


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta")


@pytest.fixture(params=list(Visibility))
def connection_id(request: pytest.FixtureRequest, meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    return meeting.connect(alpha, beta, request.param)


def session_of(node: MemoryNode) -> Session:
    organization, now = node.organization, node.clock.now()
    tenant = Tenant(organization.id, organization.name, organization.address.url, organization.kind, now)
    return Session("s", tenant, "u", "Paula", is_administrator=True, issued_at=now, expires_at=now)


def service_of(node: MemoryNode) -> CleanUpService:
    storage, ids = node.storage.unit_of_work, MemoryIds("clean")
    return CleanUpService(storage, AuditService(storage, node.clock, ids), node.clock, ids)


def handler_of(node: MemoryNode) -> CleanUpHandler:
    return CleanUpHandler(node.storage.unit_of_work, MemoryWakeups(), node.clock)


def of_connection(connection_id: str) -> CleanUpWish:
    return CleanUpWish(CleanUpScope.CONNECTION, connection_id=connection_id)


def start_job(node: MemoryNode, wish: CleanUpWish, *, accepts_orphans: bool = False) -> Job:
    service, session = service_of(node), session_of(node)
    key = service.preview(session, wish).key
    return service.start(session, wish, confirmation=key, accepts_orphans=accepts_orphans)


def clean_up(meeting: Meeting, node: MemoryNode, wish: CleanUpWish, *, accepts_orphans: bool = False) -> Job:
    job = start_job(node, wish, accepts_orphans=accepts_orphans)
    run(meeting, node, handler_of(node), job)
    return job


def figures(node: MemoryNode, connection_id: str) -> SyncMetadata:
    with node.storage.unit_of_work() as work:
        return work.clean_up.count(connection_id)


def share_several(meeting: Meeting, node: MemoryNode, connection_id: str, count: int = 3) -> list[tuple[int, int]]:
    numbers = [node.create("Task", f"Item {number}") for number in range(count)]
    for number in numbers:
        node.organization.comment(number, f"Comment of {number}")
    return list(zip(numbers, meeting.share(node, connection_id, *numbers), strict=True))


def contents(node: MemoryNode, numbers: list[int]) -> list[object]:
    return [(as_seen(node, number), node.organization.snapshot(number).revision) for number in numbers]


def test_both_sides_forget_the_pairs_and_keep_the_work_items(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    pairs = share_several(meeting, alpha, connection_id)
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    before = contents(alpha, ours) + contents(beta, theirs)
    clean_up(meeting, alpha, of_connection(connection_id))
    for node in (alpha, beta):
        assert figures(node, connection_id) == SyncMetadata()
        assert node.connections.show(connection_id).status is ConnectionStatus.ACTIVE
        assert node.error_records() == []
    assert contents(alpha, ours) + contents(beta, theirs) == before
    alpha.organization.edit(ours[0], {TITLE: "Edited"})
    meeting.rest()
    assert as_seen(beta, theirs[0])["title"] == "Item 0"


def test_one_work_item_goes_alone(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str) -> None:
    (first, partner), (second, _), _ = share_several(meeting, alpha, connection_id)
    wish = CleanUpWish(CleanUpScope.WORK_ITEM, work_item_id=first)
    preview = service_of(alpha).preview(session_of(alpha), wish)
    assert preview.total == SyncMetadata(twins=1, traces=1)
    clean_up(meeting, alpha, wish)
    assert (alpha.twins(first), beta.twins(partner)) == ([], [])
    assert len(alpha.twins(second)) == 1
    assert [figures(node, connection_id).twins for node in (alpha, beta)] == [2, 2]


def test_everything_of_the_organization_goes(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    gamma = meeting.add("gamma")
    other_id = meeting.connect(alpha, gamma)
    ((first, partner), *_) = share_several(meeting, alpha, connection_id)
    (copy,) = meeting.share(alpha, other_id, first)
    job = clean_up(meeting, alpha, CleanUpWish(CleanUpScope.ORGANIZATION))
    assert (alpha.twins(first), beta.twins(partner), gamma.twins(copy)) == ([], [], [])
    with alpha.storage.unit_of_work() as work:
        assert work.traces.find(alpha.organization.id, [first]) == {}
    _, text = service_of(alpha).file(session_of(alpha), job.id)
    lines = "".join(text).splitlines()
    assert len(lines) == 5
    assert {line.split(",")[2] for line in lines[1:]} == {"alpha and beta", "alpha and gamma"}


def test_what_waits_is_not_processed_any_more(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ((ours, theirs), *_) = share_several(meeting, alpha, connection_id, 1)
    alpha.organization.edit(ours, {TITLE: "Never told"})
    meeting.clock.advance(2)
    alpha.feed.read(alpha.organization.id)
    alpha.reconciliation.reconcile(connection_id)
    beta.organization.edit(theirs, {TITLE: "Never told either"})
    preview = service_of(alpha).preview(session_of(alpha), of_connection(connection_id))
    assert preview.total.outgoing == 1
    clean_up(meeting, alpha, of_connection(connection_id))
    assert as_seen(beta, theirs)["title"] == "Never told either"
    assert as_seen(alpha, ours)["title"] == "Never told"
    assert figures(alpha, connection_id) == figures(beta, connection_id) == SyncMetadata()


def test_a_round_that_is_under_way_records_nothing_and_a_late_message_brings_nothing_back(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((ours, theirs), *_) = share_several(meeting, alpha, connection_id, 1)
    meeting.clock.advance(2)
    beta.organization.edit(theirs, {TITLE: "Late"})
    beta.feed.read(beta.organization.id)
    beta.reconciliation.reconcile(connection_id)
    read = alpha.gateway.read_work_items

    def read_while_cleaning(numbers: object) -> object:
        monkeypatch.setattr(alpha.gateway, "read_work_items", read)
        job = start_job(alpha, of_connection(connection_id))
        list_rows(alpha, handler_of(alpha), job)
        take_slice(alpha, handler_of(alpha), job)
        return read(numbers)  # type: ignore[arg-type]

    monkeypatch.setattr(alpha.gateway, "read_work_items", read_while_cleaning)
    alpha.organization.edit(ours, {TITLE: "Under way"})
    alpha.feed.read(alpha.organization.id)
    alpha.reconciliation.reconcile(connection_id)
    assert figures(alpha, connection_id) == SyncMetadata()
    meeting.rest()
    assert figures(alpha, connection_id) == figures(beta, connection_id) == SyncMetadata()
    assert as_seen(beta, theirs)["title"] == "Late"
    assert alpha.error_records() + beta.error_records() == []


def test_a_row_waits_while_the_partner_makes_its_work_item(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "Just put under sync")
    alpha.work_items.synchronize(connection_id, [number])
    alpha.reconciliation.reconcile(connection_id)
    job = start_job(alpha, of_connection(connection_id))
    list_rows(alpha, handler_of(alpha), job)
    take_slice(alpha, handler_of(alpha), job)
    assert [row.outcome for row in rows_of(alpha, job)] == [RowOutcome.STARTED]
    meeting.rest()
    follow(alpha, handler_of(alpha), job)
    meeting.rest()
    [made] = beta.organization.snapshots()
    [row] = rows_of(alpha, job)
    assert (row.outcome, row.work_item_id, row.remote_work_item_id) == (RowOutcome.DONE, number, made.id)
    assert f"{number},{made.id}" in "".join(service_of(alpha).file(session_of(alpha), job.id)[1])
    assert figures(alpha, connection_id) == figures(beta, connection_id) == SyncMetadata()


def test_a_row_waits_while_a_work_item_is_made_here_whose_answer_is_lost(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "Just put under sync")
    alpha.work_items.synchronize(connection_id, [number])
    alpha.reconciliation.reconcile(connection_id)
    beta.failures.plan("write_work_items", Moment.AFTER)
    for _ in range(2):
        alpha.exchange.send(connection_id)
        beta.step(beta.connections.list_connections())
    [made] = beta.organization.snapshots()
    assert beta.twins(made.id) == []
    job = start_job(beta, of_connection(connection_id))
    list_rows(beta, handler_of(beta), job)
    take_slice(beta, handler_of(beta), job)
    meeting.wait(300)
    meeting.rest()
    follow(beta, handler_of(beta), job)
    meeting.rest()
    [row] = rows_of(beta, job)
    assert (row.outcome, row.work_item_id, row.remote_work_item_id) == (RowOutcome.DONE, made.id, number)
    assert [each.id for each in beta.organization.snapshots()] == [made.id]


def test_a_row_waits_no_longer_than_a_while(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    """A partner that does not answer holds no clean-up for ever."""
    number = alpha.create("Task", "Just put under sync")
    alpha.work_items.synchronize(connection_id, [number])
    alpha.reconciliation.reconcile(connection_id)
    job = start_job(alpha, of_connection(connection_id))
    list_rows(alpha, handler_of(alpha), job)
    take_slice(alpha, handler_of(alpha), job)
    meeting.wait(CREATE_WAIT.total_seconds() + 1)
    follow(alpha, handler_of(alpha), job)
    assert [row.outcome for row in rows_of(alpha, job)] == [RowOutcome.DONE]
    assert alpha.twins(number) == []


def test_a_partner_restored_from_a_backup_is_told_again(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    ((_, theirs), *_) = share_several(meeting, alpha, connection_id, 1)
    twin = beta.twin(theirs)
    clean_up(meeting, alpha, of_connection(connection_id))
    with beta.storage.unit_of_work() as work:
        work.twins.add(twin, due_at=None)
        work.commit()
    beta.organization.edit(theirs, {TITLE: "Restored"})
    meeting.rest()
    assert figures(alpha, connection_id) == figures(beta, connection_id) == SyncMetadata()


def test_a_partner_that_is_away_hears_it_when_it_is_back(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    share_several(meeting, alpha, connection_id)
    alpha.connections.deactivate(connection_id)
    meeting.rest()
    preview = service_of(alpha).preview(session_of(alpha), of_connection(connection_id))
    assert preview.orphaned == ()
    clean_up(meeting, alpha, of_connection(connection_id))
    assert (figures(alpha, connection_id).twins, figures(beta, connection_id).twins) == (0, 3)
    alpha.connections.activate(connection_id)
    meeting.rest()
    assert figures(beta, connection_id) == SyncMetadata()


def test_it_is_refused_while_the_other_side_can_not_be_told_unless_that_is_meant(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    share_several(meeting, alpha, connection_id)
    with alpha.storage.unit_of_work() as work:
        work.connections.save(work.connections.get(connection_id).moved_to(ConnectionStatus.BLOCKED, reason="test"))
        work.commit()
    preview = service_of(alpha).preview(session_of(alpha), of_connection(connection_id))
    assert [each.orphaning for each in preview.orphaned] == ["it was stopped and waits for a decision"]
    with pytest.raises(OrphaningError, match="stopped"):
        start_job(alpha, of_connection(connection_id))
    assert figures(alpha, connection_id).twins == 3
    clean_up(meeting, alpha, of_connection(connection_id), accepts_orphans=True)
    assert (figures(alpha, connection_id).twins, figures(beta, connection_id).twins) == (0, 3)


@pytest.mark.parametrize(
    ("status", "remote", "is_orphaning"),
    [
        (ConnectionStatus.ACTIVE, None, False),
        (ConnectionStatus.DEACTIVATED, None, False),
        (ConnectionStatus.ACTIVE, RemoteStatus.DEACTIVATED, False),
        (ConnectionStatus.ACTIVE, RemoteStatus.REMOVED, True),
        (ConnectionStatus.PENDING, None, True),
        (ConnectionStatus.BLOCKED, None, True),
        (ConnectionStatus.REMOVED, None, True),
    ],
)
def test_who_can_not_be_told(status: ConnectionStatus, remote: RemoteStatus | None, is_orphaning: bool) -> None:
    assert bool(orphaning_reason(status, remote)) is is_orphaning


def test_the_file_connects_everything_again_without_changing_anything(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    pairs = share_several(meeting, alpha, connection_id)
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    before = contents(alpha, ours) + contents(beta, theirs)
    job = clean_up(meeting, alpha, of_connection(connection_id))
    name, text = service_of(alpha).file(session_of(alpha), job.id)
    assert name == f"connect-CONNECTION-alpha-and-beta-{job.created_at:%Y%m%d_%H%M%S}.csv"
    storage, ids = alpha.storage.unit_of_work, MemoryIds("again")
    gateways = MemoryGateways(alpha.gateway)
    service = BulkConnectService(storage, gateways, AuditService(storage, alpha.clock, ids), alpha.clock, ids)
    again = service.start(session_of(alpha), connection_id, "".join(text).encode(), ConnectOptions())
    rows = run(meeting, alpha, BulkConnectHandler(storage, gateways, MemoryWakeups(), alpha.clock, ids), again)
    assert {row.outcome for row in rows} == {RowOutcome.DONE}
    assert contents(alpha, ours) + contents(beta, theirs) == before
    beta.organization.edit(theirs[0], {TITLE: "Travels again"})
    meeting.rest()
    assert as_seen(alpha, ours[0])["title"] == "Travels again"


def test_one_audit_entry_says_who_cleaned_up_what(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    share_several(meeting, alpha, connection_id)
    job = clean_up(meeting, alpha, of_connection(connection_id))
    with alpha.storage.unit_of_work() as work:
        entries = work.audit.list_page(alpha.organization.id, limit=50)
    (entry,) = [each for each in entries if each.action is AuditAction.CLEAN_UP_STARTED]
    assert entry.connection_name == "alpha and beta"
    assert entry.details == {"scope": "connection", "pairs": "3", "job": job.id}


def test_a_crash_between_the_slices_loses_nothing_of_the_file(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    pairs = share_several(meeting, alpha, connection_id)
    handler, job = handler_of(alpha), start_job(alpha, of_connection(connection_id))
    list_rows(alpha, handler, job)
    list_rows(alpha, handler, job)
    with alpha.storage.unit_of_work() as work:
        rows = work.jobs.rows(job.id, limit=10)
        handler.act(work, job, rows, None)
    assert figures(alpha, connection_id).twins == 3
    take_slice(alpha, handler, job)
    follow(alpha, handler, job)
    assert sorted((row.work_item_id, row.remote_work_item_id) for row in rows_of(alpha, job)) == sorted(pairs)
    with alpha.storage.unit_of_work() as work:
        assert {row.outcome for row in handler.act(work, job, rows, None)} == {RowOutcome.ALREADY}


def test_nothing_and_foreign_things_are_told_apart(alpha: MemoryNode, beta: MemoryNode, connection_id: str) -> None:
    service, session = service_of(alpha), session_of(alpha)
    with pytest.raises(StateError, match="nothing to clean up"):
        service.start(session, of_connection(connection_id), confirmation="alpha and beta")
    with pytest.raises(StateError, match="not under sync"):
        service.start(session, CleanUpWish(CleanUpScope.WORK_ITEM, work_item_id=7), confirmation="7")
    with pytest.raises(ValidationError, match="type: alpha and beta"):
        service.start(session, of_connection(connection_id), confirmation="alpha")
    with pytest.raises(ValidationError):
        service.preview(session, CleanUpWish(CleanUpScope.WORK_ITEM))
    stranger = replace(session, tenant=replace(session.tenant, id="somebody-else"))
    with pytest.raises(NotFoundError):
        service.preview(stranger, of_connection(connection_id))
    assert service.preview(stranger, CleanUpWish(CleanUpScope.ORGANIZATION)).connections == ()


def test_the_file_is_for_the_own_organization_only(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    share_several(meeting, alpha, connection_id, 1)
    job = clean_up(meeting, alpha, of_connection(connection_id))
    session = session_of(alpha)
    with pytest.raises(NotFoundError):
        service_of(alpha).file(replace(session, tenant=replace(session.tenant, id="somebody-else")), job.id)


def test_names_of_files_hold_nothing_but_plain_letters() -> None:
    at = MemoryNode.__init__.__globals__["MemoryClock"]().now()
    name = name_file(CleanUpScope.CONNECTION, '../Ö "x"\r\n', at)
    assert name == f"connect-CONNECTION-------x----{at:%Y%m%d_%H%M%S}.csv"
