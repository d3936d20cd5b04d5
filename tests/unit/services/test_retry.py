"""When failed work is tried again, and what makes the pauses longer."""

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode, as_seen

from adnode.adapters.memory.gateway_failures import Moment
from adnode.domain.connection import Visibility
from adnode.domain.errors import GatewayUnavailableError, RateLimitedError
from adnode.domain.rich_text import TextFormat
from adnode.services.retry import RetryPolicy

THINGS = 40
DONE_EACH_ROUND = 3
POLICY = RetryPolicy(first_delay_seconds=1.0, maximum_delay_seconds=300.0)


def test_pauses_double_up_to_the_longest() -> None:
    pauses = [POLICY.delay_seconds(attempts, "twin") for attempts in range(12)]
    assert 0.75 <= pauses[0] <= 1.25
    assert all(0.75 * 2**attempts <= pause <= 1.25 * 2**attempts for attempts, pause in enumerate(pauses[:8]))
    assert pauses[-1] <= 375.0


@pytest.mark.parametrize("attempts", [0, 5, 30])
def test_the_pause_that_the_other_side_asks_for_is_the_pause(attempts: int) -> None:
    assert POLICY.delay_seconds(attempts, "twin", 7.0) == 7.0


class Throttle:
    """Lets a few calls of one operation through, then refuses one, and so on."""

    def __init__(self, operation: str, allowed: int, refusal: Exception) -> None:
        self._operation = operation
        self._allowed = allowed
        self._refusal = refusal
        self._count = 0
        self.refusals = 0

    def __call__(self, operation: str, moment: Moment) -> None:
        if operation != self._operation or moment is not Moment.BEFORE:
            return
        self._count += 1
        if self._count > self._allowed:
            self._count = 0
            self.refusals += 1
            raise self._refusal


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha", "Agile")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta", "Scrum")


def seconds_until_everything_is_there(meeting: Meeting, node: MemoryNode) -> float:
    started_at = meeting.clock.now()
    for _ in range(200):
        meeting.rest()
        seen = [as_seen(node, item.id) for item in node.organization.snapshots()]
        if [len(each["comments"]) + len(each["files"]) for each in seen] == [THINGS]:  # type: ignore[arg-type]
            return (meeting.clock.now() - started_at).total_seconds()
        meeting.wait(1)
    raise AssertionError("The work item never came over as a whole.")


@pytest.mark.parametrize("operation", ["add_comment", "upload_attachment"])
@pytest.mark.parametrize(
    "refusal",
    [GatewayUnavailableError("Busy.", status=503), RateLimitedError("Slow down.", status=429, retry_after_seconds=2.0)],
)
def test_rounds_that_get_further_do_not_make_the_pauses_longer(
    meeting: Meeting,
    alpha: MemoryNode,
    beta: MemoryNode,
    refusal: Exception,
    operation: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    throttle = Throttle(operation, DONE_EACH_ROUND, refusal)
    beta.gateway.disturb = throttle
    # News of the node's own comments would wake the twin early, and hide how long it pauses.
    monkeypatch.setattr(beta.feed, "read", lambda _organization_id: 0)
    number = alpha.create("Task", "Much to copy")
    for count in range(THINGS):
        if operation == "add_comment":
            alpha.organization.comment(number, f"Comment *{count}*", TextFormat.MARKDOWN)
        else:
            alpha.organization.attach(number, f"{count}.txt", b"content")
    alpha.work_items.synchronize(connection_id, [number])
    seconds = seconds_until_everything_is_there(meeting, beta)
    assert throttle.refusals >= THINGS // (DONE_EACH_ROUND + 1)
    assert seconds <= throttle.refusals * 5, (seconds, throttle.refusals)
