"""Comparing everything again, as after a brake: what has to be done is stored with the step that asks for it."""

from dataclasses import replace
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.realignment import Realignment
from adnode.ports.storage import UnitOfWork
from adnode.services.queue_agreement import begin_queues_anew


def settle_realignment(work: UnitOfWork, connection: Connection, now: datetime) -> None:
    """Have done with the twins of a connection what stopping it left to be done; the sweep finds them."""
    if connection.realignment is Realignment.NONE:
        return
    has_gone_back = connection.realignment is Realignment.DUE
    if has_gone_back:
        begin_queues_anew(work, connection, now)
    work.twins.realign(connection.id, connection.realignment, now)
    realigned_at = now if has_gone_back else connection.realigned_at
    work.connections.save(replace(connection, realignment=Realignment.NONE, realigned_at=realigned_at))


def compare_with_new_node(work: UnitOfWork, connection: Connection, now: datetime) -> None:
    """Have everything compared with a peer that has another key: it may be a node that lost its memory."""
    begin_queues_anew(work, connection, now)
    work.twins.realign(connection.id, Realignment.RESEND, now)
