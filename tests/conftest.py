"""The order in which the folders of tests run."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
SLOW_FIRST = ("acceptance", "browser", "property", "integration")
"""Files of these take up to minutes. Begun last, one of them would keep all workers but one idle at the end."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    folder = item.path.relative_to(FOLDER).parts[0]
    return SLOW_FIRST.index(folder) if folder in SLOW_FIRST else len(SLOW_FIRST)
