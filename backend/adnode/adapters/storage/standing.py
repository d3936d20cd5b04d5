"""How an organization stands, read from the database."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from adnode.adapters.storage.message_rows import InboxRow, OutboxRow, is_unsent
from adnode.adapters.storage.rows import ConnectionRow, ErrorRecordRow, TwinRow, is_held
from adnode.domain.connection import ConnectionStatus
from adnode.domain.error_record import ErrorStatus, Impact
from adnode.domain.message import QueueStatus
from adnode.domain.twin import TwinStatus
from adnode.ports.usage_storage import Standing


class SqlStandingView:
    """StandingView on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self, organization_id: str) -> Standing:
        names, connections = self._connections(organization_id)
        twins, held = self._twins(organization_id)
        return Standing(
            connections=connections,
            twins=twins,
            held=held,
            errors={Impact(impact): count for impact, count in self._pairs(_errors(organization_id))},
            queue=self._queue(organization_id),
            names=names,
        )

    def _connections(self, organization_id: str) -> tuple[dict[str, str], Mapping[ConnectionStatus, int]]:
        query = select(ConnectionRow.id, ConnectionRow.name, ConnectionRow.status).where(
            ConnectionRow.organization_id == organization_id, ConnectionRow.status != ConnectionStatus.REMOVED.value
        )
        rows = self._session.execute(query).all()
        return {row.id: row.name for row in rows}, Counter(ConnectionStatus(row.status) for row in rows)

    def _twins(self, organization_id: str) -> tuple[Mapping[TwinStatus, int], int]:
        # The state of a twin is long, so only what stands in indexes is read.
        all_twins = select(TwinRow.status, func.count()).where(TwinRow.connection_id.in_(_own(organization_id)))
        held_twins = select(TwinRow.status, func.count()).where(TwinRow.organization_id == organization_id, is_held())
        held = Counter(dict(self._pairs(held_twins.group_by(TwinRow.status))))
        counts = Counter(dict(self._pairs(all_twins.group_by(TwinRow.status)))) - held
        return {TwinStatus(status): count for status, count in counts.items()}, held.total()

    def _queue(self, organization_id: str) -> Mapping[str, int]:
        own = _own(organization_id)
        outgoing = select(func.count()).select_from(OutboxRow).where(OutboxRow.connection_id.in_(own), is_unsent())
        incoming = (
            select(func.count())
            .select_from(InboxRow)
            .where(InboxRow.connection_id.in_(own), InboxRow.status == QueueStatus.APPLYING.value)
        )
        counted = select(outgoing.scalar_subquery(), incoming.scalar_subquery())
        [(sending, applying)] = self._session.execute(counted)
        return {"outgoing": sending, "incoming": applying}

    def _pairs(self, query: Select[*tuple[Any, ...]]) -> list[tuple[str, int]]:
        return [(name, count) for name, count in self._session.execute(query)]


def _own(organization_id: str) -> Select[*tuple[Any, ...]]:
    return select(ConnectionRow.id).where(
        ConnectionRow.organization_id == organization_id, ConnectionRow.status != ConnectionStatus.REMOVED.value
    )


def _errors(organization_id: str) -> Select[*tuple[Any, ...]]:
    return (
        select(ErrorRecordRow.impact, func.count())
        .where(ErrorRecordRow.organization_id == organization_id, ErrorRecordRow.status == ErrorStatus.OPEN.value)
        .group_by(ErrorRecordRow.impact)
    )
