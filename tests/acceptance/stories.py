"""What happens to work items between two houses: begun, edited on both sides; and databases that go back."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.acceptance.village import DESCRIPTION, TITLE, House, Lane, patiently

EPOCH = "epoch.json"


def begin(lane: Lane, source: House, word: str) -> tuple[int, int]:
    """Have a house write a work item with everything and put it under sync; its number here and there."""
    number = source.user.create("Task", {TITLE: f"{word} begun", DESCRIPTION: f"<p>{word} text</p>"})
    source.user.add_comment(number, f"<p>says-{word}-first</p>")
    source.user.attach(number, f"{word}.txt", word.encode())
    return number, lane.share(source, number)


def edit(lane: Lane, source: House, pair: tuple[int, int], word: str) -> dict[str, Any]:
    """Have both houses change a work item; what both must show then."""
    (ours, theirs), other = pair, lane.other(source)
    mine, deleted = (source.user.add_comment(ours, f"<p>says-{word}-{text}</p>") for text in ("typo", "nonsense"))
    source.user.update(ours, {TITLE: f"{word} renamed"})
    source.user.edit_comment(ours, mine, f"<p>says-{word}-mended</p>")
    source.user.delete_comment(ours, deleted)
    other.user.update(theirs, {DESCRIPTION: f"<p>{word} rewritten</p>"})
    other.user.add_comment(theirs, f"<p>says-{word}-answer</p>")
    other.user.attach(theirs, f"{word}-back.txt", f"{word} back".encode())
    return {
        "title": f"{word} renamed",
        "text": f"<p>{word} rewritten</p>",
        "words": sorted(f"says-{word}-{text}" for text in ("first", "mended", "answer")),
        "files": sorted([f"{word}.txt", f"{word}-back.txt"]),
    }


def wait_until_both_show(lane: Lane, source: House, pair: tuple[int, int], expected: dict[str, Any]) -> None:
    for house, number in ((source, pair[0]), (lane.other(source), pair[1])):
        try:
            patiently(lambda house=house, number=number: house.shown(number) == expected, "")  # type: ignore[misc]
        except AssertionError:
            assert house.shown(number) == expected, f"{house.name} {number}: {house.node.child.log[-1500:]}"


def back_up(house: House) -> Path:
    """Make a backup of a node's whole directory while it runs; the name of the copy."""
    directory = house.node.directory
    backup = directory.with_name(f"{directory.name}-backup")
    backup.mkdir(exist_ok=True)
    with (
        closing(sqlite3.connect(directory / "adnode.db")) as source,
        closing(sqlite3.connect(backup / "adnode.db")) as target,
    ):
        source.backup(target)
    if (directory / EPOCH).exists():
        shutil.copy(directory / EPOCH, backup / EPOCH)
    return backup


def put_back(house: House, backup: Path, *, is_whole: bool = False) -> None:
    """Put a backup in the place of what a node that does not run has now: its database alone, or all there was."""
    directory = house.node.directory
    for ending in ("-wal", "-shm"):
        (directory / f"adnode.db{ending}").unlink(missing_ok=True)
    shutil.copy(backup / "adnode.db", directory / "adnode.db")
    if is_whole:
        shutil.copy(backup / EPOCH, directory / EPOCH)


def is_stopped(lane: Lane, house: House) -> bool:
    return bool(house.connection(lane.id)["status"] != "active")


def is_active_again(lane: Lane, house: House) -> bool:
    """Activate the connection as long as it is stopped: one side notices a little later than the other."""
    if is_stopped(lane, house):
        house.console.command("connection", "activate", lane.id)
        return False
    return house.is_at_rest(lane.id)
