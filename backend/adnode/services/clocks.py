"""Watching the clocks: this machine's beside that of Azure DevOps, and those of the partners that can be called."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Event

from adnode.domain.clock_difference import (
    ClockOffError,
    ClockVerdict,
    ClockWrongError,
    PartnerClockOffError,
    describe,
    judge,
    make_error,
)
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.errors import AdnodeError, GatewayError
from adnode.domain.organization import Organization
from adnode.ports.error_storage import ErrorFilter
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.failures import CLOCK, make_organization_record, make_record

PeerTime = Callable[[str], datetime | None]
"""Returns the time by the node at that address, None where it has not told."""
_OWN = (ClockOffError.code, ClockWrongError.code)


@dataclass(frozen=True, slots=True)
class _Finding:
    """What is wrong with one clock, None for nothing; of the organization, or of the partner of one connection."""

    organization_id: str
    connection: Connection | None
    error: AdnodeError | None


class ClockWatch:
    """Opens an error record for a clock that is off and closes it once it is right.

    Only the difference to Azure DevOps stops anything (the round of reconciliation looks itself): what a partner's node
    says of the time is told to people and believed by nobody.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: GatewayProvider,
        peer_time: PeerTime,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._peer_time = peer_time
        self._clock = clock
        self._ids = ids

    def watch(self, stopping: Event | None = None) -> bool:
        """Look at all clocks once; there is never more to do at once."""
        with self._new_unit_of_work() as work:
            organizations = work.organizations.list_all()
            connections = work.connections.list_all(statuses=[ConnectionStatus.ACTIVE])
        findings: list[_Finding] = []
        for organization in organizations:
            if stopping is not None and stopping.is_set():
                return False
            findings += self._look(organization, connections)
        self._tell(findings)
        return False

    def _look(self, organization: Organization, connections: Iterable[Connection]) -> list[_Finding]:
        try:
            difference = self._clock.now() - self._gateways.get(organization.id).time()
        except GatewayError:
            # The change feed tells people of an Azure DevOps that does not answer.
            return []
        findings = [_Finding(organization.id, None, make_error(difference, organization.name))]
        if judge(difference) is ClockVerdict.RIGHT:
            own = [each for each in connections if each.organization_id == organization.id]
            findings += [_Finding(organization.id, each, self._look_at_peer(each, difference)) for each in own]
        return findings

    def _look_at_peer(self, connection: Connection, own: timedelta) -> PartnerClockOffError | None:
        told = self._peer_time(connection.peer.url) if connection.peer and connection.peer.url else None
        if told is None or connection.peer is None:
            return None
        difference = told - (self._clock.now() - own)
        if judge(difference) is ClockVerdict.RIGHT:
            return None
        return PartnerClockOffError(
            f"The clock of the node of {connection.peer.organization_name} is {describe(difference)} that of Azure "
            f"DevOps. Its requests over connection {connection.name} may be refused as too old. Ask its administrator "
            "to let a time service (NTP) set it."
        )

    def _tell(self, findings: list[_Finding]) -> None:
        with self._new_unit_of_work() as work:
            changed = [self._tell_one(work, finding) for finding in findings]
            if any(changed):
                work.commit()

    def _tell_one(self, work: UnitOfWork, finding: _Finding) -> bool:
        codes = _OWN if finding.connection is None else (PartnerClockOffError.code,)
        connection_id = finding.connection.id if finding.connection else ""
        wanted = finding.error.code if finding.error else ""
        # Counted first, because this runs all the time and there is hardly ever anything to tell.
        known = {
            code
            for code in codes
            if work.error_records.count(ErrorFilter(finding.organization_id, connection_id=connection_id, code=code))
        }
        for code in known - {wanted}:
            work.error_records.close(
                self._clock.now(), organization_id=finding.organization_id, connection_id=connection_id, code=code
            )
        if finding.error and wanted not in known:
            work.error_records.open(self._record(finding, finding.error))
        return bool(known - {wanted}) or (bool(wanted) and wanted not in known)

    def _record(self, finding: _Finding, error: AdnodeError) -> ErrorRecord:
        now = self._clock.now()
        impact = Impact.NODE if isinstance(error, ClockWrongError) else Impact.WARNING
        if finding.connection is None:
            return make_organization_record(error, finding.organization_id, impact, self._ids, now, subject=CLOCK)
        return replace(make_record(error, finding.connection, None, self._ids, now, subject=CLOCK), impact=impact)
