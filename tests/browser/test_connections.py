"""What becomes of a connection, seen on both pages at once."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.administrators import Administrator
from tests.browser.conftest import Pair
from tests.browser.node_api import NodeApi
from tests.browser.stage import Company, Stage

from adnode.cli.demo.processes import wait_until

pytestmark = pytest.mark.xdist_group("connections")
TITLE = "System.Title"
DONE = re.compile(r"^\s*Done")


def share(api: NodeApi, connection: dict[str, object], company: Company, title: str) -> int:
    """Put a new work item under sync and wait until it has its counterpart; return its number."""
    number = company.user.create("Task", {TITLE: title})
    api.call("POST", f"/connections/{connection['id']}/work-items", {"work_item": str(number)})
    twin = f"/connections/{connection['id']}/work-items/{number}"
    wait_until(lambda: api.call("GET", twin)["status"] == "synchronized", 30, f"{title} is synchronized")
    return number


def find(company: Company, title: str) -> list[int]:
    return company.user.find(f"SELECT [System.Id] FROM WorkItems WHERE [System.Title] = '{title}'")  # noqa: S608


def test_acceptance_appears_on_the_other_page_without_a_refresh(
    ann: Administrator, stage: Stage, public_api: NodeApi, private_api: NodeApi
) -> None:
    code = public_api.initiate(stage.public.project, "Soon active")
    ann.open("connections")
    row = ann.row("Soon active")
    expect(row.get_by_text("Pending")).to_be_visible()
    expect(row.get_by_text("unknown")).to_be_visible()
    private_api.accept(code, stage.private.project, "Soon active")
    expect(row.get_by_text("Active", exact=True)).to_be_visible()
    expect(row.get_by_text("ContosoCollection")).to_be_visible()


def test_what_changes_while_deactivated_arrives_on_activation(
    ann: Administrator, bob: Administrator, stage: Stage, public_api: NodeApi, pair: Pair
) -> None:
    number = share(public_api, pair.public, stage.public, "Before the pause")
    ann.open("connections")
    bob.open("connections")
    ann.choose_action(pair.name, "Deactivate")
    ann.confirm("Deactivate")
    expect(ann.row(pair.name).get_by_text("Deactivated", exact=True)).to_be_visible()
    expect(bob.row(pair.name).get_by_text("Paused by the partner")).to_be_visible()
    stage.public.user.update(number, {TITLE: "During the pause"})
    (theirs,) = find(stage.private, "Before the pause")
    stage.private.user.add_comment(theirs, "<p>Said during the pause</p>")
    assert not find(stage.private, "During the pause")
    ann.choose_action(pair.name, "Activate")
    ann.confirm("Activate")
    expect(bob.row(pair.name).get_by_text("Active", exact=True)).to_be_visible()
    wait_until(lambda: find(stage.private, "During the pause"), 30, "the new title arrives")
    wait_until(
        lambda: any("Said during the pause" in each["text"] for each in stage.public.user.comments(number)),
        30,
        "the comment arrives",
    )


def test_removing_says_what_stays_and_tells_the_other_side(
    ann: Administrator, bob: Administrator, stage: Stage, public_api: NodeApi, pair: Pair
) -> None:
    number = share(public_api, pair.public, stage.public, "Stays on both sides")
    bob.open("connections")
    ann.open("connections")
    ann.choose_action(pair.name, "Delete connection")
    expect(ann.panel.get_by_text("all work items on both sides")).to_be_visible()
    expect(ann.panel.get_by_text("the pairing of 1 work item", exact=False)).to_be_visible()
    delete = ann.panel.get_by_role("button", name="Delete connection")
    expect(delete).to_be_disabled()
    ann.check_accessibility()
    ann.panel.get_by_label("Type its name to confirm").fill(pair.name)
    delete.click()
    expect(ann.row(pair.name)).to_have_count(0)
    expect(bob.row(pair.name).get_by_text("Ended by the partner")).to_be_visible()
    assert stage.public.user.fields(number)[TITLE] == "Stays on both sides"
    assert find(stage.private, "Stays on both sides")


def test_a_connection_is_renamed_described_and_moved_to_another_project(
    ann: Administrator, public_api: NodeApi, pair: Pair
) -> None:
    ann.open("connections")
    ann.open_connection(pair.name)
    ann.panel.get_by_label("Name", exact=True).fill("Renamed שלום")
    ann.panel.get_by_label("Description").fill("For the paper")
    project = ann.panel.get_by_role("combobox", name="Project for incoming sync")
    project.fill("Arch")
    ann.hub.get_by_role("option", name="Archive").click()
    ann.press("Save")
    expect(ann.panel.get_by_text("Saved")).to_be_visible()
    saved = public_api.call("GET", f"/connections/{pair.public['id']}")
    assert (saved["name"], saved["description"], saved["project"]) == ("Renamed שלום", "For the paper", "Archive")
    ann.press("Audit trail")
    expect(ann.panel.get_by_text("by Ada Admin").first).to_be_visible()
    ann.check_accessibility()


def test_the_second_of_two_people_is_told_and_nothing_is_overwritten(
    ann: Administrator, public_api: NodeApi, pair: Pair
) -> None:
    ann.open("connections")
    ann.open_connection(pair.name)
    ann.panel.get_by_label("Description").fill("Mine")
    tag = f'"{pair.public["revision"]}"'
    path = f"/connections/{pair.public['id']}"
    public_api.call("PATCH", path, {"description": "Theirs"}, **{"If-Match": tag})
    ann.press("Save")
    expect(ann.panel.get_by_text("Somebody else changed this connection while you were editing.")).to_be_visible()
    assert public_api.call("GET", path)["description"] == "Theirs"
    ann.press("Keep mine")
    ann.press("Save")
    expect(ann.panel.get_by_text("Saved")).to_be_visible()
    assert public_api.call("GET", path)["description"] == "Mine"


def test_the_list_is_filtered_by_text_and_status(
    ann: Administrator, stage: Stage, public_api: NodeApi, pair: Pair
) -> None:
    public_api.initiate(stage.public.project, "Zebra")
    ann.open("connections")
    expect(ann.row("Zebra")).to_be_visible()
    ann.hub.get_by_label("Filter by text").fill("zeb")
    expect(ann.row(pair.name)).to_have_count(0)
    expect(ann.row("Zebra")).to_be_visible()
    ann.hub.get_by_label("Filter by text").fill("")
    ann.hub.get_by_role("combobox", name="Status").select_option("active")
    expect(ann.row("Zebra")).to_have_count(0)
    expect(ann.row(pair.name)).to_be_visible()


def test_the_tab_stays_open_over_a_reload(ann: Administrator) -> None:
    ann.open()
    tabs = {"Errors": "errors", "Clean-up Tools": "clean-up-tools", "Connections": "connections"}
    for name, key in tabs.items():
        ann.open_tab(name)
        expect(ann.page).to_have_url(re.compile(f"#{key}$"))
        ann.page.reload()
        expect(ann.hub.get_by_role("heading", name=name, exact=True)).to_be_visible()
    ann.page.go_back()
    expect(ann.hub.get_by_role("heading", name="Clean-up Tools", exact=True)).to_be_visible()


def test_the_steps_of_getting_started_are_ticked_off_live(
    ann: Administrator, stage: Stage, public_api: NodeApi, pair: Pair
) -> None:
    ann.open()
    expect(ann.hub.get_by_role("listitem").filter(has_text="Create a connection")).to_contain_text(DONE)
    share(public_api, pair.public, stage.public, "First of all")
    step = ann.hub.get_by_role("listitem").filter(has_text="Synchronize a first work item")
    expect(step).to_contain_text(DONE)
