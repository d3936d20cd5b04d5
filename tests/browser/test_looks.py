"""Every state of the hub in every theme, looked at by axe; the keyboard alone; narrow windows."""

import re

import pytest
from playwright.sync_api import Locator, expect
from tests.browser.administrators import Administrator
from tests.browser.conftest import Pair
from tests.browser.node_api import NodeApi
from tests.browser.stage import Stage

pytestmark = pytest.mark.xdist_group("looks")
TABS = (
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
)
LONG = "Extraordinarily long name of a connection that goes on and on, עם טקסט מימין לשמאל"


@pytest.mark.parametrize("theme", ["light", "dark", "high-contrast"])
def test_every_tab_is_accessible(ann: Administrator, pair: Pair, theme: str) -> None:
    ann.open()
    ann.person.choose_theme(theme)
    for name in TABS:
        ann.open_tab(name)
        if name == "Connections":
            expect(ann.row(pair.name)).to_be_visible()
        if name == "General Settings":
            expect(ann.hub.get_by_text("Write work items")).to_be_visible()
        ann.check_accessibility()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_step_of_the_wizards_is_accessible(
    ann: Administrator, stage: Stage, public_api: NodeApi, theme: str
) -> None:
    ann.open("connections")
    ann.person.choose_theme(theme)
    ann.press("Initiate connection")
    ann.panel.get_by_label("Destination Instance URL").fill("nonsense")
    ann.panel.get_by_role("radio", name="Basic").check()
    ann.check_accessibility()
    ann.press("I don't have a URL")
    ann.check_accessibility()
    ann.press("Next")
    ann.panel.get_by_role("combobox").fill("Web")
    expect(ann.hub.get_by_role("option", name="Web Shop")).to_be_visible()
    ann.check_accessibility()
    ann.hub.get_by_role("option", name="Web Shop").click()
    ann.press("Next")
    ann.check_accessibility()
    ann.page.keyboard.press("Escape")
    expect(ann.hub.get_by_role("dialog", name="Discard what you entered?")).to_be_visible()
    ann.check_accessibility()
    ann.confirm("Keep editing")
    ann.press("Initiate")
    ann.press("Copy Invitation Code")
    expect(ann.panel.get_by_text("Copied", exact=True)).to_be_visible()
    ann.check_accessibility()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_state_of_accepting_is_accessible_in_the_sandboxed_frame(
    bob: Administrator, stage: Stage, public_api: NodeApi, theme: str
) -> None:
    code = public_api.initiate(stage.public.project, f"Looked at in {theme}")
    bob.open("connections")
    bob.person.choose_theme(theme)
    bob.press("Accept invitation")
    bob.panel.get_by_label("Paste the invitation code").fill("nonsense")
    bob.check_accessibility()
    bob.panel.get_by_label("Paste the invitation code").fill(code)
    bob.press("Next")
    expect(bob.panel.get_by_text("fabrikam invites")).to_be_visible()
    bob.check_accessibility()
    bob.choose_project("Backoffice")
    bob.press("Confirm")
    expect(bob.panel.get_by_text("Congratulations!")).to_be_visible()
    bob.check_accessibility()
    bob.press("Done")
    bob.hub.get_by_role("button", name=re.compile("More actions")).first.click()
    expect(bob.hub.get_by_role("menuitem", name="Edit connection")).to_be_visible()
    bob.check_accessibility()


def test_the_whole_way_can_be_gone_with_the_keyboard_alone(ann: Administrator, public_api: NodeApi) -> None:
    page = ann.page
    ann.open("connections")
    tab_to(ann, ann.hub.get_by_role("button", name="Initiate connection").first)
    page.keyboard.press("Enter")
    tab_to(ann, ann.panel.get_by_role("button", name="I don't have a URL"))
    page.keyboard.press("Enter")
    tab_to(ann, ann.panel.get_by_role("radio", name="Basic"))
    page.keyboard.press("Space")
    tab_to(ann, ann.panel.get_by_role("button", name="Next"))
    page.keyboard.press("Enter")
    box = ann.panel.get_by_role("combobox")
    expect(box).to_be_focused()
    page.keyboard.type("web")
    expect(ann.hub.get_by_text("Searching…")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box).to_have_value("Web Shop")
    tab_to(ann, ann.panel.get_by_role("button", name="Next"))
    page.keyboard.press("Enter")
    tab_to(ann, ann.panel.get_by_role("button", name="Initiate"))
    page.keyboard.press("Enter")
    tab_to(ann, ann.panel.get_by_role("button", name="Copy Invitation Code"))
    page.keyboard.press("Enter")
    expect(ann.panel.get_by_text("Copied", exact=True)).to_be_visible()
    tab_to(ann, ann.panel.get_by_role("button", name="Done"))
    page.keyboard.press("Enter")
    expect(ann.hub.get_by_role("dialog")).to_have_count(0)
    expect(ann.hub.get_by_role("button", name="Initiate connection").first).to_be_focused()
    assert any(each["status"] == "pending" for each in public_api.connections())


def test_the_focus_stays_in_an_open_panel(ann: Administrator) -> None:
    ann.open("connections")
    ann.press("Initiate connection")
    expect(ann.panel).to_be_visible()
    for _ in range(15):
        ann.page.keyboard.press("Tab")
        inside = ann.hub.locator(":focus").first
        if inside.count():
            assert inside.evaluate("(each) => each.closest('dialog, [role=dialog]') !== null")


@pytest.mark.parametrize("width", [320, 640, 1920])
def test_nothing_is_cut_off_at_any_width(ann: Administrator, stage: Stage, public_api: NodeApi, width: int) -> None:
    public_api.initiate(stage.public.project, f"{LONG} {width}")
    ann.page.set_viewport_size({"width": width, "height": 900})
    ann.open("connections")
    expect(ann.row(f"{LONG} {width}")).to_be_visible()
    assert overflow(ann) <= 0
    ann.open_connection(f"{LONG} {width}")
    assert overflow(ann) <= 0


def overflow(person: Administrator) -> int:
    """How many pixels the hub is wider than its frame."""
    root = person.hub.locator("html")
    return int(root.evaluate("(root) => root.scrollWidth - root.clientWidth"))


def tab_to(person: Administrator, wanted: Locator) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(60):
        if wanted.evaluate("(each) => each === document.activeElement"):
            return
        person.page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")
