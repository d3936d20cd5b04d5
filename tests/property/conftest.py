"""One thread is enough for nodes in memory, and makes every run the same."""

import pytest

from adnode.services.reconciliation import reading


@pytest.fixture(autouse=True)
def _one_call_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PARALLEL_CALLS", 1)
