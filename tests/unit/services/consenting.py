"""What tests of consent have in common: asking, deciding, and looking at what is kept."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.unit.services.connecting import session_of
from tests.unit.services.memory_nodes import Meeting, MemoryNode

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway import MemoryGateways
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.audit import AuditAction
from adnode.domain.connecting import KeptContent
from adnode.domain.message import MessageKind, StateBody
from adnode.domain.proposal import Proposal, ProposalDirection, ProposalRow, ProposalStatus
from adnode.domain.sync_state import SUMMARY, Register, Version
from adnode.domain.twin import Twin
from adnode.ports.consent_storage import ProposalFilter
from adnode.services.audit import AuditService
from adnode.services.consent.proposals import ProposalService
from adnode.services.joining import JoiningService

INCOMING, OUTGOING = ProposalDirection.INCOMING, ProposalDirection.OUTGOING
OPEN, ACCEPTED, DECLINED = ProposalStatus.OPEN, ProposalStatus.ACCEPTED, ProposalStatus.DECLINED


def connect(node: MemoryNode, connection_id: str, ours: int, theirs: int, **wish: Any) -> Twin:
    gateways = MemoryGateways(node.gateway)
    ids = MemoryIds(f"join-{node.organization.name}-{node.clock.now():%H%M%S}")
    service = JoiningService(node.storage.unit_of_work, gateways, MemoryWakeups(), node.clock, ids)
    return service.join(connection_id, ours, theirs, wish.get("content", KeptContent.LOCAL), "Anna")


def deciding(node: MemoryNode) -> ProposalService:
    storage, gateways = node.storage.unit_of_work, MemoryGateways(node.gateway)
    ids = MemoryIds(f"decision-{node.organization.name}-{node.clock.now():%H%M%S%f}")
    audit = AuditService(storage, node.clock, ids)
    return ProposalService(storage, gateways, MemoryWakeups(), audit, node.clock, ids)


def proposals(node: MemoryNode, direction: ProposalDirection) -> list[Proposal]:
    with node.storage.unit_of_work() as work:
        return work.proposals.list_page(ProposalFilter(node.organization.id, direction=direction), limit=99)


def rows(node: MemoryNode, direction: ProposalDirection) -> list[ProposalRow]:
    with node.storage.unit_of_work() as work:
        found = work.proposals.list_page(ProposalFilter(node.organization.id, direction=direction), limit=99)
        return [row for each in found for row in work.proposals.rows(each.id, limit=99)]


def statuses(node: MemoryNode, direction: ProposalDirection) -> list[ProposalStatus]:
    return [row.status for row in rows(node, direction)]


def accept(meeting: Meeting, node: MemoryNode) -> None:
    for proposal in proposals(node, INCOMING):
        if proposal.status is OPEN:
            deciding(node).accept(session_of(node), proposal.id)
    meeting.rest()


def decline(meeting: Meeting, node: MemoryNode, note: str = "") -> None:
    (proposal,) = [each for each in proposals(node, INCOMING) if each.status is OPEN]
    deciding(node).decline(session_of(node), proposal.id, note=note)
    meeting.rest()


def everything_of(node: MemoryNode) -> str:
    """All that a node keeps, in words."""
    return repr(node.storage._tables)


def deeds(node: MemoryNode, *actions: AuditAction) -> list[dict[str, str]]:
    with node.storage.unit_of_work() as work:
        entries = work.audit.list_page(node.organization.id, limit=99)
    return [dict(entry.details) for entry in reversed(entries) if entry.action in actions]


def numbers_made(node: MemoryNode) -> int:
    """How many work items the organization has."""
    return len({change.work_item_id for change in node.organization.feed})


def forge(node: MemoryNode, connection_id: str, twin_id: str, lineage: Sequence[str], **changes: Any) -> None:
    """Have a partner send a state that it may send, whatever is true."""
    now = node.clock.now()
    registers = {SUMMARY: Register("Written by the partner", Version(1, 0), now, "elsewhere")}
    url = f"{node.organization.address.url}/_workitems/edit/77"
    body = replace(StateBody(77, url, frozenset(lineage), registers), **changes)
    with node.storage.unit_of_work() as work:
        work.outbox.add(connection_id, twin_id, MessageKind.STATE, body, now)
        work.commit()
