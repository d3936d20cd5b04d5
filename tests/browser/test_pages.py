"""The emulator's own pages: choosing whom to be, settings, lists, in every theme and with the keyboard alone."""

import pytest
from playwright.sync_api import Page, expect
from tests.browser.people import HUB, Person

from adnode.cli.demo.azure_devops import AzureDevOpsUser

pytestmark = pytest.mark.xdist_group("stand-in pages")
THEMES = ("light", "dark", "high-contrast")


def test_a_person_is_chosen_and_signed_out_with_the_keyboard_alone(person: Person, page: Page) -> None:
    person.open("/fabrikam/_settings/users")
    expect(page.get_by_role("heading", name="Sign in to fabrikam")).to_be_visible()
    button = page.get_by_role("button", name="Cleo Contributor")
    for _ in range(12):
        page.keyboard.press("Tab")
        if button.evaluate("(each) => each === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Users")).to_be_visible()
    page.get_by_role("button", name="Sign out").press("Enter")
    expect(page.get_by_role("heading", name="Sign in to fabrikam")).to_be_visible()


def test_the_hub_is_three_clicks_away(person: Person, page: Page) -> None:
    person.sign_in("/Contoso")
    person.open("/Contoso/")
    page.get_by_role("link", name="Collection settings").click()
    page.get_by_role("navigation", name="Collection settings").get_by_role("link", name="Exalate").click()
    person.ready_frame()
    assert page.url == f"{person.url}/Contoso/_settings/{HUB}"


def test_the_list_shows_what_others_add(person: Person, page: Page, website: AzureDevOpsUser) -> None:
    person.sign_in("/fabrikam", "reader")
    person.open("/fabrikam/Website/_workitems")
    number = website.create("Bug", {"System.Title": "Pays twice <b>"})
    row = page.get_by_role("row").filter(has_text="Pays twice <b>")
    expect(row).to_contain_text(f"{number}")
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", name=f"Bug {number}")).to_be_visible()


def test_a_new_work_item_begins_in_the_menu(person: Person, page: Page) -> None:
    person.sign_in("/Contoso", "contributor")
    person.open("/Contoso/Inside/_workitems")
    menu = page.get_by_text("New work item")
    menu.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Impediment")).to_be_hidden()
    menu.press("Enter")
    page.get_by_role("link", name="Impediment").click()
    expect(page.get_by_role("heading", name="New Impediment")).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
def test_every_page_is_accessible_in_every_theme(
    person: Person, page: Page, website: AzureDevOpsUser, theme: str
) -> None:
    number = website.create("User Story", {"System.Title": "Look at me", "System.Description": "<p>Text</p>"})
    website.attach(number, "a.txt", b"a")
    website.add_comment(number, "<p>Well</p>")
    person.open("/fabrikam/_signin")
    person.choose_theme(theme)
    person.check_accessibility()
    person.sign_in("/fabrikam")
    settings = [f"_settings/{name}" for name in ("organizationOverview", "projects", "users", HUB)]
    for path in ["", *settings, "Website/_workitems", f"Website/_workitems/edit/{number}", "nowhere"]:
        person.open(f"/fabrikam/{path}")
        if "edit" in path:
            expect(page.get_by_text("Well")).to_be_visible()
            page.get_by_text("History").click()
            expect(page.get_by_text("revision 1", exact=False)).to_be_visible()
        person.check_accessibility()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_dialogs_and_messages_are_accessible(person: Person, page: Page, theme: str) -> None:
    person.sign_in("/fabrikam")
    frame = person.open_hub("/fabrikam")
    person.choose_theme(theme)
    frame.evaluate("""async () => {
        SDK.notifyLoadSucceeded();
        const messages = await SDK.getService("ms.vss-tfs-web.tfs-global-messages-service");
        for (const level of ["info", "warning", "error", "success"]) await messages.addBanner({message: level, level});
        const layout = await SDK.getService("ms.vss-features.host-page-layout-service");
        await layout.openMessageDialog("It goes.", {title: "Sure?"});
    }""")
    expect(page.get_by_role("dialog", name="Sure?")).to_be_visible()
    person.check_accessibility()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    person.check_accessibility()


def test_pages_fit_a_narrow_window(person: Person, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    person.sign_in("/fabrikam")
    for path in ("", f"_settings/{HUB}", "_settings/users", "Website/_workitems/create/Bug"):
        person.open(f"/fabrikam/{path}")
        page.get_by_role("main").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
