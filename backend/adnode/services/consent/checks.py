"""Finding out whether a condition of ours allows what the partner asks for: Azure DevOps says so, not the partner."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from threading import Event

import structlog

from adnode.domain.connection import Connection
from adnode.domain.consent import Consent
from adnode.domain.error_record import Impact
from adnode.domain.errors import AdnodeError, ConditionRefusedError, QueryRefusedError, StorageUnavailableError
from adnode.domain.proposal import Proposal, ProposalKind, ProposalRow, ProposalStatus
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.consent.answers import tell_declined, word_nobody, word_unmatched
from adnode.services.consent.decisions import Decision, accept_rows
from adnode.services.consent.questions import need_person
from adnode.services.consent.trail import PartnerTrail
from adnode.services.correlation import correlated
from adnode.services.failures import make_record
from adnode.sync.trigger_query import make_query

SLICE = 200
AT_ONCE = 20
CONDITION = "consent"
"""Subject of the error record about a condition that can't be asked."""

log = structlog.get_logger(__name__)


class ConsentCheckService:
    """Asks the condition about rows that are not checked yet, and does what follows."""

    def __init__(
        self, new_unit_of_work: UnitOfWorkFactory, gateways: GatewayProvider, wakeups: Wakeups, clock: Clock, ids: Ids
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids

    def check_due(self, stopping: Event) -> bool:
        """Check a slice of every proposal that has something unchecked; say whether anything was decided."""
        with self._new_unit_of_work() as work:
            proposal_ids = work.proposals.unchecked(AT_ONCE)
        is_further = False
        for proposal_id in proposal_ids:
            if stopping.is_set():
                return False
            with correlated():
                is_further |= self._check(proposal_id)
        return is_further

    def _check(self, proposal_id: str) -> bool:
        with self._new_unit_of_work() as work:
            proposal = work.proposals.get(proposal_id)
            connection = work.connections.get(proposal.connection_id)
            rows = work.proposals.rows(proposal_id, statuses=[ProposalStatus.UNCHECKED], limit=SLICE)
        if not rows:
            return False
        try:
            matching = self._find_matching(connection, rows)
        except StorageUnavailableError:
            raise
        except (ConditionRefusedError, QueryRefusedError) as error:
            self._ask_person(connection, proposal, rows, error)
            return True
        except AdnodeError as error:
            # Tried again by the next round: what passes by itself is no reason to bother anybody.
            log.warning("consent_not_checked_yet", connection=connection.id, code=error.code, reason=error.message)
            return False
        self._decide(proposal_id, {row.number for row in rows}, matching)
        return True

    def _find_matching(self, connection: Connection, rows: Sequence[ProposalRow]) -> set[int]:
        """Return which of our work items the setting allows as it is now."""
        numbers = sorted({row.work_item_id for row in rows})
        match connection.consent:
            case Consent.NOBODY:
                return set()
            case Consent.QUERY:
                query = make_query(connection.project, "", connection.consent_query, numbers)
                return set(self._gateways.get(connection.organization_id).query(connection.project, query))
            case _:
                return set(numbers)

    def _ask_person(
        self, connection: Connection, proposal: Proposal, rows: Sequence[ProposalRow], error: AdnodeError
    ) -> None:
        """A condition that can't be asked allows nothing: people decide until it is mended."""
        now = self._clock.now()
        text = (
            f"The condition for what the partner may connect to over {connection.name} can't be asked: {error.message} "
            "Until it is mended, or another choice made, each proposal waits for a yes or no of yours."
        )
        with self._new_unit_of_work() as work:
            stored = work.connections.get(connection.id)
            record = make_record(error, stored, None, self._ids, now, subject=CONDITION)
            work.error_records.open(replace(record, impact=Impact.WARNING, message=text))
            work.proposals.save_rows(proposal.id, [row.moved_to(ProposalStatus.OPEN) for row in rows])
            work.commit()

    def _decide(self, proposal_id: str, numbers: Collection[int], matching: Collection[int]) -> None:
        now = self._clock.now()
        with self._new_unit_of_work() as work:
            proposal = work.proposals.get(proposal_id)
            connection = work.connections.get(proposal.connection_id)
            found = work.proposals.rows(proposal_id, statuses=[ProposalStatus.UNCHECKED], limit=SLICE)
            rows = [row for row in found if row.number in numbers]
            work.error_records.close(now, connection_id=connection.id, subject=CONDITION)
            self._decline(work, connection, proposal, [row for row in rows if row.work_item_id not in matching])
            self._allow(work, connection, proposal, [row for row in rows if row.work_item_id in matching])
            work.commit()
        for topic in (Topic.RECONCILE, Topic.SEND):
            self._wakeups.wake(topic, connection.id)

    def _decline(
        self, work: UnitOfWork, connection: Connection, proposal: Proposal, rows: Sequence[ProposalRow]
    ) -> None:
        if not rows:
            return
        is_nobody = connection.consent is Consent.NOBODY
        text = word_nobody(work, connection) if is_nobody else word_unmatched(work, connection)
        work.proposals.save_rows(proposal.id, [row.moved_to(ProposalStatus.DECLINED, text) for row in rows])
        tell_declined(work, connection, proposal.reference, rows, text, self._clock.now())

    def _allow(self, work: UnitOfWork, connection: Connection, proposal: Proposal, rows: Sequence[ProposalRow]) -> None:
        """Begin what the setting allows; what no setting allows, or what is in the way of another, people decide."""
        is_asking = connection.consent is Consent.ASK
        numbers = [row.work_item_id for row in rows]
        for_people = need_person(work, connection, numbers, is_lineage=proposal.kind is ProposalKind.LINEAGE)
        free = [row for row in rows if not is_asking and row.work_item_id not in for_people]
        decision = Decision(connection, proposal, self._ids, self._clock.now())
        obstacles = accept_rows(work, decision, free) if free else {}
        begun = {row.number for row in free} - set(obstacles)
        rest = [row.moved_to(ProposalStatus.OPEN) for row in rows if row.number not in begun]
        work.proposals.save_rows(proposal.id, rest)
        trail = PartnerTrail(work, connection, self._ids, self._clock.now())
        trail.note_allowed(proposal, [row for row in rows if row.number in begun], connection.consent.value)
        trail.close()
