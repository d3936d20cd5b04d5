"""Entity Sync status: finding pairs among 20,000, looking at one, deciding a conflict, with both emulators watched."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from tests.browser.administrators import Administrator
from tests.browser.conftest import Pair
from tests.browser.crowd import ERRORS, TWINS, Crowd
from tests.browser.node_api import NodeApi
from tests.browser.pictures import Album
from tests.browser.stage import Company, Stage

from adnode.cli.demo.processes import wait_until

pytestmark = pytest.mark.xdist_group("entity sync status")
TITLE = "System.Title"
TAB = "entity-sync-status"
DEADLINE_SECONDS = 30


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Album:
    return Album("console-entity-sync-status", tmp_path_factory.mktemp("pictures"))


def pairs(person: Administrator) -> Locator:
    """The rows of the list."""
    return person.hub.get_by_role("table", name="Pairs").get_by_role("row")


def search(person: Administrator, text: str) -> None:
    person.hub.get_by_label("Work item key").fill(text)
    person.hub.get_by_role("button", name=re.compile("Search|Refresh")).click()


def choose(person: Administrator, label: str, option: str) -> None:
    person.hub.get_by_role("group", name="Filter").get_by_label(label, exact=True).select_option(label=option)


def count_of(person: Administrator) -> Locator:
    return person.hub.get_by_role("navigation", name="Pages of pairs").get_by_role("status")


def open_section(person: Administrator, name: str) -> None:
    person.hub.get_by_role("tab", name=re.compile(f"^{name}")).click()


def find(company: Company, title: str) -> list[int]:
    return company.user.find(f"SELECT [System.Id] FROM WorkItems WHERE [System.Title] = '{title}'")  # noqa: S608


def wait_for(condition: Any, what: str) -> None:
    wait_until(condition, DEADLINE_SECONDS, what)


def is_at_rest(api: NodeApi, path: str) -> bool:
    twin = api.call("GET", path)
    return bool(twin["status"] == "synchronized" and not twin["in_progress"])


def share(api: NodeApi, pair: Pair, stage: Stage, title: str) -> tuple[int, int]:
    """Put a new work item under sync; return the numbers on both sides once it rests."""
    number = stage.public.user.create("Task", {TITLE: title})
    path = f"/connections/{pair.public['id']}/work-items"
    api.call("POST", path, {"work_item": str(number)})
    wait_for(lambda: is_at_rest(api, f"{path}/{number}"), f"{title} is synchronized")
    (other,) = find(stage.private, title)
    return number, other


def switch(api: NodeApi, connection_id: str, step: str) -> None:
    connection = api.call("GET", f"/connections/{connection_id}")
    api.call("POST", f"/connections/{connection_id}/{step}", **{"If-Match": f'"{connection["revision"]}"'})


def test_a_list_of_many_is_searched_sorted_and_narrowed_down(ann: Administrator, crowd: Crowd, album: Album) -> None:
    ann.open(TAB)
    expect(count_of(ann)).to_contain_text(re.compile(rf"1 to 50 of {TWINS // 1000},0\d\d pairs"))
    expect(pairs(ann)).to_have_count(51)
    ann.check_accessibility()
    ann.page.set_viewport_size({"width": 1600, "height": 900})
    expect(ann.hub.get_by_role("columnheader", name="Last error")).to_be_visible()
    ann.check_accessibility()
    album.take(ann.page, "list")
    ann.hub.get_by_role("button", name="Next").click()
    expect(count_of(ann)).to_contain_text("51 to 100")
    ann.hub.get_by_role("button", name="Title", exact=True).click()
    expect(pairs(ann).nth(1)).to_contain_text("Crowded work item 00000")
    choose(ann, "Connection", crowd.name)
    choose(ann, "Status", "Failed")
    choose(ann, "Errors", "With errors")
    expect(count_of(ann)).to_contain_text(f"1 to 50 of {ERRORS:,} pairs")
    search(ann, "item 04999")
    expect(count_of(ann)).to_contain_text("1 to 1 of 1 pairs")
    ann.hub.get_by_role("button", name="Clear the filter").click()
    for text, number in (("1012345", "1012345"), ("2000077", "1000077"), ("CROWDED WORK ITEM 20000", "1020000")):
        search(ann, text)
        expect(count_of(ann)).to_contain_text("1 to 1 of 1 pairs")
        expect(pairs(ann).nth(1)).to_contain_text(number)
    choose(ann, "Errors", "With errors")
    expect(ann.hub.get_by_role("heading", name="No pair matches.")).to_be_visible()
    ann.check_accessibility()
    ann.hub.get_by_role("button", name="Show all").last.click()
    expect(pairs(ann)).to_have_count(51)


def test_every_row_that_fits_is_in_the_file(ann: Administrator, crowd: Crowd) -> None:
    ann.open(TAB)
    choose(ann, "Status", "Failed")
    expect(count_of(ann)).to_contain_text(f"of {ERRORS:,} pairs")
    with ann.page.expect_download() as waiting:
        ann.hub.get_by_role("button", name="Export CSV").click()
    path = Path(waiting.value.path())
    assert waiting.value.suggested_filename == "entity-sync-status.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == ERRORS + 1
    assert lines[0].startswith("status,work_item_id,")


def test_a_pair_of_the_crowd_says_what_waits_and_what_failed(ann: Administrator, crowd: Crowd) -> None:
    ann.open(f"{TAB}/crowd-00001")
    expect(ann.hub.get_by_role("link", name=re.compile("^2000001: "))).to_be_visible()
    expect(ann.hub.get_by_text("2 out, 0 in")).to_be_visible()
    expect(ann.hub.get_by_text("Field Severity is required.")).to_be_visible()
    ann.press("Sync now")
    expect(ann.hub.get_by_text("Activate it first", exact=False)).to_be_visible()
    ann.check_accessibility()
    ann.page.reload()
    expect(ann.hub.get_by_role("link", name=re.compile("^2000001: "))).to_be_visible()


def test_a_search_says_why_there_is_no_pair_and_exalates(
    ann: Administrator, stage: Stage, pair: Pair, album: Album
) -> None:
    number = stage.public.user.create("Task", {TITLE: "Alone so far"})
    ann.open(TAB)
    misses = {
        "99999999": "There is no work item 99999999 that this node can read.",
        "nobody ever wrote this": "No pair has such a title.",
        f"{stage.private.organization_url}/_workitems/edit/424242": "This work item of your partner is not under sync.",
    }
    for text, title in misses.items():
        search(ann, text)
        expect(ann.hub.get_by_role("heading", name=title)).to_be_visible()
    ann.check_accessibility()
    search(ann, "https://example.com/_workitems/edit/1")
    expect(ann.hub.get_by_text("belongs neither to your organization", exact=False)).to_be_visible()
    search(ann, f"{stage.public.organization_url}/_workitems/edit/{number}")
    expect(ann.hub.get_by_role("heading", name="This work item is not under sync.")).to_be_visible()
    album.take(ann.page, "not-under-sync")
    ann.press("Exalate")
    ann.panel.get_by_label("Connection").select_option(label=pair.name)
    ann.check_accessibility()
    ann.confirm("Exalate")
    expect(pairs(ann).nth(1)).to_contain_text(str(number))
    wait_for(lambda: find(stage.private, "Alone so far"), "the counterpart is made")


def test_two_work_items_are_connected(ann: Administrator, stage: Stage, pair: Pair) -> None:
    number = stage.public.user.create("Task", {TITLE: "Wins when connected"})
    other = stage.private.user.create("Task", {TITLE: "Loses when connected"})
    ann.open(TAB)
    search(ann, f"#{number}")
    ann.press("Connect")
    ann.panel.get_by_label("Connection").select_option(label=pair.name)
    ann.panel.get_by_label("Remote work item key").fill(str(other))
    ann.confirm("Connect")
    expect(pairs(ann).nth(1)).to_contain_text(str(other))
    wait_for(lambda: stage.private.user.fields(other)[TITLE] == "Wins when connected", "the partner's has its title")


def test_the_history_tells_what_went_each_way_and_sync_now_finds_what_changed(
    ann: Administrator, stage: Stage, public_api: NodeApi, pair: Pair, album: Album
) -> None:
    number, other = share(public_api, pair, stage, "Has a history")
    stage.private.user.add_comment(other, "<p>Said on the other side</p>")
    stage.public.user.update(number, {TITLE: "Has more history"})
    wait_for(lambda: stage.public.user.comments(number), "the comment arrives")
    wait_for(lambda: stage.private.user.fields(other)[TITLE] == "Has more history", "the title arrives")
    ann.open(TAB)
    search(ann, "has more history")
    ann.hub.get_by_role("button", name="Has more history").click()
    ann.press("Sync now")
    expect(ann.hub.get_by_text("Both sides are being compared.", exact=False)).to_be_visible()
    expect(ann.hub.get_by_role("link", name=re.compile(f"^{other}: ")).last).to_be_visible()
    album.take(ann.page, "pair")
    open_section(ann, "History")
    history = ann.hub.get_by_role("table", name="History")
    expect(
        history.get_by_role("row").filter(has_text="Incoming").filter(has_text="Said on the other side")
    ).to_be_visible()
    expect(history.get_by_role("row").filter(has_text="Outgoing").filter(has_text="Has more history")).to_be_visible()
    ann.check_accessibility()
    open_section(ann, "Comments and files")
    expect(ann.hub.get_by_role("table", name="Comments and files")).to_contain_text("on the other side")
    ann.check_accessibility()
    open_section(ann, "Replicas")
    expect(ann.hub.get_by_role("group", name="Held here")).to_contain_text("Has more history")
    expect(ann.hub.get_by_role("group", name="Received last from the other side")).to_contain_text("Said on the other")
    ann.check_accessibility()


def test_the_value_that_lost_comes_back_on_both_sides(
    ann: Administrator,
    bob: Administrator,
    stage: Stage,
    public_api: NodeApi,
    private_api: NodeApi,
    pair: Pair,
    album: Album,
) -> None:
    number, other = share(public_api, pair, stage, "Before the quarrel")
    switch(private_api, pair.private["id"], "deactivate")
    stage.public.user.update(number, {TITLE: "As the public side says"})
    stage.private.user.update(other, {TITLE: "As the private side says"})
    switch(private_api, pair.private["id"], "activate")
    titles = {"As the public side says", "As the private side says"}

    def shown() -> set[str]:
        return {str(stage.public.user.fields(number)[TITLE]), str(stage.private.user.fields(other)[TITLE])}

    wait_for(lambda: len(shown()) == 1 and shown() <= titles, "both sides have one title")
    (kept,) = shown()
    (lost,) = titles - {kept}
    person, work_item = find_witness(ann, bob, public_api, private_api, kept)
    person.open(TAB)
    choose(person, "Conflicts", "With conflicts")
    person.hub.get_by_role("button", name=kept).click()
    open_section(person, "Conflicts")
    conflict = person.hub.get_by_role("region", name="Conflict: Title").filter(has_text="Not decided")
    expect(conflict.get_by_role("group", name="Kept value")).to_have_text(kept)
    expect(conflict.get_by_role("group", name="Lost value")).to_have_text(lost)
    person.check_accessibility()
    album.take(person.page, "conflict")
    conflict.get_by_role("button", name="Use the other value").click()
    person.check_accessibility()
    person.confirm("Use the other value")
    wait_for(lambda: shown() == {lost}, f"both sides have the title that lost, seen from {work_item}")
    expect(person.hub.get_by_text("The other value is in use again", exact=False)).to_be_visible()
    expect(person.hub.get_by_role("button", name="Use the other value")).to_have_count(0)


def find_witness(
    ann: Administrator, bob: Administrator, public_api: NodeApi, private_api: NodeApi, title: str
) -> tuple[Administrator, str]:
    """Return whoever's node saw the conflict: the one that heard of the other's change while it had one of its own."""
    found: list[tuple[Administrator, str]] = []

    def look() -> bool:
        for person, api in ((ann, public_api), (bob, private_api)):
            rows = api.call("GET", f"/twins?has_conflict=true&text={title}")["items"]
            found.extend((person, row["local"]["id"]) for row in rows)
        return bool(found)

    wait_for(look, "somebody's node has kept the value that lost")
    return found[0]


def test_a_pair_is_taken_out_of_sync(ann: Administrator, stage: Stage, public_api: NodeApi, pair: Pair) -> None:
    number, other = share(public_api, pair, stage, "Goes its own way")
    ann.open(TAB)
    search(ann, "goes its own way")
    ann.hub.get_by_role("button", name="Goes its own way").click()
    ann.press("Unexalate")
    ann.check_accessibility()
    ann.confirm("Unexalate")
    expect(ann.hub.get_by_text("The work item is not under sync any more.")).to_be_visible()
    expect(ann.hub.get_by_role("button", name="Sync now")).to_have_count(0)
    assert stage.public.user.fields(number)[TITLE] == stage.private.user.fields(other)[TITLE] == "Goes its own way"
