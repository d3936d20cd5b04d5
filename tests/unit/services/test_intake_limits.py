"""What a node does with messages that go beyond the limits, or that speak of what is not the sender's."""

from typing import Any

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode
from tests.unit.services.speaking import Injector, Speaker

from adnode.domain.connection import Visibility
from adnode.domain.message import Message, MessageAnswer
from adnode.domain.message_documents import message_to_document
from adnode.domain.peer_messages import read_peer_message
from adnode.domain.queues import QueueReport
from adnode.domain.twin import TwinStatus

BOTH = [Visibility.PUBLIC, Visibility.PRIVATE]
LONG = "ü" * 600_000
"""1.2 MB that Azure DevOps takes: it counts characters."""


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
def speaker(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> Speaker:
    """Beta, speaking to alpha over a connection of which both sides are public."""
    return Speaker(alpha, beta, meeting.connect(alpha, beta, Visibility.PUBLIC))


def open_codes(node: MemoryNode) -> list[str]:
    return sorted(record.code for record in node.error_records())


# too large values of an honest peer -----------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", BOTH)
@pytest.mark.parametrize("is_initiators", [True, False])
def test_a_description_over_the_limit_stays_where_it_is_and_the_rest_travels(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, visibility: Visibility, is_initiators: bool
) -> None:
    connection_id = meeting.connect(alpha, beta, visibility)
    source, target = (alpha, beta) if is_initiators else (beta, alpha)
    number = source.create("Task", "Hello", Description=LONG)
    source.organization.comment(number, "a comment")
    [copy] = meeting.share(source, connection_id, number)
    arrived = target.organization.snapshot(copy)
    assert arrived.text("System.Title") == "Hello"
    assert arrived.text("System.Description") == ""
    assert "a comment" in target.organization.comments(copy)[0].text
    [there] = source.error_records()
    assert (there.code, there.is_remote, there.work_item_id) == ("text_too_long", True, number)
    assert there.message == (
        f"The node of {target.organization.name} says: The description has 1,200,000 bytes of UTF-8; this side takes "
        "at most 1,048,576. It was left out; everything else of the work item is in sync."
    )
    assert source.twin(number).status is TwinStatus.FAILED
    [here] = target.error_records()
    assert (here.code, here.is_remote, here.subject) == ("text_too_long", False, "description")
    assert target.twin(copy).status is TwinStatus.FAILED

    source.organization.edit(number, {"System.Title": "Hello again"})
    meeting.rest()
    assert target.organization.snapshot(copy).text("System.Title") == "Hello again"
    assert open_codes(source) == open_codes(target) == ["text_too_long"]
    assert source.twin(number).status is TwinStatus.FAILED

    source.organization.edit(number, {"System.Description": "short"})
    meeting.rest()
    assert target.organization.snapshot(copy).text("System.Description") == "short"
    assert open_codes(source) == open_codes(target) == []
    assert source.twin(number).status is target.twin(copy).status is TwinStatus.SYNCHRONIZED


def test_however_many_values_are_left_out_few_records_say_so(alpha: MemoryNode, speaker: Speaker) -> None:
    assert speaker.say("state", speaker.state()).outcome == "stored"
    for number in range(100):
        broken = {f"comment/o:{number}-{each}": speaker.register(7) for each in range(20)}
        body = speaker.state(registers={"summary": speaker.register(f"Title {number}"), **broken})
        assert speaker.say("state", body).outcome == "stored"
    assert len(alpha.error_records()) <= 11


# refused messages -----------------------------------------------------------------------------------------------------


def test_one_refused_message_stops_none_beside_it_in_a_push(
    meeting: Meeting, alpha: MemoryNode, speaker: Speaker
) -> None:
    documents = [
        speaker.document("state", speaker.state("First", 901), "t-1"),
        speaker.document("state", speaker.state("Second", 902, url="javascript:alert(1)"), "t-2"),
        speaker.document("state", speaker.state("Third", 903), "t-3"),
    ]
    for place, document in enumerate(documents):
        document["sequence"] += place
    answers = alpha.receive(
        speaker.connection_id, [read_peer_message(document) for document in documents], QueueReport()
    )
    assert [(one.outcome, one.error_code) for one in answers] == [
        ("stored", ""),
        ("refused", "address_refused"),
        ("stored", ""),
    ]
    assert answers[1].text.startswith("The address javascript:alert(1) was not taken")
    meeting.rest()
    titles = [each.text("System.Title") for each in alpha.organization.snapshots()]
    assert sorted(titles) == ["First", "Third"]
    assert open_codes(alpha) == ["address_refused"]


def test_refused_messages_leave_one_record_and_nothing_else(alpha: MemoryNode, speaker: Speaker) -> None:
    for number in range(50):
        body = speaker.state(lineage=[f"org:{each}" for each in range(1, 66)])
        answer = speaker.say("state", body, f"t-{number}")
        assert (answer.outcome, answer.error_code) == ("refused", "too_many_values")
    [record] = alpha.error_records()
    assert (record.code, record.occurrences) == ("too_many_values", 50)
    with alpha.storage.unit_of_work() as work:
        assert dict(work.queue.depth(speaker.connection_id)) == {"outgoing": 0, "incoming": 0}
        assert work.twins.list_page(speaker.connection_id) == []
        assert work.connections.queues(speaker.connection_id).received.sequence == 50


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"body": {"work_item_id": "seven"}}, "validation"),
        ({"created_at": "yesterday"}, "validation"),
        ({"kind": 7}, "validation"),
        ({"kind": ["state"]}, "validation"),
        ({"twin_id": "t" * 65}, "text_too_long"),
        (
            {"kind": "new", "body": {"a": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}},
            "nested_too_deep",
        ),
    ],
)
def test_a_message_that_a_polling_node_cannot_take_does_not_stop_the_line(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, changes: dict[str, object], code: str
) -> None:
    connection_id = meeting.connect(alpha, beta, Visibility.PRIVATE)
    speaker = Speaker(beta, alpha, connection_id)
    injector = Injector(alpha)
    poisoned = {**speaker.document("state", speaker.state("Poisoned")), **changes}
    good = {**speaker.document("state", speaker.state("Good", 901), "t-2"), "sequence": 2}
    injector.documents = [poisoned, good]
    alpha.hand_out = injector.hand_out  # type: ignore[method-assign]
    assert beta.exchange.poll_once(connection_id, 0) == 2
    beta.reconciliation.reconcile(connection_id)
    assert [each.text("System.Title") for each in beta.organization.snapshots()] == ["Good"]
    assert open_codes(beta) == [code]
    with beta.storage.unit_of_work() as work:
        assert work.connections.queues(connection_id).received.sequence == 2
    told = [one for one in sent(beta, connection_id) if one["kind"] == "failed"]
    assert [(one["body"]["error_code"], one["body"]["message_ids"]) for one in told] == [(code, [poisoned["id"]])]


@pytest.mark.parametrize("changes", [{"id": ""}, {"id": 7}, {"sequence": "one"}, {"sequence": 2**31}, {"id": "x" * 65}])
def test_a_message_that_nobody_can_answer_is_passed_over_by_a_poll(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, changes: dict[str, object]
) -> None:
    connection_id = meeting.connect(alpha, beta, Visibility.PRIVATE)
    speaker = Speaker(beta, alpha, connection_id)
    injector = Injector(alpha)
    good = {**speaker.document("state", speaker.state("Good", 901), "t-2"), "sequence": 2}
    injector.documents = [{**speaker.document("state", speaker.state()), **changes}, good]
    alpha.hand_out = injector.hand_out  # type: ignore[method-assign]
    assert beta.exchange.poll_once(connection_id, 0) == 1
    beta.reconciliation.reconcile(connection_id)
    assert [each.text("System.Title") for each in beta.organization.snapshots()] == ["Good"]


def sent(node: MemoryNode, connection_id: str) -> list[dict[str, Any]]:
    with node.storage.unit_of_work() as work:
        return [message_to_document(message) for message in work.outbox.after(connection_id, 0, 200, 10**6)]


# over the life of a pair ----------------------------------------------------------------------------------------------


def test_a_pair_takes_5000_registers_over_its_life(meeting: Meeting, alpha: MemoryNode, speaker: Speaker) -> None:
    gone = {"author": "Jo", "created_at": "2026-01-05T09:00:00Z", "is_deleted": True}
    value = {**gone, "text": {"text": "", "format": "html"}}
    for part in range(5):
        registers = {f"comment/o:{part}-{each}": speaker.register(value) for each in range(999)}
        assert speaker.say("state", speaker.state(registers=registers)).outcome == "stored"
        meeting.rest()
    registers = {f"comment/o:5-{each}": speaker.register(value) for each in range(6)}
    answer = speaker.say("state", speaker.state(registers=registers))
    assert answer.outcome == "stored"
    meeting.rest()
    with alpha.storage.unit_of_work() as work:
        twin = work.twins.get("forged-1")
        assert len(twin.state.registers) == 5_000
    answer = speaker.say("state", speaker.state(registers={"comment/o:9": speaker.register(value)}))
    assert (answer.outcome, answer.error_code) == ("refused", "too_many_registers")


def test_a_lineage_takes_64_names_over_the_life_of_a_pair(alpha: MemoryNode, speaker: Speaker) -> None:
    own = f"{speaker.peer.organization.id}:900"

    def say(first: int, count: int) -> MessageAnswer:
        return speaker.say("state", speaker.state(lineage=[own, *(f"o-{n}:1" for n in range(first, first + count))]))

    assert say(0, 40).outcome == "stored"
    assert say(40, 22).outcome == "stored"
    answer = say(62, 1)
    assert (answer.outcome, answer.error_code) == ("refused", "too_many_values")
    with alpha.storage.unit_of_work() as work:
        assert len(work.twins.get("forged-1").lineage) == 63


def test_the_presence_of_a_third_organization_is_left_out(alpha: MemoryNode, speaker: Speaker) -> None:
    registers = {"summary": speaker.register("x"), "presence/third": speaker.register("removed")}
    assert speaker.say("state", speaker.state(registers=registers)).outcome == "stored"
    with alpha.storage.unit_of_work() as work:
        [message] = work.inbox.pending(["forged-1"])["forged-1"]
    assert list(message_to_document(message)["body"]["registers"]) == ["summary"]


# addresses ------------------------------------------------------------------------------------------------------------


def test_a_new_pair_needs_an_address_below_the_partners_organization(alpha: MemoryNode, speaker: Speaker) -> None:
    for url in ("https://evil.example/7", "", speaker.url(7) + "/../../../../evil", "http://10.0.0.1/x"):
        answer = speaker.say("state", speaker.state(url=url))
        assert (answer.outcome, answer.error_code) == ("refused", "address_refused"), url
    assert alpha.organization.snapshots() == []


@pytest.mark.parametrize("kind", ["state", "applied"])
def test_an_existing_pair_keeps_the_address_that_was_good(
    meeting: Meeting, alpha: MemoryNode, speaker: Speaker, kind: str
) -> None:
    speaker.say("state", speaker.state())
    meeting.rest()
    body: dict[str, Any] = speaker.state("Edited", url="https://evil.example/7")
    if kind == "applied":
        body = {key: body[key] for key in ("work_item_id", "url", "lineage")} | {"message_ids": []}
    else:
        body["registers"] = {"summary": speaker.register("Edited", (2, 0))}
    assert speaker.say(kind, body).outcome == "stored"
    meeting.rest()
    [item] = alpha.organization.snapshots()
    assert item.text("System.Title") == ("Edited" if kind == "state" else "Forged")
    assert item.hyperlinks == (speaker.url(900),)
    with alpha.storage.unit_of_work() as work:
        assert work.twins.get("forged-1").remote_url == speaker.url(900)


# what belongs to others -----------------------------------------------------------------------------------------------


@pytest.fixture
def foreign(meeting: Meeting, alpha: MemoryNode, speaker: Speaker) -> str:
    """The id of a twin that alpha shares with somebody else."""
    gamma = meeting.add("gamma")
    connection_id = meeting.connect(alpha, gamma, Visibility.PUBLIC)
    number = alpha.create("Task", "Of others")
    meeting.share(alpha, connection_id, number)
    return alpha.twin(number).id


@pytest.mark.parametrize("kind", ["content_sent", "content_failed"])
def test_word_of_a_file_moves_no_pair_of_others(alpha: MemoryNode, speaker: Speaker, foreign: str, kind: str) -> None:
    body = {"keys": ["o:1"], "error_code": "", "text": ""}
    assert speaker.say(kind, body, foreign).outcome == "stored"
    with alpha.storage.unit_of_work() as work:
        assert work.twins.connections_due(alpha.clock.now()) == []


def test_a_failure_is_not_put_down_to_a_pair_of_others(alpha: MemoryNode, speaker: Speaker, foreign: str) -> None:
    body = {"error_code": "rule_violation", "text": "No.", "message_ids": []}
    assert speaker.say("failed", body, foreign).outcome == "stored"
    assert alpha.error_records() == []


def test_ids_of_messages_that_two_partners_chose_alike_are_settled_apart(
    meeting: Meeting, alpha: MemoryNode, speaker: Speaker
) -> None:
    gamma = meeting.add("gamma")
    other = Speaker(alpha, gamma, meeting.connect(alpha, gamma, Visibility.PUBLIC))
    speaker.say("state", speaker.state("One"), "t-1", id="same")
    other.say("state", other.state("Two"), "t-2", id="same")
    alpha.reconciliation.reconcile(speaker.connection_id)
    with alpha.storage.unit_of_work() as work:
        assert list(work.inbox.pending(["t-1", "t-2"])) == ["t-2"]


# answers to what we send ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answers", [[], [MessageAnswer("of-somebody-else", "stored")]])
def test_a_peer_that_answers_to_nothing_is_not_sent_the_same_without_end(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, answers: list[MessageAnswer]
) -> None:
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    alpha.work_items.synchronize(connection_id, [alpha.create("Task", "Hello")])
    alpha.reconciliation.reconcile(connection_id)
    calls = []

    def receive(_connection_id: str, messages: list[Message], _report: QueueReport) -> list[MessageAnswer]:
        calls.append(messages)
        assert len(calls) < 5
        return answers

    beta.receive = receive  # type: ignore[method-assign,assignment]
    for times in (1, 2):
        assert alpha.exchange.send(connection_id) == 0
        assert len(calls) == times
        meeting.wait(6)
    assert open_codes(alpha) == ["peer_unreachable"]


def test_answers_move_only_what_was_sent(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> None:
    gamma = meeting.add("gamma")
    waiting = meeting.connect(alpha, gamma, Visibility.PUBLIC)
    alpha.work_items.synchronize(waiting, [alpha.create("Task", "For gamma")])
    alpha.reconciliation.reconcile(waiting)
    [unsent] = sent(alpha, waiting)
    connection_id = meeting.connect(alpha, beta, Visibility.PUBLIC)
    alpha.work_items.synchronize(connection_id, [alpha.create("Task", "For beta")])
    alpha.reconciliation.reconcile(connection_id)

    def receive(_connection_id: str, messages: list[Message], _report: QueueReport) -> list[MessageAnswer]:
        return [*(MessageAnswer(one.id, "stored") for one in messages), MessageAnswer(unsent["id"], "stored")]

    beta.receive = receive  # type: ignore[method-assign,assignment]
    assert alpha.exchange.send(connection_id) == 1
    assert [one["id"] for one in sent(alpha, waiting)] == [unsent["id"]]
