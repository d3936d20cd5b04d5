"""Ports to proposals, and to what is remembered of pairs that ended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adnode.domain.parting import Parting
from adnode.domain.proposal import Ask, Proposal, ProposalDirection, ProposalRow, ProposalStatus


@dataclass(frozen=True, slots=True)
class ProposalFilter:
    """Which proposals of an organization: '' and none stand for all."""

    organization_id: str
    connection_id: str = ""
    direction: ProposalDirection | None = None
    statuses: frozenset[ProposalStatus] = frozenset()


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A row with the proposal that it is of."""

    proposal_id: str
    row: ProposalRow


class ProposalRepository(Protocol):
    """Proposals of both directions and their rows. The status of a proposal follows its rows whenever they are stored;
    so does ``counts``. Who changes rows has the connection first.
    """

    def add(self, proposal: Proposal, rows: Sequence[ProposalRow]) -> None:
        """Add a proposal with rows of different numbers."""

    def add_rows(self, proposal_id: str, rows: Sequence[ProposalRow]) -> None:
        """Add rows behind those there are: their numbers are given here. Raises NotFoundError."""

    def get(self, proposal_id: str) -> Proposal:
        """Return it; raises NotFoundError."""

    def find_by_reference(self, connection_id: str, direction: ProposalDirection, reference: str) -> Proposal | None:
        """Return the proposal that the asking side calls so ('' finds none)."""

    def newest(self, connection_id: str, direction: ProposalDirection, reference: str) -> Proposal | None:
        """Return the newest one of that reference that is not decided, also of ''."""

    def list_page(
        self, wanted: ProposalFilter, *, after: tuple[datetime, str] | None = None, limit: int
    ) -> list[Proposal]:
        """Return proposals, the newest first, that stand after (asked_at, id) in that order."""

    def count(self, wanted: ProposalFilter) -> int: ...
    def rows(
        self, proposal_id: str, *, statuses: Collection[ProposalStatus] | None = None, after: int = 0, limit: int
    ) -> list[ProposalRow]:
        """Return rows by their numbers."""

    def save_rows(self, proposal_id: str, rows: Sequence[ProposalRow]) -> None:
        """Save rows by their numbers."""

    def note_decision(self, proposal_id: str, decided_by: str, decided_at: datetime) -> None:
        """Keep who decided on it last."""

    def of_twins(
        self, connection_id: str, direction: ProposalDirection, twin_ids: Collection[str]
    ) -> Mapping[str, FoundRow]:
        """Return the newest row of each of those twins."""

    def asks(self, connection_id: str, twin_ids: Collection[str]) -> Mapping[str, Ask]:
        """Return what was asked for last by each of those twins of ours, without title and type."""

    def undecided_between(
        self,
        connection_id: str,
        direction: ProposalDirection,
        *,
        work_item_ids: Collection[int] = (),
        remote_work_item_ids: Collection[int] = (),
    ) -> list[FoundRow]:
        """Return the undecided rows that are about any of these work items, of ours or of the other side."""

    def unchecked(self, limit: int) -> list[str]:
        """Return the ids of proposals with unchecked rows over active connections, the oldest first."""

    def count_undecided_rows(self, connection_id: str, direction: ProposalDirection) -> int: ...
    def count_open(self, connection_ids: Collection[str]) -> Mapping[str, int]:
        """Return by connection how many proposals wait for a person here: open incoming and held outgoing ones."""

    def forget_decided(self, before: datetime, limit: int = 1000) -> int:
        """Delete proposals asked before that time with no undecided row, at most ``limit``; return how many."""


class PartingRepository(Protocol):
    """The last pair of each work item over each connection, once it has ended."""

    def note(self, partings: Sequence[Parting]) -> None:
        """Remember them; the same connection and work item again replaces, but for ``is_ours``, which stays once
        it was said, until ``clear``.
        """

    def find(self, organization_id: str, peer_organization_id: str, work_item_ids: Collection[int]) -> list[Parting]:
        """Return those of work items of ours with that partner, over whichever connection, the newest first."""

    def find_by_remote(
        self, organization_id: str, peer_organization_id: str, remote_work_item_ids: Collection[int]
    ) -> list[Parting]:
        """Return those with work items of that partner, the newest first."""

    def clear(self, connection_id: str, work_item_ids: Collection[int]) -> None:
        """Forget what was said of them: a decision of this side began a new pair."""
