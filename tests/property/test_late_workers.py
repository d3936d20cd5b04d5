"""A worker that was stopped for longer than its lease writes nothing, and one that is slow keeps its lease."""

from collections.abc import Callable

import pytest
from tests.property.faults import Fault
from tests.property.landscape import PUSH, Landscape
from tests.property.nodes import MemoryNode
from tests.property.people import People

from adnode.domain.connection import TransportKind

CONNECTION = "alpha-beta"
LEASE_SECONDS = 300.0
Kinds = tuple[TransportKind, TransportKind]


@pytest.fixture
def landscape() -> Landscape:
    landscape = Landscape()
    landscape.add_node("alpha")
    landscape.add_node("beta")
    landscape.connect("alpha", "beta", PUSH)
    return landscape


@pytest.fixture
def alpha(landscape: Landscape) -> MemoryNode:
    return landscape.nodes["alpha"]


@pytest.fixture
def beta(landscape: Landscape) -> MemoryNode:
    return landscape.nodes["beta"]


@pytest.fixture
def people(landscape: Landscape) -> People:
    return landscape.people["alpha"]


@pytest.fixture
def number(people: People) -> int:
    return people.create("Task")


def share(landscape: Landscape, number: int) -> int:
    landscape.nodes["alpha"].work_items.synchronize(CONNECTION, [number])
    landscape.rest()
    return landscape.work_item_id("beta") or 0


def tell(landscape: Landscape) -> None:
    """Let alpha notice what its people did, and tell beta."""
    landscape.clock.advance(1)
    alpha = landscape.nodes["alpha"]
    alpha.read_feed()
    alpha.reconcile(CONNECTION)
    alpha.exchange_messages(CONNECTION)


def stop_worker(
    landscape: Landscape, operation: str, meanwhile: Callable[[], None] = lambda: None, countdown: int = 0
) -> None:
    """Stop beta's first process right before a call, for longer than its lease; its other one takes over."""
    beta = landscape.nodes["beta"]

    def act() -> None:
        landscape.clock.advance(LEASE_SECONDS + 1)
        meanwhile()
        for _ in range(3):
            beta.reconcile(CONNECTION, beta.other)

    beta.faults.plan(Fault(countdown, "meanwhile", operation, act))


def check(landscape: Landscape) -> None:
    landscape.rest()
    landscape.check()


def texts(node: MemoryNode, number: int) -> list[str]:
    return [comment.text for comment in node.organization.comments(number) if not comment.is_deleted]


def test_a_worker_stopped_before_it_edits_a_comment_leaves_the_newer_text(
    landscape: Landscape, people: People, alpha: MemoryNode, beta: MemoryNode, number: int
) -> None:
    people.comment(number, is_markdown=True)
    other = share(landscape, number)
    people.edit_comment(number, 0)
    tell(landscape)

    def meanwhile() -> None:
        people.edit_comment(number, 0)
        tell(landscape)

    stop_worker(landscape, "edit_comment", meanwhile)
    beta.reconcile(CONNECTION)
    [newest] = texts(alpha, number)
    assert newest.removeprefix("Said ") in texts(beta, other)[0]
    check(landscape)
    assert texts(alpha, number) == [newest]


@pytest.mark.parametrize("countdown", [0, 2, 5])
def test_a_worker_stopped_before_it_adds_a_comment_adds_none(
    landscape: Landscape, people: People, beta: MemoryNode, number: int, countdown: int
) -> None:
    share(landscape, number)
    for _ in range(4):
        people.comment(number, is_markdown=True)
    tell(landscape)
    # Before and after each call is a step.
    stop_worker(landscape, "add_comment", countdown=countdown)
    beta.reconcile(CONNECTION)
    assert beta.process.gateway.calls["add_comment"] <= 4
    check(landscape)


def test_a_worker_stopped_before_it_deletes_a_comment_deletes_none_that_is_back(
    landscape: Landscape, people: People, beta: MemoryNode, number: int
) -> None:
    people.comment(number, is_markdown=True)
    share(landscape, number)
    people.delete_comment(number, 0)
    tell(landscape)
    stop_worker(landscape, "delete_comment")
    beta.reconcile(CONNECTION)
    check(landscape)


@pytest.mark.parametrize("operation", ["write_work_items", "read_catalog", "commit"])
@pytest.mark.parametrize("count", [1, 3])
def test_a_worker_stopped_before_it_creates_makes_nothing(
    landscape: Landscape, people: People, alpha: MemoryNode, beta: MemoryNode, count: int, operation: str
) -> None:
    numbers = [people.create("Task") for _ in range(count)]
    alpha.work_items.synchronize(CONNECTION, numbers)
    tell(landscape)
    stop_worker(landscape, operation)
    beta.reconcile(CONNECTION)
    landscape.rest()
    assert len(beta.organization.snapshots()) == count
    assert landscape.open_records() == []


def test_a_worker_stopped_before_it_links_a_file_links_none_twice(
    landscape: Landscape, people: People, beta: MemoryNode, number: int
) -> None:
    share(landscape, number)
    people.attach(number)
    tell(landscape)
    stop_worker(landscape, "upload_attachment")
    beta.reconcile(CONNECTION)
    check(landscape)


def test_a_slow_round_keeps_its_lease_through_a_long_conversation(
    landscape: Landscape, people: People, beta: MemoryNode, number: int
) -> None:
    """Each call takes 20 s, the conversation 800 s, and another worker of the node looks for work all the time."""
    share(landscape, number)
    for _ in range(40):
        people.comment(number, is_markdown=True)
    tell(landscape)
    before = beta.other.gateway.calls.total()

    def others_look() -> None:
        landscape.clock.advance(20)
        beta.reconcile(CONNECTION, beta.other)

    for countdown in range(80):
        beta.faults.plan(Fault(countdown, "meanwhile", "add_comment", others_look if countdown % 2 else lambda: None))
    beta.reconcile(CONNECTION)
    assert beta.process.gateway.calls["add_comment"] == 40
    assert beta.other.gateway.calls.total() == before
    check(landscape)


def test_a_round_that_is_late_stores_nothing_and_what_it_did_is_found(
    landscape: Landscape, people: People, beta: MemoryNode, number: int
) -> None:
    """Nobody took over meanwhile: what was written is told from what people wrote by the intents."""
    share(landscape, number)
    for _ in range(3):
        people.comment(number, is_markdown=True)
    tell(landscape)
    beta.faults.plan(Fault(3, "meanwhile", "add_comment", lambda: landscape.clock.advance(LEASE_SECONDS + 1)))
    beta.reconcile(CONNECTION)
    twin = beta.twin(CONNECTION)
    assert twin is not None
    assert twin.intent is not None
    check(landscape)
