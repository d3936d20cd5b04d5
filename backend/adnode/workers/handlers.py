"""What is done on a wake-up."""

from collections.abc import Callable
from threading import Event

from adnode.ports.system import Topic
from adnode.services.change_feed import ChangeFeedService
from adnode.services.correlation import correlated
from adnode.services.exchange import ExchangeService
from adnode.services.reconciliation import ReconciliationService


def make_handlers(
    reconciliation: ReconciliationService, exchange: ExchangeService, change_feed: ChangeFeedService, stopping: Event
) -> dict[str, Callable[[str], None]]:
    """Return the handler of each topic; a handler ends early once ``stopping`` is set.

    Each round has an id of its own in the log.
    """

    def reconcile(connection_id: str) -> None:
        has_more = True
        while has_more and not stopping.is_set():
            with correlated():
                has_more = bool(reconciliation.reconcile(connection_id))

    def send(connection_id: str) -> None:
        with correlated():
            if not stopping.is_set():
                exchange.send(connection_id)

    def read_feed(organization_id: str) -> None:
        with correlated():
            if not stopping.is_set():
                change_feed.read(organization_id)

    return {Topic.RECONCILE: reconcile, Topic.SEND: send, Topic.FEED: read_feed}
