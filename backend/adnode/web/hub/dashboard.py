"""The dashboard on Getting Started."""

from adnode.domain.connection import ConnectionStatus
from adnode.domain.error_record import Impact
from adnode.domain.twin import TwinStatus
from adnode.services.dashboard import Activity, Dashboard, Latency
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Answer, Call, Operation, declares, operations_of
from adnode.web.hub.schemas import Shape

TAG = "Dashboard"


class LatencyDocument(Shape):
    """How long (ms) half, 95 and 99 of 100 changes took at most, from the sender's writing to the write here."""

    p50: float
    p95: float
    p99: float


class ActivityDocument(Shape):
    """What was synchronized in a day or week, which begins with that day (of UTC)."""

    begin: str
    incoming: int
    outgoing: int
    pairs: int
    errors: int
    latency: LatencyDocument | None


class SlowConnectionDocument(Shape):
    """A connection and its latency over the last seven days."""

    connection_id: str
    name: str
    applied: int
    latency: LatencyDocument


class WaitingDocument(Shape):
    """Messages that wait now."""

    outgoing: int
    incoming: int


class DashboardDocument(Shape):
    """How the organization stands and how it went: thirty days, twelve weeks (from Monday), the present one last.

    ``twins`` counts pairs by status without those that wait for the plan (``held``), ``conflicting`` those with a value
    that lost and that nobody has decided on. ``latency`` and ``slowest`` are of the last seven days; latency is null
    when nothing came in.
    """

    connections: dict[ConnectionStatus, int]
    twins: dict[TwinStatus, int]
    held: int
    conflicting: int
    errors: dict[Impact, int]
    queue: WaitingDocument
    days: list[ActivityDocument]
    weeks: list[ActivityDocument]
    latency: LatencyDocument | None
    slowest: list[SlowConnectionDocument]


class DashboardTab:
    """The operation of the dashboard."""

    def __init__(self, services: HubServices) -> None:
        self._dashboard = services.console.dashboard

    @declares(
        Operation(
            "GET", "/dashboard", "Show how the organization is doing", answer=DashboardDocument, is_conditional=True
        )
    )
    def get_dashboard(self, call: Call) -> Answer:
        """Answer with everything at once."""
        return Answer(dashboard_document(self._dashboard.read(call.session)))


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operation of the dashboard."""
    return operations_of(DashboardTab(services), TAG)


def dashboard_document(dashboard: Dashboard) -> DashboardDocument:
    """Return the dashboard as pages get it."""
    standing = dashboard.standing
    return DashboardDocument(
        connections=dict(standing.connections),
        twins=dict(standing.twins),
        held=standing.held,
        conflicting=dashboard.conflicting,
        errors=dict(standing.errors),
        queue=WaitingDocument(outgoing=standing.queue["outgoing"], incoming=standing.queue["incoming"]),
        days=[_activity(day) for day in dashboard.days],
        weeks=[_activity(week) for week in dashboard.weeks],
        latency=_latency(dashboard.latency),
        slowest=[
            SlowConnectionDocument(
                connection_id=slow.connection_id,
                name=slow.name,
                applied=slow.applied,
                latency=_known(slow.latency),
            )
            for slow in dashboard.slowest
        ],
    )


def _activity(activity: Activity) -> ActivityDocument:
    return ActivityDocument(
        begin=activity.begin,
        incoming=activity.incoming,
        outgoing=activity.outgoing,
        pairs=activity.pairs,
        errors=activity.errors,
        latency=_latency(activity.latency),
    )


def _latency(latency: Latency | None) -> LatencyDocument | None:
    return None if latency is None else _known(latency)


def _known(latency: Latency) -> LatencyDocument:
    return LatencyDocument(p50=round(latency.p50, 1), p95=round(latency.p95, 1), p99=round(latency.p99, 1))
