"""Errors: seen, mended and retried, resolved with a note; and with 5,000 of them in a big database."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from tests.browser.administrators import Administrator
from tests.browser.conftest import Pair
from tests.browser.crowd import COMMON_ERRORS, ERRORS, Crowd
from tests.browser.node_api import NodeApi
from tests.browser.pictures import Album
from tests.browser.stage import Company, Stage

from adnode.cli.demo.processes import wait_until
from azure_devops_emulator.seeding import seed

pytestmark = [pytest.mark.xdist_group("errors"), pytest.mark.timeout(180)]
TITLE = "System.Title"
ACTIVITY = "Microsoft.VSTS.Common.Activity"
NODES_ONLY = "*azure-devops*"


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album("console-errors", tmp_path / "pictures")


def share(api: NodeApi, pair: Pair, company: Company, title: str) -> tuple[int, int]:
    """Put a new work item under sync; return its number and the other side's."""
    number = company.user.create("Task", {TITLE: title})
    path = f"/connections/{pair.public['id']}/work-items"
    api.call("POST", path, {"work_item": str(number)})

    def twin() -> Any:
        return api.call("GET", f"{path}/{number}")

    wait_until(lambda: twin()["status"] == "synchronized", 30, f"{title} is synchronized")
    return number, int(twin()["remote"]["id"])


def change_rule(company: Company, **rule: Any) -> None:
    """Change which fields of tasks are required (see the emulator's seeding)."""
    rules = [{"project": company.project, "type": "Task", **rule}]
    seed(company.emulator.landscape, {"organization": company.name, "rules": rules})


def open_errors(api: NodeApi) -> list[dict[str, Any]]:
    return list(api.call("GET", "/errors?limit=200")["items"])


def table(person: Administrator) -> Locator:
    return person.hub.get_by_role("table", name="Errors")


@pytest.fixture
def refused(stage: Stage, public_api: NodeApi, private_api: NodeApi, pair: Pair) -> Iterator[tuple[int, int]]:
    """A work item whose change the other side refuses: a field became required there."""
    number, other = share(public_api, pair, stage.public, "Before the rule")
    change_rule(stage.private, required={ACTIVITY: None})
    stage.public.user.update(number, {TITLE: "Refused for a field"})
    try:
        wait_until(lambda: open_errors(private_api), 30, "the refusal is told")
        yield number, other
    finally:
        change_rule(stage.private, optional=[ACTIVITY])


def test_nothing_needs_anybody(bob: Administrator) -> None:
    bob.open("errors")
    expect(bob.hub.get_by_text("Nothing needs you.")).to_be_visible()
    bob.check_accessibility()


def test_a_refused_work_item_is_mended_and_retried(
    bob: Administrator,
    stage: Stage,
    public_api: NodeApi,
    private_api: NodeApi,
    refused: tuple[int, int],
    album: Album,
) -> None:
    number, other = refused
    bob.open("errors")
    hub = bob.hub
    expect(hub.get_by_role("tab", name=re.compile("^Work item"))).to_contain_text("1")
    row = table(bob).get_by_role("row").filter(has_text="Activity")
    expect(row.get_by_role("link", name=re.compile(str(other)))).to_be_visible()
    expect(hub.get_by_text("1 open error", exact=True)).to_be_attached()
    bob.check_accessibility()
    row.get_by_role("button", name=re.compile("rule")).first.click()
    details = hub.get_by_role("region", name="Error")
    expect(details.get_by_text("What to do")).to_be_visible()
    expect(details.get_by_text(f"Only work item {other}", exact=False)).to_be_visible()
    hub.get_by_role("button", name="Technical details").click()
    technical = hub.get_by_label("For whoever looks into it").input_value()
    assert "RuleViolationError" in technical
    assert "PATCH" in technical
    assert stage.private.pat not in technical
    assert "Refused for a field" not in technical
    bob.check_accessibility()
    album.take(bob.page, "details")
    change_rule(stage.private, optional=[ACTIVITY])
    bob.press("Retry")
    expect(details.get_by_text("Closed after a retry").first).to_be_visible(timeout=30_000)
    bob.check_accessibility()
    bob.press("Back to errors")
    expect(hub.get_by_text("Nothing needs you.")).to_be_visible()
    hub.get_by_label("Show").select_option("history")
    expect(table(bob).get_by_text("Activity", exact=False).first).to_be_visible()
    assert stage.private.user.fields(other)[TITLE] == stage.public.user.fields(number)[TITLE] == "Refused for a field"
    wait_until(
        lambda: not any(one["side"] == "remote" for one in open_errors(public_api)), 30, "both sides are at peace"
    )


def test_a_refused_change_is_resolved_with_a_note(
    ann: Administrator,
    bob: Administrator,
    stage: Stage,
    private_api: NodeApi,
    refused: tuple[int, int],
) -> None:
    number, other = refused
    ann.open("errors")
    ann.hub.get_by_label("Where").select_option("remote")
    expect(table(ann).get_by_text("On the partner's side.").first).to_be_visible()
    (error,) = open_errors(private_api)
    bob.open(f"errors/{error['id']}")
    bob.press("Resolve")
    expect(bob.panel.get_by_text("The two sides may differ until the next change of that field.")).to_be_visible()
    bob.confirm("Resolve")
    expect(bob.panel.get_by_text("Write down why.")).to_be_visible()
    bob.check_accessibility()
    bob.panel.get_by_label("Note").fill("The partner's title is not wanted here.")
    bob.confirm("Resolve")
    expect(bob.hub.get_by_text("The partner's title is not wanted here.")).to_be_visible()
    expect(bob.hub.get_by_text(re.compile("^Resolved by")).first).to_be_visible()
    assert stage.private.user.fields(other)[TITLE] == "Before the rule"
    twins = private_api.call("GET", f"/errors/{error['id']}")
    assert twins["error"]["resolution"] == "resolved"
    change_rule(stage.private, optional=[ACTIVITY])
    stage.public.user.update(number, {TITLE: "Changed once more"})
    wait_until(
        lambda: stage.private.user.fields(other)[TITLE] == "Changed once more",
        30,
        "the next change of the field arrives",
    )
    assert [one for one in private_api.call("GET", "/audit")["items"] if one["action"] == "error_resolved"]


def test_a_credential_that_stopped_working_is_told_on_every_tab(
    bob: Administrator, stage: Stage, pair: Pair, album: Album
) -> None:
    bob.open("connections")
    expect(bob.row(pair.name)).to_be_visible()
    landscape = stage.private.emulator.landscape
    landscape.faults.add({"status": 401, "route": "*/wit/*", "user_agent": NODES_ONLY})
    try:
        bob.page.wait_for_timeout(2_500)
        bob.open("connections")
        notice = bob.hub.get_by_text("This node can't work as it should.")
        expect(notice).to_be_visible(timeout=40_000)
        bob.check_accessibility()
        album.take(bob.page, "notice")
        bob.press("Show the error")
        expect(bob.hub.get_by_role("button", name="Open General Settings")).to_be_visible()
        bob.press("Dismiss")
        expect(notice).to_have_count(0)
    finally:
        landscape.faults.clear()
    expect(bob.hub.get_by_text("Closed by itself").first).to_be_visible(timeout=40_000)


def test_five_thousand_errors_stay_usable(ann: Administrator, public_api: NodeApi, crowd: Crowd, album: Album) -> None:
    ann.open("errors")
    hub = ann.hub
    hub.get_by_label("Connection", exact=True).select_option(label=crowd.name)
    expect(hub.get_by_role("tab", name=re.compile("^All"))).to_contain_text(f"{ERRORS:,}")
    group = table(ann).get_by_role("row").filter(has_text=f"{COMMON_ERRORS:,} errors with this cause.")
    expect(group).to_contain_text(f"{COMMON_ERRORS:,} work items")
    expect(hub.get_by_text("1 to 2 of 2 causes")).to_be_visible()
    ann.check_accessibility()
    album.take(ann.page, "groups")
    hub.get_by_label("Group by cause").uncheck()
    expect(hub.get_by_text(f"1 to 50 of {ERRORS:,} errors")).to_be_visible()
    ann.press("Next")
    expect(hub.get_by_text(f"51 to 100 of {ERRORS:,} errors")).to_be_visible()
    hub.get_by_role("button", name="Impact", exact=True).click()
    expect(hub.get_by_text(f"1 to 50 of {ERRORS:,} errors")).to_be_visible()
    hub.get_by_label("Work item number").fill("1000042")
    expect(hub.get_by_text("1 to 1 of 1 errors")).to_be_visible()
    hub.get_by_label("Work item number").fill("")
    hub.get_by_label("Group by cause").check()
    act_on_the_group(ann, group)
    assert (
        public_api.call("GET", f"/errors/counts?connection_id={crowd.connection_id}")["total"] == ERRORS - COMMON_ERRORS
    )


def act_on_the_group(ann: Administrator, group: Locator) -> None:
    hub = ann.hub
    ann.press("Retry all")
    expect(ann.panel.get_by_role("heading", name=f"Retry {ERRORS:,} errors?")).to_be_visible()
    ann.check_accessibility()
    ann.confirm("Retry all")
    expect(hub.get_by_text(f"{ERRORS:,} errors are being tried again.")).to_be_visible()
    group.get_by_role("button").first.click()
    expect(hub.get_by_text(f"1 to 50 of {COMMON_ERRORS:,} errors")).to_be_visible()
    ann.check_accessibility()
    ann.press("Resolve all")
    ann.panel.get_by_label("Note").fill("The field is filled in by hand from now on.")
    ann.check_accessibility()
    ann.confirm("Resolve")
    expect(hub.get_by_text(f"{COMMON_ERRORS:,} errors resolved.", exact=False)).to_be_visible(timeout=30_000)
    ann.press("Back to errors")
    expect(hub.get_by_text("1 to 1 of 1 causes")).to_be_visible()
