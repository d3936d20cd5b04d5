"""The extension's panel on real work item forms, on both sides."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, expect
from tests.browser.administrators import Administrator
from tests.browser.conftest import Pair
from tests.browser.node_api import NodeApi
from tests.browser.stage import Company, Stage

from adnode.cli.demo.processes import wait_until

pytestmark = pytest.mark.xdist_group("panel")
TITLE = "System.Title"


def open_form(person: Administrator, number: int) -> FrameLocator:
    company = person.company
    person.person.open(f"{company.base}/{company.project.replace(' ', '%20')}/_workitems/edit/{number}")
    return person.page.frame_locator("main iframe")


def create(company: Company, title: str) -> int:
    return company.user.create("Task", {TITLE: title})


def synchronize(api: NodeApi, connection: dict[str, object], number: int) -> int:
    """Put a work item under sync; return its counterpart's number."""
    api.call("POST", f"/connections/{connection['id']}/work-items", {"work_item": str(number)})
    path = f"/connections/{connection['id']}/work-items/{number}"
    wait_until(lambda: api.call("GET", path)["status"] == "synchronized", 30, f"{number} is synchronized")
    return int(api.call("GET", path)["remote"]["id"])


def test_a_contributor_puts_a_work_item_under_sync_and_takes_it_out_again(
    ann: Administrator, stage: Stage, pair: Pair
) -> None:
    ann.sign_in("contributor")
    panel = open_form(ann, create(stage.public, "From the form"))
    expect(panel.get_by_text("This work item is not under sync.")).to_be_visible()
    ann.check_accessibility()
    panel.get_by_role("button", name="Exalate").click()
    panel.get_by_label("Connection").select_option(pair.name)
    panel.get_by_role("region", name="Exalate").get_by_role("button", name="Exalate").click()
    section = panel.get_by_role("region", name=pair.name)
    expect(section.get_by_text("Synchronized", exact=True)).to_be_visible()
    expect(section.get_by_role("link", name=re.compile(r"ContosoCollection \d+"))).to_be_visible()
    ann.check_accessibility()
    section.get_by_role("button", name="Unexalate").click()
    panel.get_by_role("region", name="Unexalate").get_by_role("button", name="Unexalate").click()
    expect(panel.get_by_role("button", name="Exalate").first).to_be_visible()


def test_the_link_leads_to_the_counterpart_on_the_other_side(
    ann: Administrator, bob: Administrator, stage: Stage, public_api: NodeApi, pair: Pair
) -> None:
    number = create(stage.public, "Follow me")
    theirs = synchronize(public_api, pair.public, number)
    panel = open_form(ann, number)
    link = panel.get_by_role("link", name=f"ContosoCollection {theirs}")
    expect(link).to_have_attribute("href", re.compile(f"/_workitems/edit/{theirs}$"))
    address = str(link.get_attribute("href"))
    bob.page.goto(address)
    expect(bob.page.get_by_label("Title")).to_have_value("Follow me")
    expect(bob.page.frame_locator("main iframe").get_by_text("Synchronized", exact=True)).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_reader_sees_the_state_and_can_change_nothing(
    bob: Administrator, stage: Stage, public_api: NodeApi, pair: Pair, theme: str
) -> None:
    theirs = synchronize(public_api, pair.public, create(stage.public, "Look, don't touch"))
    bob.sign_in("reader")
    panel = open_form(bob, theirs)
    bob.person.choose_theme(theme)
    expect(panel.get_by_text("Synchronized", exact=True)).to_be_visible()
    expect(panel.get_by_role("button")).to_have_count(0)
    bob.check_accessibility()


def test_a_new_work_item_is_offered_once_it_is_saved(bob: Administrator, pair: Pair) -> None:
    page = bob.page
    bob.person.open(f"{bob.company.base}/Backoffice/_workitems/create/Bug")
    panel = page.frame_locator("main iframe")
    expect(panel.get_by_text("Save this work item first")).to_be_visible()
    page.get_by_label("Title").fill("Fresh")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(panel.get_by_role("button", name="Exalate")).to_be_visible()


def ask_for(person: Administrator, pair: Pair, ours: int, theirs: int) -> FrameLocator:
    """Ask in the panel of a work item for one of the other side; return the panel."""
    panel = open_form(person, ours)
    panel.get_by_role("button", name="Connect").click()
    form = panel.get_by_role("region", name="Connect")
    form.get_by_label("Connection").select_option(pair.name)
    form.get_by_label("Remote work item key").fill(str(theirs))
    form.get_by_role("radio", name="The other side's").check()
    form.get_by_role("button", name="Connect").click()
    expect(panel.get_by_text("Waits for the partner's yes")).to_be_visible()
    return panel


def open_proposal(person: Administrator, ours: int, theirs: int) -> None:
    person.open("connections/proposals")
    expect(person.hub.get_by_role("link", name="Connections").get_by_text("1")).to_be_visible(timeout=40_000)
    person.press(f"Work item {ours} and {theirs} of the partner")


def test_two_existing_work_items_are_connected_and_the_chosen_content_wins(
    ann: Administrator, bob: Administrator, stage: Stage, private_api: NodeApi, pair: Pair
) -> None:
    private_api.give_consent(pair.private, "ask")
    ours, theirs = create(stage.public, "Our wording"), create(stage.private, "Their wording")
    panel = ask_for(ann, pair, ours, theirs)
    open_proposal(bob, theirs, ours)
    table = bob.panel.get_by_role("table", name="Pairs")
    expect(table.get_by_text("Our wording")).to_be_visible()
    expect(table.get_by_text("Their wording")).to_be_visible()
    bob.check_accessibility()
    bob.press("Accept")
    expect(bob.hub.get_by_text("1 pair accepted.")).to_be_visible()
    expect(panel.get_by_text("Synchronized", exact=True)).to_be_visible()
    expect(ann.page.get_by_label("Title")).to_have_value("Their wording")


SECRET = "Takeover of Northwind, strictly confidential"


def test_what_was_asked_for_and_declined_never_crossed(
    ann: Administrator, bob: Administrator, stage: Stage, private_api: NodeApi, pair: Pair
) -> None:
    private_api.give_consent(pair.private, "ask")
    ours, theirs = create(stage.public, "Tell me"), create(stage.private, SECRET)
    ann.sign_in("contributor")
    panel = ask_for(ann, pair, ours, theirs)
    open_proposal(bob, theirs, ours)
    bob.press("Decline")
    bob.hub.get_by_role("dialog", name="Decline?").get_by_role("button", name="Decline").click()
    expect(bob.hub.get_by_text("1 pair declined.")).to_be_visible()
    expect(panel.get_by_text("Declined by the partner", exact=True)).to_be_visible()
    assert stage.public.user.fields(ours)[TITLE] == "Tell me"
    assert stage.private.user.fields(theirs)[TITLE] == SECRET
    for company in (stage.public, stage.private):
        assert not [path for path in database_files(company) if SECRET.encode() in path.read_bytes()]


def database_files(company: Company) -> list[Path]:
    files = [path for path in company.node.directory.rglob("*") if path.is_file()]
    assert any(path.suffix in {".sqlite", ".db"} or "-wal" in path.name for path in files), files
    return files
