"""A landscape of two organizations whose work items existed before they were connected, and what must hold there."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.property.landscape import Landscape
from tests.property.nodes import MemoryNode
from tests.property.people import MARK, shown_description, view

from adnode.domain.connecting import Terms
from adnode.domain.sync_state import ATTACHMENT_PREFIX, COMMENT_PREFIX, DESCRIPTION, SUMMARY
from adnode.domain.trace import TraceKind
from adnode.domain.twin import Twin
from adnode.domain.work_item import TITLE
from adnode.services.clean_up import forget_twins
from adnode.services.joining import make_connected_twin

PAIR = "alpha-beta"
TWIN = "twin"
SIDES = ("alpha", "beta")


@dataclass(slots=True)
class ConnectedLandscape(Landscape):
    """Two nodes and one pair. ``numbers`` are the work items, known before there is any twin."""

    numbers: dict[str, int] = field(default_factory=dict)
    old_marks: dict[str, set[str]] = field(default_factory=dict)
    terms: Terms | None = None

    def work_item_id(self, name: str) -> int | None:
        return self.numbers.get(name)

    def furnish(self, name: str, type_name: str) -> None:
        """Make the work item of one side, with a comment and a file."""
        people, before = self.people[name], self.marks.comments | self.marks.files
        self.numbers[name] = number = people.create(type_name)
        people.comment(number, is_markdown=False)
        people.attach(number)
        self.old_marks[name] = (self.marks.comments | self.marks.files) - before

    def connect_pair(self, terms: Terms) -> None:
        """Do on alpha what connecting does."""
        node, self.terms = self.nodes["alpha"], terms
        with node.storage.unit_of_work() as work:
            connection = work.connections.get(PAIR)
            number, now = self.numbers["alpha"], node._clock.now()
            twin = make_connected_twin(TWIN, connection, number, terms, (), now)
            work.twins.add(twin, due_at=now)
            work.commit()

    def clean_up(self, name: str) -> None:
        """Do on one side what cleaning up does."""
        node = self.nodes[name]
        with node.storage.unit_of_work() as work:
            forget_twins(work, work.connections.get(PAIR), [TWIN], node._clock.now())
            work.commit()

    def revisions(self) -> dict[str, int]:
        return {name: self.nodes[name].organization.snapshot(self.numbers[name]).revision for name in SIDES}

    def twin(self, name: str) -> Twin:
        twin = self.nodes[name].twin(PAIR)
        assert twin is not None, f"{name} has no twin: {[record.message for record in self.open_records()]}"
        return twin

    def check(self) -> None:
        """Check what must hold at rest: what was changed since is the same on both sides, the rest is as it was."""
        records = [(each.code, each.message, each.work_item_id) for each in self.open_records()]
        assert records == []
        for name in SIDES:
            assert len(self.nodes[name].organization.snapshots()) == 1, f"{name} made another work item"
            assert len(self.nodes[name].twins(PAIR)) == 1
        ours, theirs = self.twin("alpha"), self.twin("beta")
        assert {key: each.mirrored() for key, each in theirs.state.shared().items()} == ours.state.shared()
        assert ours.intent is None
        assert theirs.intent is None
        self._check_fields(ours)
        for prefix in (COMMENT_PREFIX, ATTACHMENT_PREFIX):
            self._check_parts(prefix)
            if self.terms is not None and not self.terms.tells(prefix):
                self._check_old_parts_stayed(prefix)

    def _check_fields(self, ours: Twin) -> None:
        shown = {}
        for name in SIDES:
            organization = self.nodes[name].organization
            snapshot = organization.snapshot(self.numbers[name])
            shown[name] = {SUMMARY: snapshot.text(TITLE), DESCRIPTION: shown_description(organization, snapshot)}
        for key in (SUMMARY, DESCRIPTION):
            if key in ours.state.shared():
                assert shown["alpha"][key] == shown["beta"][key], (key, shown)

    def _check_parts(self, prefix: str) -> None:
        """Comments, or files: those of the baseline stand on their side alone, all others on both; none twice."""
        told = {}
        for name in SIDES:
            kept, others = self._parts(name, prefix)
            told[name] = Counter(others)
            marks = [mark for text in (*kept, *others) for mark in MARK.findall(text)]
            given = self.marks.comments if prefix == COMMENT_PREFIX else self.marks.files
            assert max(Counter(mark for mark in marks if mark in given).values(), default=1) == 1, marks
        assert told["alpha"] == told["beta"], told

    def _check_old_parts_stayed(self, prefix: str) -> None:
        """What was there before the work items were connected is on its side alone, unless somebody edited it."""
        for name, other in zip(SIDES, reversed(SIDES), strict=True):
            for _, text in _shown(self.nodes[other], self.numbers[other], prefix):
                is_old = bool(set(MARK.findall(text)) & self.old_marks[name])
                assert not is_old or " edited" in text, f"{text} of {name} was told to {other}"

    def _parts(self, name: str, prefix: str) -> tuple[list[str], list[str]]:
        """Return what shows on one side: of the baseline, and the rest."""
        node, number = self.nodes[name], self.numbers[name]
        baseline = {key for key, register in self.twin(name).state.registers.items() if register.is_baseline}
        kind = TraceKind.COMMENT if prefix == COMMENT_PREFIX else TraceKind.ATTACHMENT
        with node.storage.unit_of_work() as work:
            traces = work.traces.find(node.organization.id, [number]).get(number, [])
        own = {trace.local_id for trace in traces if trace.kind is kind and prefix + trace.key in baseline}
        shown = list(_shown(node, number, prefix))
        return [text for part, text in shown if part in own], [text for part, text in shown if part not in own]


def _shown(node: MemoryNode, number: int, prefix: str) -> Iterator[tuple[str, str]]:
    organization = node.organization
    whole = view(organization, number)
    if prefix == ATTACHMENT_PREFIX:
        for attachment in organization.snapshot(number).attachments:
            yield attachment.id, organization.files[attachment.id][1].decode()
        return
    present = [comment for comment in organization.comments(number) if not comment.is_deleted]
    assert len(present) == len(whole.comments)
    for comment in present:
        yield str(comment.id), " ".join(MARK.findall(comment.text)) + (" edited" if " edited" in comment.text else "")
