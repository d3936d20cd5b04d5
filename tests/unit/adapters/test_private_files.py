"""Files of the node are private: new ones, old ones, and those that SQLite makes later."""

import stat
from pathlib import Path

from structlog.testing import capture_logs

from adnode.adapters.private_files import keep_private
from adnode.adapters.storage import open_storage


def modes(directory: Path) -> dict[str, int]:
    """The modes of everything in it by name, '' for itself."""
    found = {str(path.relative_to(directory)): stat.S_IMODE(path.stat().st_mode) for path in directory.rglob("*")}
    return {"": stat.S_IMODE(directory.stat().st_mode), **found}


def test_a_new_database_is_private_and_so_is_what_is_kept_beside_it(tmp_path: Path) -> None:
    directory = tmp_path / "var"
    keep_private(directory, [directory / "adnode.db"])
    storage = open_storage(f"sqlite:///{directory / 'adnode.db'}")
    storage.upgrade()
    with storage.unit_of_work():
        found = modes(directory)
    assert found == {"": 0o700} | {f"adnode.db{end}": 0o600 for end in ("", "-wal", "-shm", "-next", "-turn")}
    storage.close()


def test_what_exists_with_wider_modes_is_tightened_and_told(tmp_path: Path) -> None:
    directory = tmp_path / "var"
    cache = directory / "azure-devops-cache"
    cache.mkdir(parents=True)
    for path, mode in (
        (directory / "adnode.db", 0o644),
        (directory / "adnode.db-wal", 0o666),
        (cache / "resources.json", 0o640),
        (cache, 0o755),
        (directory, 0o755),
    ):
        if not path.exists():
            path.touch()
        path.chmod(mode)
    with capture_logs() as captured:
        keep_private(directory, [directory / "adnode.db"])
    assert modes(directory) == {
        "": 0o700,
        "adnode.db": 0o600,
        "adnode.db-wal": 0o600,
        "azure-devops-cache": 0o700,
        "azure-devops-cache/resources.json": 0o600,
    }
    assert {(line["event"], line["mode"]) for line in captured} == {
        ("file_made_private", mode) for mode in ("644", "666", "640", "755")
    }
    with capture_logs() as captured:
        keep_private(directory, [directory / "adnode.db"])
    assert captured == []


def test_a_database_elsewhere_is_private_and_its_folder_stays_as_it_is(tmp_path: Path) -> None:
    elsewhere = tmp_path / "shared"
    elsewhere.mkdir(mode=0o755)
    elsewhere.chmod(0o755)
    (elsewhere / "other.txt").touch()
    (elsewhere / "other.txt").chmod(0o644)
    keep_private(tmp_path / "var", [elsewhere / "adnode.db"])
    assert modes(elsewhere) == {"": 0o755, "adnode.db": 0o600, "other.txt": 0o644}


def test_a_link_leads_to_no_change_of_what_is_elsewhere(tmp_path: Path) -> None:
    directory, elsewhere = tmp_path / "var", tmp_path / "elsewhere.txt"
    directory.mkdir()
    elsewhere.touch()
    elsewhere.chmod(0o644)
    (directory / "link").symlink_to(elsewhere)
    keep_private(directory)
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644
