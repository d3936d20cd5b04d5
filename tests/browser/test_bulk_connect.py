"""Bulk Connect: existing pairs from a file, wrong files of every kind, and ten thousand rows beside a big database."""

import re
from collections.abc import Sequence
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

pytestmark = [pytest.mark.xdist_group("bulk_connect"), pytest.mark.timeout(180)]
TITLE = "System.Title"
NAME = "Fabrikam to Contoso"
HEADER = "local_work_item_id;remote_work_item_id\n"


@pytest.fixture
def partners(stage: Stage, public_api: NodeApi, private_api: NodeApi) -> Pair:
    """An active connection with a name for pictures."""
    code = public_api.initiate(stage.public.project, NAME)
    private = private_api.accept(code, stage.private.project, NAME)
    public = next(each for each in public_api.connections() if each["name"] == NAME)
    return Pair(NAME, public_api.let_connect(public), private_api.let_connect(private))


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album("console-bulk-connect", tmp_path / "pictures")


def create(company: Company, word: str, count: int = 3) -> list[int]:
    return [company.user.create("Task", {TITLE: f"{word} {number}"}) for number in range(count)]


def write(path: Path, lines: Sequence[str], encoding: str = "utf-8-sig") -> Path:
    path.write_text(HEADER + "\n".join(lines), encoding=encoding)
    return path


def choose_file(person: Administrator, path: Path) -> None:
    person.hub.get_by_label("CSV file of pairs").set_input_files(path)


def open_tab(person: Administrator, connection_name: str) -> None:
    person.open("bulk-connect")
    person.hub.get_by_label("Connection", exact=True).select_option(connection_name)


def revisions(company: Company, numbers: Sequence[int]) -> list[int]:
    return [company.user.read(number)["rev"] for number in numbers]


def test_existing_pairs_are_connected_without_a_change(
    ann: Administrator, stage: Stage, partners: Pair, tmp_path: Path, album: Album, crowd: Crowd
) -> None:
    ours, theirs = create(stage.public, "Ours"), create(stage.private, "Theirs")
    before = revisions(stage.public, ours) + revisions(stage.private, theirs)
    rows = [f"{one};{other}" for one, other in zip(ours, theirs, strict=True)]
    wrong = [f"{ours[0]};{theirs[0]}", "=1+1;5", "4711999;5", f"{crowd.work_item_id};7"]
    open_tab(ann, partners.name)
    ann.check_accessibility()
    choose_file(ann, write(tmp_path / "pairs.csv", [*rows, *wrong]))
    hub = ann.hub
    expect(hub.get_by_text("4 of 7 rows can be connected.")).to_be_visible()
    table = hub.get_by_role("table", name="Wrong rows")
    expect(table.get_by_role("row").filter(has_text="is a formula")).to_contain_text(re.compile("^6"))
    expect(table.get_by_role("row").filter(has_text="does not exist")).to_contain_text("Not found")
    expect(table.get_by_role("row").filter(has_text="The same pair stands in line 2")).to_be_visible()
    for theme in ("dark", "high-contrast", "light"):
        ann.person.choose_theme(theme)
        ann.check_accessibility()
    ann.page.set_viewport_size({"width": 1440, "height": 1100})
    album.take(ann.page, "checked")
    expect(hub.get_by_role("button", name="Connect 4 pairs")).to_have_attribute("aria-disabled", "true")
    hub.get_by_label(re.compile("^Skip the 3 rows")).check()
    ann.press("Connect 4 pairs")
    job = hub.get_by_role("article", name=f"Connect 4 pairs over {partners.name}")
    expect(job.get_by_text("Finished, some failed")).to_be_visible(timeout=30_000)
    expect(job.get_by_role("list", name="Work items by outcome")).to_contain_text("3 done")
    ann.check_accessibility()
    album.take(ann.page, "connected")
    job.get_by_role("button", name="Show what failed").click()
    expect(ann.panel.get_by_text("says: Work item 7 can't be read.")).to_be_visible()
    ann.check_accessibility()
    assert revisions(stage.public, ours) + revisions(stage.private, theirs) == before
    stage.public.user.update(ours[1], {TITLE: "Changed afterwards"})
    wait_until(
        lambda: stage.private.user.fields(theirs[1])[TITLE] == "Changed afterwards", 30, "a later change travels"
    )


def test_files_that_can_not_be_used_say_why_and_start_nothing(ann: Administrator, pair: Pair, tmp_path: Path) -> None:
    open_tab(ann, pair.name)
    hub = ann.hub
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    workbook = tmp_path / "pairs.xlsx.csv"
    workbook.write_bytes(b"PK\x03\x04\x14\x00\x06\x00")
    headless = tmp_path / "headless.csv"
    headless.write_text("1;11\n2;22\n", encoding="utf-8")
    wrong = {
        huge: "huge.csv has 100 MB; files of pairs may have 2 MB.",
        workbook: "a workbook perhaps",
        headless: "The first line must name the columns",
        write(tmp_path / "old.csv", ["1;11", "2;Grün"], "cp1252"): "Line 3 is not UTF-8",
        write(tmp_path / "open.csv", ["1;11", '"2;22']): "quotation marks must be closed",
        write(tmp_path / "many.csv", [f"{number};{number}" for number in range(1, 10_003)]): "more than 10,000 rows",
    }
    for path, reason in wrong.items():
        choose_file(ann, path)
        expect(hub.get_by_text(reason)).to_be_visible()
        expect(hub.get_by_role("button", name=re.compile("^Connect "))).to_be_hidden()
    ann.check_accessibility()
    choose_file(ann, write(tmp_path / "unknown.csv", ["4711999;11"], "utf-16"))
    expect(hub.get_by_text("No row can be connected.")).to_be_visible()
    expect(hub.get_by_text("Read as UTF-16 with semicolon between the columns: 1 row.")).to_be_visible()
    ann.check_accessibility()


def test_ten_thousand_rows_are_checked_and_the_page_stays_usable(
    ann: Administrator, crowd: Crowd, pair: Pair, tmp_path: Path
) -> None:
    open_tab(ann, pair.name)
    choose_file(ann, write(tmp_path / "many.csv", [f"{5_000_000 + number};{number}" for number in range(1, 10_001)]))
    hub = ann.hub
    expect(hub.get_by_text("Not found: 10,000")).to_be_visible(timeout=60_000)
    expect(hub.get_by_role("table", name="Wrong rows").get_by_role("row")).to_have_count(201)
    expect(hub.get_by_text("These are the first 200 of 10,000.")).to_be_visible()
    with ann.page.expect_download() as download:
        ann.press("Download template")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text == "local_work_item_id,remote_work_item_id\n"
    ann.open_tab("Connections")
    expect(ann.row(crowd.name)).to_be_visible()
