"""The way of the seed page, word by word: from nothing to the first synchronized work item, the private side on Server.

With PICTURES=docs/images it keeps a picture of every step for the documentation.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.administrators import Administrator
from tests.browser.pictures import Album
from tests.browser.stage import Company, Stage, open_stage

pytestmark = [pytest.mark.xdist_group("hub"), pytest.mark.timeout(180)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with open_stage(tmp_path) as opened:
        yield opened


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album("connect", tmp_path / "pictures")


def administrator_of(company: Company, browser: Browser, options: dict[str, Any]) -> Administrator:
    context = browser.new_context(**{**options, "viewport": {"width": 1440, "height": 900}})
    context.set_default_timeout(20_000)
    return Administrator(context.new_page(), company)


def test_two_administrators_connect_their_organizations(
    stage: Stage, album: Album, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    ann = administrator_of(stage.public, browser, browser_context_args)
    bob = administrator_of(stage.private, browser, browser_context_args)
    enter_by_clicking(ann, album)
    for person in (ann, bob):
        if person is bob:
            person.sign_in()
            person.open("general-settings")
        person.give_account()
        person.check_accessibility()
    album.take(ann.page, "account")
    code = initiate(ann, album)
    accept(bob, album, code)
    see_it_active(ann, album)
    synchronize_first(bob, album)
    edit_and_watch(ann, bob, album)


def enter_by_clicking(ann: Administrator, album: Album) -> None:
    page = ann.page
    ann.person.open(ann.company.base)
    page.get_by_role("button", name="Ada Admin").click()
    album.take(page, "organization")
    page.get_by_role("link", name="Organization settings").click()
    settings = page.get_by_role("navigation", name="Organization settings")
    expect(settings.get_by_role("heading", name="Extensions")).to_be_visible()
    settings.get_by_role("link", name="Exalate").click()
    assert page.url.endswith("/_settings/idalko-tools.exalate.adnode")
    expect(ann.hub.get_by_role("heading", name="Getting Started")).to_be_visible()
    expect(page.get_by_text("Loading…")).to_be_hidden()
    expect(ann.hub.get_by_role("list", name="Steps")).to_be_visible()
    expect(ann.hub.get_by_text("Powered by")).to_be_visible()
    album.take(page, "getting-started")
    menu = ann.hub.get_by_role("navigation").get_by_role("link")
    assert menu.all_inner_texts() == [
        "Getting Started",
        "General Settings",
        "Connections",
        "Entity Sync status",
        "Triggers",
        "Errors",
        "Exalate Notifications",
        "License Details",
        "Bulk Connect",
        "Sync Queue",
        "Clean-up Tools",
    ]
    footer = ann.hub.get_by_role("contentinfo")
    links = [text.splitlines()[0] for text in footer.get_by_role("link").all_inner_texts()]
    assert links == ["Documentation", "EULA", "Support", "Report a bug"]


def initiate(ann: Administrator, album: Album) -> str:
    ann.open_tab("Connections")
    expect(ann.hub.get_by_text("You do not have any connection defined yet.")).to_be_visible()
    expect(
        ann.hub.get_by_text(
            "Connection defines synchronization behavior, including communication details, sync rules, and scope."
        )
    ).to_be_visible()
    album.take(ann.page, "no-connections")
    ann.press("Initiate connection")
    album.take(ann.page, "destination")
    ann.press("I don't have a URL")
    ann.panel.get_by_role("radio", name="Basic").check()
    album.take(ann.page, "basic")
    ann.press("Next")
    ann.panel.get_by_role("combobox", name="Select a project for the incoming sync").fill("Web")
    expect(ann.hub.get_by_role("option", name="Web Shop")).to_be_visible()
    album.take(ann.page, "project")
    ann.choose_project("Web Shop")
    ann.press("Next")
    album.take(ann.page, "summary")
    ann.press("Initiate")
    expect(ann.panel.get_by_text("unknown", exact=True)).to_be_visible()
    ann.press("Copy Invitation Code")
    expect(ann.panel.get_by_text("Copied", exact=True)).to_be_visible()
    album.take(ann.page, "invitation-code")
    code = ann.panel.get_by_label("Invitation code").input_value()
    ann.press("Done")
    expect(ann.row("fabrikam to unknown").get_by_text("Pending")).to_be_visible()
    album.take(ann.page, "pending")
    return code


def accept(bob: Administrator, album: Album, code: str) -> None:
    bob.open_tab("Connections")
    album.take(bob.page, "private-side")
    bob.press("Accept invitation")
    paste(bob.page, code)
    expect(bob.panel.get_by_label("Paste the invitation code")).to_have_value(code)
    album.take(bob.page, "pasted")
    bob.press("Next")
    expect(bob.panel.get_by_text("fabrikam invites ContosoCollection")).to_be_visible()
    bob.choose_project("Backoffice")
    album.take(bob.page, "who-invites")
    bob.press("Confirm")
    expect(bob.panel.get_by_text("Congratulations! The connection is set up.")).to_be_visible()
    album.take(bob.page, "connected")


def paste(page: Page, code: str) -> None:
    """Paste what the other administrator copied; their browser is another one, so a mail stands in between."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("(text) => navigator.clipboard.writeText(text)", code)
    page.frame_locator("main iframe").get_by_label("Paste the invitation code").press("ControlOrMeta+v")


def see_it_active(ann: Administrator, album: Album) -> None:
    row = ann.row("fabrikam to ContosoCollection")
    expect(row.get_by_text("Active", exact=True)).to_be_visible()
    album.take(ann.page, "active-without-a-refresh")


def synchronize_first(bob: Administrator, album: Album) -> None:
    fields = {"System.Title": "Order paper", "System.Description": "<p>A4, <b>500</b> sheets</p>"}
    number = bob.company.user.create("Product Backlog Item", dict(fields))
    bob.panel.get_by_label("Work item key").fill(str(number))
    bob.press("Exalate")
    expect(bob.panel.get_by_text("Synchronized", exact=True)).to_be_visible()
    expect(bob.panel.get_by_role("link", name="Order paper")).to_be_visible()
    album.take(bob.page, "first-work-item")
    bob.check_accessibility()
    bob.press("Done")


def edit_and_watch(ann: Administrator, bob: Administrator, album: Album) -> None:
    """A person edits on one side and watches the other."""
    (theirs,) = ann.company.user.find("SELECT [System.Id] FROM WorkItems WHERE [System.Title] = 'Order paper'")
    (ours,) = bob.company.user.find("SELECT [System.Id] FROM WorkItems WHERE [System.Title] = 'Order paper'")
    ann.person.open(f"{ann.company.base}/Web%20Shop/_workitems/edit/{theirs}")
    bob.person.open(f"{bob.company.base}/Backoffice/_workitems/edit/{ours}")
    expect(bob.page.get_by_label("Title")).to_have_value("Order paper")
    ann.page.get_by_label("Title").fill("Order recycled paper")
    ann.page.get_by_role("button", name="Save", exact=True).click()
    expect(bob.page.get_by_label("Title")).to_have_value("Order recycled paper")
    bob.page.get_by_role("textbox", name="New comment").fill("It arrives on Monday")
    bob.page.get_by_role("button", name="Add comment").click()
    expect(ann.page.locator(".comment")).to_contain_text("It arrives on Monday")
    expect(ann.page.frame_locator("main iframe").get_by_text("Synchronized").first).to_be_visible()
    album.take(ann.page, "work-item-there")
    expect(bob.page.frame_locator("main iframe").get_by_text("Synchronized").first).to_be_visible()
    album.take(bob.page, "work-item-here")
    for person in (ann, bob):
        person.check_accessibility()
