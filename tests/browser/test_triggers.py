"""The Triggers tab, with a big database behind it: made, tried out, changed, switched off, worked in bulk, deleted."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from tests.browser.administrators import Administrator
from tests.browser.conftest import Pair
from tests.browser.crowd import Crowd
from tests.browser.node_api import NodeApi
from tests.browser.pictures import Album
from tests.browser.stage import Stage

from adnode.cli.demo.processes import wait_until

pytestmark = pytest.mark.xdist_group("triggers")
TITLE, TAGS = "System.Title", "System.Tags"
TAGGED = "[System.Tags] CONTAINS 'partner'"
WIQL = "*/wit/wiql"


@pytest.fixture
def pair(stage: Stage, public_api: NodeApi, private_api: NodeApi) -> Pair:
    """The connection of this test, with a name for people."""
    name = f"Web Shop and Backoffice {len(public_api.connections())}"
    private = private_api.accept(public_api.initiate(stage.public.project, name), stage.private.project, name)
    public = next(each for each in public_api.connections() if each["name"] == name)
    return Pair(name, public, private)


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album("console-triggers", tmp_path)


def field(ann: Administrator, label: str) -> Locator:
    return ann.panel.get_by_label(label, exact=True)


def begin(ann: Administrator, pair: Pair) -> None:
    """Open the form for a new trigger of the pair's connection."""
    ann.press("Create trigger")
    field(ann, "Then sync with").select_option(label=f"{pair.name} (project {pair.public['project']})")


def under_sync(api: NodeApi, pair: Pair) -> int:
    """Return how many work items are under sync over the pair's connection."""
    return int(api.call("GET", f"/connections/{pair.public['id']}")["under_sync"])


def arrived(stage: Stage, title: str) -> int:
    """Return how many work items whose title has these words the partner has."""
    query = f"SELECT [System.Id] FROM WorkItems WHERE [System.Title] CONTAINS '{title}'"  # noqa: S608
    return len(stage.private.user.find(query))


def wait_for_jobs(ann: Administrator, title: str) -> Locator:
    card = ann.hub.get_by_role("article", name=title)
    expect(card.get_by_text("Finished", exact=True)).to_be_visible(timeout=60_000)
    return card


def test_a_trigger_from_its_first_word_to_its_end(
    ann: Administrator, stage: Stage, public_api: NodeApi, crowd: Crowd, pair: Pair, album: Album
) -> None:
    stage.public.user.create("Task", {TITLE: "Already there 1", TAGS: "partner"})
    stage.public.user.create("Bug", {TITLE: "Already there 2", TAGS: "partner"})
    ann.open("triggers")
    expect(ann.hub.get_by_text("You do not have any trigger yet.")).to_be_visible()
    ann.check_accessibility()
    begin(ann, pair)
    field(ann, "If").fill("[System.Tags] CONTAINS 'partner' ORDER BY [System.Id]")
    expect(ann.panel.get_by_text("ORDER BY at character 34 is not part of a condition.")).to_be_visible()
    expect(ann.panel.get_by_role("button", name="Create", exact=True)).to_be_disabled()
    ann.check_accessibility()
    field(ann, "If").fill("[Custom.Nothing] = 1")
    expect(ann.panel.get_by_text("TF51005")).to_be_visible()
    field(ann, "If").fill(TAGGED)
    expect(ann.panel.get_by_text("2 work items match now.")).to_be_visible()
    matches = ann.panel.get_by_role("table", name="First matches")
    expect(matches.get_by_text("Already there 2")).to_be_visible()
    field(ann, "Work item type").select_option("Task")
    expect(ann.panel.get_by_text("1 work item matches now.")).to_be_visible()
    field(ann, "Notes").fill("Agreed in May")
    ann.check_accessibility()
    album.take(ann.page, "create")
    ann.press("Create")
    row = ann.row(TAGGED)
    expect(row.get_by_text("Agreed in May")).to_be_visible()
    expect(row.get_by_text("Active", exact=True)).to_be_visible()

    stage.public.user.create("Task", {TITLE: "Comes by itself", TAGS: "partner"})
    wait_until(lambda: arrived(stage, "Comes by itself") == 1, 60, "the trigger finds it")
    expect(row.get_by_text("1 exalated by itself")).to_be_visible()

    row.get_by_role("button", name=TAGGED).first.click()
    field(ann, "Work item type").select_option("")
    expect(ann.panel.get_by_text("3 work items match now.")).to_be_visible()
    ann.press("Save")
    expect(ann.hub.get_by_text("The trigger is saved.")).to_be_visible()
    expect(row.get_by_role("cell").nth(4)).to_contain_text("3")

    ann.choose_action(TAGGED, "Deactivate")
    ann.check_accessibility()
    ann.confirm("Deactivate")
    expect(row.get_by_text("Inactive", exact=True)).to_be_visible()
    ann.check_accessibility()
    ann.choose_action(TAGGED, "Activate")
    expect(row.get_by_text("Active", exact=True)).to_be_visible()
    ann.choose_action(TAGGED, "Delete")
    ann.check_accessibility()
    ann.confirm("Delete")
    expect(ann.hub.get_by_text("You do not have any trigger yet.")).to_be_visible()
    assert under_sync(public_api, pair) == 1
    assert crowd.connection_id != pair.public["id"]


def test_bulk_work_begins_at_the_trigger_and_shows_how_far_it_is(
    ann: Administrator, stage: Stage, public_api: NodeApi, pair: Pair, album: Album
) -> None:
    for number in range(30):
        stage.public.user.create("Task", {TITLE: f"In bulk {number}", TAGS: "bulk"})
    condition = "[System.Tags] CONTAINS 'bulk'"
    trigger = {"connection_id": pair.public["id"], "condition": condition, "notes": "In bulk", "is_active": False}
    public_api.call("POST", "/triggers", trigger)
    ann.open("triggers")
    ann.choose_action(condition, "Bulk Exalate")
    expect(ann.panel.get_by_text("30 work items match now.")).to_be_visible()
    ann.check_accessibility()
    ann.confirm("Bulk Exalate")
    done = wait_for_jobs(ann, f"Bulk Exalate: {condition}")
    expect(done.get_by_text("30 of 30")).to_be_visible()
    assert (under_sync(public_api, pair), arrived(stage, "In bulk")) == (30, 30)
    ann.check_accessibility()
    album.take(ann.page, "bulk")
    ann.choose_action(condition, "Bulk Unexalate")
    expect(ann.panel.get_by_text("All work items stay as they are, on both sides.", exact=False)).to_be_visible()
    expect(ann.panel.get_by_text("30 work items match now.")).to_be_visible()
    ann.confirm("Bulk Unexalate")
    wait_for_jobs(ann, f"Bulk Unexalate: {condition}")
    assert (under_sync(public_api, pair), arrived(stage, "In bulk")) == (0, 30)


def test_what_is_too_slow_or_too_much_says_so_and_the_keyboard_is_enough(
    ann: Administrator, stage: Stage, pair: Pair
) -> None:
    ann.open("triggers")
    begin(ann, pair)
    faults = stage.public.emulator.landscape.faults
    faults.add({"route": WIQL, "status": 400, "message": "VS402335: The query ran too long."})
    try:
        field(ann, "If").fill("[System.Title] CONTAINS 'everything'")
        expect(ann.panel.get_by_text("it took too long", exact=False)).to_be_visible()
        ann.check_accessibility()
    finally:
        faults.clear()
    faults.add({"route": WIQL, "status": 400, "message": "VS402337: More than 20000.", "count": 1})
    field(ann, "If").fill("[System.Title] <> 'nothing'")
    expect(ann.panel.get_by_text("20,000 work items or more match now.")).to_be_visible()
    field(ann, "If").press("Escape")
    expect(ann.hub.get_by_text("Discard what you entered?")).to_be_visible()
    ann.confirm("Discard")
    expect(ann.hub.get_by_role("button", name="Create trigger")).to_be_focused()
