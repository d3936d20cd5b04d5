"""Connecting work items that exist: nothing is written then, whatever goes wrong, and every later change travels."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize
from tests.property.connected import SIDES, ConnectedLandscape
from tests.property.faults import WIRE_FAULTS, Fault
from tests.property.landscape import PRIVATE, PUSH
from tests.property.test_convergence import EXAMPLES, WANTED, Convergence, Kinds, _profile, operations, processes, small

from adnode.domain.connecting import KeptContent, Terms
from adnode.domain.work_item import TITLE

pytestmark = pytest.mark.timeout(300 + EXAMPLES)

terms = st.builds(Terms, st.just(1), st.sampled_from(KeptContent), st.booleans(), st.booleans())
trouble = st.lists(
    st.tuples(st.sampled_from(SIDES), small, st.sampled_from(["crash", "lost", "limited", *WIRE_FAULTS]), operations),
    max_size=5,
)
UNTAKEN = ("delete", "restore")
"""What people do not do here to a work item before its side has taken the pair up: that is refused by name."""


def make_pair(
    kinds: Kinds, several: list[str], wanted: Terms, type_numbers: tuple[int, int] = (0, 0)
) -> ConnectedLandscape:
    landscape = ConnectedLandscape()
    for name, process in zip(SIDES, several, strict=False):
        landscape.add_node(name, process)
    landscape.connect("alpha", "beta", kinds)
    for name, number in zip(SIDES, type_numbers, strict=True):
        types = landscape.nodes[name].organization.catalog("Fabrikam").types
        landscape.furnish(name, types[number % len(types)].name)
    landscape.connect_pair(Terms(landscape.numbers["beta"], wanted.content, wanted.comments, wanted.attachments))
    return landscape


class ConnectedConvergence(Convergence):
    """People, faults and steps in any order while two work items are being connected and afterwards."""

    landscape: ConnectedLandscape

    @initialize(
        kinds=st.sampled_from([PUSH, PRIVATE]),
        several=st.lists(processes, min_size=2, max_size=2),
        know_markdown=st.none(),
        type_number=small,
        wanted=terms,
    )
    def begin(self, kinds: Kinds, several: list[str], know_markdown: None, type_number: int, wanted: Terms) -> None:
        self.landscape = make_pair(kinds, several, wanted, (type_number, type_number + 1))

    def _act(self, name: str, act: str, number: int) -> None:
        twin = self.landscape.nodes[name].twin("alpha-beta")
        is_taken = twin is not None and not twin.takes_baseline
        if is_taken or act not in UNTAKEN:
            super()._act(name, act, number)

    def teardown(self) -> None:
        if not hasattr(self, "landscape"):
            return
        landscape = self.landscape
        landscape.heal()
        landscape.rest()
        landscape.check()
        for name in SIDES:
            people = landscape.people[name]
            people.edit_title(landscape.numbers[name])
            people.comment(landscape.numbers[name], is_markdown=False)
            landscape.rest()
            landscape.check()
        title = landscape.nodes["beta"].organization.snapshot(landscape.numbers["beta"]).text(TITLE)
        assert f"mark{landscape.marks.count - 1}" in title


TestConnectedConvergence = ConnectedConvergence.TestCase
TestConnectedConvergence.settings = _profile(max(1, EXAMPLES // 2))


@settings(
    max_examples=max(1, EXAMPLES // 2),
    derandomize=not WANTED,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    kinds=st.sampled_from([PUSH, PRIVATE]),
    several=st.lists(processes, min_size=2, max_size=2),
    type_numbers=st.tuples(small, small),
    faults=trouble,
    rounds=st.integers(1, 4),
)
def test_connecting_writes_nothing_on_either_side_whatever_goes_wrong(
    kinds: Kinds,
    several: list[str],
    type_numbers: tuple[int, int],
    faults: list[tuple[str, int, str, str]],
    rounds: int,
) -> None:
    landscape = make_pair(kinds, several, Terms(1), type_numbers)
    before = landscape.revisions()
    for name, countdown, kind, operation in faults:
        landscape.nodes[name].faults.plan(Fault(countdown, kind, "" if kind in WIRE_FAULTS else operation))
    for _ in range(rounds):
        landscape.round()
    landscape.heal()
    landscape.rest()
    assert landscape.revisions() == before
    landscape.check()
    assert landscape.twin("alpha").remote_work_item_id == landscape.numbers["beta"]
    assert landscape.twin("beta").remote_work_item_id == landscape.numbers["alpha"]


@pytest.mark.parametrize("kinds", [PUSH, PRIVATE])
@pytest.mark.parametrize("operation", ["commit", "write_work_item", "read_work_items"])
@pytest.mark.parametrize("countdown", range(10))
@pytest.mark.parametrize("content", KeptContent)
def test_a_crash_at_any_step_of_the_other_side_lets_nothing_more_travel(
    kinds: Kinds, operation: str, countdown: int, content: KeptContent
) -> None:
    landscape = make_pair(kinds, ["Agile", "Scrum"], Terms(1, content))
    landscape.people["alpha"].comment(landscape.numbers["alpha"], is_markdown=False)
    landscape.nodes["beta"].faults.plan(Fault(countdown, "crash", operation))
    for _ in range(6):
        landscape.round()
    landscape.heal()
    landscape.rest()
    landscape.check()


@settings(
    max_examples=max(1, EXAMPLES // 2), derandomize=not WANTED, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(
    kinds=st.sampled_from([PUSH, PRIVATE]),
    faults=trouble,
    rounds=st.tuples(st.integers(0, 4), st.integers(0, 3)),
    side=st.sampled_from(SIDES),
)
def test_pairs_that_were_cleaned_up_stay_forgotten_on_both_sides_whatever_goes_wrong(
    kinds: Kinds, faults: list[tuple[str, int, str, str]], rounds: tuple[int, int], side: str
) -> None:
    landscape = make_pair(kinds, ["Agile", "Scrum"], Terms(1, KeptContent.LOCAL, comments=True, attachments=True))
    for name, countdown, kind, operation in faults:
        landscape.nodes[name].faults.plan(Fault(countdown, kind, "" if kind in WIRE_FAULTS else operation))
    for _ in range(rounds[0]):
        landscape.round()
    landscape.people["beta"].edit_title(landscape.numbers["beta"])
    landscape.clean_up(side)
    for _ in range(rounds[1]):
        landscape.round()
    landscape.heal()
    landscape.rest()
    assert [twin for name in SIDES for twin in landscape.nodes[name].twins("alpha-beta")] == []
    assert [record.message for record in landscape.open_records() if record.twin_id] == []
    before = landscape.revisions()
    for name in SIDES:
        landscape.people[name].edit_title(landscape.numbers[name])
    landscape.rest()
    assert landscape.revisions() == {name: revision + 1 for name, revision in before.items()}
