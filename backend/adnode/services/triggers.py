"""The Triggers tab: which work items come under sync by themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from adnode.domain.audit import AuditAction
from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.errors import (
    NotFoundError,
    PreconditionFailedError,
    QueryTooSlowError,
    StateError,
    ValidationError,
    WorkItemTypeNotFoundError,
)
from adnode.domain.job import Job
from adnode.domain.session import Session
from adnode.domain.trigger import NOTES_LIMIT, Trigger, TriggerWish
from adnode.ports.gateway import GatewayProvider
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids
from adnode.services.audit import AuditService
from adnode.services.ownership import own_connection
from adnode.services.trigger_evaluation import close_trigger_records
from adnode.services.trigger_matches import MatchCount, Preview, TriggerMatches
from adnode.sync.trigger_query import check_condition, make_query

HIDDEN_CATEGORY = "Microsoft.HiddenCategory"


class BulkWork(Protocol):
    """Begins jobs on everything that a query finds."""

    def exalate(self, session: Session, connection_id: str, wiql: str, title: str) -> Job:
        """Put it all under sync over the connection."""

    def unexalate(self, session: Session, connection_id: str, wiql: str, title: str) -> Job:
        """Take it all out of sync over the connection."""


@dataclass(frozen=True, slots=True)
class TriggerView:
    """A trigger and the connection that it names, also when that was removed."""

    trigger: Trigger
    connection: Connection


@dataclass(frozen=True, slots=True)
class TriggerEdit:
    """What a person changes of a trigger; None is left as it is."""

    connection_id: str | None = None
    condition: str | None = None
    work_item_type: str | None = None
    notes: str | None = None
    is_active: bool | None = None

    def apply(self, trigger: Trigger) -> TriggerWish:
        """Return how the trigger is wanted then."""
        return TriggerWish(
            connection_id=trigger.connection_id if self.connection_id is None else self.connection_id,
            condition=trigger.condition if self.condition is None else self.condition,
            work_item_type=trigger.work_item_type if self.work_item_type is None else self.work_item_type,
            notes=trigger.notes if self.notes is None else self.notes,
            is_active=trigger.is_active if self.is_active is None else self.is_active,
        )


@dataclass(frozen=True, slots=True)
class TriggerPage:
    """Some triggers, and how many there are in all."""

    views: tuple[TriggerView, ...]
    total: int


class TriggerService:
    """Use cases of the Triggers tab."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: GatewayProvider,
        matches: TriggerMatches,
        bulk: BulkWork,
        audit: AuditService,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._matches = matches
        self._bulk = bulk
        self._audit = audit
        self._clock = clock
        self._ids = ids

    def list_page(
        self,
        session: Session,
        *,
        connection_id: str = "",
        is_active: bool | None = None,
        after: tuple[datetime, str] | None = None,
        limit: int,
        is_descending: bool = False,
    ) -> TriggerPage:
        """Return triggers of the session's organization that stand after (created_at, id)."""
        organization_id = session.tenant.id
        with self._new_unit_of_work() as work:
            triggers = work.triggers.list_page(
                organization_id,
                connection_id=connection_id,
                is_active=is_active,
                after=after,
                limit=limit,
                is_descending=is_descending,
            )
            total = work.triggers.count(organization_id, connection_id=connection_id, is_active=is_active)
            connections = {connection.id: connection for connection in work.connections.list_all()}
        return TriggerPage(tuple(_views(triggers, connections)), total)

    def show(self, session: Session, trigger_id: str) -> TriggerView:
        """Return one; raises NotFoundError."""
        with self._new_unit_of_work() as work:
            trigger = _own_trigger(work, session, trigger_id)
            return TriggerView(trigger, work.connections.get(trigger.connection_id))

    def create(self, session: Session, wish: TriggerWish) -> TriggerView:
        """Make a trigger once Azure DevOps has taken its condition; raises what says why it can't be used."""
        connection, checked = self._check(session, wish)
        count = self._count(connection, checked)
        now = self._clock.now()
        trigger = Trigger(
            id=self._ids.new_id(),
            organization_id=session.tenant.id,
            connection_id=connection.id,
            condition=checked.condition,
            created_at=now,
            created_by=session.user_name,
            work_item_type=checked.work_item_type,
            notes=checked.notes,
            is_active=checked.is_active,
            matches=count.matches,
            is_many=count.is_many,
            counted_at=now,
        )
        with self._new_unit_of_work() as work:
            self._usable(work, session, connection.id)
            added = work.triggers.add(trigger)
            self._audit.note(work, session, AuditAction.TRIGGER_CREATED, connection, checked.details)
            work.commit()
        return TriggerView(added, connection)

    def edit(self, session: Session, trigger_id: str, revision: int, edit: TriggerEdit) -> TriggerView:
        """Save what a person changed, unless somebody else changed it since (PreconditionFailedError)."""
        trigger = self.show(session, trigger_id).trigger
        _check_revision(trigger, revision)
        connection, checked = self._check(session, edit.apply(trigger), known=trigger)
        count = None if checked.finds_as(trigger) else self._count(connection, checked)
        with self._new_unit_of_work() as work:
            stored = _hold(work, session, trigger_id, connection.id)
            self._usable(work, session, connection.id)
            edited = replace(
                stored,
                connection_id=connection.id,
                work_item_type=checked.work_item_type,
                condition=checked.condition,
                notes=checked.notes,
                is_active=checked.is_active,
            )
            self._save(work, stored, edited, revision)
            if count is not None:
                work.triggers.save_count(trigger_id, count.matches, self._clock.now(), is_many=count.is_many)
            self._audit.note(work, session, AuditAction.TRIGGER_CHANGED, connection, checked.details)
            work.commit()
        return self.show(session, trigger_id)

    def activate(self, session: Session, trigger_id: str, revision: int) -> TriggerView:
        """Switch it on: what changes from now on is looked at."""
        with self._new_unit_of_work() as work:
            trigger = _own_trigger(work, session, trigger_id)
            self._usable(work, session, trigger.connection_id)
        return self._switch(session, trigger_id, revision, is_active=True)

    def deactivate(self, session: Session, trigger_id: str, revision: int) -> TriggerView:
        """Switch it off: what changes until it is switched on again is never looked at."""
        return self._switch(session, trigger_id, revision, is_active=False)

    def delete(self, session: Session, trigger_id: str, revision: int) -> None:
        """Delete it; what is under sync stays so."""
        with self._new_unit_of_work() as work:
            trigger = _hold(work, session, trigger_id)
            _check_revision(trigger, revision)
            work.triggers.remove(trigger_id)
            close_trigger_records(work, trigger, self._clock.now())
            self._note(work, session, AuditAction.TRIGGER_DELETED, trigger)
            work.commit()

    def preview(self, session: Session, connection_id: str, work_item_type: str, condition: str) -> Preview:
        """Return what a trigger that is not saved yet would find; raises what says why it can't be used."""
        wish = TriggerWish(connection_id, condition, work_item_type)
        connection, checked = self._check(session, wish)
        return self._matches.preview(connection, checked.work_item_type, checked.condition)

    def list_types(self, session: Session, connection_id: str) -> list[str]:
        """Return the work item types that a trigger of the connection may name, without those that people never see."""
        with self._new_unit_of_work() as work:
            connection = self._usable(work, session, connection_id)
        catalog = self._gateways.get(connection.organization_id).read_catalog(connection.project)
        return sorted(kind.name for kind in catalog.types if not kind.is_disabled and kind.category != HIDDEN_CATEGORY)

    def count(self, session: Session, trigger_id: str) -> TriggerView:
        """Count anew how many work items fit, and return the trigger with that."""
        view = self.show(session, trigger_id)
        trigger = view.trigger
        count = self._matches.count(view.connection, trigger.work_item_type, trigger.condition)
        with self._new_unit_of_work() as work:
            work.triggers.save_count(trigger_id, count.matches, self._clock.now(), is_many=count.is_many)
            work.commit()
        return self.show(session, trigger_id)

    def bulk_exalate(self, session: Session, trigger_id: str) -> Job:
        """Begin to put everything under sync that fits now, and to check what is under sync for changes."""
        view, query = self._bulk_query(session, trigger_id)
        return self._bulk.exalate(session, view.connection.id, query, f"Bulk Exalate: {view.trigger.title}")

    def bulk_unexalate(self, session: Session, trigger_id: str) -> Job:
        """Begin to take everything out of sync that fits now; all work items stay as they are."""
        view, query = self._bulk_query(session, trigger_id)
        return self._bulk.unexalate(session, view.connection.id, query, f"Bulk Unexalate: {view.trigger.title}")

    def _bulk_query(self, session: Session, trigger_id: str) -> tuple[TriggerView, str]:
        view = self.show(session, trigger_id)
        with self._new_unit_of_work() as work:
            connection = self._usable(work, session, view.connection.id)
        return view, make_query(connection.project, view.trigger.work_item_type, view.trigger.condition)

    def _switch(self, session: Session, trigger_id: str, revision: int, *, is_active: bool) -> TriggerView:
        action = AuditAction.TRIGGER_ACTIVATED if is_active else AuditAction.TRIGGER_DEACTIVATED
        with self._new_unit_of_work() as work:
            stored = _hold(work, session, trigger_id)
            if stored.is_active is not is_active:
                self._save(work, stored, replace(stored, is_active=is_active), revision)
                self._note(work, session, action, stored)
                work.commit()
        return self.show(session, trigger_id)

    def _save(self, work: UnitOfWork, stored: Trigger, edited: Trigger, revision: int) -> None:
        _check_revision(stored, revision)
        if not work.triggers.save(replace(edited, revision=revision + 1)):
            raise _changed(stored)
        close_trigger_records(work, stored, self._clock.now())

    def _note(self, work: UnitOfWork, session: Session, action: AuditAction, trigger: Trigger) -> None:
        connection = work.connections.get(trigger.connection_id)
        self._audit.note(work, session, action, connection, {"trigger": trigger.title})

    def _check(
        self, session: Session, wish: TriggerWish, known: Trigger | None = None
    ) -> tuple[Connection, TriggerWish]:
        """Return the connection, and the wish as it will be stored; raises what says why it can't be used. What finds
        the same as the trigger that is known was looked at before.
        """
        condition = check_condition(wish.condition)
        if len(wish.notes) > NOTES_LIMIT:
            raise ValidationError(f"Notes have at most {NOTES_LIMIT} characters.", field="notes")
        if not condition and not wish.work_item_type.strip():
            raise ValidationError(
                "Say in If which work items are meant, or choose a work item type. Every one is: [System.Id] > 0",
                field="condition",
            )
        with self._new_unit_of_work() as work:
            connection = self._usable(work, session, wish.connection_id)
        checked = replace(wish, condition=condition, notes=wish.notes.strip())
        if known is not None and checked.finds_as(known):
            return connection, checked
        return connection, replace(checked, work_item_type=self._find_type(connection, wish.work_item_type.strip()))

    def _count(self, connection: Connection, wish: TriggerWish) -> MatchCount:
        """Return how many fit. A trigger asks about few work items at a time, so it may be too slow to count."""
        self._matches.validate(connection, wish.work_item_type, wish.condition)
        try:
            return self._matches.count(connection, wish.work_item_type, wish.condition)
        except QueryTooSlowError:
            return MatchCount(None)

    def _usable(self, work: UnitOfWork, session: Session, connection_id: str) -> Connection:
        connection = own_connection(work, session, connection_id)
        if connection.status is ConnectionStatus.REMOVED:
            raise StateError(f"Connection {connection.name} was removed. Choose another one in Then sync with.")
        return connection

    def _find_type(self, connection: Connection, name: str) -> str:
        if not name:
            return ""
        catalog = self._gateways.get(connection.organization_id).read_catalog(connection.project)
        found = catalog.find(name)
        if found is None or found.is_disabled:
            shown = ", ".join(sorted(kind.name for kind in catalog.types if not kind.is_disabled))
            raise WorkItemTypeNotFoundError(
                f"Project {connection.project} has no work item type {name}. It has: {shown}.", field="work_item_type"
            )
        return found.name


def _views(triggers: Sequence[Trigger], connections: Mapping[str, Connection]) -> list[TriggerView]:
    return [TriggerView(trigger, connections[trigger.connection_id]) for trigger in triggers]


def _own_trigger(work: UnitOfWork, session: Session, trigger_id: str) -> Trigger:
    found = work.triggers.find([trigger_id])
    if not found or found[0].organization_id != session.tenant.id:
        raise NotFoundError(f"There is no trigger {trigger_id} here. Reload the list of triggers.")
    return found[0]


def _hold(work: UnitOfWork, session: Session, trigger_id: str, *connection_ids: str) -> Trigger:
    """Return a trigger with its connection, and others, held by this unit of work: always before a trigger is changed,
    so that no two units wait for each other.
    """
    trigger = _own_trigger(work, session, trigger_id)
    for connection_id in sorted({trigger.connection_id, *connection_ids}):
        work.connections.get(connection_id)
    return _own_trigger(work, session, trigger_id)


def _check_revision(trigger: Trigger, revision: int) -> None:
    if trigger.revision != revision:
        raise _changed(trigger)


def _changed(trigger: Trigger) -> PreconditionFailedError:
    return PreconditionFailedError(
        f"Somebody changed the trigger “{trigger.title}” since you opened it. Look at how it is now, then decide again."
    )
