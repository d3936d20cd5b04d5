"""Figures of the node for Prometheus, read from the database when asked: the same from every process."""

from collections import Counter
from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.error_record import Impact
from adnode.ports.error_storage import ErrorFilter
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory

_COUNTED = tuple(status for status in ConnectionStatus if status is not ConnectionStatus.REMOVED)


class NodeCollector(Collector):
    """Connections, twins, queue and open errors."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory) -> None:
        self._new_unit_of_work = new_unit_of_work

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Name nothing up front: the figures come from the database, which may not be there yet."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the figures as they are now."""
        with self._new_unit_of_work() as work:
            connections = work.connections.list_all(statuses=_COUNTED)
            yield _count_connections(connections)
            yield _count_twins(work, connections)
            yield _count_queue(work, connections)
            yield _count_errors(work, connections)


def _count_connections(connections: list[Connection]) -> GaugeMetricFamily:
    family = GaugeMetricFamily("adnode_connections", "Connections by status.", labels=["status"])
    counts = Counter(connection.status.value for connection in connections)
    for status in _COUNTED:
        family.add_metric([status.value], counts[status.value])
    return family


def _count_twins(work: UnitOfWork, connections: list[Connection]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "adnode_twins", "Pairs of work items by connection and status.", labels=["connection", "status"]
    )
    for connection in connections:
        for status, count in work.twins.count(connection.id).items():
            family.add_metric([connection.id, status.value], count)
    return family


def _count_queue(work: UnitOfWork, connections: list[Connection]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "adnode_queue_messages", "Unsettled messages by connection and direction.", labels=["connection", "direction"]
    )
    for connection in connections:
        for direction, count in work.queue.depth(connection.id).items():
            family.add_metric([connection.id, direction], count)
    return family


def _count_errors(work: UnitOfWork, connections: list[Connection]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "adnode_open_errors", "Open error records by connection and impact.", labels=["connection", "impact"]
    )
    places = [(connection.organization_id, connection.id) for connection in connections]
    for organization_id, connection_id in places:
        counts = work.error_records.count_by_impact(ErrorFilter(organization_id, connection_id=connection_id))
        for impact, count in sorted(counts.items()):
            family.add_metric([connection_id, impact.value], count)
    for organization_id in sorted({organization_id for organization_id, _ in places}):
        # What concerns the whole organization belongs to no connection.
        count = work.error_records.count(ErrorFilter(organization_id, impact=Impact.NODE))
        if count:
            family.add_metric(["", Impact.NODE.value], count)
    return family
