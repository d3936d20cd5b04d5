"""Single work items as the hub and the work item panel handle them, with the rights of the person at the keyboard."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from adnode.domain.audit import AuditAction
from adnode.domain.connecting import KeptContent
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.connection_note import TwinFigures
from adnode.domain.consent import PanelAccess, PanelDeed
from adnode.domain.counterpart import CounterpartChoice
from adnode.domain.error_record import ErrorRecord
from adnode.domain.errors import (
    AdministratorRequiredError,
    NotFoundError,
    StillWaitingError,
    ValidationError,
    WorkItemNotFoundError,
)
from adnode.domain.proposal import ProposalStatus
from adnode.domain.session import Session
from adnode.domain.sync_state import SUMMARY
from adnode.domain.twin import Twin, TwinStatus
from adnode.ports.identity import IdentityDirectory, WorkItemRights
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.services.audit import AuditService
from adnode.services.consent.waiting import find_asked
from adnode.services.error_records import ErrorRecordService
from adnode.services.guards import Guard
from adnode.services.joining import JoiningService
from adnode.services.ownership import own_connection
from adnode.services.work_items import SynchronizeResult, SyncNote, Wish, WorkItemService

Waiting = Literal["finish", "stop"]
NUMBER_LIMIT = 2**31 - 1
SHOWN_NUMBERS = 20
_NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
_ADDRESS = re.compile(
    r"https?://\S+?/(?:_workitems/edit|_apis/wit/workitems)/([0-9]{1,10})(?:[/?#].*)?", re.I | re.ASCII
)
_USABLE = (ConnectionStatus.ACTIVE, ConnectionStatus.DEACTIVATED, ConnectionStatus.BLOCKED)


@dataclass(frozen=True, slots=True)
class TwinView:
    """A twin with everything that pages show about it. ``asked`` says where the proposal stands that it waits for, None
    where it waits for none.
    """

    twin: Twin
    connection: Connection
    figures: TwinFigures
    title: str | None
    url: str
    errors: tuple[ErrorRecord, ...]
    conflict_count: int
    asked: ProposalStatus | None

    @property
    def is_in_progress(self) -> bool:
        """Say whether something about it is still to happen soon by itself."""
        if self.twin.is_held or self.asked is not None:
            return False
        figures = self.figures
        return figures.is_at_work or figures.outgoing > 0 or figures.incoming > 0


@dataclass(frozen=True, slots=True)
class Started:
    """A twin that was asked for, and whether it was made for that."""

    view: TwinView
    is_new: bool


@dataclass(frozen=True, slots=True)
class WorkItemView:
    """A work item's twins, the connections that it could go over, and whether the person may edit it."""

    twins: tuple[TwinView, ...]
    connections: tuple[Connection, ...]
    may_edit: bool


class HubWorkItemService:
    """Use cases on single work items of one organization.

    Administrators act through the node's account. Everybody else, and whoever connects to an existing work item, must
    show an access token, and Azure DevOps is asked what its bearer may do with that work item.
    """

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        directory: IdentityDirectory,
        work_items: WorkItemService,
        joining: JoiningService,
        error_records: ErrorRecordService,
        audit: AuditService,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._directory = directory
        self._work_items = work_items
        self._joining = joining
        self._error_records = error_records
        self._audit = audit

    def list_twins(self, session: Session, work_item_id: int, access_token: str) -> WorkItemView:
        """Return the twins of a work item for somebody who may read it."""
        rights = self._require_read(session, work_item_id, access_token)
        with self._new_unit_of_work() as work:
            twins = work.twins.find_by_work_item(session.tenant.id, [work_item_id])
            views = self._views(work, session, twins)
            usable = [
                connection
                for connection in work.connections.list_all(statuses=_USABLE)
                if connection.organization_id == session.tenant.id
            ]
        return WorkItemView(tuple(views), tuple(usable), rights.may_edit)

    def show(self, session: Session, connection_id: str, work_item_id: int, access_token: str) -> TwinView:
        """Return the twin of a work item over one connection; raises NotFoundError."""
        if not session.is_administrator:
            self._require_read(session, work_item_id, access_token)
        return self._find(session, connection_id, work_item_id)

    def start(
        self,
        session: Session,
        connection_id: str,
        work_item: str,
        access_token: str,
        choice: CounterpartChoice | None = None,
    ) -> Started:
        """Put a work item under sync; one that is already is shown as it is. Raises KnownCounterpartError where there
        is one and no choice.
        """
        work_item_id = self._read_key(session, work_item)
        connection = self._own(session, connection_id)
        _require_access(session, connection, PanelDeed.EXALATE)
        self._require_edit(session, work_item_id, access_token)
        note = exalation_note(self._audit, session, choice)
        wish = Wish(choice=choice, asks=True, asked_by=session.user_name)
        result = self._work_items.synchronize(connection_id, [work_item_id], wish, note=note)
        return Started(self._find(session, connection_id, work_item_id), bool(result.started))

    def connect(
        self,
        session: Session,
        work_item_id: int,
        connection_id: str,
        remote_id: int,
        kept: KeptContent,
        access_token: str,
    ) -> TwinView:
        """Make two existing work items a twin; ``kept`` says whose content stands on both sides."""
        connection = self._own(session, connection_id)
        rights = self._rights(session, work_item_id, access_token)
        if not rights.may_edit:
            raise _no_edit(session, work_item_id)
        _require_access(session, connection, PanelDeed.CONNECT)
        details = {"work_item": str(work_item_id), "remote_work_item": str(remote_id), "winner": kept.value}
        guard = self._guard(session, AuditAction.WORK_ITEM_CONNECTED, details)
        self._joining.join(connection_id, work_item_id, remote_id, kept, session.user_name, guard)
        return self._find(session, connection_id, work_item_id)

    def unlink(
        self, session: Session, connection_id: str, work_item_id: int, waiting: Waiting, access_token: str
    ) -> None:
        """Take a work item out of sync. ``finish`` raises StillWaitingError while changes wait, ``stop`` drops them."""
        connection = self._own(session, connection_id)
        _require_access(session, connection, PanelDeed.UNEXALATE)
        self._require_edit(session, work_item_id, access_token)
        view = self._find(session, connection_id, work_item_id)
        if waiting == "finish" and view.is_in_progress and view.twin.status is not TwinStatus.FAILED:
            raise StillWaitingError(
                f"Changes of work item {work_item_id} are still on their way. Try again in a moment, or stop at once."
            )
        guard = self._guard(session, AuditAction.WORK_ITEM_UNEXALATED, {"work_item": str(work_item_id)})
        self._work_items.unlink(connection_id, work_item_id, guard)

    def retry(self, session: Session, record_id: str, access_token: str) -> None:
        """Try again what an open error is about."""
        with self._new_unit_of_work() as work:
            record = work.error_records.get(record_id)
        if record.organization_id != session.tenant.id:
            raise NotFoundError(f"There is no error {record_id} here. List the errors to see their ids.")
        if not session.is_administrator:
            if record.work_item_id is None:
                raise AdministratorRequiredError("Only an administrator can retry what concerns a whole connection.")
            self._require_edit(session, record.work_item_id, access_token)

        def note(work: UnitOfWork, record: ErrorRecord) -> None:
            connection = own_connection(work, session, record.connection_id) if record.connection_id else None
            self._audit.note(work, session, AuditAction.ERROR_RETRIED, connection, {"code": record.code})

        self._error_records.retry(record_id, note)

    def _read_key(self, session: Session, text: str) -> int:
        """Return the number in a typed number or pasted address of this organization."""
        text = text.strip()
        found = _ADDRESS.fullmatch(text)
        if found and not text.casefold().startswith(f"{session.tenant.url.casefold()}/"):
            raise ValidationError("This work item is of another organization. Paste one of your own.")
        digits = found.group(1) if found else text.removeprefix("#")
        if not _NUMBER.fullmatch(digits) or not 1 <= int(digits) <= NUMBER_LIMIT:
            raise ValidationError("Type the number of a work item, for example 42, or paste its address.")
        return int(digits)

    def _require_read(self, session: Session, work_item_id: int, access_token: str) -> WorkItemRights:
        rights = self._rights(session, work_item_id, access_token)
        if not rights.may_read:
            raise WorkItemNotFoundError(
                f"Work item {work_item_id} does not exist in {session.tenant.name}, or you may not read it.", status=404
            )
        return rights

    def _require_edit(self, session: Session, work_item_id: int, access_token: str) -> None:
        if session.is_administrator and not access_token:
            return
        rights = self._rights(session, work_item_id, access_token)
        if not rights.may_edit and not (session.is_administrator and rights.may_read):
            raise _no_edit(session, work_item_id)

    def _rights(self, session: Session, work_item_id: int, access_token: str) -> WorkItemRights:
        return self._directory.rights_on(session.tenant.collection, access_token, work_item_id)

    def _own(self, session: Session, connection_id: str) -> Connection:
        with self._new_unit_of_work() as work:
            return own_connection(work, session, connection_id)

    def _find(self, session: Session, connection_id: str, work_item_id: int) -> TwinView:
        with self._new_unit_of_work() as work:
            connection = own_connection(work, session, connection_id)
            twins = work.twins.find_by_work_item(session.tenant.id, [work_item_id])
            found = [twin for twin in twins if twin.connection_id == connection_id]
            views = self._views(work, session, found)
        if not views:
            raise NotFoundError(f"Work item {work_item_id} is not under sync over connection {connection.name}.")
        return views[0]

    def _views(self, work: UnitOfWork, session: Session, twins: Sequence[Twin]) -> list[TwinView]:
        figures = work.notes.twin_figures([twin.id for twin in twins])
        asked = find_asked(work, [(twin.connection_id, twin.id) for twin in twins if not twin.remote_work_item_id])
        return [
            TwinView(
                asked=asked.get(twin.id),
                twin=twin,
                connection=work.connections.get(twin.connection_id),
                figures=figures[twin.id],
                title=_title(twin),
                url=f"{session.tenant.url}/_workitems/edit/{twin.work_item_id}" if twin.work_item_id else "",
                errors=tuple(work.error_records.list_records(connection_id=twin.connection_id, twin_id=twin.id)),
                conflict_count=len(
                    work.error_records.list_conflicts(connection_id=twin.connection_id, twin_id=twin.id)
                ),
            )
            for twin in twins
        ]

    def _guard(self, session: Session, action: AuditAction, details: Mapping[str, str]) -> Guard:
        return Guard(note=lambda work, connection: self._audit.note(work, session, action, connection, details))


def exalation_note(audit: AuditService, session: Session, choice: CounterpartChoice | None = None) -> SyncNote:
    """Return what writes down, in the transaction that puts work items under sync, who did it."""

    def note(work: UnitOfWork, connection: Connection, result: SynchronizeResult) -> None:
        if result.started:
            chosen = {"known_counterpart": choice.value} if choice else {}
            details = {"work_item": _shown(result.started), **chosen}
            audit.note(work, session, AuditAction.WORK_ITEM_EXALATED, connection, details)

    return note


def _shown(numbers: Sequence[int]) -> str:
    """Return numbers for the audit trail, where thousands would help nobody."""
    first = ", ".join(str(number) for number in numbers[:SHOWN_NUMBERS])
    return first if len(numbers) <= SHOWN_NUMBERS else f"{first} and {len(numbers) - SHOWN_NUMBERS} more"


def _title(twin: Twin) -> str | None:
    register = twin.state.get(SUMMARY)
    return str(register.value) if register else None


def _require_access(session: Session, connection: Connection, deed: PanelDeed) -> None:
    """Refuse what the connection keeps for administrators."""
    if session.is_administrator or connection.access_to(deed) is PanelAccess.CONTRIBUTORS:
        return
    raise AdministratorRequiredError(
        f"Only administrators may {deed} work items over connection {connection.name}. Ask one of "
        f"{session.tenant.name} to do it."
    )


def _no_edit(session: Session, work_item_id: int) -> AdministratorRequiredError:
    return AdministratorRequiredError(
        f"You may not edit work item {work_item_id} in {session.tenant.name}. Ask an administrator of its project for "
        "the right “Edit work items in this node”.",
        right="Edit work items in this node",
        grantor="an administrator of the project",
    )
