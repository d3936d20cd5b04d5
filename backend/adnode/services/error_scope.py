"""What an error blocks, in words, with the numbers of now."""

from adnode.domain.connection import ConnectionStatus
from adnode.domain.connection_note import TwinFigures
from adnode.domain.error_record import ErrorRecord, ErrorStatus, Impact
from adnode.domain.errors import NotFoundError
from adnode.ports.storage import UnitOfWork
from adnode.services.failures import CLOCK, FEED

_STOPPED = {FEED: "Changes made here are not noticed", CLOCK: "No new work items are made here; those that are go on"}
"""What stops in all of an organization, by the subject of its record."""


def describe_scope(work: UnitOfWork, record: ErrorRecord, connection_name: str) -> str:
    """Return what does not go on while the record is open."""
    if record.status is not ErrorStatus.OPEN:
        return "Nothing any more."
    if record.impact is Impact.WARNING:
        return "Nothing. It is there to be seen."
    if record.impact is Impact.TRIGGER:
        return "This trigger: no further work items come under sync by it. Those that are stay so."
    if record.impact is Impact.NODE:
        return _of_node(work, record)
    if record.twin_id:
        return _of_twin(work, record)
    return _of_connection(work, record, connection_name)


def _of_node(work: UnitOfWork, record: ErrorRecord) -> str:
    connections = [
        connection
        for connection in work.connections.list_all(statuses=[ConnectionStatus.ACTIVE])
        if connection.organization_id == record.organization_id
    ]
    what = _STOPPED.get(record.subject, "Nothing goes on")
    return f"{what}, in {_many(len(connections), 'active connection')} of this organization."


def _of_twin(work: UnitOfWork, record: ErrorRecord) -> str:
    figures = work.notes.twin_figures([record.twin_id]).get(record.twin_id, TwinFigures())
    failed = len(work.inbox.pending([record.twin_id]).get(record.twin_id, []))
    waiting = max(failed, figures.incoming) + figures.outgoing
    item = "this work item" if record.work_item_id is None else f"work item {record.work_item_id}"
    rest = (
        f"{_many(waiting, 'change')} of it {'waits' if waiting == 1 else 'wait'}" if waiting else "nothing of it waits"
    )
    if record.subject and not record.is_remote:
        return f"One file of {item}; the rest of it goes on."
    return f"Only {item}; {rest}. All others go on."


def _of_connection(work: UnitOfWork, record: ErrorRecord, connection_name: str) -> str:
    if not connection_name:
        return "The whole connection."
    try:
        figures = work.notes.figures([record.connection_id])[record.connection_id]
    except (KeyError, NotFoundError):
        return f"Connection {connection_name}."
    waiting = figures.outgoing + figures.incoming
    return (
        f"All of connection {connection_name}: {_many(figures.under_sync, 'work item')} under sync, "
        f"{_many(waiting, 'change')} waiting."
    )


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
