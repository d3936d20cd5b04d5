"""License Details: the plan, what of it is used, what waits; without a limit, at the limit, and with a big database."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.administrators import Administrator
from tests.browser.crowd import Crowd
from tests.browser.node_api import NodeApi, open_api
from tests.browser.pictures import Album
from tests.browser.stage import Company, Stage

from adnode.cli.demo.processes import is_listening, wait_until
from adnode.cli.demo.sides import NodeProcess

pytestmark = [pytest.mark.xdist_group("license"), pytest.mark.timeout(180)]
TITLE = "System.Title"
NAME = "Partners under a plan"
BUSY_SECONDS = 60
ROOM = 2
"""New pairs that the plan still has room for."""


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album("console-license", tmp_path / "pictures")


@dataclass
class PlannedNode:
    """The node of a company, which can be started again under another plan."""

    company: Company
    process: NodeProcess

    def set_plan(self, plan: str) -> NodeApi:
        """End the node and start it under the plan; the API of its administrator."""
        self.end()
        node = self.company.node
        settings = {**node.settings, "ADNODE_PLAN": plan}
        self.process = NodeProcess(node.name, node.directory, node.port, settings=settings)
        self.process.start()
        return open_api(self.company)

    def end(self) -> None:
        """End the node, and wait until its port is free."""
        self.process.kill()
        wait_until(lambda: not is_listening(self.company.node.port or 0), 30, "the node has ended")


@pytest.fixture
def planned(stage: Stage) -> Iterator[PlannedNode]:
    """The public side's node, as it was before when the test is over."""
    node = PlannedNode(stage.public, stage.public.node)
    yield node
    node.end()
    stage.public.node.start()


@pytest.fixture
def connection_id(stage: Stage, public_api: NodeApi, private_api: NodeApi) -> str:
    private_api.accept(public_api.initiate(stage.public.project, NAME), stage.private.project, NAME)
    return str(next(each["id"] for each in public_api.connections() if each["name"] == NAME))


@pytest.fixture
def limited(planned: PlannedNode, public_api: NodeApi, connection_id: str) -> NodeApi:
    """The public side's node under a plan with room for two more pairs."""
    return planned.set_plan(f"pairs:{public_api.call('GET', '/license')['used'] + ROOM}")


def hold_crowd(company: Company, crowd: Crowd, count: int) -> None:
    """Have that many pairs of the crowd wait."""
    with closing(sqlite3.connect(company.node.directory / "adnode.db", timeout=BUSY_SECONDS)) as database, database:
        database.execute("UPDATE twins SET is_held = 1 WHERE id BETWEEN 'crowd-00001' AND ?", (f"crowd-{count:05d}",))


def share(api: NodeApi, connection_id: str, company: Company, title: str) -> int:
    number = company.user.create("Task", {TITLE: title})
    api.call("POST", f"/connections/{connection_id}/work-items", {"work_item": str(number)})
    return number


def test_without_a_limit_usage_is_counted_all_the_same(ann: Administrator, crowd: Crowd, album: Album) -> None:
    ann.open("license-details")
    hub = ann.hub
    expect(hub.get_by_role("heading", name="No limit")).to_be_visible()
    expect(hub.get_by_text("Nothing has to be bought.")).to_be_visible()
    table = hub.get_by_role("table", name="Usage by connection and month")
    expect(table.get_by_role("row").filter(has_text=crowd.name)).to_be_visible()
    ann.check_accessibility()
    hub.get_by_role("button", name=re.compile("^Table ?: New pairs by month")).click()
    expect(hub.get_by_role("region", name="New pairs by month, as a table").get_by_role("row")).to_have_count(13)
    ann.check_accessibility()
    with ann.page.expect_download() as download:
        ann.press("Export CSV")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert download.value.suggested_filename == "adnode-usage.csv"
    assert text.splitlines()[0] == "month,connection,destination,connection_id,new_pairs"
    assert crowd.connection_id in text


def test_what_is_beyond_the_limit_waits_is_named_and_starts_when_it_is_raised(
    ann: Administrator, stage: Stage, planned: PlannedNode, limited: NodeApi, connection_id: str, album: Album
) -> None:
    numbers = [share(limited, connection_id, stage.public, f"Planned {count}") for count in range(1, ROOM + 2)]
    ann.open("license-details")
    hub = ann.hub
    expect(hub.get_by_text("1 work item waits: this month's new pairs are used up.")).to_be_visible()
    expect(hub.get_by_role("meter", name="New pairs this month")).to_be_visible()
    waiting = hub.get_by_role("table", name="Work items that wait")
    expect(waiting.get_by_role("link", name=str(numbers[-1]))).to_be_visible()
    for theme in ("dark", "high-contrast", "light"):
        ann.person.choose_theme(theme)
        ann.check_accessibility()
    ann.page.set_viewport_size({"width": 1440, "height": 900})
    album.take(ann.page, "at-the-limit")
    path = f"/connections/{connection_id}/work-items"
    wait_until(
        lambda: limited.call("GET", f"{path}/{numbers[0]}")["status"] == "synchronized", 30, "the first is there"
    )
    assert limited.call("GET", f"{path}/{numbers[-1]}")["is_held"]
    api = planned.set_plan("")
    ann.open("license-details")
    expect(hub.get_by_role("heading", name="No limit")).to_be_visible()
    expect(hub.get_by_role("heading", name="Work items that wait")).to_be_hidden()
    wait_until(lambda: api.call("GET", f"{path}/{numbers[-1]}")["status"] == "synchronized", 30, "the last is there")


def test_a_long_line_is_listed_page_by_page(
    ann: Administrator, stage: Stage, limited: NodeApi, connection_id: str, crowd: Crowd
) -> None:
    hold_crowd(stage.public, crowd, 5_000)
    ann.open("license-details")
    pages = ann.hub.get_by_role("navigation", name="Pages of work items that wait")
    expect(pages.get_by_text("1 to 25 of 5,000 work items that wait")).to_be_visible()
    pages.get_by_role("button", name="Next").click()
    expect(pages.get_by_text("26 to 50 of 5,000 work items that wait")).to_be_visible()
    first = ann.hub.get_by_role("table", name="Work items that wait").get_by_role("row").nth(1)
    expect(first.get_by_role("button", name=crowd.name)).to_be_visible()
    ann.check_accessibility()
