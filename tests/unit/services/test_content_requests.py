"""Requests for files coalesce: each file is asked for once and sent once, however often the pair is looked at."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.adapters.memory.gateway_failures import Moment, PlannedFailures
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.message import ContentBody, MessageKind
from adnode.ports.gateway import ContentStream
from adnode.services.content_answers import ContentAnswerService

NAMES = ["a.txt", "b.txt"]
ANSWER_SECONDS, LOOK_SECONDS = 900.0, 60.0


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
    """A private connection: alpha is called only, and asks for files by message."""
    return meeting.connect(alpha, beta)


@pytest.fixture
def copy(meeting: Meeting, beta: MemoryNode, connection_id: str) -> int:
    """The number at alpha of a work item of beta that has just got two files."""
    original = beta.create("Task", "With files")
    [copy] = meeting.share(beta, connection_id, original)
    for name in NAMES:
        beta.organization.attach(original, name, name.encode())
    meeting.clock.advance(1.5)
    beta.feed.read(beta.organization.id)
    beta.reconciliation.reconcile(connection_id)
    beta.exchange.send(connection_id)
    return copy


class Arrivals:
    """How often each file began to arrive, and what happens while one does."""

    def __init__(self, node: MemoryNode, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count: Counter[str] = Counter()
        self.meanwhile: Callable[[str], object] = lambda _key: None
        store = node.store_content

        def take(connection_id: str, key: str, name: str, stream: ContentStream) -> None:
            self.count[name] += 1
            store(connection_id, key, name, ContentStream(self._slowly(key, stream), stream.size))

        monkeypatch.setattr(node, "store_content", take)

    def _slowly(self, key: str, stream: ContentStream) -> Iterator[bytes]:
        for chunk in stream.chunks:
            self.meanwhile(key)
            yield chunk


@pytest.fixture
def arrivals(alpha: MemoryNode, monkeypatch: pytest.MonkeyPatch) -> Arrivals:
    return Arrivals(alpha, monkeypatch)


def asked(node: MemoryNode, connection_id: str) -> Counter[str]:
    """Count how often each file was asked for, over all requests that were ever made."""
    with node.storage.unit_of_work() as work:
        messages = work.outbox.after(connection_id, 0, 1000, 1 << 20, node.clock.now())
    bodies = [message.body for message in messages if message.kind == MessageKind.CONTENT_REQUESTED]
    return Counter(key for body in bodies if isinstance(body, ContentBody) for key in body.keys)


def names(node: MemoryNode, number: int) -> list[str]:
    return sorted(file.name for file in node.organization.snapshot(number).attachments)


def test_a_file_is_asked_for_once_while_its_answer_may_come(
    meeting: Meeting, alpha: MemoryNode, connection_id: str, copy: int
) -> None:
    for _ in range(int(ANSWER_SECONDS / LOOK_SECONDS) - 1):
        alpha.reconciliation.reconcile(connection_id)
        meeting.wait(LOOK_SECONDS)
    assert sorted(asked(alpha, connection_id).values()) == [1, 1]


def test_a_file_is_asked_for_again_once_its_answer_must_be_lost(
    meeting: Meeting, alpha: MemoryNode, connection_id: str, copy: int
) -> None:
    alpha.reconciliation.reconcile(connection_id)
    meeting.wait(ANSWER_SECONDS)
    alpha.reconciliation.reconcile(connection_id)
    assert sorted(asked(alpha, connection_id).values()) == [2, 2]


def test_a_file_is_asked_for_by_another_pair_when_the_first_one_ended(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, copy: int
) -> None:
    """The answer is taken for a pair in sync only, so a request of one that ended stands in nobody's way."""
    alpha.reconciliation.reconcile(connection_id)
    key = next(iter(asked(alpha, connection_id)))
    url = beta.gateway.file_url(key.partition(":")[2], NAMES[0])
    second = beta.create("Task", "Shows it", Description=f'<img src="{url}">')
    beta.work_items.synchronize(connection_id, [second])
    alpha.work_items.unlink(connection_id, copy)
    meeting.clock.advance(1.5)
    beta.reconciliation.reconcile(connection_id)
    beta.exchange.send(connection_id)
    alpha.reconciliation.reconcile(connection_id)
    assert asked(alpha, connection_id)[key] == 2


def test_a_file_that_comes_while_a_round_goes_on_is_not_asked_for_again(
    meeting: Meeting,
    alpha: MemoryNode,
    beta: MemoryNode,
    connection_id: str,
    copy: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alpha.reconciliation.reconcile(connection_id)
    before = asked(alpha, connection_id)
    beta.exchange.poll_once(connection_id, 0)
    alpha.organization.edit(copy, {"System.Title": "Changed meanwhile"})
    meeting.wait(LOOK_SECONDS)
    alpha.feed.read(alpha.organization.id)

    def bring(failures: PlannedFailures, operation: str, _moment: Moment) -> None:
        if failures is alpha.failures and operation == "read_work_items":
            beta.content_answers.answer(connection_id)

    monkeypatch.setattr(PlannedFailures, "__call__", bring)
    alpha.reconciliation.reconcile(connection_id)
    assert asked(alpha, connection_id) == before


def test_each_file_is_sent_once_for_all_who_asked_by_its_end(
    alpha: MemoryNode, beta: MemoryNode, connection_id: str, copy: int, arrivals: Arrivals
) -> None:
    """An older release asks again every minute, also while the answer is under way."""
    alpha.reconciliation.reconcile(connection_id)
    twin_id = alpha.twin(copy).id

    def ask_again(key: str) -> None:
        with alpha.storage.unit_of_work() as work:
            work.outbox.add(
                connection_id, twin_id, MessageKind.CONTENT_REQUESTED, ContentBody((key,)), alpha.clock.now()
            )
            work.commit()
        beta.exchange.poll_once(connection_id, 0)

    arrivals.meanwhile = ask_again
    beta.exchange.poll_once(connection_id, 0)
    beta.content_answers.answer(connection_id)
    assert arrivals.count == dict.fromkeys(NAMES, 1)
    with beta.storage.unit_of_work() as work:
        assert work.inbox.pending_of_kind(connection_id, MessageKind.CONTENT_REQUESTED) == []


def test_an_answer_under_way_is_not_begun_by_another_process(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, copy: int, arrivals: Arrivals
) -> None:
    storage, contents = beta.storage.unit_of_work, beta.contents
    other = ContentAnswerService(storage, contents, MemoryWakeups(), beta.clock, "other process")
    alpha.reconciliation.reconcile(connection_id)
    beta.exchange.poll_once(connection_id, 0)

    def interfere(_key: str) -> None:
        meeting.wait(50)
        assert other.answer(connection_id) == 0

    arrivals.meanwhile = interfere
    assert beta.content_answers.answer(connection_id) == len(NAMES)
    assert arrivals.count == dict.fromkeys(NAMES, 1)


def test_a_poll_takes_in_messages_and_moves_no_file(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, copy: int, arrivals: Arrivals
) -> None:
    alpha.reconciliation.reconcile(connection_id)
    beta.exchange.poll_once(connection_id, 0)
    assert not arrivals.count
    meeting.rest()
    assert names(alpha, copy) == NAMES
    assert arrivals.count == dict.fromkeys(NAMES, 1)


def test_a_file_that_can_not_be_sent_now_stops_no_other(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str, copy: int, arrivals: Arrivals
) -> None:
    alpha.reconciliation.reconcile(connection_id)
    beta.exchange.poll_once(connection_id, 0)
    beta.failures.plan("open_attachment", Moment.BEFORE)
    assert beta.content_answers.answer(connection_id) == 1
    assert beta.content_answers.answer(connection_id) == 1
    meeting.rest()
    assert names(alpha, copy) == NAMES
    assert arrivals.count == dict.fromkeys(NAMES, 1)
