"""What people do in the browser."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Frame, FrameLocator, Page
from tests.browser.accessibility import check_accessibility

HUB = "idalko-tools.exalate.adnode"
PANEL = "idalko-tools.exalate.work-item-panel"


@dataclass
class Person:
    """Somebody at a browser. `url` is the address of an emulator."""

    page: Page
    url: str

    def sign_in(self, base: str, role: str = "administrator") -> None:
        """Become the administrator, contributor or reader; the page of the choice has tests of its own."""
        answer = self.page.context.request.post(f"{self.url}{base}/_signin", form={"role": role}, max_redirects=0)
        assert answer.status == 302

    def open(self, path: str) -> None:
        """Go to a page of the emulator."""
        self.page.goto(f"{self.url}{path}")

    def open_hub(self, base: str, fragment: str = "") -> Frame:
        """Open the extension's hub and wait until its SDK is ready."""
        self.open(f"{base}/_settings/{HUB}{fragment}")
        return self.ready_frame()

    def ready_frame(self) -> Frame:
        """The framed page, once its SDK has been greeted by the host."""
        frame = self.page.locator("iframe").last.element_handle().content_frame()
        assert frame
        # Before its page is there, a frame is a blank one in which nothing may run.
        frame.wait_for_url("http**")
        frame.wait_for_function("window.isReady")
        return frame

    @property
    def framed(self) -> FrameLocator:
        """The content of the extension's frame."""
        return self.page.frame_locator("iframe")

    def choose_theme(self, name: str) -> None:
        """Switch the theme of Azure DevOps."""
        self.page.get_by_label("Theme").select_option(name)

    def check_accessibility(self) -> None:
        """Find no violation on the page and in its frames."""
        check_accessibility(self.page)

    def field_values(self, frame: Frame, *names: str) -> Any:
        """Ask the work item form for fields, as the framed page does."""
        return frame.evaluate(
            """async (names) => {
                const form = await SDK.getService("ms.vss-work-web.work-item-form");
                return form.getFieldValues(names);
            }""",
            list(names),
        )
