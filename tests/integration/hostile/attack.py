"""What a hostile peer tries, by name; the order of their modules and of their lines gives the numbers."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.integration.hostile.peer import HostilePeer, Reply


@dataclass(frozen=True, slots=True)
class Attack:
    """``run`` asserts what is special about its answer; that nothing was seen or changed is asserted of all."""

    name: str
    run: Callable[[HostilePeer], None]


def expecting(code: str, call: Callable[[HostilePeer], Reply]) -> Callable[[HostilePeer], None]:
    """Return an attack that must be refused with that code; '' where it is taken and must do no harm."""

    def run(peer: HostilePeer) -> None:
        reply = call(peer)
        assert reply.code == code, (reply.status, reply.body[:500])

    return run


def saying(code: str, kind: str, body: Callable[[HostilePeer], object], **changes: object) -> Callable[..., None]:
    """Return an attack by one message."""
    return expecting(code, lambda peer: peer.say(kind, body(peer), **changes))  # type: ignore[arg-type]
