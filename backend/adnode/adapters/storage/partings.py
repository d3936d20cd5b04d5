"""What is remembered of pairs that ended, in the database."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from adnode.adapters.storage.consent_rows import PartingRow
from adnode.adapters.storage.statements import changed_rows, chunked, read_rows
from adnode.adapters.storage.upserts import insert
from adnode.domain.parting import Parting

_KEYS = ("connection_id", "work_item_id")


class SqlPartings:
    """PartingRepository on SQL."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def note(self, partings: Sequence[Parting]) -> None:
        if not partings:
            return
        statement = insert(self._session, PartingRow)
        new = statement.excluded
        changed = {each.name: new[each.name] for each in fields(Parting) if each.name not in _KEYS}
        changed["is_ours"] = or_(PartingRow.is_ours, new.is_ours)
        replacing = statement.on_conflict_do_update(index_elements=list(_KEYS), set_=changed)
        self._session.connection().execute(replacing, [asdict(parting) for parting in partings])

    def find(self, organization_id: str, peer_organization_id: str, work_item_ids: Collection[int]) -> list[Parting]:
        return self._find(organization_id, peer_organization_id, PartingRow.work_item_id, work_item_ids)

    def find_by_remote(
        self, organization_id: str, peer_organization_id: str, remote_work_item_ids: Collection[int]
    ) -> list[Parting]:
        return self._find(organization_id, peer_organization_id, PartingRow.remote_work_item_id, remote_work_item_ids)

    def _find(
        self,
        organization_id: str,
        peer_organization_id: str,
        column: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
        numbers: Collection[int],
    ) -> list[Parting]:
        found: list[Parting] = []
        for some in chunked(numbers):
            is_one: ColumnElement[bool] = column.in_(some)
            query = select(PartingRow).where(
                PartingRow.organization_id == organization_id,
                PartingRow.peer_organization_id == peer_organization_id,
                is_one,
            )
            found += [_parting(row) for row in read_rows(self._session, query)]
        return sorted(found, key=_age, reverse=True)

    def clear(self, connection_id: str, work_item_ids: Collection[int]) -> None:
        for some in chunked(work_item_ids):
            statement = delete(PartingRow).where(
                PartingRow.connection_id == connection_id, PartingRow.work_item_id.in_(some)
            )
            changed_rows(self._session, statement)


def _parting(row: PartingRow) -> Parting:
    return Parting(**{each.name: getattr(row, each.name) for each in fields(Parting)})


def _age(parting: Parting) -> tuple[datetime, str, int]:
    return parting.parted_at, parting.connection_id, parting.work_item_id
