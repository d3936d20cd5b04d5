"""The change feed: what it tells late is found by looking back, and a reader that lost its turn takes nothing over."""

from threading import Event

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen
from tests.unit.services.test_trigger_evaluation import add_trigger

from adnode.domain.connection import Visibility
from adnode.domain.twin import Twin

TITLE = "System.Title"
HOUR = 3600.0


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


def tell_late(node: MemoryNode, meeting: Meeting) -> None:
    """Let the feed pass before it tells of the last revision, which then stands before what was told meanwhile."""
    late = node.organization.feed.pop()
    node.create("Task", "Something else")
    meeting.wait(2)
    node.feed.read(node.organization.id)
    node.organization.feed.insert(-1, late)


def test_a_revision_that_the_feed_tells_late_is_noticed_within_the_hour(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "First")
    [other] = meeting.share(alpha, connection_id, number)
    alpha.organization.edit(number, {TITLE: "Told late"})
    tell_late(alpha, meeting)
    meeting.rest()
    assert as_seen(beta, other)["title"] == "First"
    meeting.wait(HOUR)
    meeting.rest()
    assert as_seen(beta, other)["title"] == "Told late"


def test_it_looks_back_once_an_hour_by_the_time_of_azure_devops(
    meeting: Meeting, alpha: MemoryNode, connection_id: str
) -> None:
    meeting.rest()
    alpha.gateway.calls.clear()
    for _ in range(6):
        meeting.wait(HOUR / 2)
        alpha.feed.read(alpha.organization.id)
    assert alpha.gateway.calls["read_changes"] == 6 + 3


def test_what_was_told_before_is_no_news(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    number = alpha.create("Task", "First")
    meeting.share(alpha, connection_id, number)
    meeting.wait(HOUR)
    alpha.gateway.calls.clear()
    meeting.rest()
    assert alpha.gateway.calls["read_work_items"] == 0


def test_a_trigger_sees_what_is_told_late_but_nothing_that_a_person_took_out_of_sync(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    add_trigger(alpha, connection_id, "[System.Title] CONTAINS 'sync me'")
    ended = alpha.create("Task", "sync me, then no more")
    meeting.rest()
    alpha.work_items.unlink(connection_id, ended)
    late = alpha.create("Task", "sync me late")
    tell_late(alpha, meeting)
    meeting.rest()
    assert alpha.twins(late) == alpha.twins(ended) == []
    meeting.wait(HOUR)
    meeting.rest()
    alpha.triggers.evaluate_due(Event())
    meeting.rest()
    assert len(alpha.twins(late)) == 1
    assert alpha.twins(ended) == list[Twin]()


def test_a_reader_whose_lease_was_taken_leaves_the_feed_to_its_successor(
    meeting: Meeting, alpha: MemoryNode, connection_id: str
) -> None:
    meeting.rest()
    alpha.create("Task", "First")
    token = _token(alpha)

    def read_changes(*_: object) -> object:
        page = original(token, None)
        meeting.wait(1000)
        with alpha.storage.unit_of_work() as work:
            assert work.feeds.claim(alpha.organization.id, "another process", meeting.clock.now(), 120, 0)
            work.commit()
        return page

    original = alpha.gateway.read_changes
    alpha.gateway.read_changes = read_changes  # type: ignore[assignment, method-assign]
    meeting.wait(2)
    alpha.feed.read(alpha.organization.id)
    assert _token(alpha) == token


def _token(node: MemoryNode) -> str | None:
    with node.storage.unit_of_work() as work:
        return work.feeds.token(node.organization.id)
