"""Long polls: they wait without a thread, hear at once what comes, and there is one for each connection."""

import threading
from dataclasses import replace
from pathlib import Path
from threading import Event

from tests.contract.peer.fake_node import CONNECTION_ID, FakeNode, make_message
from tests.unit.web.front.stage import MESSAGES, QUICK, Answered, Line, Stage, open_stage, request, until

from adnode.services.exchange import Waiting

UNWATCHED = replace(QUICK, look_seconds=3600.0)
"""Nothing is found but by a wake-up."""


def poll(stage: Stage, after: int = 0, wait: float = 20) -> Line:
    return stage.line().send(stage.signed("GET", f"{MESSAGES}?after={after}&wait={wait:g}"))


def park(stage: Stage, after: int = 0, wait: float = 20) -> Line:
    looks = stage.node.looks
    line = poll(stage, after, wait)
    until(lambda: stage.node.looks > looks and stage.served.front.parked_polls == 1)
    return line


def ids(answered: Answered) -> list[str]:
    assert answered.status == 200
    return [message["id"] for message in answered.document["messages"]]


def test_what_waits_is_brought_at_once_and_signed(stage: Stage) -> None:
    stage.node.waiting = [make_message(1), make_message(2)]
    answered = poll(stage, after=1).read()
    assert ids(answered) == ["m-2"]
    assert "signature" in answered.headers
    assert [report.known.sequence for report in stage.node.polls] == [1]


def test_a_poll_that_does_not_want_to_wait_is_answered_at_once(stage: Stage) -> None:
    assert ids(poll(stage, wait=0).read()) == []


def test_a_message_reaches_a_parked_poll_by_its_wake_up(tmp_path: Path) -> None:
    with open_stage(tmp_path, UNWATCHED) as stage:
        line = park(stage)
        stage.node.waiting = [make_message(1)]
        stage.served.wake(CONNECTION_ID)
        assert ids(line.read()) == ["m-1"]
        assert stage.served.front.parked_polls == 0


def test_wake_ups_of_others_and_for_nothing_leave_it_parked(tmp_path: Path) -> None:
    with open_stage(tmp_path, UNWATCHED) as stage:
        line = park(stage)
        looks = stage.node.looks
        stage.served.wake("another connection")
        stage.served.wake(CONNECTION_ID)
        until(lambda: stage.node.looks == looks + 1)
        stage.node.waiting = [make_message(1)]
        stage.served.wake(CONNECTION_ID)
        assert ids(line.read()) == ["m-1"]


class HesitantNode(FakeNode):
    """Its first look takes long enough for something to happen meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.is_looking, self.may_end = Event(), Event()

    def look(self, connection_id: str, after: int) -> Waiting:
        found = super().look(connection_id, after)
        self.is_looking.set()
        assert self.may_end.wait(20)
        return found


def test_what_comes_while_a_poll_looks_is_not_missed(tmp_path: Path) -> None:
    node = HesitantNode()
    with open_stage(tmp_path, UNWATCHED, exchange=node) as stage:
        line = poll(stage)
        assert node.is_looking.wait(20)
        node.waiting = [make_message(1)]
        stage.served.wake(CONNECTION_ID)
        node.may_end.set()
        assert ids(line.read()) == ["m-1"]


def test_what_nobody_wakes_is_found_by_the_look_at_all_of_them(stage: Stage) -> None:
    line = park(stage)
    stage.node.waiting = [make_message(1)]
    assert ids(line.read()) == ["m-1"]


def test_a_poll_of_a_connection_that_is_stopped_ends(stage: Stage) -> None:
    line = park(stage)
    stage.node.is_active = False
    assert ids(line.read()) == []


def test_the_time_of_a_poll_is_over_however_often_it_is_woken(tmp_path: Path) -> None:
    with open_stage(tmp_path, replace(UNWATCHED, poll_seconds=0.5)) as stage:
        line, is_over = poll(stage, wait=900), Event()

        def disturb() -> None:
            while not is_over.wait(0.01):
                stage.served.wake(CONNECTION_ID)

        disturber = threading.Thread(target=disturb)
        disturber.start()
        try:
            assert ids(line.read()) == []
        finally:
            is_over.set()
            disturber.join()


def test_a_newer_poll_ends_the_older_one(tmp_path: Path) -> None:
    with open_stage(tmp_path, UNWATCHED) as stage:
        first, second = park(stage), poll(stage)
        assert ids(first.read()) == []
        stage.node.waiting = [make_message(1)]
        stage.served.wake(CONNECTION_ID)
        assert ids(second.read()) == ["m-1"]


def test_a_thousand_polls_of_one_connection_leave_one(tmp_path: Path) -> None:
    with open_stage(tmp_path, replace(UNWATCHED, crowd=1000)) as stage:
        lines = [poll(stage) for _ in range(60)]
        until(lambda: stage.node.looks == 60 and stage.served.front.parked_polls == 1)
        stage.served.front.end()
        assert [ids(line.read()) for line in lines] == [[]] * 60


def test_a_poll_whose_caller_left_holds_nothing(stage: Stage) -> None:
    park(stage).close()
    until(lambda: stage.served.front.parked_polls == 0)


def test_parked_polls_hold_no_thread(tmp_path: Path) -> None:
    limits = replace(UNWATCHED, threads_for_peers=1, threads_for_polls=1, threads_for_pages=1)
    with open_stage(tmp_path, limits) as stage:
        assert stage.is_well()
        assert stage.ask("POST", MESSAGES, body=b'{"messages":[]}').status == 200
        park(stage)
        before = threading.active_count()
        assert stage.is_well()
        assert stage.ask("POST", MESSAGES, body=b'{"messages":[]}').status == 200
        assert threading.active_count() == before


def test_the_end_of_the_node_answers_parked_polls_and_those_that_come(tmp_path: Path) -> None:
    with open_stage(tmp_path, UNWATCHED) as stage:
        line = park(stage)
        stage.served.front.end()
        assert ids(line.read()) == []
        assert ids(poll(stage).read()) == []


class NodeThatHesitatesOnce(HesitantNode):
    """Only the look of that number takes its time."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def look(self, connection_id: str, after: int) -> Waiting:
        if self.looks + 1 == self._number:
            return super().look(connection_id, after)
        return FakeNode.look(self, connection_id, after)


def test_pushes_do_not_wait_behind_polls_that_come(tmp_path: Path) -> None:
    node = NodeThatHesitatesOnce(1)
    with open_stage(tmp_path, replace(UNWATCHED, threads_for_polls=1, threads_for_peers=1), exchange=node) as stage:
        line = poll(stage, wait=0)
        assert node.is_looking.wait(20)
        assert stage.ask("POST", MESSAGES, body=b'{"messages":[]}').status == 200
        node.may_end.set()
        assert ids(line.read()) == []


def test_a_poll_that_is_woken_does_not_wait_behind_those_that_come(tmp_path: Path) -> None:
    node = NodeThatHesitatesOnce(2)
    limits = replace(UNWATCHED, threads_for_polls=1, threads_for_peers=1)
    with open_stage(tmp_path, limits, exchange=node) as stage:
        parked = poll(stage)
        until(lambda: stage.served.front.parked_polls == 1)
        coming = poll(stage, wait=0)
        assert node.is_looking.wait(20)
        node.waiting = [make_message(1)]
        stage.served.wake(CONNECTION_ID)
        assert ids(parked.read()) == ["m-1"]
        node.may_end.set()
        assert ids(coming.read()) == []


def test_polls_of_strangers_are_not_parked(stage: Stage) -> None:
    line = stage.line().send(stage.signed("GET", f"{MESSAGES}?after=0&wait=20", key=b"k" * 32))
    assert line.read().status == 401
    line = stage.line().send(request("GET", f"{MESSAGES}?after=0&wait=20"))
    assert line.read().status == 401
    assert stage.node.looks == 0


def test_more_polls_at_once_than_are_worked_on_for_one_partner_are_told_to_come_again(tmp_path: Path) -> None:
    node = HesitantNode()
    with open_stage(tmp_path, replace(UNWATCHED, crowd=2), exchange=node) as stage:
        first = [poll(stage, wait=0) for _ in range(2)]
        assert node.is_looking.wait(20)
        until(lambda: node.looks == 2)
        answered = poll(stage, wait=0).read()
        assert (answered.status, answered.document["code"]) == (503, "busy")
        node.may_end.set()
        assert [ids(line.read()) for line in first] == [[], []]
