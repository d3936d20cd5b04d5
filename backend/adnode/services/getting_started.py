"""The checklist of Getting Started: what is done, read from what is there."""

from dataclasses import dataclass
from enum import StrEnum

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.errors import NotFoundError
from adnode.domain.session import Session
from adnode.domain.twin import TwinStatus
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory


class Step(StrEnum):
    """What there is to do, in this order."""

    CREDENTIAL = "credential"
    CONNECTION = "connection"
    ACCEPTED = "accepted"
    FIRST_WORK_ITEM = "first_work_item"
    TRIGGER = "trigger"


@dataclass(frozen=True, slots=True)
class StepState:
    """A step, whether it is done, and a word about it."""

    step: Step
    is_done: bool
    detail: str = ""


class GettingStartedService:
    """Says how far an organization is."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory) -> None:
        self._new_unit_of_work = new_unit_of_work

    def list_steps(self, session: Session) -> list[StepState]:
        """Return all steps in their order."""
        with self._new_unit_of_work() as work:
            identity = _identity(work, session)
            connections = [
                connection
                for connection in work.connections.list_all()
                if connection.organization_id == session.tenant.id and connection.status is not ConnectionStatus.REMOVED
            ]
            accepted = [connection for connection in connections if connection.peer is not None]
            is_synchronized = any(_has_synchronized(work, connection) for connection in accepted)
            triggers = work.triggers.list_page(session.tenant.id, is_active=True, limit=1)
        return [
            StepState(Step.CREDENTIAL, bool(identity), identity),
            StepState(Step.CONNECTION, bool(connections), _first_name(connections)),
            StepState(Step.ACCEPTED, bool(accepted), _first_name(accepted)),
            StepState(Step.FIRST_WORK_ITEM, is_synchronized),
            StepState(Step.TRIGGER, bool(triggers), triggers[0].title if triggers else ""),
        ]


def _identity(work: UnitOfWork, session: Session) -> str:
    try:
        return work.organizations.get(session.tenant.id).identity
    except NotFoundError:
        return ""


def _first_name(connections: list[Connection]) -> str:
    return connections[0].name if connections else ""


def _has_synchronized(work: UnitOfWork, connection: Connection) -> bool:
    return work.twins.count(connection.id).get(TwinStatus.SYNCHRONIZED, 0) > 0
