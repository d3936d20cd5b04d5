"""The count that goes back with the database, and what keeps it outside."""

import json
import stat
from pathlib import Path

import pytest
from tests.contract.storage.databases import AnyStorage, changing

from adnode.adapters.epoch_file import EpochFile
from adnode.adapters.memory.epochs import MemoryEpochWitness
from adnode.domain.epoch import Epoch
from adnode.ports.epoch_storage import EpochWitness


def test_the_count_of_a_database_only_rises(storage: AnyStorage) -> None:
    with changing(storage) as work:
        begun = work.epochs.current()
    with storage.unit_of_work() as work:
        work.epochs.leap(begun.number + 5)
    with changing(storage) as work:
        assert work.epochs.current() == begun
        work.epochs.leap(begun.number + 3)
    with changing(storage) as work:
        work.epochs.leap(begun.number + 1)
    with storage.unit_of_work() as work:
        assert work.epochs.current() == Epoch(begun.database_id, begun.number + 3)
    assert begun.database_id


@pytest.fixture(params=["file", "memory"])
def witness(request: pytest.FixtureRequest, tmp_path: Path) -> EpochWitness:
    return EpochFile(tmp_path / "data" / "epoch.json") if request.param == "file" else MemoryEpochWitness()


def test_a_witness_keeps_the_count_of_each_database(witness: EpochWitness) -> None:
    assert witness.recall("a") == 0
    for epoch in (Epoch("a", 3), Epoch("b", 9), Epoch("a", 4), Epoch("a", 4)):
        witness.keep(epoch)
    assert (witness.recall("a"), witness.recall("b"), witness.recall("c")) == (4, 9, 0)


def test_the_file_outlives_the_process_and_is_for_its_account_only(tmp_path: Path) -> None:
    path = tmp_path / "epoch.json"
    EpochFile(path).keep(Epoch("a", 3))
    assert EpochFile(path).recall("a") == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["epoch.json"]


@pytest.mark.parametrize("content", ["", "{", "[1]", json.dumps({"a": "x", "b": 7}), "\x00"])
def test_a_file_that_cannot_be_read_tells_nothing_and_is_written_anew(tmp_path: Path, content: str) -> None:
    path = tmp_path / "epoch.json"
    path.write_text(content)
    file = EpochFile(path)
    assert file.recall("a") == 0
    file.keep(Epoch("a", 2))
    assert file.recall("a") == 2


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no directory")
    file = EpochFile(tmp_path / "data" / "epoch.json")
    file.keep(Epoch("a", 2))
    assert file.recall("a") == 0
