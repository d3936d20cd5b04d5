"""Nodes and organizations joined to a landscape that is driven step by step, brought to rest, and looked at."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from tests.property.clocks import WorldClock
from tests.property.nodes import MemoryNode, connect
from tests.property.people import MARK, Marks, People, view

from adnode.adapters.memory.gateway_organization import MemoryOrganization
from adnode.adapters.memory.peer import MemoryPeerNetwork
from adnode.domain.connection import TransportKind
from adnode.domain.error_record import ConflictRecord, ConflictStatus, ErrorRecord
from adnode.domain.sync_state import TypeValue
from adnode.domain.work_item import TITLE
from adnode.sync.type_mapping import map_type, type_value

PUSH = (TransportKind.PUSH, TransportKind.PUSH)
PRIVATE = (TransportKind.POLLED, TransportKind.POLL)
ROUNDS_TO_REST = 40
QUIET_ROUNDS = 3


@dataclass(slots=True)
class Landscape:
    """Nodes by name, their people, and the connections between them."""

    clock: WorldClock = field(default_factory=WorldClock)
    network: MemoryPeerNetwork = field(default_factory=MemoryPeerNetwork)
    marks: Marks = field(default_factory=Marks)
    nodes: dict[str, MemoryNode] = field(default_factory=dict)
    people: dict[str, People] = field(default_factory=dict)
    connections: dict[str, tuple[str, str]] = field(default_factory=dict)
    exchanged: set[tuple[str, str]] = field(default_factory=set)
    """Titles that a person let go for one that had lost: the one that stood, and the one that was wanted."""
    recorded: set[str] = field(default_factory=set)
    """Titles that lost, and whose conflict records went with a database."""

    def add_node(self, name: str, process: str = "Agile", *, knows_markdown: bool = True) -> MemoryNode:
        clock = self.clock.at(f"organization {name}")
        organization = MemoryOrganization(name, process, clock=clock.now, knows_markdown=knows_markdown)
        self.nodes[name] = MemoryNode(name, organization, self.clock, self.network)
        self.people[name] = People(organization, self.marks)
        return self.nodes[name]

    def connect(self, first: str, second: str, kinds: tuple[TransportKind, TransportKind] = PUSH) -> str:
        connection_id = f"{first}-{second}"
        connect(self.nodes[first], self.nodes[second], connection_id, kinds)
        self.connections[connection_id] = (first, second)
        return connection_id

    def connections_of(self, name: str) -> list[str]:
        return [connection_id for connection_id, ends in self.connections.items() if name in ends]

    def work_item_id(self, name: str) -> int | None:
        """Return the work item of that node which is under sync."""
        found = {twin.work_item_id for each in self.connections_of(name) for twin in self.nodes[name].twins(each)}
        return min((number for number in found if number is not None), default=None)

    # driving ---------------------------------------------------------------------------------------------------------

    def round(self) -> None:
        """Let every node do everything once."""
        for name, node in self.nodes.items():
            node.read_feed()
            for connection_id in self.connections_of(name):
                node.reconcile(connection_id)
                node.exchange_messages(connection_id)

    def heal(self) -> None:
        """End all trouble: what is late arrives, what is deleted is restored, clocks agree, leases run out."""
        for node in self.nodes.values():
            node.faults.planned.clear()
        for name, node in self.nodes.items():
            while node.late:
                node.deliver_late()
            work_item_id = self.work_item_id(name)
            if work_item_id is not None and not self.people[name].is_there(work_item_id):
                self.people[name].restore(work_item_id)
        self.clock.offsets.clear()
        self.clock.advance(100_000)

    def rest(self) -> None:
        """Go on until nothing happens any more; raises AssertionError when that never comes."""
        quiet = 0
        for _ in range(ROUNDS_TO_REST):
            before = self._activity()
            self.round()
            self.clock.advance(500)
            quiet = quiet + 1 if self._activity() == before else 0
            if quiet >= QUIET_ROUNDS:
                return
        raise AssertionError(f"No rest after {ROUNDS_TO_REST} rounds: {self._activity()}")

    def _activity(self) -> list[object]:
        seen: list[object] = []
        for name, node in self.nodes.items():
            seen.append(len(node.organization.feed))
            with node.storage.unit_of_work() as work:
                seen += [work.connections.queues(connection_id).highest for connection_id in self.connections_of(name)]
        return seen

    def want_loser(self, name: str, number: int) -> None:
        """Let a person want a value that lost back, if there is one."""
        node = self.nodes[name]
        now = self.clock.at(name).now()
        with node.storage.unit_of_work() as work:
            open_ones = [each for each in work.error_records.list_conflicts() if each.status is ConflictStatus.OPEN]
            if not open_ones:
                return
            chosen = open_ones[number % len(open_ones)]
            current = work.twins.get(chosen.twin_id).state.get(chosen.key)
            seen = _marks(str(current.value)) if current else []
            self.exchanged |= {(before, after) for before in seen for after in _marks(chosen.loser)}
            work.conflicts.settle([chosen.id], ConflictStatus.WANTED, now)
            work.twins.mark_dirty([chosen.twin_id], now, must_read=True)
            work.commit()

    # looking ---------------------------------------------------------------------------------------------------------

    def open_records(self) -> list[ErrorRecord]:
        found: list[ErrorRecord] = []
        for node in self.nodes.values():
            with node.storage.unit_of_work() as work:
                found += work.error_records.list_records()
        return found

    def conflicts(self) -> list[ConflictRecord]:
        found: list[ConflictRecord] = []
        for node in self.nodes.values():
            with node.storage.unit_of_work() as work:
                found += work.error_records.list_conflicts()
        return found

    def check(self) -> None:
        """Check everything that must hold at rest."""
        numbers = {name: self.work_item_id(name) for name in self.nodes}
        assert all(numbers.values()), f"not everybody has the work item: {numbers}"
        views = {name: view(self.nodes[name].organization, number or 0) for name, number in numbers.items()}
        first, *others = views.values()
        for other in others:
            assert other == first, views
        for name, node in self.nodes.items():
            created = len(node.organization.snapshots())
            assert created == 1, f"{name} has {created} work items"
        self._check_each_once(first.comments, self.marks.comments)
        self._check_each_once(first.files, self.marks.files)
        records = [(each.code, each.message, each.work_item_id) for each in self.open_records()]
        assert records == []
        assert [each for each in self.conflicts() if each.status is ConflictStatus.WANTED] == []
        for connection_id in self.connections:
            self._check_states(connection_id)
        self._check_nothing_lost()

    def _check_each_once(self, shown: tuple[str, ...], given: set[str]) -> None:
        marks = [mark for text in shown for mark in MARK.findall(text) if mark in given]
        assert len(marks) == len(set(marks)), f"doubled: {shown}"
        missing = given - self.marks.deleted - set(marks)
        assert not missing, f"lost: {missing}"

    def _check_states(self, connection_id: str) -> None:
        first, second = self.connections[connection_id]
        ours, theirs = self.nodes[first].twin(connection_id), self.nodes[second].twin(connection_id)
        assert ours is not None
        assert theirs is not None
        assert {key: each.mirrored() for key, each in theirs.state.registers.items()} == ours.state.registers
        assert ours.intent is None
        assert theirs.intent is None
        self._check_types(first, second)

    def _check_types(self, first: str, second: str) -> None:
        types = []
        for name in (first, second):
            organization = self.nodes[name].organization
            snapshot = organization.snapshot(self.work_item_id(name) or 0)
            types.append((snapshot.type_name, organization.catalog(snapshot.project)))
        (one, one_catalog), (other, other_catalog) = types

        def fits(value: TypeValue, name: str, catalog: object) -> bool:
            return map_type(value, catalog) == name  # type: ignore[arg-type]

        assert fits(type_value(one, one_catalog), other, other_catalog) or fits(
            type_value(other, other_catalog), one, one_catalog
        ), f"{one} does not stand for {other}"

    def _check_nothing_lost(self) -> None:
        """A person's title that the sync replaced was seen by who replaced it, or is kept in a conflict record."""
        kept = self.recorded | {mark for record in self.conflicts() for mark in _marks(record.loser)}
        histories = {name: self._titles(name) for name in self.nodes}
        for name, titles in histories.items():
            for before, after in pairwise(titles):
                written = self.marks.titles
                is_own_doing = written.get(before) != name or written.get(after) == name
                if is_own_doing or (before, after) in self.exchanged:
                    continue
                others = [history for other, history in histories.items() if other != name]
                assert before in kept or any(_was_seen(before, after, other) for other in others), (
                    f"{name}: {before} was replaced by {after} and is nowhere: {histories}"
                )

    def _titles(self, name: str) -> list[str]:
        """Return the marks of all titles that the work item had."""
        titles: list[str] = []
        for snapshot in self.nodes[name].organization.revisions(self.work_item_id(name) or 0):
            mark = "".join(re.findall(r"mark\d+", snapshot.text(TITLE)))
            if not titles or titles[-1] != mark:
                titles.append(mark)
        return titles


def _marks(text: str) -> list[str]:
    return MARK.findall(text)


def _was_seen(before: str, after: str, titles: list[str]) -> bool:
    return before in titles and after in titles and titles.index(before) < len(titles) - 1 - titles[::-1].index(after)
