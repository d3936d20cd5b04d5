"""What a round had seen of people's changes, before it broke off, is known by its form: it may be taken back."""

import pytest
from tests.property.faults import Fault
from tests.property.landscape import PUSH, Landscape
from tests.property.nodes import MemoryNode

from adnode.domain.work_item import TITLE, WORK_ITEM_TYPE

CONNECTION = "alpha-beta"
TEXT = "System.Description"


@pytest.fixture
def landscape() -> Landscape:
    landscape = Landscape()
    for name in ("alpha", "beta"):
        landscape.add_node(name)
    landscape.connect("alpha", "beta", PUSH)
    number = landscape.people["alpha"].create("Task")
    landscape.nodes["alpha"].work_items.synchronize(CONNECTION, [number])
    landscape.rest()
    return landscape


def number_of(landscape: Landscape, name: str) -> int:
    return landscape.work_item_id(name) or 0


def break_off(landscape: Landscape, countdown: int) -> MemoryNode:
    """Let beta's round break off before (0) or after (1) its write, and its lease run out."""
    beta = landscape.nodes["beta"]
    for operation in ("write_work_item", "write_work_items"):
        beta.faults.plan(Fault(countdown, "crash", operation))
    beta.reconcile(CONNECTION)
    beta.faults.planned.clear()
    landscape.clock.advance(301)
    return beta


@pytest.mark.parametrize("countdown", [0, 1])
@pytest.mark.parametrize("is_recovered_first", [True, False])
@pytest.mark.parametrize(
    ("name", "other", "seen"),
    [(TEXT, TITLE, "<p>Seen</p>"), (TEXT, TITLE, ""), (TITLE, TEXT, "Seen"), (WORK_ITEM_TYPE, TITLE, "Bug")],
)
def test_a_change_that_was_seen_and_then_taken_back_goes_back_on_both_sides(
    landscape: Landscape, name: str, other: str, seen: str, *, countdown: int, is_recovered_first: bool
) -> None:
    ours, theirs = (landscape.nodes[each].organization for each in ("beta", "alpha"))
    number = number_of(landscape, "beta")
    before = ours.snapshot(number).text(name)
    ours.edit(number, {name: seen})
    theirs.edit(number_of(landscape, "alpha"), {other: "Other"})
    alpha = landscape.nodes["alpha"]
    landscape.clock.advance(1)
    alpha.read_feed()
    alpha.reconcile(CONNECTION)
    alpha.exchange_messages(CONNECTION)
    landscape.nodes["beta"].read_feed()
    beta = break_off(landscape, countdown)
    if is_recovered_first:
        beta.reconcile(CONNECTION)
        beta.exchange_messages(CONNECTION)
    ours.edit(number, {name: before})
    landscape.rest()
    landscape.check()
    assert ours.snapshot(number).text(name) == before
    assert theirs.snapshot(number_of(landscape, "alpha")).text(name) == before
