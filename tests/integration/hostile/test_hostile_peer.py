"""A peer with a real invitation tries everything that its protocol lets it say, and more."""

import logging

import pytest
import structlog
from tests.integration.hostile import attacks_files, attacks_messages, attacks_requests, attacks_values
from tests.integration.hostile.attack import Attack
from tests.integration.hostile.peer import HostilePeer
from tests.integration.hostile.victim import SECRET, Stage

ATTACKS = (
    *attacks_requests.ATTACKS,
    *attacks_messages.ATTACKS,
    *attacks_values.ATTACKS,
    *attacks_files.ATTACKS,
)
NUMBERED = [pytest.param(attack, id=f"{number:03d} {attack.name}") for number, attack in enumerate(ATTACKS, start=1)]


def test_at_least_sixty_things_are_tried() -> None:
    assert len(ATTACKS) >= 60
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("attack", NUMBERED)
def test_attack(stage: Stage, peer: HostilePeer, attack: Attack, caplog: pytest.LogCaptureFixture) -> None:
    standing = stage.standing()
    with structlog.testing.capture_logs() as entries, caplog.at_level(logging.WARNING):
        attack.run(peer)
        stage.settle(peer.connection_id)
        peer.listen()
    assert_nothing_seen(stage, peer)
    assert stage.look() == stage.before
    assert stage.standing() == standing
    assert_every_refusal_has_a_code(peer)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert [entry for entry in entries if entry["log_level"] in ("error", "critical")] == []
    assert [record.message for record in stage.victim.error_records() if record.code == "internal"] == []


def assert_nothing_seen(stage: Stage, peer: HostilePeer) -> None:
    """Neither what the peer heard nor what waits for it holds anything of the protected work items."""
    assert all(SECRET.encode() not in heard for heard in peer.heard)
    with stage.victim.storage.unit_of_work() as work:
        waiting = work.outbox.after(peer.connection_id, 0, 10_000, 10**9, stage.meeting.clock.now())
    assert SECRET not in repr(waiting)


def assert_every_refusal_has_a_code(peer: HostilePeer) -> None:
    for reply in peer.replies:
        assert reply.status != 500
        assert reply.status < 400 or reply.code, reply.body[:200]
        if reply.status == 200 and b'"answers"' in reply.body:
            answers = reply.document["answers"]
            assert [one for one in answers if one["outcome"] == "refused" and not one["error_code"]] == []
