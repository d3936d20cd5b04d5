"""One round: claim, read, decide, fetch files, write, settle."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from adnode.domain.connection import Connection, ConnectionStatus
from adnode.domain.errors import GatewayError, LeaseLostError
from adnode.domain.limits import WORK_ITEMS_AN_HOUR
from adnode.domain.message import Message, StateBody
from adnode.domain.rich_text import RichText
from adnode.domain.sync_state import ATTACHMENT_PREFIX, CommentValue, Value
from adnode.domain.trace import Trace, TraceKind
from adnode.domain.twin import ClaimedTwin, Twin, lease_lost
from adnode.ports.gateway import GatewayProvider, WorkItemGateway
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Topic, Wakeups
from adnode.services.contents import ContentService
from adnode.services.reconciliation.brake import Brake
from adnode.services.reconciliation.conflicts import list_wishes
from adnode.services.reconciliation.doubles import Doubles
from adnode.services.reconciliation.drafting import Draft, Drafter
from adnode.services.reconciliation.field_brakes import NONE as NO_BRAKES
from adnode.services.reconciliation.field_brakes import read_field_brakes
from adnode.services.reconciliation.files import FileFetcher
from adnode.services.reconciliation.forgotten import Forgotten
from adnode.services.reconciliation.holding import hold_creates
from adnode.services.reconciliation.lease import RoundLease
from adnode.services.reconciliation.making import MakingBrake
from adnode.services.reconciliation.naming import Naming
from adnode.services.reconciliation.planning import Planner
from adnode.services.reconciliation.reading import Reader
from adnode.services.reconciliation.realigning import ready_for_round
from adnode.services.reconciliation.recovery import FindTwins, Recovery
from adnode.services.reconciliation.settlement import Settlement
from adnode.services.reconciliation.workpiece import OtherIntent, Workpiece, changed_meanwhile
from adnode.services.reconciliation.writing import Writer
from adnode.services.retry import RetryPolicy
from adnode.sync.rich_text import list_files

log = structlog.get_logger(__name__)

BATCH_SIZE = 200
"""Twins of a round at most: what one batch call of Azure DevOps takes."""
REVISION_ATTEMPTS = 3
"""How often a round plans a work item again that people are changing at the same moment."""


@dataclass(frozen=True, slots=True)
class ReconciliationSettings:
    """``call_seconds`` is how long a call to Azure DevOps may take, much less than ``lease_seconds``.
    ``work_items_an_hour`` is how many a partner may have made over one connection.
    """

    owner: str
    lease_seconds: float = 300.0
    call_seconds: float = 70.0
    work_items_an_hour: int = WORK_ITEMS_AN_HOUR


class ReconciliationService:
    """Brings twins to rest. Safe to run anywhere, any time, twice: leases and fences keep rounds apart."""

    def __init__(
        self,
        new_unit_of_work: UnitOfWorkFactory,
        gateways: GatewayProvider,
        contents: ContentService,
        wakeups: Wakeups,
        clock: Clock,
        ids: Ids,
        retry: RetryPolicy,
        settings: ReconciliationSettings,
    ) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._gateways = gateways
        self._contents = contents
        self._wakeups = wakeups
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._settlement = Settlement(new_unit_of_work, clock, ids, retry)
        self._brake = Brake(new_unit_of_work, clock, ids)
        self._making = MakingBrake(new_unit_of_work, clock, ids, settings.work_items_an_hour)

    def reconcile(self, connection_id: str) -> int:
        """Work on one batch of due twins of the connection; return how many there were."""
        settings = self._settings
        lease = RoundLease(self._new_unit_of_work, self._clock, settings.lease_seconds, settings.call_seconds)
        claimed = self._claim(connection_id)
        if claimed is None:
            return 0
        connection, pieces = claimed
        lease.hold([piece.claim for piece in pieces])
        gateway = self._gateways.get(connection.organization_id).guarded_by(lease.check)
        worked_on = self._work_in_time(connection, gateway, lease, pieces)
        if worked_on is not None:
            self._settlement.settle(connection, worked_on, gateway.work_item_url)
            self._wakeups.wake(Topic.SEND, connection_id)
        return len(pieces)

    def _work_in_time(
        self, connection: Connection, gateway: WorkItemGateway, lease: RoundLease, pieces: list[Workpiece]
    ) -> list[Workpiece] | None:
        """Work on the pieces. A round that is late stores nothing, as if its worker had died: whoever takes over finds
        out by the intents what it did.
        """
        worked_on: list[Workpiece] | None = None
        with suppress(LeaseLostError):
            worked_on = self._work_on(connection, gateway, lease, pieces)
        if lease.has_ended:
            log.warning("round_was_late", connection=connection.id, twins=len(pieces))
            return None
        return worked_on

    def _claim(self, connection_id: str) -> tuple[Connection, list[Workpiece]] | None:
        with self._new_unit_of_work() as work:
            connection = work.connections.get(connection_id)
            if connection.status is not ConnectionStatus.ACTIVE:
                return None
            claims = work.twins.claim(
                connection_id, self._settings.owner, self._clock.now(), self._settings.lease_seconds, BATCH_SIZE
            )
            pieces = _make_pieces(work, connection, claims, self._clock.now())
            work.commit(durable=False)
        return (connection, pieces) if pieces else None

    def _work_on(
        self, connection: Connection, gateway: WorkItemGateway, lease: RoundLease, pieces: list[Workpiece]
    ) -> list[Workpiece] | None:
        """Do the round's outside work and return what is to be stored; None when a brake stopped the connection and
        nothing may be.
        """
        Reader(gateway).read(pieces)
        if self._brake.stops(connection, pieces):
            return None
        pieces = Doubles(self._new_unit_of_work, connection, self._clock).end(pieces)
        pieces = Forgotten(self._new_unit_of_work, connection, self._clock, self._ids).ask(pieces)
        naming = Naming(self._new_unit_of_work, connection, self._clock)
        Recovery(gateway, naming, self._find_twins(connection)).recover(
            [piece for piece in pieces if piece.failure is None]
        )
        todo = [piece for piece in pieces if not piece.is_settled]
        for _ in range(REVISION_ATTEMPTS):
            todo = self._advance(connection, gateway, lease, todo)
            if not todo:
                break
            for piece in todo:
                piece.start_again()
                Reader(gateway).read_again(piece)
        for piece in todo:
            piece.failure = piece.failure or changed_meanwhile(piece)
        return pieces

    def _find_twins(self, connection: Connection) -> FindTwins:
        def find(work_item_ids: Collection[int]) -> list[Twin]:
            with self._new_unit_of_work() as work:
                return work.twins.find_by_work_item(connection.organization_id, work_item_ids)

        return find

    def _advance(
        self, connection: Connection, gateway: WorkItemGateway, lease: RoundLease, pieces: Sequence[Workpiece]
    ) -> list[Workpiece]:
        """Plan and write the pieces; return those whose work item was changed by somebody under the write."""
        planner = Planner(gateway, connection, self._clock)
        files = FileFetcher(gateway, self._contents, connection, lease)
        todo = [piece for piece in pieces if piece.failure is None]
        for piece in todo:
            planner.plan(piece)
        files.fetch(todo)
        drafter = Drafter(files.find_url)
        drafts = [drafter.draft(piece) for piece in todo if not piece.is_settled and piece.required_plan().writes]
        naming = Naming(self._new_unit_of_work, connection, self._clock)
        drafts = self._record_intents(connection, drafts, naming, gateway)
        return Writer(gateway, self._clock, naming, lease).write(drafts)

    def _record_intents(
        self, connection: Connection, drafts: list[Draft], naming: Naming, gateway: WorkItemGateway
    ) -> list[Draft]:
        """Store what is about to be written, and what was seen before; a piece whose lease was lost is left alone."""
        now = self._clock.now()
        started_at = _time(gateway) if any(draft.creates for draft in drafts) else None
        drafts = self._making.hold(connection, hold_creates(drafts, now, started_at))
        if not drafts:
            return []
        intents = {draft.piece.twin.id: draft.intent(now, started_at) for draft in drafts}
        claims = [draft.piece.claim for draft in drafts]
        with self._new_unit_of_work() as work:
            if any(draft.creates for draft in drafts):
                naming.note_pages(work)
            lost = work.twins.record_intents(claims, intents)
            kept = [draft for draft in drafts if draft.piece.twin.id not in lost]
            for draft in kept:
                work.traces.save(list(draft.piece.new_traces.values()))
            work.commit()
        for draft in drafts:
            if draft.piece.twin.id in lost:
                draft.piece.failure = lease_lost(draft.piece.twin.id)
            else:
                draft.piece.twin = replace(draft.piece.twin, intent=intents[draft.piece.twin.id])
        return kept


def _time(gateway: WorkItemGateway) -> datetime | None:
    try:
        return gateway.time()
    except GatewayError:
        return None


def _make_pieces(
    work: UnitOfWork, connection: Connection, claims: Sequence[ClaimedTwin], now: datetime
) -> list[Workpiece]:
    twin_ids = [claim.twin.id for claim in claims]
    brakes = read_field_brakes(work, twin_ids, now)
    messages = work.inbox.pending(twin_ids)
    work_item_ids = [claim.twin.work_item_id for claim in claims if claim.twin.work_item_id is not None]
    traces = work.traces.find(connection.organization_id, work_item_ids)
    conflicts = work.conflicts.find_undecided(twin_ids)
    wishes = list_wishes(record for records in conflicts.values() for record in records)
    files = _file_keys(messages.values()) | _shown_files(wish.value for wish in wishes)
    contents = work.traces.contents(connection.id, files)
    siblings = _find_siblings(work, connection, claims)
    return [
        Workpiece(
            claim=claim,
            twin=_ready(claim.twin, connection, messages),
            base=_ready(claim.twin, connection, messages),
            traces=_by_key(traces.get(claim.twin.work_item_id or 0, [])),
            base_traces=_by_key(traces.get(claim.twin.work_item_id or 0, [])),
            messages=list(messages.get(claim.twin.id, [])),
            contents=dict(contents),
            siblings=tuple(siblings.get(claim.twin.id, ())),
            other_intents=tuple(_open_intents(work, siblings.get(claim.twin.id, ()))),
            conflicts=tuple(conflicts.get(claim.twin.id, ())),
            brakes=brakes.get(claim.twin.id, NO_BRAKES),
        )
        for claim in claims
    ]


def _ready(twin: Twin, connection: Connection, messages: Mapping[str, Sequence[Message]]) -> Twin:
    """Return the twin as the round takes it up. Where its work item is still to be made it names the project where that
    is: people may have changed it.
    """
    twin = ready_for_round(twin, connection, messages.get(twin.id, ()))
    is_unmade = twin.work_item_id is None and twin.intent is None
    return replace(twin, project=connection.project) if is_unmade else twin


def _find_siblings(work: UnitOfWork, connection: Connection, claims: Sequence[ClaimedTwin]) -> dict[str, list[Twin]]:
    """Return by twin the other twins of its work item: none of them is being worked on now."""
    claimed = {claim.twin.work_item_id: claim.twin.id for claim in claims if claim.twin.work_item_id is not None}
    found: dict[str, list[Twin]] = {}
    for other in work.twins.find_by_work_item(connection.organization_id, list(claimed)):
        twin_id = claimed.get(other.work_item_id or 0, "")
        if other.id != twin_id:
            found.setdefault(twin_id, []).append(other)
    return found


def _open_intents(work: UnitOfWork, siblings: Iterable[Twin]) -> Iterator[OtherIntent]:
    for other in siblings:
        if other.intent is not None:
            contents = work.traces.contents(other.connection_id, other.intent.attachments)
            yield OtherIntent(other.intent, {key: content.attachment_id for key, content in contents.items()})


def _file_keys(groups: Iterable[Sequence[Message]]) -> set[str]:
    """Return the keys of all files that messages speak of."""
    bodies = [message.body for group in groups for message in group if isinstance(message.body, StateBody)]
    registers = [(key, register) for body in bodies for key, register in body.registers.items()]
    keys = {key.removeprefix(ATTACHMENT_PREFIX) for key, _ in registers if key.startswith(ATTACHMENT_PREFIX)}
    return keys | _shown_files(register.value for _, register in registers)


def _shown_files(values: Iterable[Value]) -> set[str]:
    """Return the keys of the files that texts show."""
    known = list(values)
    texts = [value for value in known if isinstance(value, RichText)]
    texts += [value.text for value in known if isinstance(value, CommentValue)]
    return {reference.key for text in texts for reference in list_files(text)}


def _by_key(traces: Sequence[Trace]) -> dict[tuple[TraceKind, str], Trace]:
    return {(trace.kind, trace.key): trace for trace in traces}
