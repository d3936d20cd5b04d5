"""All twins of an organization: lists of them, finding one by what people type, and a file for spreadsheets."""

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.connection_note import TwinFigures
from adnode.domain.documents import format_time
from adnode.domain.error_record import ErrorRecord
from adnode.domain.errors import ValidationError
from adnode.domain.pair_file import make_plain
from adnode.domain.proposal import ProposalStatus
from adnode.domain.session import Session, Tenant
from adnode.domain.synced_change import Direction
from adnode.domain.twin import TwinStatus
from adnode.domain.twin_list import TwinEntry, TwinFilter, TwinKey, TwinSort
from adnode.domain.work_item import TITLE, WorkItemSnapshot
from adnode.ports.gateway import OrganizationGateways
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.services.consent.waiting import find_asked
from adnode.services.ownership import own_connections, require_known
from adnode.services.work_item_keys import KeyKind, WorkItemKey, read_work_item_key

EXPORT_PAGE = 500
FOUND_LIMIT = 20
"""Twins that a search shows at most; a list shows the others."""
COLUMNS = (
    "status",
    "work_item_id",
    "work_item_url",
    "title",
    "project",
    "remote_work_item_id",
    "remote_work_item_url",
    "connection",
    "last_direction",
    "synchronized_at",
    "created_at",
    "waiting_outgoing",
    "waiting_incoming",
    "open_errors",
    "last_error",
    "undecided_conflicts",
)
"""Columns of the exported file."""


@dataclass(frozen=True, slots=True)
class TwinWish:
    """Which twins somebody wants to see. ``text`` is a number, an address, or part of a title."""

    connection_ids: tuple[str, ...] = ()
    statuses: frozenset[TwinStatus] = frozenset()
    project: str = ""
    has_error: bool | None = None
    has_conflict: bool | None = None
    synchronized_after: datetime | None = None
    synchronized_before: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class ListedTwin:
    """A row of the list. ``changed_at`` and ``direction`` are of the last synced change that is remembered, ``asked``
    says where the proposal stands that it waits for.
    """

    entry: TwinEntry
    connection: Connection
    url: str
    figures: TwinFigures = field(default_factory=TwinFigures)
    errors: tuple[ErrorRecord, ...] = ()
    conflict_count: int = 0
    direction: Direction | None = None
    changed_at: datetime | None = None
    asked: ProposalStatus | None = None

    @property
    def is_in_progress(self) -> bool:
        """Say whether something about it is still to happen soon by itself."""
        if self.entry.is_held or self.asked is not None:
            return False
        return self.figures.is_at_work or self.figures.outgoing > 0 or self.figures.incoming > 0


@dataclass(frozen=True, slots=True)
class TwinPage:
    """Some rows, and how many there are in all."""

    rows: tuple[ListedTwin, ...]
    total: int


class Finding(StrEnum):
    """What a search led to. NOT_UNDER_SYNC: the work item is there and belongs to no twin. REMOTE_NOT_UNDER_SYNC: a
    partner's work item, of which this side knows no more than that no twin has it. NO_MATCH: no title has these words.
    """

    UNDER_SYNC = "under_sync"
    NOT_UNDER_SYNC = "not_under_sync"
    NOT_FOUND = "not_found"
    REMOTE_NOT_UNDER_SYNC = "remote_not_under_sync"
    NO_MATCH = "no_match"


@dataclass(frozen=True, slots=True)
class FoundWorkItem:
    """The answer to a search. ``connections`` are those that a work item could come under sync over."""

    finding: Finding
    text: str
    twins: tuple[ListedTwin, ...] = ()
    total: int = 0
    work_item: WorkItemSnapshot | None = None
    url: str = ""
    connections: tuple[Connection, ...] = ()


class TwinListService:
    """Lists, finds and exports twins for the administrators of one organization."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, gateways: OrganizationGateways) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways

    def list_page(
        self,
        session: Session,
        wish: TwinWish,
        sort: TwinSort,
        *,
        is_descending: bool,
        after: TwinKey | None,
        limit: int,
    ) -> TwinPage:
        """Return rows that stand after that key; raises NotFoundError for another organization's connection."""
        with self._new_unit_of_work() as work:
            connections = own_connections(work, session)
            wanted = _filter(session.tenant, connections, wish, sort)
            if wanted is None:
                return TwinPage((), 0)
            entries = work.twin_list.list_page(wanted, sort, is_descending=is_descending, after=after, limit=limit)
            rows = list_twins(work, session.tenant, connections, entries)
            return TwinPage(tuple(rows), work.twin_list.count(wanted))

    def count_conflicting(self, session: Session) -> int:
        """Return how many pairs have a value that lost and that nobody has decided on: what the list shows of them."""
        with self._new_unit_of_work() as work:
            return count_conflicting(work, session.tenant.id)

    def find(self, session: Session, text: str) -> FoundWorkItem:
        """Return the twins of what somebody typed, or why there is none.

        Raises ValidationError for an address that belongs to nobody here.
        """
        if not text.strip():
            raise ValidationError("Type the number of a work item, paste its address, or type a part of its title.")
        with self._new_unit_of_work() as work:
            connections = own_connections(work, session)
        key = read_work_item_key(text, session.tenant, connections.values())
        page = self.list_page(
            session,
            TwinWish(text=text),
            TwinSort.SYNCHRONIZED_AT,
            is_descending=True,
            after=None,
            limit=FOUND_LIMIT,
        )
        if page.total:
            return FoundWorkItem(Finding.UNDER_SYNC, key.text, page.rows, page.total)
        return self._explain(session, key, connections)

    def _explain(self, session: Session, key: WorkItemKey, connections: Mapping[str, Connection]) -> FoundWorkItem:
        if key.kind is KeyKind.WORDS or key.number is None:
            return FoundWorkItem(Finding.NO_MATCH, key.text)
        if key.kind is KeyKind.REMOTE_ADDRESS:
            return FoundWorkItem(Finding.REMOTE_NOT_UNDER_SYNC, key.text)
        found = self._gateways.get(session.tenant.id).read_work_items([key.number]).get(key.number)
        if found is None:
            return FoundWorkItem(Finding.NOT_FOUND, key.text)
        usable = [each for each in connections.values() if each.status is ConnectionStatus.ACTIVE]
        url = address_of(session.tenant, found.id)
        return FoundWorkItem(Finding.NOT_UNDER_SYNC, key.text, work_item=found, url=url, connections=tuple(usable))

    def export(self, session: Session, wish: TwinWish, sort: TwinSort, *, is_descending: bool) -> Iterator[str]:
        """Return the text of a CSV file in pieces, page by page; what is wrong with the wish is told at once."""
        with self._new_unit_of_work() as work:
            connections = own_connections(work, session)
        wanted = _filter(session.tenant, connections, wish, sort)
        return self._write(session.tenant, connections, wanted, sort, is_descending=is_descending)

    def _write(
        self,
        tenant: Tenant,
        connections: Mapping[str, Connection],
        wanted: TwinFilter | None,
        sort: TwinSort,
        *,
        is_descending: bool,
    ) -> Iterator[str]:
        yield _line(COLUMNS)
        after: TwinKey | None = None
        while wanted is not None:
            with self._new_unit_of_work() as work:
                entries = work.twin_list.list_page(
                    wanted, sort, is_descending=is_descending, after=after, limit=EXPORT_PAGE
                )
                rows = list_twins(work, tenant, connections, entries)
            yield "".join(_line(_cells(row)) for row in rows)
            if len(entries) < EXPORT_PAGE:
                return
            after = entries[-1].key(sort)


def title_of(snapshot: WorkItemSnapshot) -> str:
    """Return the title of a work item as read."""
    return snapshot.text(TITLE)


def address_of(tenant: Tenant, work_item_id: int | None) -> str:
    """Return the address of a work item's page, '' for none."""
    return f"{tenant.url}/_workitems/edit/{work_item_id}" if work_item_id else ""


def list_twins(
    work: UnitOfWork, tenant: Tenant, connections: Mapping[str, Connection], entries: Sequence[TwinEntry]
) -> list[ListedTwin]:
    """Return entries with what is known about them, in a few queries for all of them."""
    ids = [entry.id for entry in entries]
    figures, errors = work.notes.twin_figures(ids), work.error_records.open_of_twins(ids)
    conflicts, changes = work.conflicts.count_undecided(ids), work.synced_changes.newest(ids)
    asked = find_asked(work, [(each.connection_id, each.id) for each in entries if not each.remote_work_item_id])
    return [
        ListedTwin(
            entry=entry,
            connection=connections[entry.connection_id],
            url=address_of(tenant, entry.work_item_id),
            figures=figures[entry.id],
            errors=tuple(sorted(errors.get(entry.id, ()), key=lambda record: record.last_seen_at, reverse=True)),
            conflict_count=conflicts.get(entry.id, 0),
            direction=changes[entry.id][0] if entry.id in changes else None,
            changed_at=changes[entry.id][1] if entry.id in changes else None,
            asked=asked.get(entry.id),
        )
        for entry in entries
        if entry.connection_id in connections
    ]


def count_conflicting(work: UnitOfWork, organization_id: str) -> int:
    """Return how many pairs of an organization have a value that lost and that nobody has decided on."""
    return work.twin_list.count(TwinFilter(organization_id, has_conflict=True))


def _filter(tenant: Tenant, connections: Mapping[str, Connection], wish: TwinWish, sort: TwinSort) -> TwinFilter | None:
    """Return what to ask for; None where the wishes leave nothing over."""
    for connection_id in wish.connection_ids:
        require_known(connections, connection_id)
    chosen = connections if sort is TwinSort.CONNECTION and not wish.connection_ids else wish.connection_ids
    wanted = TwinFilter(
        organization_id=tenant.id,
        connection_ids=tuple(each for each in connections if each in chosen),
        statuses=wish.statuses,
        project=wish.project,
        has_error=wish.has_error,
        has_conflict=wish.has_conflict,
        synchronized_after=wish.synchronized_after,
        synchronized_before=wish.synchronized_before,
    )
    return _search(tenant, connections, wanted, wish.text) if wish.text.strip() else wanted


def _search(tenant: Tenant, connections: Mapping[str, Connection], wanted: TwinFilter, text: str) -> TwinFilter | None:
    key = read_work_item_key(text, tenant, connections.values())
    narrowed = replace(wanted, search=key.search)
    if key.kind is not KeyKind.REMOTE_ADDRESS:
        return narrowed
    allowed: Collection[str] = wanted.connection_ids or connections
    of_partner = tuple(each for each in allowed if each in key.connection_ids)
    return replace(narrowed, connection_ids=of_partner) if of_partner else None


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([make_plain(cell) for cell in cells])
    return line.getvalue()


def _cells(row: ListedTwin) -> list[str]:
    entry, figures = row.entry, row.figures
    return [
        entry.status.value,
        _text(entry.work_item_id),
        row.url,
        entry.title,
        entry.project,
        _text(entry.remote_work_item_id),
        entry.remote_url,
        row.connection.name,
        _text(row.direction),
        _time(entry.synchronized_at),
        _time(entry.created_at),
        str(figures.outgoing),
        str(figures.incoming),
        str(len(row.errors)),
        row.errors[0].message if row.errors else "",
        str(row.conflict_count),
    ]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _time(time: datetime | None) -> str:
    return "" if time is None else format_time(time)
