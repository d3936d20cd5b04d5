"""The Sync Queue: an event cancelled and sent again between two nodes, and a big database behind the page."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from tests.browser.administrators import Administrator
from tests.browser.conftest import Pair
from tests.browser.crowd import MESSAGES, Crowd
from tests.browser.node_api import NodeApi
from tests.browser.pictures import Album
from tests.browser.stage import Stage

from adnode.cli.demo.processes import wait_until

pytestmark = [pytest.mark.xdist_group("sync queue"), pytest.mark.timeout(180)]
TITLE = "System.Title"


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album("console-sync-queue", tmp_path / "pictures")


def table(person: Administrator) -> Locator:
    return person.hub.get_by_role("table", name="Events")


def first_row(person: Administrator) -> Locator:
    return table(person).get_by_role("row").nth(1)


def open_first(person: Administrator) -> None:
    first_row(person).get_by_role("button").first.click()
    expect(person.panel.get_by_text("Replica as JSON")).to_be_visible()


def unsent(api: NodeApi) -> list[dict[str, Any]]:
    """What is on its way. The last poll of the partner may have taken it along, to nobody."""
    events = api.call("GET", "/queue?lane=outgoing_sync")["items"]
    return [event for event in events if event["status"] in ("waiting", "sending")]


@pytest.fixture
def shared(stage: Stage, public_api: NodeApi, pair: Pair) -> tuple[int, int]:
    """A work item in sync and the other side's."""
    number = stage.public.user.create("Task", {TITLE: "As it was"})
    path = f"/connections/{pair.public['id']}/work-items"
    public_api.call("POST", path, {"work_item": str(number)})

    def twin() -> Any:
        return public_api.call("GET", f"{path}/{number}")

    wait_until(lambda: twin()["status"] == "synchronized" and not twin()["in_progress"], 30, "it is synchronized")
    return number, int(twin()["remote"]["id"])


@pytest.fixture
def absence(stage: Stage, shared: tuple[int, int]) -> Iterator[None]:
    """The partner's node is switched off, until the test switches it on or ends."""
    stage.private.node.kill()
    yield
    stage.private.node.stop()
    stage.private.node.start()


@pytest.mark.usefixtures("absence")
def test_an_event_is_cancelled_and_sent_again(
    ann: Administrator, stage: Stage, public_api: NodeApi, shared: tuple[int, int], album: Album
) -> None:
    number, other = shared
    stage.public.user.update(number, {TITLE: "Not wanted there"})
    wait_until(lambda: len(unsent(public_api)) == 1, 30, "the change waits")
    ann.open("sync-queue")
    expect(ann.hub.get_by_role("tab", name=re.compile("Outgoing sync"))).to_contain_text("1")
    expect(first_row(ann)).to_contain_text(re.compile("Waiting|Sending"))
    ann.check_accessibility()
    open_first(ann)
    expect(ann.panel.get_by_text("Not wanted there", exact=True)).to_be_visible()
    ann.check_accessibility()
    album.take(ann.page, "event")
    ann.press("Cancel event")
    expect(ann.panel.get_by_text("The two work items may differ until the same thing changes again.")).to_be_visible()
    ann.check_accessibility()
    ann.confirm("Cancel event")
    expect(ann.hub.get_by_text("The event was cancelled.")).to_be_visible()
    ann.check_accessibility()
    stage.private.node.start()
    number_of_event = cancelled_arrives_not(stage, public_api, shared)
    ann.press("Send again")
    expect(ann.hub.get_by_text("All of today's state is on its way as a new event.")).to_be_visible()
    wait_until(lambda: title(stage, other) == "Not wanted there", 30, "it is sent again")
    ann.panel.get_by_role("button", name="Close").first.click()
    ann.hub.get_by_label("Show finished (last week)").check()
    expect(table(ann).get_by_text("Synchronized", exact=True).first).to_be_visible()
    ann.hub.get_by_label("Status").select_option("cancelled")
    expect(ann.hub.get_by_text("1 to 1 of 1 events")).to_be_visible()
    expect(first_row(ann).locator("[data-title='Event Number']")).to_have_text(number_of_event)
    actions = [entry["action"] for entry in public_api.call("GET", "/audit?limit=2")["items"]]
    assert actions == ["queue_event_sent_again", "queue_event_cancelled"]


def title(stage: Stage, number: int) -> Any:
    return stage.private.user.fields(number)[TITLE]


def cancelled_arrives_not(stage: Stage, public_api: NodeApi, shared: tuple[int, int]) -> str:
    """See that a later change of something else arrives and the cancelled one does not; return the event's number."""
    number, other = shared
    stage.public.user.update(number, {"System.Description": "<p>Later</p>"})

    def has_arrived() -> bool:
        return "Later" in str(stage.private.user.fields(other).get("System.Description"))

    wait_until(has_arrived, 30, "a later change arrives")
    assert title(stage, other) == "As it was"
    finished = public_api.call("GET", "/queue?lane=outgoing_sync&status=cancelled&finished=true")["items"]
    return str(finished[0]["sequence"])


def test_lanes_without_anything(ann: Administrator, pair: Pair) -> None:
    ann.open("sync-queue/outgoing_attachments")
    expect(ann.hub.get_by_text("Nothing is on its way.")).to_be_visible()
    ann.check_accessibility()


def test_fifty_thousand_events_stay_usable(ann: Administrator, stage: Stage, crowd: Crowd, album: Album) -> None:
    ann.open("sync-queue")
    hub = ann.hub
    hub.get_by_label("Connection", exact=True).select_option(label=crowd.name)
    for lane in ("Outgoing sync", "Incoming sync"):
        expect(hub.get_by_role("tab", name=re.compile(lane))).to_contain_text(re.compile(rf"{MESSAGES // 1000},0\d\d"))
    expect(first_row(ann)).to_contain_text("connection not active")
    sort_by_every_column(ann)
    ann.press("Next")
    expect(hub.get_by_text(re.compile("^51 to 100 of 25,0"))).to_be_visible()
    ann.press("Previous")
    find_one(ann)
    hub.get_by_role("tab", name=re.compile("Incoming sync")).click()
    hub.get_by_label("Status").select_option("failed")
    expect(hub.get_by_text(re.compile(f"^1 to 50 of {MESSAGES:,} events"))).to_be_visible()
    look_at_the_charts(ann)
    ann.press("Pause refresh")
    expect(hub.get_by_text("This list stands still. The sync goes on.")).to_be_visible()
    ann.check_accessibility()
    hub.get_by_label("Status").select_option("")
    hub.get_by_role("tab", name=re.compile("Outgoing sync")).click()
    expect(hub.get_by_text(re.compile("^1 to 50 of 25,0"))).to_be_visible()
    ann.page.set_viewport_size({"width": 1680, "height": 1050})
    album.take(ann.page, "list")
    listed = stage.public.node.command("queue", "list", "--lane", "outgoing_sync", "--limit", "3", "--json")
    assert len(listed) == 3


def sort_by_every_column(ann: Administrator) -> None:
    for column in ("ID", "Event Number", "Status", "Connection", "Sync type", "Twin trace ID", "Work item", "Age"):
        head = table(ann).get_by_role("columnheader", name=column, exact=True)
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", re.compile("ascending|descending"))
        expect(ann.hub.get_by_text(re.compile("^1 to 50 of 25,0"))).to_be_visible()
    expect(table(ann).get_by_role("columnheader", name="Age", exact=True)).to_have_attribute("aria-sort", "ascending")


def find_one(ann: Administrator) -> None:
    field = ann.hub.get_by_label("Work item, local or remote number")
    field.fill("1000042")
    expect(ann.hub.get_by_text("1 to 2 of 2 events")).to_be_visible()
    field.fill("2000042")
    expect(ann.hub.get_by_text("1 to 2 of 2 events")).to_be_visible()
    expect(table(ann).get_by_text("1000042").first).to_be_visible()
    field.fill("999999999")
    expect(ann.hub.get_by_text("No event matches.")).to_be_visible()
    field.fill("")


def look_at_the_charts(ann: Administrator) -> None:
    chart = ann.hub.get_by_role("figure", name="Events that wait")
    # The node measures twice a minute at most; it began when it started.
    expect(chart.get_by_role("img")).to_be_visible(timeout=70_000)
    chart.get_by_role("button", name=re.compile("^Table")).click()
    expect(chart.get_by_role("columnheader", name="Outgoing")).to_be_visible()
    ann.check_accessibility()
    chart.get_by_role("button", name=re.compile("^Table")).click()
