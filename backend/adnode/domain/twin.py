"""Twins: pairs of work items kept in sync over one connection."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from adnode.domain.connecting import Terms
from adnode.domain.errors import LeaseLostError, StateError
from adnode.domain.realignment import Realignment
from adnode.domain.sync_state import EMPTY_STATE, Conflict, Presence, Registers, SyncState, make_presence_key


class TwinStatus(StrEnum):
    """What a person sees of a twin; docs/glossary.md defines each for both sides, ``Twin.status_now`` decides it.

    PENDING: one of the two work items is not there yet. SYNCHRONIZED: both are, and nothing has failed. FAILED:
    something failed, here or at the partner, and waits for a person. LOCAL_REMOVED / REMOTE_REMOVED: a side is in the
    recycle bin; the twin rests. UNLINKED: taken out of sync.
    """

    PENDING = "pending"
    SYNCHRONIZED = "synchronized"
    FAILED = "failed"
    LOCAL_REMOVED = "local_removed"
    REMOTE_REMOVED = "remote_removed"
    UNLINKED = "unlinked"


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be written, recorded before the write: after a crash our own write is told from a person's, and
    the round is settled as it would have been.

    ``revision`` is the revision that the write tests (None for a create). What a create made is found again by
    ``marker``, the address of its counterpart that it carries as a link, among what was made since ``started_at``, by
    the time of Azure DevOps ('' and None in intents of the release of 2026-11-30). ``fields`` are the values as sent,
    by reference name. ``comments`` are keys of comments being added or edited, to fingerprints of their texts;
    ``attachments`` keys of files being linked. ``keys`` are the registers that the write brings about, ``merged`` what
    they (and others that need no write) are then, ``observed`` those that changed here before, and ``forms`` by what
    they are known (none in intents of earlier releases). ``outgoing`` keys are those that the peer must learn;
    ``conflicts`` hold the values that lose.
    """

    recorded_at: datetime
    revision: int | None
    fields: Mapping[str, str] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    observed: Registers = field(default_factory=dict)
    merged: Registers = field(default_factory=dict)
    outgoing: frozenset[str] = frozenset()
    conflicts: tuple[Conflict, ...] = ()
    marker: str = ""
    started_at: datetime | None = None
    forms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Twin:
    """A twin as this node holds it. ``id`` is shared by both nodes.

    ``revision`` is the last local revision that the state knows; feed rows up to it are no news. ``local_forms``
    are what our Azure DevOps gave back (see adnode.sync.forms). ``lineage`` names every work item known to be
    the same one
    (``organization id:work item id``), so that a ring closes instead of making doubles. ``is_held``: it waits for the
    license plan, and nothing of it is read, sent or applied before. ``synchronized_at`` is when this side last learned
    that nothing of it is on its way any more: what was changed here is confirmed by the partner, what was changed there
    is written here; None before the pair has both its work items. ``terms`` are those on which it was connected, None
    for a twin that began on one side. ``realignment`` is what has to be done with it as a whole. ``is_separate``: a new
    work item is made on the other side on purpose, although another one was the counterpart before.
    """

    id: str
    connection_id: str
    organization_id: str
    status: TwinStatus
    created_at: datetime
    work_item_id: int | None = None
    project: str = ""
    revision: int | None = None
    remote_work_item_id: int | None = None
    remote_url: str = ""
    state: SyncState = EMPTY_STATE
    local_forms: Mapping[str, str] = field(default_factory=dict)
    comment_count: int = 0
    lineage: frozenset[str] = frozenset()
    intent: Intent | None = None
    synchronized_at: datetime | None = None
    is_held: bool = False
    terms: Terms | None = None
    realignment: Realignment = Realignment.NONE
    is_separate: bool = False

    @property
    def takes_baseline(self) -> bool:
        """Say whether the next reading is the first one of a connected work item: what it finds is no change."""
        return self.terms is not None and self.revision is None

    @property
    def is_offered(self) -> bool:
        """Say whether it was connected here and the other side has not taken it up yet."""
        return self.terms is not None and self.remote_work_item_id is None

    def resting_status(self, peer_organization_id: str) -> TwinStatus:
        """Return its status when nothing about it is wrong."""
        presences = (
            (TwinStatus.LOCAL_REMOVED, self.organization_id),
            (TwinStatus.REMOTE_REMOVED, peer_organization_id),
        )
        for status, organization_id in presences:
            register = self.state.get(make_presence_key(organization_id))
            if register is not None and register.value is Presence.REMOVED:
                return status
        is_half = self.work_item_id is None or self.remote_work_item_id is None
        return TwinStatus.PENDING if is_half else TwinStatus.SYNCHRONIZED

    def status_now(self, peer_organization_id: str, *, has_failed: bool) -> TwinStatus:
        """Return what people see: FAILED while something of it waits for a person, on either side."""
        if self.status is TwinStatus.UNLINKED:
            return TwinStatus.UNLINKED
        return TwinStatus.FAILED if has_failed else self.resting_status(peer_organization_id)


def already_under_sync(twin: Twin) -> StateError:
    """Return the refusal of a second twin for a work item of a connection."""
    return StateError(
        f"Work item {twin.work_item_id} is under sync over connection {twin.connection_id} already.",
        work_item_id=twin.work_item_id,
    )


def lease_lost(twin_id: str) -> LeaseLostError:
    """Return what a worker is told whose right to a twin is over."""
    return LeaseLostError(f"The lease of {twin_id} was lost; somebody else works on it.", twin=twin_id)


@dataclass(frozen=True, slots=True)
class ClaimedTwin:
    """A twin under our lease. ``fence`` rises with every claim; ``dirty_sequence`` tells whether more came in
    meanwhile.

    ``must_read``: the local work item may have changed since ``twin.revision``.
    """

    twin: Twin
    fence: int
    dirty_sequence: int
    must_read: bool
    attempts: int
