"""Screenshots of what a test sees: thrown away, or kept for the documentation when PICTURES names a folder."""

import os
from pathlib import Path

from playwright.sync_api import Page

VARIABLE = "PICTURES"


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
        page.screenshot(path=path, animations="disabled", caret="hide")
        assert path.stat().st_size > 0
        return path
