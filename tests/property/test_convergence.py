"""Nodes, people on every side, and everything that can go wrong: they always converge.

A plain run tries the same examples every time. ADNODE_CONVERGENCE_EXAMPLES asks for that many, others each time.
"""

import os
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from tests.property.faults import WIRE_FAULTS, Fault
from tests.property.landscape import PRIVATE, PUSH, Landscape
from tests.property.people import People

from adnode.adapters.memory.gateway_organization import PERSON
from adnode.domain.connection import TransportKind

WANTED = os.environ.get("ADNODE_CONVERGENCE_EXAMPLES", "")
EXAMPLES = int(WANTED or 600)
STEPS = 15

pytestmark = pytest.mark.timeout(300 + EXAMPLES)

Kinds = tuple[TransportKind, TransportKind]
processes = st.sampled_from(["Agile", "Scrum", "CMMI", "Basic"])
places = st.integers(0, 2)
small = st.integers(0, 3)
rounds_to_go = st.integers(0, 2)
acts = st.sampled_from(
    [
        *("title", "title", "description", "description", "type", "comment", "comment", "edit comment"),
        *("delete comment", "attach", "detach", "delete", "restore"),
    ]
)
doings = st.lists(st.tuples(places, acts, small), min_size=1, max_size=4)
faults = st.sampled_from(["crash", "crash", "crash", "lost", "lost", "limited", *WIRE_FAULTS])
operations = st.sampled_from(
    [
        *("", "commit", "commit", "write_work_item", "write_work_item", "write_work_item", "write_work_items"),
        *("write_work_items", "add_comment"),
        *("edit_comment", "delete_comment", "upload_attachment", "open_attachment", "read_work_items"),
        *("read_comments", "read_revision"),
    ]
)
PAUSES = {
    "commit": ("title", 0),
    "write_work_items": ("comment", 1),
    "add_comment": ("comment", 0),
    "edit_comment": ("edit comment", 0),
    "delete_comment": ("delete comment", 0),
    "upload_attachment": ("attach", 0),
}
"""Where a worker may stand still, and what leads it there: between its transactions, and around its calls."""
pauses = st.sampled_from([*PAUSES, "add_comment", "edit_comment"])
offsets = st.sampled_from([-1500.0, -60.0, -1.0, 0.0, 1.0, 60.0, 1500.0])
fates = st.sampled_from(["", *WIRE_FAULTS])
steps = st.sampled_from(["read", "reconcile", "exchange", "late"])


class Convergence(RuleBasedStateMachine):
    """People, faults and steps in any order; at the end everything heals and all sides must show the same."""

    names: tuple[str, ...] = ("alpha", "beta")

    @initialize(
        kinds=st.sampled_from([PUSH, PRIVATE]),
        several=st.lists(processes, min_size=3, max_size=3),
        know_markdown=st.lists(st.booleans(), min_size=3, max_size=3),
        type_number=small,
    )
    def begin(self, kinds: Kinds, several: list[str], know_markdown: list[bool], type_number: int) -> None:
        self.landscape = Landscape()
        for name, process, knows in zip(self.names, several, know_markdown, strict=False):
            self.landscape.add_node(name, process, knows_markdown=knows)
        for first, second in pairwise(self.names):
            self.landscape.connect(first, second, kinds)
        number = self.landscape.people["alpha"].create(self._type_name("alpha", type_number))
        self.landscape.nodes["alpha"].work_items.synchronize("alpha-beta", [number])
        for first, second in pairwise(self.names[1:]):
            self.landscape.rest()
            number = self.landscape.work_item_id(first) or 0
            self.landscape.nodes[first].work_items.synchronize(f"{first}-{second}", [number])

    def _name(self, place: int) -> str:
        return self.names[place % len(self.names)]

    def _type_name(self, name: str, number: int) -> str:
        types = self.landscape.nodes[name].organization.catalog("Fabrikam").types
        return types[number % len(types)].name

    # people ----------------------------------------------------------------------------------------------------------

    def _act(self, name: str, act: str, number: int) -> None:
        """Let a person do something, if it is possible at that moment."""
        people, work_item_id = self.landscape.people[name], self.landscape.work_item_id(name)
        if work_item_id is None:
            return
        if not people.is_there(work_item_id):
            if act == "restore":
                people.restore(work_item_id)
            return
        shapes = ("html", "markdown", "image", "empty")
        possible = {
            "title": lambda: people.edit_title(work_item_id),
            "description": lambda: people.edit_description(work_item_id, shapes[number]),
            "type": lambda: people.change_type(work_item_id, self._type_name(name, number)),
            "comment": lambda: people.comment(work_item_id, is_markdown=number == 0),
            "edit comment": lambda: people.edit_comment(work_item_id, number),
            "delete comment": lambda: people.delete_comment(work_item_id, number),
            "attach": lambda: people.attach(work_item_id),
            "detach": lambda: people.detach(work_item_id, number),
            "delete": lambda: people.delete(work_item_id),
            "restore": lambda: None,
        }
        possible[act]()

    @rule(several=doings, rounds=rounds_to_go)
    def people_are_busy(self, several: list[tuple[int, str, int]], rounds: int) -> None:
        for place, act, number in several:
            self._act(self._name(place), act, number)
        self._go_on(rounds)

    @rule(act=acts, number=small, rounds=rounds_to_go)
    def everybody_does_the_same(self, act: str, number: int, rounds: int) -> None:
        for name in self.names:
            self._act(name, act, number)
        self._go_on(rounds)

    @rule(place=places)
    def somebody_shares_the_account_of_the_node(self, place: int) -> None:
        people: People = self.landscape.people[self._name(place)]
        people.account = "Robot" if people.account == PERSON else PERSON

    @rule(place=places, number=small, rounds=rounds_to_go)
    def somebody_wants_a_value_that_lost(self, place: int, number: int, rounds: int) -> None:
        self.landscape.want_loser(self._name(place), number)
        self._go_on(rounds)

    # nodes -----------------------------------------------------------------------------------------------------------

    def _go_on(self, rounds: int) -> None:
        for _ in range(rounds):
            self.landscape.round()

    @rule(place=places, several=st.lists(steps, min_size=1, max_size=4))
    def a_node_works(self, place: int, several: list[str]) -> None:
        self._take_steps(self._name(place), *several)

    def _take_step(self, name: str, step: str) -> None:
        node = self.landscape.nodes[name]
        if step == "read":
            node.read_feed()
        elif step == "late":
            node.deliver_late()
        for connection_id in self.landscape.connections_of(name):
            if step == "reconcile":
                node.reconcile(connection_id)
            elif step == "exchange":
                node.exchange_messages(connection_id)

    # trouble ---------------------------------------------------------------------------------------------------------

    @rule(
        place=places,
        several=st.lists(st.tuples(small, faults, operations), min_size=1, max_size=3),
        shared=st.lists(st.tuples(acts, small), min_size=1, max_size=3),
        rounds=st.integers(1, 3),
    )
    def trouble_begins(
        self, place: int, several: list[tuple[int, str, str]], shared: list[tuple[str, int]], rounds: int
    ) -> None:
        for countdown, kind, operation in several:
            # Without a certain operation every step counts, and there are many.
            fault = Fault(countdown if operation else countdown * 5, kind, "" if kind in WIRE_FAULTS else operation)
            self.landscape.nodes[self._name(place)].faults.plan(fault)
        for act, number in shared:
            for name in self.names:
                self._act(name, act, number)
        self._go_on(rounds)

    @rule(place=places, countdown=small, operation=operations, act=acts, number=small, rounds=st.integers(1, 3))
    def somebody_interferes(
        self, place: int, countdown: int, operation: str, act: str, number: int, rounds: int
    ) -> None:
        fault = Fault(countdown, "meanwhile", operation, lambda: self._act(self._name(place), act, number))
        self.landscape.nodes[self._name(place)].faults.plan(fault)
        self._act(self._name(place + 1), act, number)
        self._go_on(rounds)

    @rule(
        place=places,
        countdown=small,
        operation=pauses,
        seconds=st.sampled_from([100, 250, 301, 1000]),
        several=doings,
        rounds=st.integers(1, 3),
    )
    def a_worker_stands_still(
        self,
        place: int,
        countdown: int,
        operation: str,
        seconds: float,
        several: list[tuple[int, str, int]],
        rounds: int,
    ) -> None:
        """For less than its lease, or for longer: then the other process of its node does the work, before it goes on.
        What people do meanwhile is told to the node, too.
        """
        name = self._name(place)
        node = self.landscape.nodes[name]

        def stand_still() -> None:
            self.landscape.clock.advance(seconds)
            for other, act, number in several:
                self._act(self._name(other), act, number)
            node.read_feed(node.other)
            for connection_id in self.landscape.connections_of(name):
                node.reconcile(connection_id, node.other)
                node.exchange_messages(connection_id, node.other)
                node.reconcile(connection_id, node.other)

        teller = self._name(place + 1)
        for _ in range(2):
            self._act(teller, *PAUSES[operation])
        self._take_steps(teller, "read", "reconcile", "exchange")
        node.faults.plan(Fault(countdown, "meanwhile", operation, stand_still))
        self._take_steps(name, "exchange", "reconcile")
        self._go_on(rounds)

    @rule()
    def trouble_ends_for_a_while(self) -> None:
        for node in self.landscape.nodes.values():
            node.faults.planned.clear()
        self.landscape.clock.advance(400)
        self._go_on(3)

    # clocks ----------------------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.001, 1, 10, 100, 400]))
    def time_passes(self, seconds: float) -> None:
        self.landscape.clock.advance(seconds)

    @rule(place=places, is_organization=st.booleans(), seconds=offsets, several=doings, rounds=rounds_to_go)
    def a_clock_is_set(
        self, place: int, *, is_organization: bool, seconds: float, several: list[tuple[int, str, int]], rounds: int
    ) -> None:
        name = self._name(place)
        self.landscape.clock.offsets[f"organization {name}" if is_organization else name] = seconds
        self.people_are_busy(several, rounds)

    @rule(place=places, act=acts, number=small, seconds=st.tuples(offsets, offsets, offsets), fate=fates)
    def somebody_is_quick_while_the_clocks_jump(
        self, place: int, act: str, number: int, seconds: tuple[float, float, float], fate: str
    ) -> None:
        """One side changes a thing twice while the other one changes it once, each by another clock."""
        quick, slow = self._name(place), self._name(place + 1)
        self._change_at(slow, seconds[0], act, number)
        if fate:
            self.landscape.nodes[slow].faults.plan(Fault(0, fate))
            self._take_steps(slow, "read", "reconcile", "exchange")
        for offset in seconds[1:]:
            self._change_at(quick, offset, act, number)
            self._take_steps(quick, "read", "reconcile", "exchange")
            self._take_steps(slow, "exchange", "reconcile")

    def _change_at(self, name: str, offset: float, act: str, number: int) -> None:
        self.landscape.clock.offsets[f"organization {name}"] = offset
        self._act(name, act, number)

    def _take_steps(self, name: str, *several: str) -> None:
        for step in several:
            self._take_step(name, step)

    def teardown(self) -> None:
        if hasattr(self, "landscape"):
            self.landscape.heal()
            self.landscape.rest()
            self.landscape.check()


class ChainConvergence(Convergence):
    """The same with three organizations in a row."""

    names = ("alpha", "beta", "gamma")


def _profile(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        derandomize=not WANTED,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


TestConvergence = Convergence.TestCase
TestConvergence.settings = _profile(EXAMPLES)
TestChainConvergence = ChainConvergence.TestCase
TestChainConvergence.settings = _profile(max(1, EXAMPLES // 3))
