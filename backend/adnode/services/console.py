"""The services behind the console's tabs beside the connections: put together from ports alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adnode.domain.job import JobKind
from adnode.domain.license_plan import UNLIMITED, LicensePlan
from adnode.ports.gateway import OrganizationGateways
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Vault, Wakeups
from adnode.services.audit import AuditService
from adnode.services.bulk import BulkService, ExalateHandler, UnexalateHandler
from adnode.services.bulk_connect import BulkConnectHandler, BulkConnectService
from adnode.services.clean_up import CleanUpHandler, CleanUpService
from adnode.services.clocks import ClockWatch, PeerTime
from adnode.services.conflicts import ConflictService
from adnode.services.consent.checks import ConsentCheckService
from adnode.services.consent.proposals import ProposalService
from adnode.services.dashboard import DashboardService
from adnode.services.drift.comparison import ComparisonHandler
from adnode.services.drift.repair import RepairHandler
from adnode.services.drift.service import DEEP_EVERY, DriftService
from adnode.services.held_pairs import HeldPairsService
from adnode.services.hub_errors import HubErrorService
from adnode.services.jobs.handlers import JobHandler
from adnode.services.jobs.runner import JobRunner
from adnode.services.jobs.service import JobService
from adnode.services.live_sessions import LiveSessionService
from adnode.services.notifications import NotificationParts, NotificationServices, assemble_notifications
from adnode.services.retries import RetryService
from adnode.services.silence import SilenceWatch
from adnode.services.sync_queue import SyncQueueService
from adnode.services.trigger_evaluation import TriggerEvaluationService
from adnode.services.trigger_matches import TriggerMatches
from adnode.services.triggers import TriggerService
from adnode.services.twin_details import TwinDetailsService
from adnode.services.twin_list import TwinListService
from adnode.services.usage import UsageService


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """What the console is made of. ``owner`` names this process in leases; ``greet`` calls the peer of a connection
    that there is nothing to tell (the exchange's greet); ``peer_time`` tells what a partner's node takes for the time.
    """

    new_unit_of_work: UnitOfWorkFactory
    gateways: OrganizationGateways
    wakeups: Wakeups
    vault: Vault
    clock: Clock
    ids: Ids
    owner: str
    notifications: NotificationParts
    greet: Callable[[str], bool]
    peer_time: PeerTime = lambda _url: None
    plan: LicensePlan = UNLIMITED
    deep_comparison_every: timedelta = DEEP_EVERY


@dataclass(frozen=True, slots=True)
class ConsoleServices:
    """One service or more for each tab."""

    audit: AuditService
    sessions: LiveSessionService
    twins: TwinListService
    twin_details: TwinDetailsService
    conflicts: ConflictService
    usage: UsageService
    held_pairs: HeldPairsService
    dashboard: DashboardService
    errors: HubErrorService
    retries: RetryService
    silence: SilenceWatch
    clocks: ClockWatch
    notifications: NotificationServices
    sync_queue: SyncQueueService
    triggers: TriggerService
    trigger_matches: TriggerMatches
    trigger_evaluation: TriggerEvaluationService
    bulk: BulkService
    bulk_connect: BulkConnectService
    clean_up: CleanUpService
    jobs: JobService
    drift: DriftService
    job_runner: JobRunner
    proposals: ProposalService
    consent_checks: ConsentCheckService


def assemble_console(parts: ConsoleParts) -> ConsoleServices:
    """Return the services."""
    storage, gateways, wakeups = parts.new_unit_of_work, parts.gateways, parts.wakeups
    clock, ids, owner = parts.clock, parts.ids, parts.owner
    audit = AuditService(storage, clock, ids)
    retries = RetryService(storage, wakeups, clock)
    matches = TriggerMatches(storage, gateways)
    bulk = BulkService(storage, audit, clock, ids)
    return ConsoleServices(
        audit=audit,
        sessions=LiveSessionService(storage, audit, clock, ids),
        twins=TwinListService(storage, gateways),
        twin_details=TwinDetailsService(storage, wakeups, audit, clock),
        conflicts=ConflictService(storage, wakeups, audit, clock),
        usage=UsageService(storage, parts.plan, clock),
        held_pairs=HeldPairsService(storage, parts.plan, wakeups, clock, ids),
        dashboard=DashboardService(storage, clock),
        errors=HubErrorService(storage, retries, audit, clock),
        retries=retries,
        silence=SilenceWatch(storage, clock, ids, parts.greet),
        clocks=ClockWatch(storage, gateways, parts.peer_time, clock, ids),
        notifications=assemble_notifications(parts.notifications, storage, parts.vault, clock, ids),
        sync_queue=SyncQueueService(storage, wakeups, audit, clock),
        triggers=TriggerService(storage, gateways, matches, bulk, audit, clock, ids),
        trigger_matches=matches,
        trigger_evaluation=TriggerEvaluationService(storage, gateways, wakeups, clock, ids, owner),
        bulk=bulk,
        bulk_connect=BulkConnectService(storage, gateways, audit, clock, ids),
        clean_up=CleanUpService(storage, audit, clock, ids),
        jobs=JobService(storage, audit, clock),
        drift=DriftService(storage, audit, clock, ids, parts.deep_comparison_every),
        job_runner=JobRunner(storage, _job_handlers(parts, matches), clock, owner),
        consent_checks=ConsentCheckService(storage, gateways, wakeups, clock, ids),
        proposals=ProposalService(storage, gateways, wakeups, audit, clock, ids),
    )


def _job_handlers(parts: ConsoleParts, matches: TriggerMatches) -> Mapping[JobKind, JobHandler[Any]]:
    """Return who does which kind of job."""
    storage, wakeups, clock, ids = parts.new_unit_of_work, parts.wakeups, parts.clock, parts.ids
    comparisons = ComparisonHandler(storage, parts.gateways, wakeups, clock, ids, matches.of_connection)
    return {
        JobKind.BULK_EXALATE: ExalateHandler(storage, parts.gateways, wakeups, clock, ids),
        JobKind.BULK_UNEXALATE: UnexalateHandler(storage, parts.gateways, wakeups, clock, ids),
        JobKind.BULK_CONNECT: BulkConnectHandler(storage, parts.gateways, wakeups, clock, ids),
        JobKind.CLEAN_UP: CleanUpHandler(storage, wakeups, clock),
        JobKind.COMPARISON: comparisons,
        JobKind.DEEP_COMPARISON: comparisons,
        JobKind.DRIFT_REPAIR: RepairHandler(storage, wakeups, clock, ids),
    }
