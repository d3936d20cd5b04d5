"""What an administrator does in the extension's hub, in the words of the page."""

from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Locator, Page, expect
from tests.browser.accessibility import check_accessibility
from tests.browser.people import HUB, Person
from tests.browser.stage import Company


@dataclass
class Administrator:
    """Somebody in front of the hub of their company's organization."""

    page: Page
    company: Company

    @property
    def person(self) -> Person:
        """The same, in front of Azure DevOps."""
        return Person(self.page, self.company.url)

    @property
    def hub(self) -> FrameLocator:
        """The framed hub page."""
        return self.page.frame_locator("main iframe")

    @property
    def panel(self) -> Locator:
        """The wizard or details panel that is open."""
        return self.hub.get_by_role("dialog").last

    def sign_in(self, role: str = "administrator") -> None:
        """Sign in to Azure DevOps."""
        self.person.sign_in(self.company.base, role)

    def open(self, tab: str = "") -> None:
        """Open the hub by its address, at a tab."""
        self.page.goto("about:blank")
        self.person.open(f"{self.company.base}/_settings/{HUB}{tab and '#'}{tab}")

    def open_tab(self, name: str) -> None:
        """Choose a tab in the hub's menu."""
        self.hub.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
        expect(self.hub.get_by_role("heading", name=name, exact=True)).to_be_visible()

    def press(self, name: str) -> None:
        """Press the button of that name, of the open panel if there is one."""
        inside = self.panel if self.hub.get_by_role("dialog").count() else self.hub
        inside.get_by_role("button", name=name, exact=True).first.click()

    def give_account(self, token: str | None = None) -> None:
        """Give the node a personal access token under General Settings."""
        self.open_tab("General Settings")
        self.press("Configure")
        self.panel.get_by_label("Personal access token").last.fill(token or self.company.pat)
        self.press("Save")
        expect(self.hub.get_by_text("The node reads and writes work items as")).to_be_visible()

    def choose_project(self, name: str) -> None:
        """Choose the project for incoming work items in the wizard."""
        box = self.panel.get_by_role("combobox", name="Select a project for the incoming sync")
        box.fill(name[:3])
        self.hub.get_by_role("option", name=name).click()
        expect(box).to_have_value(name)

    def initiate_privately(self) -> str:
        """Make a private connection in Basic mode; return its invitation code."""
        self.open_tab("Connections")
        self.press("Initiate connection")
        self.press("I don't have a URL")
        self.panel.get_by_role("radio", name="Basic").check()
        self.press("Next")
        self.choose_project(self.company.project)
        self.press("Next")
        self.press("Initiate")
        code = self.panel.get_by_label("Invitation code").input_value()
        self.press("Done")
        return code

    def accept(self, code: str) -> None:
        """Accept an invitation up to its last screen."""
        self.open_tab("Connections")
        self.press("Accept invitation")
        self.panel.get_by_label("Paste the invitation code").fill(code)
        self.press("Next")
        self.choose_project(self.company.project)
        self.press("Confirm")
        expect(self.panel.get_by_text("Congratulations!")).to_be_visible()

    def row(self, name: str) -> Locator:
        """The row of a connection in the list."""
        return self.hub.get_by_role("row").filter(has_text=name)

    def choose_action(self, name: str, action: str) -> None:
        """Choose an action in the menu of a connection's row."""
        self.hub.get_by_role("button", name=f"More actions for {name}").click()
        self.hub.get_by_role("menuitem", name=action).click()

    def confirm(self, answer: str) -> None:
        """Answer the question that is open."""
        self.panel.get_by_role("button", name=answer, exact=True).click()

    def open_connection(self, name: str) -> None:
        """Open the details of a connection."""
        self.row(name).get_by_role("button", name=name, exact=True).click()
        expect(self.panel.get_by_label("Name", exact=True)).to_have_value(name)

    def check_accessibility(self) -> None:
        """Find no violation on the page around and in the hub."""
        check_accessibility(self.page)
