"""How the other side of a connection stands."""

from datetime import UTC, datetime, timedelta

import pytest

from adnode.domain.connection_note import ConnectionNote, Partner, PartnerState, RemoteStatus

NOW = datetime(2026, 12, 1, 10, 0, 0, tzinfo=UTC)
NOTE = ConnectionNote("c")


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_who_was_never_heard_of_is_taken_for_answering() -> None:
    assert NOTE.partner == Partner(PartnerState.ANSWERING, None)


@pytest.mark.parametrize(("seconds", "state"), [((0,), "answering"), ((0, 1, 4), "answering"), ((0, 5), "silent")])
def test_calls_that_fail_are_told_once_they_are_no_hiccup(seconds: tuple[float, ...], state: str) -> None:
    note = NOTE
    for second in seconds:
        note = note.missed("peer_unreachable", later(second))
    assert note.partner == Partner(PartnerState(state), NOW if state == "silent" else None)


def test_what_the_next_call_could_not_mend_is_told_at_once() -> None:
    assert NOTE.missed("signature_invalid", NOW, is_lasting=True).partner == Partner(PartnerState.REFUSING, NOW)


def test_an_answer_ends_it() -> None:
    note = NOTE.missed("peer_unreachable", NOW).missed("peer_unreachable", later(9)).reached(later(10))
    assert note.partner.state is PartnerState.ANSWERING
    assert note.contacted_at == later(10)
    assert note.missed("peer_unreachable", later(20)).failing_since == later(20)


@pytest.mark.parametrize(
    ("status", "state"),
    [(RemoteStatus.DEACTIVATED, "paused"), (RemoteStatus.BLOCKED, "stopped"), (RemoteStatus.REMOVED, "ended")],
)
def test_what_the_partner_told_stands_since_it_told_it_first(status: RemoteStatus, state: str) -> None:
    note = NOTE.told(status, NOW).told(status, later(60))
    assert note.partner == Partner(PartnerState(state), NOW)
    assert note.told(None, later(70)).partner == Partner()
