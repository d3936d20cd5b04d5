"""What the front and a view tell each other about one request. Without a front (as in tests of views) a view finds an
empty one and does everything itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Request

from adnode.domain.errors import AdnodeError
from adnode.ports.message_security import RequestHead
from adnode.services.peer_access import AdmittedPeer

HANDOVER_KEY = "adnode.handover"


@dataclass(frozen=True, slots=True)
class Poll:
    """A long poll that was let in: what it wants to hear of, and how it is answered."""

    head: RequestHead
    peer: AdmittedPeer
    after: int
    wait_seconds: float


@dataclass(slots=True)
class Handover:
    """Said by the front: ``peer``, whose head it had checked, or ``refusal``, why it did not hold; ``may_park``, that
    a poll with nothing to hear may stay; ``poll``, that goes on, and ``must_end``, that it must now be answered.

    Said by a view: ``poll``, that stays when ``is_parked``; ``is_proven``, that the caller has proven who he is.
    """

    peer: AdmittedPeer | None = None
    refusal: AdnodeError | None = None
    may_park: bool = False
    poll: Poll | None = None
    must_end: bool = False
    is_parked: bool = False
    is_proven: bool = False


def handover_of(request: Request) -> Handover:
    """Return what the front hands over with a request."""
    environ: Mapping[str, Any] = request.environ
    found = environ.get(HANDOVER_KEY)
    return found if isinstance(found, Handover) else Handover()
