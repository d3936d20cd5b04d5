"""More than two organizations: a chain carries on, a ring comes to rest; every work item, comment and file once."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.property.faults import Fault
from tests.property.landscape import PRIVATE, PUSH, Landscape
from tests.property.people import People, view

from adnode.domain.connection import TransportKind
from adnode.domain.twin import TwinStatus
from adnode.domain.work_item import DESCRIPTION, REPRO_STEPS, TITLE, WORK_ITEM_TYPE
from adnode.sync.type_mapping import describe_field

Kinds = tuple[TransportKind, TransportKind]
ALL = ("alpha", "beta", "gamma")
PROCESSES = {"alpha": "Agile", "beta": "Scrum", "gamma": "Basic"}


def make_landscape(*pairs: tuple[str, str], kinds: Kinds = PUSH) -> tuple[Landscape, int]:
    """Three organizations with these connections, and a work item in the first one that is full of everything."""
    landscape = Landscape()
    for name in ALL:
        landscape.add_node(name, PROCESSES[name])
    for first, second in pairs:
        landscape.connect(first, second, kinds)
    people = landscape.people["alpha"]
    number = people.create("User Story")
    people.edit_description(number, "image")
    people.comment(number, is_markdown=False)
    people.comment(number, is_markdown=True)
    people.attach(number)
    return landscape, number


def put_under_sync(landscape: Landscape, name: str, connection_id: str) -> None:
    number = landscape.work_item_id(name)
    assert number is not None
    landscape.nodes[name].work_items.synchronize(connection_id, [number])
    landscape.rest()


def make_chain(kinds: Kinds = PUSH) -> Landscape:
    landscape, number = make_landscape(("alpha", "beta"), ("beta", "gamma"), kinds=kinds)
    landscape.nodes["alpha"].work_items.synchronize("alpha-beta", [number])
    landscape.rest()
    put_under_sync(landscape, "beta", "beta-gamma")
    return landscape


def make_ring() -> Landscape:
    landscape, number = make_landscape(("alpha", "beta"), ("beta", "gamma"), ("gamma", "alpha"))
    landscape.nodes["alpha"].work_items.synchronize("alpha-beta", [number])
    landscape.rest()
    put_under_sync(landscape, "beta", "beta-gamma")
    put_under_sync(landscape, "gamma", "gamma-alpha")
    return landscape


def act_everywhere(landscape: Landscape, act: Callable[[People, int], None]) -> None:
    for name in ALL:
        act(landscape.people[name], landscape.work_item_id(name) or 0)


ACTS: dict[str, Callable[[People, int], None]] = {
    "title": lambda people, number: people.edit_title(number),
    "html": lambda people, number: people.edit_description(number, "html"),
    "markdown": lambda people, number: people.edit_description(number, "markdown"),
    "image": lambda people, number: people.edit_description(number, "image"),
    "comment": lambda people, number: people.comment(number, is_markdown=False),
    "markdown comment": lambda people, number: people.comment(number, is_markdown=True),
    "edit comment": lambda people, number: people.edit_comment(number, 0),
    "delete comment": lambda people, number: people.delete_comment(number, 1),
    "attach": lambda people, number: people.attach(number),
    "detach": lambda people, number: people.detach(number, 0),
}


@pytest.mark.parametrize("kinds", [PUSH, PRIVATE])
def test_two_organizations_show_the_same(kinds: Kinds) -> None:
    landscape = Landscape()
    landscape.add_node("alpha", "Agile")
    landscape.add_node("beta", "CMMI", knows_markdown=False)
    landscape.connect("alpha", "beta", kinds)
    people = landscape.people["alpha"]
    number = people.create("Bug")
    people.comment(number, is_markdown=True)
    people.attach(number)
    people.edit_description(number, "image")
    landscape.nodes["alpha"].work_items.synchronize("alpha-beta", [number])
    landscape.rest()
    landscape.check()


@pytest.mark.parametrize("kinds", [PUSH, PRIVATE])
def test_a_chain_carries_on(kinds: Kinds) -> None:
    landscape = make_chain(kinds)
    landscape.check()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("name", ALL)
def test_a_change_at_any_end_of_a_chain_reaches_every_other(act: str, name: str) -> None:
    landscape = make_chain()
    ACTS[act](landscape.people[name], landscape.work_item_id(name) or 0)
    landscape.rest()
    landscape.check()


@pytest.mark.parametrize("act", ACTS)
def test_a_chain_comes_to_rest_when_everybody_does_the_same_at_once(act: str) -> None:
    landscape = make_chain()
    act_everywhere(landscape, ACTS[act])
    landscape.rest()
    landscape.check()


def test_a_ring_closes_without_doubles() -> None:
    landscape = make_ring()
    landscape.check()
    assert [len(landscape.nodes[name].organization.snapshots()) for name in ALL] == [1, 1, 1]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("name", ALL)
def test_a_change_anywhere_in_a_ring_comes_to_rest(act: str, name: str) -> None:
    landscape = make_ring()
    ACTS[act](landscape.people[name], landscape.work_item_id(name) or 0)
    landscape.rest()
    landscape.check()


@pytest.mark.parametrize("act", ACTS)
def test_a_ring_comes_to_rest_when_everybody_does_the_same_at_once(act: str) -> None:
    landscape = make_ring()
    act_everywhere(landscape, ACTS[act])
    landscape.rest()
    landscape.check()


@pytest.mark.parametrize(
    "operation", ["write_work_item", "write_work_items", "add_comment", "upload_attachment", "commit"]
)
@pytest.mark.parametrize("kind", ["crash", "lost"])
@pytest.mark.parametrize("countdown", range(4))
def test_a_chain_survives_trouble_in_its_middle(operation: str, kind: str, countdown: int) -> None:
    landscape = make_chain()
    act_everywhere(landscape, ACTS["comment"])
    act_everywhere(landscape, ACTS["attach"])
    landscape.nodes["beta"].faults.plan(Fault(countdown, kind, operation))
    for _ in range(3):
        landscape.round()
    landscape.heal()
    landscape.rest()
    landscape.check()


def test_a_work_item_deleted_at_one_end_stays_at_the_others_and_comes_back() -> None:
    landscape = make_chain()
    numbers = {name: landscape.work_item_id(name) or 0 for name in ALL}
    landscape.people["gamma"].delete(numbers["gamma"])
    landscape.rest()
    assert landscape.people["beta"].is_there(numbers["beta"])
    twin = landscape.nodes["beta"].twin("beta-gamma")
    assert twin is not None
    assert twin.status is TwinStatus.REMOTE_REMOVED
    landscape.people["alpha"].edit_title(numbers["alpha"])
    landscape.rest()
    before = landscape.nodes["beta"].organization.snapshot(numbers["beta"]).text(TITLE)
    assert before == landscape.nodes["alpha"].organization.snapshot(numbers["alpha"]).text(TITLE)
    landscape.people["gamma"].restore(numbers["gamma"])
    landscape.rest()
    landscape.check()
    assert view(landscape.nodes["gamma"].organization, numbers["gamma"]).title == before


def shown_texts(landscape: Landscape) -> list[str]:
    """Return what the form of the work item shows as its description, by organization."""
    found = []
    for name in ALL:
        organization = landscape.nodes[name].organization
        snapshot = organization.snapshot(landscape.work_item_id(name) or 0)
        found.append(snapshot.text(describe_field(snapshot.type_name, organization.catalog(snapshot.project))))
    return found


TROUBLES = [None, *(Fault(number, kind, "commit") for number in range(4) for kind in ("crash", "lost"))]
TROUBLES += [Fault(number, "lost", "write_work_item") for number in range(2)]


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", ["alpha", "beta"])
def test_a_text_emptied_in_the_save_that_changes_its_type_stays_empty(name: str, trouble: Fault | None) -> None:
    """The twin to the other end sees a field that never held a text, as after a plain change of the type."""
    landscape = make_chain()
    organization, number = landscape.nodes[name].organization, landscape.work_item_id(name) or 0
    organization.edit(number, {WORK_ITEM_TYPE: "Bug", DESCRIPTION: ""})
    if trouble is not None:
        landscape.nodes["beta"].faults.plan(replace(trouble))
        for _ in range(3):
            landscape.round()
        landscape.heal()
    landscape.rest()
    assert shown_texts(landscape) == ["", "", ""]
    landscape.check()
    organization.edit(number, {REPRO_STEPS: "<p>said anew</p>"})
    landscape.rest()
    organization.change_type(number, "Task")
    landscape.rest()
    assert shown_texts(landscape) == ["<p>said anew</p>"] * 3
    landscape.check()
