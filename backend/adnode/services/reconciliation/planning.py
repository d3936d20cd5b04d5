"""Asking the engine what to do with one piece."""

from dataclasses import replace

from adnode.domain.connection import Connection
from adnode.domain.errors import AdnodeError, ContentUnavailableError, WorkItemNotFoundError
from adnode.domain.realignment import Realignment
from adnode.domain.sync_state import TYPE, Registers
from adnode.domain.twin import Twin
from adnode.domain.work_item import WorkItemSnapshot
from adnode.ports.gateway import WorkItemGateway
from adnode.ports.system import Clock
from adnode.services.reconciliation.conflicts import list_wishes
from adnode.services.reconciliation.field_brakes import NONE as NO_BRAKES
from adnode.services.reconciliation.field_brakes import FieldBrakes, make_loop_error
from adnode.services.reconciliation.reading import Reader
from adnode.services.reconciliation.realigning import Realigner, forgets_something
from adnode.services.reconciliation.workpiece import Workpiece
from adnode.sync.copies import find_copies
from adnode.sync.decision import decide
from adnode.sync.forms import left_without_trace
from adnode.sync.observation import observation_of, observe, observe_removed
from adnode.sync.plan import Observation, Plan, RemoveAttachment

LOOKED_BACK = 10
"""Revisions at most among which a text is looked for that a change of the type has cleared."""


class Planner:
    """Turns readings and messages into plans; a failure stays with its piece."""

    def __init__(self, gateway: WorkItemGateway, connection: Connection, clock: Clock) -> None:
        self._gateway = gateway
        self._connection = connection
        self._clock = clock

    def plan(self, piece: Workpiece) -> None:
        """Give the piece its plan, or its failure."""
        try:
            self._plan(piece)
            if self._lacks_reading(piece):
                piece.start_again()
                Reader(self._gateway).read_again(piece)
                if piece.failure is None:
                    self._plan(piece)
        except AdnodeError as error:
            piece.failure = error
        except Exception as error:  # noqa: BLE001 - one twin's surprise must not stop the others
            piece.failure = AdnodeError(
                f"Work item {piece.twin.work_item_id} could not be planned ({type(error).__name__}: {error}). "
                "This is a fault in adnode: please report it."
            )

    def _plan(self, piece: Workpiece) -> None:
        self._check_named_by_peer(piece)
        project = piece.snapshot.project if piece.snapshot else piece.twin.project
        piece.catalog = self._gateway.read_catalog(project)
        base, changed = piece.base, frozenset[str]()
        if forgets_something(piece):
            realigned = Realigner(self._gateway, self._connection).realign(piece)
            base, changed = realigned.twin, frozenset(realigned.changed)
        elif piece.snapshot is not None and not piece.takes_baseline:
            self._find_lost_traces(piece, piece.snapshot)
        observation = self._observe(piece, base)
        observation = replace(observation, changed=observation.changed | changed)
        piece.remember(observation.traces)
        twin = replace(base, local_forms=dict(observation.local_forms))
        if piece.snapshot is not None:
            twin = replace(
                twin,
                project=piece.snapshot.project,
                revision=piece.snapshot.revision,
                comment_count=piece.snapshot.comment_count,
            )
        piece.plan = decide(
            twin,
            observation,
            [] if piece.takes_baseline else piece.incoming,
            piece.catalog,
            piece.all_traces(),
            self._connection.default_type,
            [] if piece.takes_baseline else list_wishes(piece.conflicts),
        )
        piece.plan = _braked(piece.plan, piece.brakes)
        # Only now: forms that were read count as known once the changes they show are in a plan.
        piece.twin = twin
        piece.lost_keys.update(_known_as_lost(piece))
        for key in piece.brakes.resting:
            piece.lost_keys[key] = make_loop_error(self._connection, twin, key)

    def _find_lost_traces(self, piece: Workpiece, snapshot: WorkItemSnapshot) -> None:
        """Know copies that are in the state and have no trace any more by what they carry: as something new they would
        be doubled on the other side.
        """
        known, traces = piece.base.state.registers, piece.all_traces()
        found = find_copies(piece.base, known, snapshot, piece.comments or (), traces, self._gateway.file_id)
        piece.remember([*found.blanked, *(trace for trace in found.traces if trace not in traces)])

    def _check_named_by_peer(self, piece: Workpiece) -> None:
        """Refuse a work item outside the connection's project that the peer named as the counterpart of its own.

        Else a peer could have any work item of ours sent to it by naming it. Where the project is a wrong one, the
        answer is as if there were no such work item.
        """
        twin, snapshot = piece.base, piece.snapshot
        is_named_by_peer = twin.revision is None and twin.remote_work_item_id is not None
        if snapshot is None or not is_named_by_peer or _was_made_here(piece, snapshot):
            return
        if snapshot.project.casefold() != self._connection.project.casefold():
            raise WorkItemNotFoundError(
                f"There is no work item {twin.work_item_id} in project {self._connection.project}. The other side "
                "wanted to pair its own with it; only work items of the connection's project can be paired.",
                status=404,
            )

    def _observe(self, piece: Workpiece, base: Twin) -> Observation:
        if piece.is_removed:
            return observe_removed(base, self._clock.now())
        if piece.snapshot is None:
            return observation_of(base)
        return observe(
            base,
            piece.snapshot,
            piece.comments,
            piece.all_traces(),
            piece.required_catalog(),
            self._gateway.file_id,
            piece.siblings,
            self._read_before(piece, base, piece.snapshot),
        )

    def _read_before(self, piece: Workpiece, known: Twin, snapshot: WorkItemSnapshot) -> WorkItemSnapshot | None:
        """Return the last revision of the type that the work item had, where the change of the type has cleared its
        text and that revision was not read; it is most often the one before.
        """
        if not left_without_trace(known.local_forms, snapshot, piece.required_catalog()):
            return None
        newest = snapshot.revision - 1
        for number in range(newest, max(known.revision or newest, newest - LOOKED_BACK), -1):
            found = self._gateway.read_revision(snapshot.id, number)
            if found is not None and found.type_name == known.local_forms.get(TYPE):
                return found
        return None

    def _lacks_reading(self, piece: Workpiece) -> bool:
        """Unlinking a file needs its place among the relations, which only a reading tells."""
        unlinks = any(isinstance(action, RemoveAttachment) for action in piece.required_plan().actions)
        return unlinks and piece.snapshot is None


def _was_made_here(piece: Workpiece, snapshot: WorkItemSnapshot) -> bool:
    """Say whether a twin that was forgotten had its work item made here; people may have moved that."""
    return piece.base.realignment is Realignment.GREETED and piece.base.remote_url in snapshot.hyperlinks


def _braked(plan: Plan, brakes: FieldBrakes) -> Plan:
    """Return the plan without telling the peer of fields that rest, and with those that were released."""
    again = {key: plan.merged.registers[key] for key in brakes.released if key in plan.merged.registers}

    def told(registers: Registers) -> Registers:
        return again | {key: register for key, register in registers.items() if key not in brakes.resting}

    if brakes == NO_BRAKES:
        return plan
    return replace(plan, outgoing=told(plan.outgoing), outgoing_observed=told(plan.outgoing_observed))


def _known_as_lost(piece: Workpiece) -> dict[str, AdnodeError]:
    return {
        key: ContentUnavailableError(
            f"File {name} of work item {piece.twin.work_item_id or piece.twin.remote_url} can't be had from the other "
            "side: it was removed, is too large or can't be read there. Retry once that is mended.",
            key=key,
        )
        for key, name in piece.required_plan().file_keys.items()
        if key in piece.contents and not piece.contents[key].url
    }
