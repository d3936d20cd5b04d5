"""What fits a trigger now: counted, looked at, or all of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from adnode.domain.connection import Connection
from adnode.domain.errors import QueryTooLargeError, QueryTooSlowError
from adnode.domain.trigger import MATCH_LIMIT
from adnode.domain.work_item import TITLE
from adnode.ports.gateway import GatewayProvider, WorkItemGateway
from adnode.ports.storage import UnitOfWorkFactory
from adnode.sync.trigger_query import make_query

SHOWN_MATCHES = 20
_TRIGGERS = 200


@dataclass(frozen=True, slots=True)
class MatchCount:
    """How many work items fit; None when counting takes Azure DevOps too long. ``is_many``: at least so many."""

    matches: int | None
    is_many: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A work item that fits."""

    work_item_id: int
    title: str
    type_name: str
    state: str
    url: str
    is_under_sync: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """How many work items fit, and the first of them."""

    count: MatchCount
    items: tuple[Match, ...]


class TriggerMatches:
    """Asks Azure DevOps what fits."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, gateways: GatewayProvider) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways

    def validate(self, connection: Connection, work_item_type: str, condition: str) -> None:
        """Run the query for one work item; raises ConditionRefusedError, QueryRefusedError and its kinds."""
        query = make_query(connection.project, work_item_type, condition)
        self._gateways.get(connection.organization_id).query(connection.project, query, 1)

    def count(self, connection: Connection, work_item_type: str, condition: str) -> MatchCount:
        """Return how many fit; raises as ``validate``, but not for what is too much to count."""
        return self._find(connection, work_item_type, condition)[0]

    def preview(self, connection: Connection, work_item_type: str, condition: str) -> Preview:
        """Return how many fit and the first of them; raises as ``validate``."""
        count, found = self._find(connection, work_item_type, condition)
        shown = found[:SHOWN_MATCHES]
        if not shown:
            return Preview(count, ())
        gateway = self._gateways.get(connection.organization_id)
        snapshots = gateway.read_work_items(shown)
        with self._new_unit_of_work() as work:
            synced = work.triggers.under_sync(connection.id, shown)
        items = [
            Match(
                work_item_id=number,
                title=snapshots[number].text(TITLE),
                type_name=snapshots[number].type_name,
                state=snapshots[number].text("System.State"),
                url=gateway.work_item_url(number),
                is_under_sync=number in synced,
            )
            for number in shown
            if number in snapshots
        ]
        return Preview(count, tuple(items))

    def of_connection(self, connection: Connection) -> Mapping[int, str]:
        """Return every work item that fits an active trigger of the connection, with what the trigger says."""
        with self._new_unit_of_work() as work:
            triggers = work.triggers.list_page(
                connection.organization_id, connection_id=connection.id, is_active=True, limit=_TRIGGERS
            )
        gateway = self._gateways.get(connection.organization_id)
        found: dict[int, str] = {}
        for trigger in triggers:
            query = make_query(connection.project, trigger.work_item_type, trigger.condition)
            for number in gateway.query(connection.project, query, MATCH_LIMIT):
                found.setdefault(number, trigger.title)
        return found

    def _find(self, connection: Connection, work_item_type: str, condition: str) -> tuple[MatchCount, list[int]]:
        query = make_query(connection.project, work_item_type, condition)
        gateway = self._gateways.get(connection.organization_id)
        try:
            found = gateway.query(connection.project, query, MATCH_LIMIT)
        except QueryTooLargeError:
            return MatchCount(MATCH_LIMIT, is_many=True), self._find_some(gateway, connection.project, query)
        except QueryTooSlowError:
            # The first matches may be found in time where all can't.
            return MatchCount(None), self._find_some(gateway, connection.project, query)
        return MatchCount(len(found), is_many=len(found) >= MATCH_LIMIT), found

    def _find_some(self, gateway: WorkItemGateway, project: str, query: str) -> list[int]:
        return gateway.query(project, query, SHOWN_MATCHES)
