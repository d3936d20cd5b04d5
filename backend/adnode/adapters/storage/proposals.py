"""Proposals and their rows in the database."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from adnode.adapters.storage.consent_rows import ProposalRowRow, ProposalStoreRow
from adnode.adapters.storage.keyset import paged
from adnode.adapters.storage.rows import ConnectionRow
from adnode.adapters.storage.statements import WITHOUT_MIRROR, changed_rows, chunked, read_rows
from adnode.adapters.storage.turns import Turns
from adnode.domain.connecting import KeptContent
from adnode.domain.connection import ConnectionStatus
from adnode.domain.errors import NotFoundError
from adnode.domain.proposal import (
    UNDECIDED,
    Ask,
    Proposal,
    ProposalDirection,
    ProposalKind,
    ProposalRow,
    ProposalStatus,
    standing_of,
)
from adnode.ports.consent_storage import FoundRow, ProposalFilter

_STORED = tuple(each.name for each in fields(Proposal) if each.name != "counts")
_ROW = tuple(each.name for each in fields(ProposalRow))
_UNDECIDED = tuple(sorted(status.value for status in UNDECIDED))


class SqlProposals:
    """ProposalRepository on SQL."""

    def __init__(self, session: Session, turns: Turns) -> None:
        self._session = session
        self._turns = turns

    def add(self, proposal: Proposal, rows: Sequence[ProposalRow]) -> None:
        self._turns.take(proposal.connection_id)
        self._session.connection().execute(insert(ProposalStoreRow), _values(proposal))
        self._insert(proposal, rows)
        self._follow(proposal.id)

    def add_rows(self, proposal_id: str, rows: Sequence[ProposalRow]) -> None:
        proposal = self.get(proposal_id)
        self._turns.take(proposal.connection_id)
        query = select(func.max(ProposalRowRow.number)).where(ProposalRowRow.proposal_id == proposal_id)
        last = self._session.scalar(query) or 0
        self._insert(proposal, [replace(row, number=number) for number, row in enumerate(rows, start=last + 1)])
        self._follow(proposal_id)

    def _insert(self, proposal: Proposal, rows: Sequence[ProposalRow]) -> None:
        common = {
            "proposal_id": proposal.id,
            "connection_id": proposal.connection_id,
            "direction": proposal.direction.value,
        }
        if rows:
            self._session.connection().execute(insert(ProposalRowRow), [common | _row_values(row) for row in rows])

    def _follow(self, proposal_id: str) -> None:
        """Store where the proposal stands by its rows."""
        standing = standing_of(self._counts([proposal_id]).get(proposal_id, {}))
        statement = update(ProposalStoreRow).where(ProposalStoreRow.id == proposal_id)
        changed_rows(self._session, statement.values(status=standing.value))

    def get(self, proposal_id: str) -> Proposal:
        found = self._read(select(ProposalStoreRow).where(ProposalStoreRow.id == proposal_id))
        if not found:
            raise _not_found(proposal_id)
        return found[0]

    def find_by_reference(self, connection_id: str, direction: ProposalDirection, reference: str) -> Proposal | None:
        if not reference:
            return None
        query = _called(connection_id, direction, reference)
        return next(iter(self._read(query.order_by(ProposalStoreRow.asked_at.desc()).limit(1))), None)

    def newest(self, connection_id: str, direction: ProposalDirection, reference: str) -> Proposal | None:
        query = _called(connection_id, direction, reference).where(ProposalStoreRow.status.in_(_UNDECIDED))
        query = query.order_by(ProposalStoreRow.asked_at.desc(), ProposalStoreRow.id.desc()).limit(1)
        return next(iter(self._read(query)), None)

    def list_page(
        self, wanted: ProposalFilter, *, after: tuple[datetime, str] | None = None, limit: int
    ) -> list[Proposal]:
        order = (ProposalStoreRow.asked_at, ProposalStoreRow.id)
        query = select(ProposalStoreRow).where(*_wanted(wanted))
        return self._read(paged(query, order, after, limit, is_descending=True))

    def count(self, wanted: ProposalFilter) -> int:
        return self._session.scalar(select(func.count()).select_from(ProposalStoreRow).where(*_wanted(wanted))) or 0

    def rows(
        self, proposal_id: str, *, statuses: Collection[ProposalStatus] | None = None, after: int = 0, limit: int
    ) -> list[ProposalRow]:
        query = select(ProposalRowRow).where(ProposalRowRow.proposal_id == proposal_id, ProposalRowRow.number > after)
        if statuses is not None:
            query = query.where(ProposalRowRow.status.in_([status.value for status in statuses]))
        rows = read_rows(self._session, query.order_by(ProposalRowRow.number).limit(limit))
        return [_row(row) for row in rows]

    def save_rows(self, proposal_id: str, rows: Sequence[ProposalRow]) -> None:
        self._turns.take(self.get(proposal_id).connection_id)
        values = [{"proposal_id": proposal_id} | _row_values(row) for row in rows]
        if values:
            self._session.execute(update(ProposalRowRow), values, execution_options=WITHOUT_MIRROR)
            self._follow(proposal_id)

    def note_decision(self, proposal_id: str, decided_by: str, decided_at: datetime) -> None:
        statement = update(ProposalStoreRow).where(ProposalStoreRow.id == proposal_id)
        changed_rows(self._session, statement.values(decided_by=decided_by, decided_at=decided_at))

    def of_twins(
        self, connection_id: str, direction: ProposalDirection, twin_ids: Collection[str]
    ) -> Mapping[str, FoundRow]:
        found: dict[str, FoundRow] = {}
        for ids in chunked(twin_id for twin_id in twin_ids if twin_id):
            query = (
                select(ProposalRowRow)
                .join(ProposalStoreRow, ProposalStoreRow.id == ProposalRowRow.proposal_id)
                .where(
                    ProposalRowRow.connection_id == connection_id,
                    ProposalRowRow.twin_id.in_(ids),
                    ProposalRowRow.direction == direction.value,
                )
                .order_by(ProposalStoreRow.asked_at, ProposalStoreRow.id, ProposalRowRow.number)
            )
            found.update({row.twin_id: _found(row) for row in read_rows(self._session, query)})
        return found

    def asks(self, connection_id: str, twin_ids: Collection[str]) -> Mapping[str, Ask]:
        found: dict[str, Ask] = {}
        for ids in chunked(twin_ids):
            query = (
                select(
                    ProposalRowRow.twin_id,
                    ProposalStoreRow.reference,
                    ProposalStoreRow.kind,
                    ProposalStoreRow.asked_by,
                )
                .join(ProposalStoreRow, ProposalStoreRow.id == ProposalRowRow.proposal_id)
                .where(
                    ProposalRowRow.connection_id == connection_id,
                    ProposalRowRow.twin_id.in_(ids),
                    ProposalRowRow.direction == ProposalDirection.OUTGOING.value,
                )
                .order_by(ProposalStoreRow.asked_at, ProposalStoreRow.id, ProposalRowRow.number)
            )
            for twin_id, reference, kind, asked_by in self._session.execute(query):
                found[twin_id] = Ask(reference, ProposalKind(kind), asked_by)
        return found

    def undecided_between(
        self,
        connection_id: str,
        direction: ProposalDirection,
        *,
        work_item_ids: Collection[int] = (),
        remote_work_item_ids: Collection[int] = (),
    ) -> list[FoundRow]:
        rows = {
            (row.proposal_id, row.number): _found(row)
            for column, numbers in (
                (ProposalRowRow.work_item_id, work_item_ids),
                (ProposalRowRow.remote_work_item_id, remote_work_item_ids),
            )
            for row in self._undecided(connection_id, direction, column, numbers)
        }
        return [rows[key] for key in sorted(rows)]

    def _undecided(
        self,
        connection_id: str,
        direction: ProposalDirection,
        column: InstrumentedAttribute[int],
        numbers: Collection[int],
    ) -> Iterable[ProposalRowRow]:
        for some in chunked(numbers):
            query = select(ProposalRowRow).where(
                ProposalRowRow.connection_id == connection_id,
                ProposalRowRow.direction == direction.value,
                ProposalRowRow.status.in_(_UNDECIDED),
                column.in_(some),
            )
            yield from read_rows(self._session, query)

    def unchecked(self, limit: int) -> list[str]:
        has_unchecked = (
            select(ProposalRowRow.number)
            .where(
                ProposalRowRow.proposal_id == ProposalStoreRow.id,
                ProposalRowRow.status == ProposalStatus.UNCHECKED.value,
            )
            .exists()
        )
        query = (
            select(ProposalStoreRow.id)
            .join(ConnectionRow, ConnectionRow.id == ProposalStoreRow.connection_id)
            .where(
                ProposalStoreRow.status.in_([ProposalStatus.UNCHECKED.value, ProposalStatus.OPEN.value]),
                ProposalStoreRow.direction == ProposalDirection.INCOMING.value,
                ConnectionRow.status == ConnectionStatus.ACTIVE.value,
                has_unchecked,
            )
            .order_by(ProposalStoreRow.asked_at, ProposalStoreRow.id)
        )
        return list(self._session.scalars(query.limit(limit)))

    def count_undecided_rows(self, connection_id: str, direction: ProposalDirection) -> int:
        query = (
            select(func.count())
            .select_from(ProposalRowRow)
            .where(
                ProposalRowRow.connection_id == connection_id,
                ProposalRowRow.direction == direction.value,
                ProposalRowRow.status.in_(_UNDECIDED),
            )
        )
        return self._session.scalar(query) or 0

    def count_open(self, connection_ids: Collection[str]) -> Mapping[str, int]:
        counts: Counter[str] = Counter()
        for ids in chunked(connection_ids):
            for direction, status in _FOR_PEOPLE:
                query = select(ProposalStoreRow.connection_id, func.count()).where(
                    ProposalStoreRow.connection_id.in_(ids),
                    ProposalStoreRow.direction == direction.value,
                    ProposalStoreRow.status == status.value,
                )
                for connection_id, number in self._session.execute(query.group_by(ProposalStoreRow.connection_id)):
                    counts[connection_id] += number
        return counts

    def forget_decided(self, before: datetime, limit: int = 1000) -> int:
        query = select(ProposalStoreRow.id).where(
            ProposalStoreRow.status.not_in(_UNDECIDED), ProposalStoreRow.asked_at < before
        )
        ids = self._session.scalars(query.order_by(ProposalStoreRow.asked_at).limit(limit)).all()
        for some in chunked(ids):
            changed_rows(self._session, delete(ProposalRowRow).where(ProposalRowRow.proposal_id.in_(some)))
            changed_rows(self._session, delete(ProposalStoreRow).where(ProposalStoreRow.id.in_(some)))
        return len(ids)

    def _read(self, query: Select[ProposalStoreRow]) -> list[Proposal]:
        rows = read_rows(self._session, query)
        counts = self._counts([row.id for row in rows])
        return [_from_row(row, counts.get(row.id, {})) for row in rows]

    def _counts(self, proposal_ids: Collection[str]) -> dict[str, dict[ProposalStatus, int]]:
        found: dict[str, dict[ProposalStatus, int]] = {}
        for ids in chunked(proposal_ids):
            query = select(ProposalRowRow.proposal_id, ProposalRowRow.status, func.count()).where(
                ProposalRowRow.proposal_id.in_(ids)
            )
            grouped = query.group_by(ProposalRowRow.proposal_id, ProposalRowRow.status)
            for proposal_id, status, number in self._session.execute(grouped):
                found.setdefault(proposal_id, {})[ProposalStatus(status)] = number
        return found


_FOR_PEOPLE = (
    (ProposalDirection.INCOMING, ProposalStatus.OPEN),
    (ProposalDirection.OUTGOING, ProposalStatus.HELD),
)


def _called(connection_id: str, direction: ProposalDirection, reference: str) -> Select[ProposalStoreRow]:
    return select(ProposalStoreRow).where(
        ProposalStoreRow.connection_id == connection_id,
        ProposalStoreRow.direction == direction.value,
        ProposalStoreRow.reference == reference,
    )


def _wanted(wanted: ProposalFilter) -> list[ColumnElement[bool]]:
    conditions = [ProposalStoreRow.organization_id == wanted.organization_id]
    if wanted.connection_id:
        conditions.append(ProposalStoreRow.connection_id == wanted.connection_id)
    if wanted.direction is not None:
        conditions.append(ProposalStoreRow.direction == wanted.direction.value)
    if wanted.statuses:
        conditions.append(ProposalStoreRow.status.in_(sorted(status.value for status in wanted.statuses)))
    return conditions


def _values(proposal: Proposal) -> dict[str, Any]:
    values = {name: getattr(proposal, name) for name in _STORED}
    return values | {
        "direction": proposal.direction.value,
        "kind": proposal.kind.value,
        "status": proposal.status.value,
        "content": proposal.content.value if proposal.content else None,
    }


def _from_row(row: ProposalStoreRow, counts: Mapping[ProposalStatus, int]) -> Proposal:
    stored = {name: getattr(row, name) for name in _STORED}
    return Proposal(
        **stored
        | {
            "direction": ProposalDirection(row.direction),
            "kind": ProposalKind(row.kind),
            "status": ProposalStatus(row.status),
            "content": KeptContent(row.content) if row.content else None,
        },
        counts=counts,
    )


def _row_values(row: ProposalRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _ROW} | {"status": row.status.value}


def _row(row: ProposalRowRow) -> ProposalRow:
    return ProposalRow(**{name: getattr(row, name) for name in _ROW} | {"status": ProposalStatus(row.status)})


def _found(row: ProposalRowRow) -> FoundRow:
    return FoundRow(row.proposal_id, _row(row))


def _not_found(proposal_id: str) -> NotFoundError:
    return NotFoundError(f"There is no proposal {proposal_id} here. Reload the list of proposals.")
