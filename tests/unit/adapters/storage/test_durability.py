"""Which commits are flushed to the disk before they return."""

import os
from pathlib import Path

import pytest
from tests.contract.storage.values import add_ground

from adnode.adapters.storage import Storage, open_storage


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were flushed, by name."""
    names: list[str] = []
    flush = os.fsync

    def note(file: int) -> None:
        names.append(Path(f"/proc/self/fd/{file}").readlink().name)
        flush(file)

    monkeypatch.setattr(os, "fsync", note)
    return names


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    opened = open_storage(f"sqlite:///{tmp_path / 'node.db'}")
    opened.upgrade()
    return opened


def test_a_commit_is_flushed_unless_it_says_that_it_need_not_be(storage: Storage, flushed: list[str]) -> None:
    with storage.unit_of_work() as work:
        add_ground(work)
        work.commit(durable=False)
    assert flushed == []
    with storage.unit_of_work() as work:
        assert work.connections.list_all()
        work.commit()
    assert flushed == ["node.db-wal"]
    storage.close()


def test_a_commit_into_a_file_without_a_log_passes(storage: Storage, flushed: list[str]) -> None:
    storage.close()
    with storage.unit_of_work() as work:
        work.commit()
    assert flushed in ([], ["node.db-wal"])
    storage.close()
