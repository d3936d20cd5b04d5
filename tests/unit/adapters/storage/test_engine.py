"""How databases are opened, and what is said when they do not answer."""

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError
from tests.contract.storage.databases import changing
from tests.contract.storage.values import NOW

from adnode.adapters.storage import Storage, open_storage
from adnode.adapters.storage.engine import BUSY_TIMEOUT_MILLISECONDS, make_engine
from adnode.domain.errors import NotFoundError, StorageUnavailableError

UNREACHABLE_URL = "postgresql+psycopg://postgres@127.0.0.1:9/none?connect_timeout=2"


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sqlite_template, tmp_path / "node.db"))


def test_sqlite_is_opened_for_several_processes(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'made' / 'node.db'}")
    with engine.connect() as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }
    engine.dispose()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 1,
        "busy_timeout": BUSY_TIMEOUT_MILLISECONDS,
        "foreign_keys": 1,
    }


def test_a_new_file_waits_until_others_have_begun_to_use_it(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("CREATE TABLE first (id)")
    # SQLite does not let anybody wait for this one: it refuses at once.
    other.execute("BEGIN IMMEDIATE")
    ending = threading.Timer(0.3, other.execute, ["COMMIT"])
    ending.start()
    engine = make_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    engine.dispose()
    ending.join()
    other.close()


@pytest.mark.postgresql
def test_postgresql_gives_up_waiting_for_a_lock_unless_the_operator_says_otherwise(postgresql_url: str) -> None:
    limits = []
    for url in (postgresql_url, f"{postgresql_url}?options=-c%20lock_timeout%3D7s"):
        engine = make_engine(url)
        with engine.connect() as connection:
            limits.append(connection.execute(text("SHOW lock_timeout")).scalar())
        engine.dispose()
    assert limits == ["30s", "7s"]


def test_a_unit_of_work_waits_for_another_process_that_writes(database: Path) -> None:
    other = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    storage = open_storage(f"sqlite:///{database}")
    release = threading.Timer(0.3, other.execute, ["ROLLBACK"])
    release.start()
    with storage.unit_of_work() as work:
        assert work.nonces.remember("key", "nonce", NOW)
    release.join()
    other.close()
    storage.close()


def test_a_database_that_others_hold_too_long_is_unavailable(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adnode.adapters.storage.engine.BUSY_TIMEOUT_MILLISECONDS", 20)
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    storage = open_storage(f"sqlite:///{database}")
    with pytest.raises(StorageUnavailableError), storage.unit_of_work() as work:
        work.connections.list_all()
    other.execute("ROLLBACK")
    with storage.unit_of_work() as work:
        assert work.connections.list_all() == []
    other.close()
    storage.close()


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    storage = open_storage(UNREACHABLE_URL)
    with pytest.raises(StorageUnavailableError, match="database"), storage.unit_of_work() as work:
        work.connections.list_all()
    storage.close()


def test_a_transaction_waits_for_another_of_the_process_up_to_the_limit(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adnode.adapters.storage.engine.BUSY_TIMEOUT_MILLISECONDS", 20)
    storage = open_storage(f"sqlite:///{database}")
    with storage.unit_of_work() as first:
        first.connections.list_all()
        with pytest.raises(StorageUnavailableError, match=r"0\.02 seconds"), storage.unit_of_work() as second:
            second.connections.list_all()
    with storage.unit_of_work() as work:
        assert work.connections.list_all() == []
    storage.close()


def test_the_turn_is_given_back_after_any_end(storage: Storage) -> None:
    for _ in range(3):
        with pytest.raises(NotFoundError), storage.unit_of_work() as work:
            work.connections.get("nowhere")
    with changing(storage) as work:
        work.feeds.save_token("org", "token")


def test_a_time_without_a_zone_is_refused(storage: Storage) -> None:
    with pytest.raises(StatementError, match="aware"), storage.unit_of_work() as work:
        work.nonces.remember("key", "nonce", NOW.replace(tzinfo=None))
