"""A database that takes nothing is told by its reason; asking one that takes everything costs next to nothing."""

import errno
import os
from pathlib import Path

import pytest
from sqlalchemy import event, make_url
from tests.contract.storage.databases import changing, sqlite_storage
from tests.contract.storage.fixtures import POSTGRESQL
from tests.contract.storage.values import NOW

from adnode.adapters.storage import Storage, open_storage
from adnode.adapters.storage.write_probe import TRUSTED_SECONDS, WriteProbe, read_trouble
from adnode.domain.database_outage import DatabaseTrouble
from adnode.domain.epoch import Epoch
from adnode.domain.errors import StorageUnavailableError


def read_only(url: str) -> str:
    """Return the URL of the same database for reading."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return f"sqlite:///file:{parsed.database}?mode=ro&uri=true"
    options = {"options": "-c default_transaction_read_only=on"}
    return parsed.update_query_dict(options).render_as_string(hide_password=False)


def fill(storage: Storage) -> None:
    with changing(storage) as work:
        for number in range(2000):
            work.nonces.remember(f"key {number}", "n" * 80, NOW)


def test_a_database_that_takes_everything_has_no_trouble(database_url: str) -> None:
    storage = open_storage(database_url)
    with changing(storage) as work:
        before = work.epochs.current()
    assert storage.trouble() is None
    with storage.unit_of_work() as work:
        assert work.epochs.current() == Epoch(before.database_id, before.number + 1)
    storage.close()


def test_a_database_that_may_only_be_read_says_so(database_url: str) -> None:
    storage = open_storage(read_only(database_url))
    assert storage.trouble() is DatabaseTrouble.READ_ONLY
    with pytest.raises(StorageUnavailableError), changing(storage) as work:
        work.epochs.leap(10)
    storage.close()


def test_a_full_database_says_so(sqlite_template: Path, tmp_path: Path) -> None:
    with sqlite_storage(sqlite_template, tmp_path) as (_, storage):
        # SQLite takes the size that the file has by now for the limit.
        event.listen(storage._engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count=1"))
        with pytest.raises(StorageUnavailableError) as caught:
            fill(storage)
        assert read_trouble(caught.value) is DatabaseTrouble.FULL
        with storage.unit_of_work() as work:
            assert work.nonces.remember("key 0", "n" * 80, NOW)


def test_a_log_that_can_not_be_flushed_is_trouble(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed may be gone after a power cut: whoever asked for it must not take it for done."""

    def fail(_file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with sqlite_storage(sqlite_template, tmp_path) as (_, storage):
        assert storage.trouble() is None
        monkeypatch.setattr(os, "fsync", fail)
        assert WriteProbe(storage.unit_of_work).trouble() is DatabaseTrouble.BROKEN


@pytest.mark.parametrize("kind", [POSTGRESQL])
def test_a_server_that_is_away_says_so(kind: str) -> None:
    storage = open_storage("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    assert storage.trouble() is DatabaseTrouble.UNREACHABLE
    storage.close()


def test_an_answer_counts_for_some_seconds(sqlite_template: Path, tmp_path: Path) -> None:
    times = iter([0.0, TRUSTED_SECONDS - 1, TRUSTED_SECONDS, TRUSTED_SECONDS + 1])
    with sqlite_storage(sqlite_template, tmp_path) as (_, storage):
        statements: list[str] = []
        event.listen(storage._engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
        probe = WriteProbe(storage.unit_of_work, monotonic=lambda: next(times))
        for _number in range(4):
            assert probe.trouble() is None
    assert len([statement for statement in statements if statement.startswith("UPDATE")]) == 2
