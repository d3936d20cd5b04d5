"""Screenshots of what a test sees: thrown away, or kept for the documentation when PICTURES names a folder."""

import os
from pathlib import Path

from playwright.sync_api import Error, Page

VARIABLE = "PICTURES"
ATTEMPTS = 4
REFUSED = "Unable to capture screenshot"
"""What a busy Chromium says now and then; it has nothing to do with what the page shows."""


class Album:
    """Takes numbered pictures of one story."""

    def __init__(self, story: str, otherwise: Path) -> None:
        self._story = story
        self._folder = Path(os.environ.get(VARIABLE) or otherwise)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._number = 0

    def take(self, page: Page, name: str) -> Path:
        """Take a picture; only its bytes differ from run to run, never its name."""
        self._number += 1
        path = self._folder / f"{self._story}-{self._number:02d}-{name}.png"
        _take(page, path)
        assert path.stat().st_size > 0
        return path


def _take(page: Page, path: Path) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            page.screenshot(path=path, animations="disabled", caret="hide")
        except Error as error:
            if REFUSED not in error.message or attempt == ATTEMPTS:
                raise
            page.wait_for_timeout(250)
        else:
            return
