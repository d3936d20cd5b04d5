"""Telling the peer the state of a twin."""

from datetime import datetime

from adnode.domain.message import MessageKind, StateBody
from adnode.domain.sync_state import Registers
from adnode.domain.twin import Twin
from adnode.ports.storage import UnitOfWork
from adnode.services.consent.asks import find_ask


def queue_state(work: UnitOfWork, twin: Twin, url: str, registers: Registers, now: datetime) -> None:
    """Queue registers of a twin whose work item is here, at that address. The baseline of a connected one never goes.

    Until the peer has taken a connected twin up, its states go as a kind of their own, which a node that knows no terms
    leaves alone; the terms go with every state, so that a peer restored from a backup takes it up again as it was.
    """
    told = {key: register for key, register in registers.items() if not register.is_baseline}
    ask = find_ask(work, twin)
    is_separate = twin.is_separate and twin.remote_work_item_id is None
    body = StateBody(twin.work_item_id or 0, url, twin.lineage, told, twin.terms, ask, is_separate)
    kind = MessageKind.CONNECTING if twin.is_offered else MessageKind.STATE
    for part in body.parted():
        work.outbox.add(twin.connection_id, twin.id, kind, part, now)
