"""Clean-up Tools: by work item and by connection, the file that connects again, and a big database."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.administrators import Administrator
from tests.browser.conftest import Pair
from tests.browser.crowd import Crowd
from tests.browser.node_api import NodeApi
from tests.browser.pictures import Album
from tests.browser.stage import Stage

from adnode.cli.demo.processes import wait_until

pytestmark = [pytest.mark.xdist_group("clean_up"), pytest.mark.timeout(240)]
TITLE = "System.Title"
NAME = "Fabrikam to Contoso"


@pytest.fixture
def partners(stage: Stage, public_api: NodeApi, private_api: NodeApi) -> Pair:
    """An active connection with a name for pictures."""
    code = public_api.initiate(stage.public.project, NAME)
    private = private_api.accept(code, stage.private.project, NAME)
    public = next(each for each in public_api.connections() if each["name"] == NAME)
    return Pair(NAME, public_api.let_connect(public), private_api.let_connect(private))


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album("console-clean-up", tmp_path / "pictures")


def share(stage: Stage, api: NodeApi, pair: Pair, count: int) -> list[tuple[int, int]]:
    """Work items in sync over the pair's connection, ours and theirs."""
    numbers = [stage.public.user.create("Task", {TITLE: f"To clean up {number}"}) for number in range(count)]
    path = f"/connections/{pair.public['id']}/work-items"
    for number in numbers:
        api.call("POST", path, {"work_item": str(number)})

    def partners() -> list[int]:
        twins = [api.call("GET", f"{path}/{number}") for number in numbers]
        return [int(twin["remote"]["id"]) for twin in twins if twin["remote"] and not twin["in_progress"]]

    return list(
        zip(
            numbers,
            wait_until(lambda: found if len(found := partners()) == count else [], 40, "all are there"),
            strict=True,
        )
    )


def ask(person: Administrator, choice: str, connection_name: str = "") -> None:
    """Choose what to clean up and have it shown."""
    person.hub.get_by_role("radio", name=choice).check()
    if connection_name:
        person.hub.get_by_label("Connection", exact=True).select_option(connection_name)
    person.press("Show what would go")


def confirm(person: Administrator, name: str, answer: str) -> None:
    """Type the name and go."""
    button = person.panel.get_by_role("button", name=answer)
    expect(button).to_have_attribute("aria-disabled", "true")
    person.panel.get_by_label("Type its name to confirm").fill(name)
    button.click()


def test_a_connection_is_cleaned_up_and_connected_again_from_the_file(
    ann: Administrator, stage: Stage, public_api: NodeApi, private_api: NodeApi, partners: Pair, album: Album
) -> None:
    pairs = share(stage, public_api, partners, 3)
    before = [stage.private.user.read(partner)["rev"] for _, partner in pairs]
    ann.open("clean-up-tools")
    ann.check_accessibility()
    ask(ann, "By connection", partners.name)
    expect(ann.panel.get_by_text("3 pairs, 0 waiting events, 0 open errors")).to_be_visible()
    for theme in ("dark", "high-contrast", "light"):
        ann.person.choose_theme(theme)
        ann.check_accessibility()
    ann.page.set_viewport_size({"width": 1440, "height": 900})
    album.take(ann.page, "preview")
    confirm(ann, partners.name, "Forget 3 pairs")
    job = ann.hub.get_by_role("article", name=f"Clean up connection {partners.name}")
    expect(job.get_by_text("Finished")).to_be_visible(timeout=30_000)
    ann.check_accessibility()
    album.take(ann.page, "done")
    path = f"/connections/{partners.private['id']}"
    wait_until(lambda: private_api.call("GET", path)["under_sync"] == 0, 30, "the other side has forgotten them too")
    assert [stage.private.user.read(partner)["rev"] for _, partner in pairs] == before
    with ann.page.expect_download() as download:
        ann.press("Download file for connecting again")
    assert download.value.suggested_filename.startswith("connect-CONNECTION-Fabrikam-to-Contoso-")
    file = {
        "name": download.value.suggested_filename,
        "mimeType": "text/csv",
        "buffer": Path(download.value.path()).read_bytes(),
    }
    ann.open_tab("Bulk Connect")
    ann.hub.get_by_label("Connection", exact=True).select_option(partners.name)
    ann.hub.get_by_label("CSV file of pairs").set_input_files(file)  # type: ignore[arg-type]
    ann.press("Connect 3 pairs")
    again = ann.hub.get_by_role("article", name=f"Connect 3 pairs over {partners.name}")
    expect(again.get_by_text("Finished")).to_be_visible(timeout=30_000)
    stage.private.user.update(pairs[0][1], {TITLE: "Travels again"})
    wait_until(lambda: stage.public.user.fields(pairs[0][0])[TITLE] == "Travels again", 30, "a change travels again")
    assert [stage.private.user.read(partner)["rev"] for _, partner in pairs[1:]] == before[1:]


def test_one_work_item_is_cleaned_up_by_its_number(
    ann: Administrator, stage: Stage, public_api: NodeApi, pair: Pair
) -> None:
    (first, _), (second, _) = share(stage, public_api, pair, 2)
    ann.open("clean-up-tools")
    ann.press("Show what would go")
    expect(ann.hub.get_by_text("Enter the number of a work item")).to_be_visible()
    ann.hub.get_by_label("Work item", exact=True).fill("4711999")
    ann.press("Show what would go")
    expect(ann.hub.get_by_text("This work item is not under sync.")).to_be_visible()
    ann.check_accessibility()
    ann.hub.get_by_label("Work item", exact=True).fill(str(first))
    ann.press("Show what would go")
    confirm(ann, str(first), "Forget 1 pair")
    job = ann.hub.get_by_role("article", name=f"Clean up work item {first}")
    expect(job.get_by_text("Finished")).to_be_visible(timeout=30_000)
    path = f"/connections/{pair.public['id']}"
    assert public_api.call("GET", path)["under_sync"] == 1
    assert public_api.call("GET", f"{path}/work-items/{second}")["status"] == "synchronized"


def test_twenty_thousand_pairs_are_counted_and_forgotten(ann: Administrator, crowd: Crowd, public_api: NodeApi) -> None:
    ann.open("clean-up-tools")
    ask(ann, "By connection", crowd.name)
    expect(ann.panel.get_by_text("Goes, on both sides: 20,001 pairs")).to_be_visible()
    expect(ann.panel.get_by_text("5,000 open errors")).to_be_visible()
    ann.check_accessibility()
    confirm(ann, crowd.name, "Forget 20,001 pairs")
    job = ann.hub.get_by_role("article", name=f"Clean up connection {crowd.name}")
    expect(job.get_by_text("Finished")).to_be_visible(timeout=120_000)
    expect(job.get_by_role("list", name="Work items by outcome")).to_contain_text("20,001 done")
    assert public_api.call("GET", f"/connections/{crowd.connection_id}")["under_sync"] == 0
    with ann.page.expect_download() as download:
        ann.press("Download file for connecting again")
    assert len(Path(download.value.path()).read_text(encoding="utf-8").splitlines()) == 20_002
