"""One claimed twin on its way through a round."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from adnode.domain.error_record import ConflictRecord
from adnode.domain.errors import AdnodeError, GatewayError, RevisionConflictError
from adnode.domain.message import Message, StateBody
from adnode.domain.realignment import Realignment
from adnode.domain.sync_state import (
    AttachmentValue,
    CommentValue,
    Register,
    Registers,
    SyncState,
    make_attachment_key,
)
from adnode.domain.trace import Content, Trace, TraceKind
from adnode.domain.twin import ClaimedTwin, Intent, Twin
from adnode.domain.work_item import Comment, ProcessCatalog, WorkItemSnapshot
from adnode.services.reconciliation.field_brakes import NONE as NO_BRAKES
from adnode.services.reconciliation.field_brakes import FieldBrakes
from adnode.sync.copies import find_suspects
from adnode.sync.own_writes import Recovered
from adnode.sync.plan import Plan


@dataclass(frozen=True, slots=True)
class OtherIntent:
    """What another twin of the same work item was about to write when its round broke off, and its uploads by key."""

    intent: Intent
    uploaded: Mapping[str, str]


@dataclass(slots=True)
class Workpiece:
    """A claimed twin with what has been learned and done in this round.

    ``unwritten`` are register keys that the plan wanted written and that are not; ``waiting_keys`` files asked for at
    the peer; ``lost_keys`` files that can't be had; ``has_fetched`` that one came. ``was_recovered``: what the last
    intent did was found out, and the rest is for the next round. ``failure`` is why the round did not finish this twin.
    ``base`` and ``base_traces`` are what planning starts from, also when it has to start again. ``siblings`` are
    the other twins of the same work item, ``other_intents`` what they left open. ``conflicts`` are values that lost and
    that are not decided on, or wanted back. ``must_look_again``: the work item was made in this round, and the change
    feed may have passed it. ``is_unnamed``: it was made, and its twin can't have it yet. ``echoes`` are keys of the
    peer's registers that are copies of what is known here.
    """

    claim: ClaimedTwin
    twin: Twin
    base: Twin
    traces: dict[tuple[TraceKind, str], Trace]
    base_traces: dict[tuple[TraceKind, str], Trace]
    messages: list[Message]
    contents: dict[str, Content] = field(default_factory=dict)
    siblings: tuple[Twin, ...] = ()
    other_intents: tuple[OtherIntent, ...] = ()
    conflicts: tuple[ConflictRecord, ...] = ()
    snapshot: WorkItemSnapshot | None = None
    comments: tuple[Comment, ...] | None = None
    is_removed: bool = False
    catalog: ProcessCatalog | None = None
    plan: Plan | None = None
    was_recovered: bool = False
    was_attempted: bool = False
    new_traces: dict[tuple[TraceKind, str], Trace] = field(default_factory=dict)
    unwritten: set[str] = field(default_factory=set)
    waiting_keys: set[str] = field(default_factory=set)
    lost_keys: dict[str, AdnodeError] = field(default_factory=dict)
    has_fetched: bool = False
    failure: AdnodeError | None = None
    retry_at: datetime | None = None
    must_look_again: bool = False
    is_unnamed: bool = False
    echoes: frozenset[str] = frozenset()
    brakes: FieldBrakes = NO_BRAKES

    @property
    def must_read(self) -> bool:
        """Say whether the local work item has to be read before anything is decided."""
        if self.twin.work_item_id is None or self.rests:
            return False
        is_realigned = self.base.realignment is Realignment.GREETED
        return self.claim.must_read or self.twin.revision is None or self.has_open_intents or is_realigned

    @property
    def takes_baseline(self) -> bool:
        """Say whether this round only takes the baseline of a connected work item. What the peer has sent is for the
        next one: a crash must not find a baseline half taken.
        """
        return self.base.takes_baseline

    @property
    def has_open_intents(self) -> bool:
        """Say whether it is to be found out what a round that broke off has written to the work item."""
        return self.twin.intent is not None or bool(self.other_intents)

    @property
    def incoming(self) -> list[Registers]:
        """Return the peer's registers not yet applied, as this node counts."""
        bodies = [message.body for message in self.messages if isinstance(message.body, StateBody)]
        passed_over = self.echoes | self.brakes.resting
        return [
            {key: register.mirrored() for key, register in body.registers.items() if key not in passed_over}
            for body in bodies
        ]

    @property
    def greets(self) -> bool:
        """Say whether this round only tells the peer what is stored: one of the nodes had forgotten something."""
        return self.base.realignment is Realignment.DUE and not self.has_open_intents

    @property
    def awaits_peer(self) -> bool:
        """Say whether the peer has to tell what it knows, before the work item is looked at again."""
        is_heard = any(isinstance(message.body, StateBody) for message in self.messages)
        return self.base.realignment is Realignment.GREETED and not self.has_open_intents and not is_heard

    @property
    def rests(self) -> bool:
        """Say whether nothing is read or written in this round."""
        return self.greets or self.awaits_peer

    @property
    def is_settled(self) -> bool:
        """Say whether nothing more can be done for this twin in this round."""
        return self.failure is not None or self.was_recovered or bool(self.waiting_keys) or self.rests

    @property
    def came_to_rest(self) -> bool:
        """Say whether the round did everything for its twin that is known so far."""
        return not self.is_settled and not self.takes_baseline

    @property
    def sends_whole_state(self) -> bool:
        """Say whether the peer must hear every register: people asked for a comparison of everything."""
        return self.base.realignment is Realignment.RESEND and self.came_to_rest

    @property
    def got_further(self) -> bool:
        """Say whether the round wrote or fetched something that the next one need not do again."""
        intended = self.twin.intent.keys if self.was_attempted and self.twin.intent else frozenset[str]()
        return self.has_fetched or not intended <= self.unwritten

    def lost_registers(self) -> set[str]:
        """Return the attachment registers that can't be written, because their file can't be had."""
        return {make_attachment_key(key) for key in self.lost_keys}

    def all_traces(self) -> list[Trace]:
        """Return the traces as known now."""
        return list(self.traces.values())

    def remember(self, traces: Iterable[Trace]) -> None:
        """Take over new or changed traces; they are stored when the round ends."""
        for trace in traces:
            self.traces[trace.kind, trace.key] = trace
            self.new_traces[trace.kind, trace.key] = trace

    def trace(
        self, kind: TraceKind, key: str, local_id: str, form: str, value: CommentValue | AttachmentValue | None
    ) -> None:
        """Remember what stands for a key now."""
        twin = self.twin
        self.remember([Trace(twin.organization_id, twin.work_item_id or 0, kind, key, local_id, form, value)])

    def note_failure(self, error: AdnodeError) -> None:
        """Keep why the round does not finish this twin: of several reasons the one after which nobody knows what
        happened, else the first.
        """
        if self.failure is None or (is_effect_unknown(error) and not is_effect_unknown(self.failure)):
            self.failure = error

    def lose_work_item(self, error: AdnodeError) -> None:
        """Give up the work item that was just made: the twin can't have it. The open intent finds it later."""
        self.twin = replace(self.base, intent=self.twin.intent)
        self.unwritten |= self.twin.intent.keys if self.twin.intent else set()
        self.new_traces = {}
        self.is_unnamed = True
        self.failure = error

    def take_over(self, recovered: Recovered) -> None:
        """Take over what the last intent did; the round is settled as it would have been without the crash."""
        self.twin = recovered.twin
        self.plan = recovered.plan
        self.remember(recovered.traces)
        intended = self.twin.intent.keys if self.twin.intent else frozenset[str]()
        self.unwritten = set(intended - recovered.written)
        self.was_recovered = True

    def start_again(self) -> None:
        """Forget what was planned, because somebody changed the work item meanwhile; nothing of it was written."""
        self.twin = self.base
        self.traces = dict(self.base_traces)
        self.new_traces = {key: trace for key, trace in self.new_traces.items() if self.traces.get(key) is trace}
        self.plan = None
        self.unwritten = set()
        self.was_attempted = False

    def required_catalog(self) -> ProcessCatalog:
        """Return the work item types of the piece's project; a piece without them is a programming error."""
        if self.catalog is None:
            raise RuntimeError(f"Twin {self.twin.id} has no catalog")
        return self.catalog

    def required_plan(self) -> Plan:
        """Return the plan; a piece without one is a programming error."""
        if self.plan is None:
            raise RuntimeError(f"Twin {self.twin.id} was not planned")
        return self.plan

    def reached_state(self) -> SyncState:
        """Return the state as far as it is really written: unwritten registers stay what was observed."""
        plan = self.plan
        if plan is None:
            return self.twin.state
        if not self.was_attempted and plan.writes:
            return plan.observed
        registers: dict[str, Register] = dict(plan.merged.registers)
        for key in self.unwritten:
            observed = plan.observed.get(key)
            if observed is None:
                registers.pop(key, None)
            else:
                registers[key] = observed
        return SyncState(registers)

    def outgoing(self) -> Registers:
        """Return the registers that the peer must learn, without those that could not be written here."""
        if self.greets:
            registers, suspects = self.twin.state.registers, find_suspects(self.twin.state, self.twin.organization_id)
            return {key: register for key, register in registers.items() if key not in suspects}
        plan = self.plan
        if plan is None:
            return {}
        if self.sends_whole_state:
            return self.reached_state().registers
        if not self.was_attempted and plan.writes:
            return plan.outgoing_observed
        written = {key: register for key, register in plan.outgoing.items() if key not in self.unwritten}
        observed = {key: register for key, register in plan.outgoing_observed.items() if key in self.unwritten}
        return {**written, **observed}


def is_effect_unknown(error: AdnodeError | None) -> bool:
    """Say whether a write may have happened although it failed."""
    return isinstance(error, GatewayError) and error.effect_unknown


def changed_meanwhile(piece: Workpiece) -> AdnodeError:
    """Return the failure of a piece whose work item is not as it was when it was planned: it is read again soon."""
    return RevisionConflictError(
        f"Work item {piece.twin.work_item_id} is being changed again and again; it is tried again in a moment.",
        status=412,
    )
