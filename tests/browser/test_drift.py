"""The view Drift: what the two sides no longer have in common, and its repair."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.administrators import Administrator
from tests.browser.conftest import Pair
from tests.browser.crowd import Crowd
from tests.browser.node_api import NodeApi
from tests.browser.pictures import Album
from tests.browser.stage import Company, Stage

from adnode.cli.demo.processes import wait_until

TITLE = "System.Title"
ADDRESS = "entity-sync-status/drift"


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album("console-drift", tmp_path / "pictures")


def share(api: NodeApi, connection_id: str, company: Company, title: str) -> int:
    """Put a new work item under sync and wait until it rests; return its number."""
    number = company.user.create("Task", {TITLE: title})
    path = f"/connections/{connection_id}/work-items"
    api.call("POST", path, {"work_item": str(number)})

    def is_at_rest() -> bool:
        twin = api.call("GET", f"{path}/{number}")
        return bool(twin["status"] == "synchronized" and not twin["in_progress"])

    wait_until(is_at_rest, 30, f"{title} is synchronized")
    return number


def change_memory(company: Company, was: str, becomes: str) -> None:
    """Write into a node's database what it never learned, as somebody with a database tool may."""
    with closing(sqlite3.connect(company.node.directory / "adnode.db", timeout=60)) as database, database:
        changed = database.execute("UPDATE twins SET state = replace(state, ?, ?)", (was, becomes))
        assert changed.rowcount > 0


def find(company: Company, title: str) -> list[int]:
    return company.user.find(f"SELECT [System.Id] FROM WorkItems WHERE [System.Title] = '{title}'")  # noqa: S608


def test_what_differs_is_found_named_and_repaired(
    ann: Administrator, stage: Stage, public_api: NodeApi, pair: Pair, album: Album
) -> None:
    connection_id = pair.public["id"]
    stage.public.user.create("Task", {TITLE: "Older than the trigger"})
    share(public_api, connection_id, stage.public, "Known to both")
    number = share(public_api, connection_id, stage.public, "Remembered right")
    # Once a later change has gone its way, the change feed is past the older work item.
    stage.public.user.update(number, {TITLE: "Remembered well"})
    wait_until(lambda: find(stage.private, "Remembered well"), 30, "a later change arrives")
    trigger = {"connection_id": connection_id, "condition": "[System.Title] = 'Older than the trigger'"}
    public_api.call("POST", "/triggers", {**trigger, "is_active": True})
    change_memory(stage.private, "Known to both", "Known to none")

    ann.open(ADDRESS)
    ann.hub.get_by_label("Connection", exact=True).select_option(label=pair.name)
    expect(ann.hub.get_by_text("This connection has not been compared yet.")).to_be_visible()
    ann.check_accessibility()
    ann.press("Compare now")
    expect(ann.hub.get_by_text("The two sides know different values: the summary.", exact=False)).to_be_visible()
    expect(ann.hub.get_by_text("and is not under sync", exact=False)).to_be_visible()
    expect(ann.hub.get_by_text("1 to 2 of 2 findings")).to_be_visible()
    ann.check_accessibility()
    album.take(ann.page, "report")
    ann.press("Repair all")
    expect(ann.panel.get_by_text("Repair 2 findings?")).to_be_visible()
    ann.check_accessibility()
    ann.confirm("Repair")
    expect(ann.panel.get_by_text("Finished")).to_be_visible()
    ann.check_accessibility()
    ann.confirm("Close")
    wait_until(lambda: find(stage.private, "Older than the trigger"), 30, "the forgotten one arrives")
    ann.press("Compare now")
    expect(ann.hub.get_by_text("Both sides are equal.")).to_be_visible()
    ann.check_accessibility()


def test_a_stopped_connection_is_not_offered_and_the_keyboard_gets_to_the_pairs(
    ann: Administrator, pair: Pair, crowd: Crowd
) -> None:
    ann.open(ADDRESS)
    chooser = ann.hub.get_by_label("Connection", exact=True)
    expect(chooser).to_be_visible()
    choices = chooser.locator("option").all_inner_texts()
    assert pair.name in choices
    assert crowd.name not in choices
    ann.hub.get_by_role("tab", name="Drift").press("ArrowLeft")
    expect(ann.hub.get_by_role("tab", name="Pairs")).to_be_focused()
    expect(ann.hub.get_by_label("Work item key")).to_be_visible()
