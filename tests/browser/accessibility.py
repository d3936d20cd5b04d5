"""axe-core on a page and on everything it frames."""

from functools import cache
from pathlib import Path

from playwright.sync_api import Frame, Page

AXE = Path(__file__).parents[2] / "extension" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """(rules) => axe.run(document, {iframes: false, runOnly: rules}).then((found) => found.violations.map(
    (each) => each.id + ": " + each.help + "\\n" + each.nodes.map((node) => "    " + node.html.slice(0, 200)
        + "\\n      " + node.failureSummary.replace(/\\s+/g, " ")).join("\\n")))"""


@cache
def _axe() -> str:
    if not AXE.is_file():
        raise FileNotFoundError(f"{AXE} is missing. Run: make setup")
    return AXE.read_text(encoding="utf-8")


def check_accessibility(page: Page) -> None:
    """Fail with what axe finds, frame by frame: a sandboxed frame can't be looked into from outside."""
    found = [text for frame in page.frames for text in _violations(frame)]
    assert not found, "\n".join([page.url, *found])


def _violations(frame: Frame) -> list[str]:
    if frame.is_detached() or frame.url == "about:blank":
        return []
    if not frame.evaluate("typeof axe === 'object'"):
        frame.evaluate(_axe())
    return [f"{frame.url}: {text}" for text in frame.evaluate(_RUN, RULES)]
