"""Who was refused and why: one line in the log for each, and counts by kind. Nothing of what they sent is repeated."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TypeVar

import structlog
from flask import Response, request
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from adnode.domain.errors import (
    AdministratorRequiredError,
    AdnodeError,
    CollectionRefusedError,
    InvitationError,
    OrganizationNotAllowedError,
    ReplayError,
    SessionRefusedError,
    SignatureError,
    UnknownPeerError,
)
from adnode.web.rate_limits import TooManyRequestsError

log = structlog.get_logger(__name__)
E = TypeVar("E", bound=AdnodeError)
SIGN_IN_ROUTE, ACCEPTANCE_ROUTE = "hub.open_session", "peer.accept"
ROUTE_LIMIT = 80


class RefusalKind(StrEnum):
    """What was refused: a page's sign-in, its organization, its session or a right of its person; a partner's
    signature, a message that came before, a connection or an invitation that is none here; who asks too often; who
    may not read the metrics.
    """

    SIGN_IN = "sign_in"
    TENANT = "tenant"
    SESSION = "session"
    RIGHT = "right"
    SIGNATURE = "signature"
    REPLAY = "replay"
    CONNECTION = "connection"
    INVITATION = "invitation"
    RATE = "rate"
    METRICS = "metrics"


# The first class that fits counts, so special cases stand above what they derive from.
_KINDS: dict[type[AdnodeError], RefusalKind] = {
    ReplayError: RefusalKind.REPLAY,
    SignatureError: RefusalKind.SIGNATURE,
    UnknownPeerError: RefusalKind.CONNECTION,
    OrganizationNotAllowedError: RefusalKind.TENANT,
    SessionRefusedError: RefusalKind.SESSION,
    AdministratorRequiredError: RefusalKind.RIGHT,
    TooManyRequestsError: RefusalKind.RATE,
}
_SIGN_IN_ERRORS = (SessionRefusedError, CollectionRefusedError, AdministratorRequiredError)


class Refusals:
    """Notes refusals of this process. Processes count apart, as those that Prometheus asks usually do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[RefusalKind] = Counter()

    def note(self, kind: RefusalKind, *, code: str, **facts: str) -> None:
        """Count a refusal and write it down. ``facts`` are names and ids, never what somebody sent."""
        with self._lock:
            self._counts[kind] += 1
        log.warning("refused", kind=kind.value, code=code, **{name: fact for name, fact in facts.items() if fact})

    def counts(self) -> dict[RefusalKind, int]:
        """Return how often each kind came."""
        with self._lock:
            return {kind: self._counts[kind] for kind in RefusalKind}

    def noting(self, handler: Callable[[E], Response]) -> Callable[[E], Response]:
        """Return an error handler that notes the error of the request under way first, where it is a refusal."""

        def handle(error: E) -> Response:
            route = request.endpoint or ""
            kind = _kind(error, route)
            if kind is not None:
                self.note_request(kind, error.code, organization=str(error.details.get("organization", "")))
            return handler(error)

        return handle

    def note_request(self, kind: RefusalKind, code: str, **facts: str) -> None:
        """Note a refusal of the request under way."""
        self.note(
            kind,
            code=code,
            route=(request.endpoint or "")[:ROUTE_LIMIT],
            address=request.remote_addr or "",
            connection=str((request.view_args or {}).get("connection_id", "")),
            **facts,
        )


class RefusalCollector(Collector):
    """The counts for Prometheus."""

    def __init__(self, refusals: Refusals) -> None:
        self._refusals = refusals

    def collect(self) -> Iterable[CounterMetricFamily]:
        """Yield a count for each kind, those that never came included."""
        family = CounterMetricFamily("adnode_refusals", "Requests that this process refused, by kind.", labels=["kind"])
        for kind, count in self._refusals.counts().items():
            family.add_metric([kind.value], count)
        yield family


def _kind(error: AdnodeError, route: str) -> RefusalKind | None:
    if route == SIGN_IN_ROUTE and isinstance(error, _SIGN_IN_ERRORS):
        return RefusalKind.SIGN_IN
    if route == ACCEPTANCE_ROUTE and isinstance(error, InvitationError):
        return RefusalKind.INVITATION
    return next((kind for type_, kind in _KINDS.items() if isinstance(error, type_)), None)
