"""Whether two sides mean the same by the numbers of a queue."""

from dataclasses import replace

import pytest

from adnode.domain.queues import BEGINNING, Position, QueueReport, Queues, Verdict, judge

OURS = Queues(
    incarnation="ours",
    highest=20,
    acknowledged=Position("ours", 12, "m12"),
    retired="former",
    received=Position("theirs", 30, "n30"),
)
POLL = QueueReport(incarnation="theirs", known=Position("ours", 12, "m12"), tells_position=True)
PUSH = QueueReport(incarnation="theirs", highest=31, acknowledged=Position("theirs", 30, "n30"), known=Position("ours"))


def known(incarnation: str, sequence: int, message_id: str) -> QueueReport:
    return replace(POLL, known=Position(incarnation, sequence, message_id))


@pytest.mark.parametrize("report", [POLL, PUSH, replace(PUSH, acknowledged=Position("theirs", 29, "n29"))])
def test_sides_that_agree(report: QueueReport) -> None:
    assert judge(OURS, report, "m12") is Verdict.AGREED


@pytest.mark.parametrize(
    ("report", "id_here"),
    [
        pytest.param(known("ours", 21, "m21"), None, id="never given out"),
        pytest.param(known("ours", 15, "m15"), "other", id="given out again for another message"),
        pytest.param(known("unheard of", 12, "m12"), None, id="another incarnation of ours"),
        pytest.param(replace(PUSH, known=Position("unheard of")), None, id="pushed to another incarnation of ours"),
        pytest.param(replace(POLL, incarnation="begun anew"), "m12", id="a queue begun anew"),
        pytest.param(replace(PUSH, incarnation="begun anew"), None, id="pushed from a queue begun anew"),
        pytest.param(replace(PUSH, acknowledged=Position("theirs", 31, "n31")), None, id="stored here and forgotten"),
        pytest.param(replace(PUSH, acknowledged=Position("theirs", 30, "x")), None, id="stored another one here"),
        pytest.param(replace(known("ours", 11, "m11"), is_confirmed=True), "m11", id="behind, and sure of it"),
        pytest.param(
            replace(PUSH, highest=29, acknowledged=BEGINNING, is_confirmed=True), None, id="sure it went back"
        ),
    ],
)
def test_a_queue_that_went_back_is_found(report: QueueReport, id_here: str | None) -> None:
    assert judge(OURS, report, id_here) is Verdict.REWOUND


@pytest.mark.parametrize(
    ("report", "id_here"),
    [
        pytest.param(known("ours", 11, "m11"), "m11", id="an acknowledgement overtaken, or forgotten"),
        pytest.param(replace(POLL, known=BEGINNING), None, id="nothing known of a queue that was acknowledged"),
        pytest.param(replace(PUSH, highest=29, acknowledged=BEGINNING), None, id="fewer given out than came"),
    ],
)
def test_what_may_have_been_overtaken_is_asked(report: QueueReport, id_here: str | None) -> None:
    assert judge(OURS, report, id_here) is Verdict.DOUBTFUL


@pytest.mark.parametrize("report", [known("former", 9, "m9"), replace(PUSH, known=Position("former"))])
def test_who_speaks_of_a_queue_that_was_ended_here_on_purpose_is_the_one_to_stop(report: QueueReport) -> None:
    assert judge(OURS, report) is Verdict.PEER_IS_OLD


def test_a_peer_of_an_older_release_is_judged_by_numbers_alone() -> None:
    assert judge(OURS, QueueReport(known=Position("", 20), tells_position=True)) is Verdict.AGREED
    assert judge(OURS, QueueReport(known=Position("", 3), tells_position=True)) is Verdict.AGREED
    assert judge(OURS, QueueReport()) is Verdict.AGREED
    assert judge(OURS, QueueReport(known=Position("", 21), tells_position=True)) is Verdict.REWOUND


def test_a_peer_that_was_upgraded_knows_numbers_only_until_it_hears_more() -> None:
    upgraded = replace(POLL, known=Position("", 12, "m12"))
    assert judge(OURS, upgraded, None) is Verdict.AGREED
    not_heard_here = replace(OURS, received=Position("", 30, "n30"))
    assert judge(not_heard_here, replace(PUSH, highest=3), None) is Verdict.AGREED


def test_both_sides_begin_anew_together() -> None:
    fresh = Queues(incarnation="new", highest=20, retired="ours")
    assert fresh.are_fresh
    assert judge(fresh, replace(POLL, known=BEGINNING, incarnation="their new one")) is Verdict.AGREED
    assert judge(fresh, replace(POLL, known=Position("new", 20, "m20")), "m20") is Verdict.AGREED
    assert not replace(fresh, received=Position("theirs", 1, "n1")).are_fresh
