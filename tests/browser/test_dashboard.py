"""The dashboard on Getting Started: before anything was synchronized, after it, and with a big database."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.administrators import Administrator
from tests.browser.crowd import TWINS, Crowd
from tests.browser.node_api import NodeApi
from tests.browser.pictures import Album
from tests.browser.stage import Stage

pytestmark = [pytest.mark.xdist_group("dashboard"), pytest.mark.timeout(180)]
BUSY_SECONDS = 60
DAYS = 84


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album("console-dashboard", tmp_path / "pictures")


def make_history(stage: Stage, crowd: Crowd) -> None:
    """Twelve weeks of a busy connection, as its node would have counted them."""
    rows = []
    for back in range(DAYS):
        moment = datetime.now(UTC) - timedelta(days=back)
        share = 1 if moment.weekday() < 5 else 8
        day, slow = f"{moment:%Y-%m-%d}", back % 11 == 3
        for hour in range(8, 18):
            counts = {("outgoing", 0): 40, ("pair", 0): 3, ("incoming", 3): 30, ("incoming", 5): 8}
            counts |= {("incoming", 8 if slow else 6): 3, ("incoming", 9 if slow else 6): 1, ("error", 0): 1}
            for (kind, bucket), count in counts.items():
                wave = (count * (hour + back) % 7) // 2
                rows.append(
                    (crowd.organization_id, day, hour, crowd.connection_id, kind, bucket, count // share + wave)
                )
    path = stage.public.node.directory / "adnode.db"
    with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as database, database:
        database.executemany(
            "INSERT INTO tallies (organization_id, day, hour, connection_id, kind, bucket, count) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = excluded.count",
            rows,
        )


def test_before_the_first_work_item_it_says_what_will_stand_there(ann: Administrator, stage: Stage) -> None:
    ann.open()
    expect(ann.hub.get_by_role("list", name="Steps")).to_be_visible()
    expect(ann.hub.get_by_role("heading", name="Nothing has been synchronized yet")).to_be_visible()
    ann.check_accessibility()


def test_with_a_big_database_it_counts_and_draws_everything(
    ann: Administrator, stage: Stage, public_api: NodeApi, crowd: Crowd, album: Album
) -> None:
    make_history(stage, crowd)
    ann.page.set_viewport_size({"width": 1440, "height": 900})
    ann.open("getting-started")
    hub = ann.hub
    cards = hub.get_by_role("list", name="Now")
    expect(cards.get_by_text("in sync")).to_contain_text("15,00")
    expect(cards.get_by_text("5,000 failed")).to_be_visible()
    expect(cards.get_by_text(re.compile(r"25,00\d outgoing"))).to_be_visible()
    expect(cards.get_by_text("5,000 stop work items")).to_be_visible()
    expect(hub.get_by_role("img", name="Changes per day")).to_be_visible()
    expect(hub.get_by_role("img", name="Time until a change is written")).to_be_visible()
    expect(hub.get_by_role("region", name="Speed").get_by_role("button", name=crowd.name)).to_be_visible()
    for theme in ("dark", "high-contrast", "light"):
        ann.person.choose_theme(theme)
        ann.check_accessibility()
    album.take(ann.page, "days")
    hub.get_by_role("tab", name="12 weeks").click()
    expect(hub.get_by_role("img", name="New pairs per week")).to_be_visible()
    hub.get_by_role("button", name=re.compile("^Table ?: Changes per week")).click()
    expect(hub.get_by_role("region", name="Changes per week, as a table").get_by_role("row")).to_have_count(13)
    ann.check_accessibility()
    shown = public_api.call("GET", "/dashboard")
    assert sum(shown["twins"].values()) == TWINS + 1
    assert shown["queue"]["outgoing"] > 20_000


def test_a_card_leads_to_its_tab(ann: Administrator, crowd: Crowd) -> None:
    ann.open("getting-started")
    ann.press("Open Connections")
    expect(ann.row(crowd.name)).to_be_visible()
