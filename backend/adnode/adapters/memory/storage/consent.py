"""Proposals, and what is remembered of pairs that ended, in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adnode.adapters.memory.storage.tables import Tables, existing
from adnode.domain.connection import ConnectionStatus
from adnode.domain.parting import Parting
from adnode.domain.proposal import (
    UNDECIDED,
    Ask,
    Proposal,
    ProposalDirection,
    ProposalRow,
    ProposalStatus,
    standing_of,
)
from adnode.ports.consent_storage import FoundRow, ProposalFilter


class MemoryProposals:
    """ProposalRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._proposals = tables.proposals
        self._rows = tables.proposal_rows

    def add(self, proposal: Proposal, rows: Sequence[ProposalRow]) -> None:
        self._proposals[proposal.id] = replace(proposal, counts={})
        self._rows.update({(proposal.id, row.number): row for row in rows})
        self._follow(proposal.id)

    def add_rows(self, proposal_id: str, rows: Sequence[ProposalRow]) -> None:
        self._stored(proposal_id)
        last = max((row.number for row in self._of(proposal_id)), default=0)
        for number, row in enumerate(rows, start=last + 1):
            self._rows[proposal_id, number] = replace(row, number=number)
        self._follow(proposal_id)

    def _follow(self, proposal_id: str) -> None:
        stored = self._stored(proposal_id)
        self._proposals[proposal_id] = replace(stored, status=standing_of(self._counts(proposal_id)))

    def get(self, proposal_id: str) -> Proposal:
        return self._counted(self._stored(proposal_id))

    def find_by_reference(self, connection_id: str, direction: ProposalDirection, reference: str) -> Proposal | None:
        return self._last(connection_id, direction, reference, list(self._proposals.values())) if reference else None

    def newest(self, connection_id: str, direction: ProposalDirection, reference: str) -> Proposal | None:
        undecided = [each for each in self._proposals.values() if each.status in UNDECIDED]
        return self._last(connection_id, direction, reference, undecided)

    def _last(
        self, connection_id: str, direction: ProposalDirection, reference: str, proposals: Sequence[Proposal]
    ) -> Proposal | None:
        key = (connection_id, direction, reference)
        found = [each for each in proposals if (each.connection_id, each.direction, each.reference) == key]
        return self._counted(max(found, key=_place)) if found else None

    def list_page(
        self, wanted: ProposalFilter, *, after: tuple[datetime, str] | None = None, limit: int
    ) -> list[Proposal]:
        found = sorted(self._wanted(wanted), key=_place, reverse=True)
        return [self._counted(each) for each in found if after is None or _place(each) < after][:limit]

    def count(self, wanted: ProposalFilter) -> int:
        return len(self._wanted(wanted))

    def rows(
        self, proposal_id: str, *, statuses: Collection[ProposalStatus] | None = None, after: int = 0, limit: int
    ) -> list[ProposalRow]:
        found = [
            row for row in self._of(proposal_id) if row.number > after and (statuses is None or row.status in statuses)
        ]
        return sorted(found, key=lambda row: row.number)[:limit]

    def save_rows(self, proposal_id: str, rows: Sequence[ProposalRow]) -> None:
        self._stored(proposal_id)
        self._rows.update({(proposal_id, row.number): row for row in rows if (proposal_id, row.number) in self._rows})
        self._follow(proposal_id)

    def note_decision(self, proposal_id: str, decided_by: str, decided_at: datetime) -> None:
        stored = self._stored(proposal_id)
        self._proposals[proposal_id] = replace(stored, decided_by=decided_by, decided_at=decided_at)

    def of_twins(
        self, connection_id: str, direction: ProposalDirection, twin_ids: Collection[str]
    ) -> Mapping[str, FoundRow]:
        found: dict[str, FoundRow] = {}
        for proposal in sorted(self._proposals.values(), key=_place):
            if (proposal.connection_id, proposal.direction) == (connection_id, direction):
                for row in sorted(self._of(proposal.id), key=lambda row: row.number):
                    if row.twin_id and row.twin_id in twin_ids:
                        found[row.twin_id] = FoundRow(proposal.id, row)
        return found

    def asks(self, connection_id: str, twin_ids: Collection[str]) -> Mapping[str, Ask]:
        rows = self.of_twins(connection_id, ProposalDirection.OUTGOING, twin_ids)
        asked = {twin_id: self._proposals[found.proposal_id] for twin_id, found in rows.items()}
        return {twin_id: Ask(each.reference, each.kind, each.asked_by) for twin_id, each in asked.items()}

    def undecided_between(
        self,
        connection_id: str,
        direction: ProposalDirection,
        *,
        work_item_ids: Collection[int] = (),
        remote_work_item_ids: Collection[int] = (),
    ) -> list[FoundRow]:
        return [
            found
            for found in self._undecided(connection_id, direction)
            if found.row.work_item_id in work_item_ids or found.row.remote_work_item_id in remote_work_item_ids
        ]

    def _undecided(self, connection_id: str, direction: ProposalDirection) -> list[FoundRow]:
        return [
            FoundRow(proposal_id, row)
            for (proposal_id, _), row in sorted(self._rows.items())
            if row.status in UNDECIDED
            and self._proposals[proposal_id].connection_id == connection_id
            and self._proposals[proposal_id].direction is direction
        ]

    def unchecked(self, limit: int) -> list[str]:
        active = {
            connection_id
            for connection_id, stored in self._tables.connections.items()
            if stored.connection.status is ConnectionStatus.ACTIVE
        }
        found = [
            each
            for each in self._proposals.values()
            if each.direction is ProposalDirection.INCOMING
            and each.connection_id in active
            and ProposalStatus.UNCHECKED in self._counts(each.id)
        ]
        return [each.id for each in sorted(found, key=_place)][:limit]

    def count_undecided_rows(self, connection_id: str, direction: ProposalDirection) -> int:
        return len(self._undecided(connection_id, direction))

    def count_open(self, connection_ids: Collection[str]) -> Mapping[str, int]:
        waiting = {
            (ProposalDirection.INCOMING, ProposalStatus.OPEN),
            (ProposalDirection.OUTGOING, ProposalStatus.HELD),
        }
        return Counter(
            each.connection_id
            for each in self._proposals.values()
            if each.connection_id in connection_ids and (each.direction, each.status) in waiting
        )

    def forget_decided(self, before: datetime, limit: int = 1000) -> int:
        decided = [each for each in self._proposals.values() if each.status not in UNDECIDED]
        old = [each.id for each in sorted(decided, key=_place) if each.asked_at < before][:limit]
        for proposal_id in old:
            del self._proposals[proposal_id]
        for key in [key for key in self._rows if key[0] in old]:
            del self._rows[key]
        return len(old)

    def _stored(self, proposal_id: str) -> Proposal:
        message = f"There is no proposal {proposal_id} here. Reload the list of proposals."
        return existing(self._proposals, proposal_id, message)

    def _of(self, proposal_id: str) -> list[ProposalRow]:
        return [row for (of_proposal, _), row in self._rows.items() if of_proposal == proposal_id]

    def _counts(self, proposal_id: str) -> dict[ProposalStatus, int]:
        return dict(Counter(row.status for row in self._of(proposal_id)))

    def _counted(self, proposal: Proposal) -> Proposal:
        return replace(proposal, counts=self._counts(proposal.id))

    def _wanted(self, wanted: ProposalFilter) -> list[Proposal]:
        return [
            each
            for each in self._proposals.values()
            if each.organization_id == wanted.organization_id
            and wanted.connection_id in ("", each.connection_id)
            and wanted.direction in (None, each.direction)
            and (not wanted.statuses or each.status in wanted.statuses)
        ]


class MemoryPartings:
    """PartingRepository in memory."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.partings

    def note(self, partings: Sequence[Parting]) -> None:
        for parting in partings:
            key = (parting.connection_id, parting.work_item_id)
            known = self._rows.get(key)
            is_ours = parting.is_ours or (known is not None and known.is_ours)
            self._rows[key] = replace(parting, is_ours=is_ours)

    def find(self, organization_id: str, peer_organization_id: str, work_item_ids: Collection[int]) -> list[Parting]:
        return [
            each for each in self._with(organization_id, peer_organization_id) if each.work_item_id in work_item_ids
        ]

    def find_by_remote(
        self, organization_id: str, peer_organization_id: str, remote_work_item_ids: Collection[int]
    ) -> list[Parting]:
        return [
            each
            for each in self._with(organization_id, peer_organization_id)
            if each.remote_work_item_id is not None and each.remote_work_item_id in remote_work_item_ids
        ]

    def _with(self, organization_id: str, peer_organization_id: str) -> list[Parting]:
        key = (organization_id, peer_organization_id)
        found = [each for each in self._rows.values() if (each.organization_id, each.peer_organization_id) == key]
        return sorted(found, key=lambda each: (each.parted_at, each.connection_id, each.work_item_id), reverse=True)

    def clear(self, connection_id: str, work_item_ids: Collection[int]) -> None:
        for work_item_id in work_item_ids:
            self._rows.pop((connection_id, work_item_id), None)


def _place(proposal: Proposal) -> tuple[datetime, str]:
    return proposal.asked_at, proposal.id
