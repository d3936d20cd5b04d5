"""Existing pairs connected from a file without a change, cleaned up, and connected again from the clean-up's file."""

from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.conftest import Pair
from tests.acceptance.harness import Side

pytestmark = pytest.mark.xdist_group("acceptance")
COUNT = 300
TITLE, DESCRIPTION = "System.Title", "System.Description"
HEADER = "local_work_item_id,remote_work_item_id\n"


def seed(side: Side, word: str) -> list[int]:
    return side.seed(
        [
            {"type": "Task", "fields": {TITLE: f"{word} {number}", DESCRIPTION: f"<p>{word} text {number}</p>"}}
            for number in range(COUNT)
        ]
    )


def write_file(path: Path, pairs: list[tuple[int, int]]) -> str:
    path.write_text(HEADER + "".join(f"{ours},{theirs}\n" for ours, theirs in pairs), encoding="utf-8")
    return str(path)


def run_job(pair: Pair, *command: str) -> dict[str, int]:
    """Have a command start a job on the public side; return how many rows ended how."""
    job_id = str(pair.public.node.command(*command)["id"])

    def read() -> dict[str, int]:
        with pair.public.observer.new_unit_of_work() as work:
            job = work.jobs.get(job_id)
        return {outcome.value: count for outcome, count in job.counts.items()} if job.is_over else {}

    return {"id": job_id, **pair.stage.wait_until(read, f"{command[0]} is over")}  # type: ignore[dict-item]


def revisions(pair: Pair) -> list[Any]:
    """What both Azure DevOps have counted as written so far."""
    pair.rest()
    return [side.stats()["revisions_written"] for side in (pair.public, pair.private)]


def count_twins(pair: Pair) -> list[int]:
    found = []
    for side in (pair.public, pair.private):
        with side.observer.new_unit_of_work() as work:
            found.append(work.clean_up.count(pair.connection_id).twins)
    return found


def check_that_changes_travel(pair: Pair, ours: int, theirs: int, word: str) -> None:
    """An edit on each side arrives on the other one."""
    pair.public.user.update(ours, {TITLE: f"{word} from the public side"})
    pair.private.user.update(theirs, {DESCRIPTION: f"<p>{word} from the private side</p>"})
    pair.stage.wait_until(
        lambda: (
            pair.private.user.fields(theirs)[TITLE] == f"{word} from the public side"
            and f"{word} from the private side" in pair.public.user.fields(ours)[DESCRIPTION]
        ),
        "an edit on each side arrives",
    )
    pair.rest()


def test_300_pairs_are_connected_cleaned_up_and_connected_again_without_a_change(pair: Pair, tmp_path: Path) -> None:
    ours, theirs = seed(pair.public, "Ours"), seed(pair.private, "Theirs")
    pair.public.user.add_comment(ours[7], "<p>An old comment</p>")
    pairs = list(zip(ours, theirs, strict=True))
    before = revisions(pair)
    connect = ("bulk-connect", pair.connection_id, write_file(tmp_path / "pairs.csv", pairs))
    check = pair.public.node.command(*connect, "--check")
    assert (check["total"], check["counts"]) == (COUNT, {"ok": COUNT})
    assert run_job(pair, *connect)["done"] == COUNT
    assert revisions(pair) == before
    assert pair.private.user.fields(theirs[7])[TITLE] == "Theirs 7"
    check_that_changes_travel(pair, ours[7], theirs[7], "Changed")
    assert pair.public.user.fields(ours[8])[TITLE] == "Ours 8"

    before = revisions(pair)
    cleaned = run_job(pair, "clean-up", "connection", pair.connection_id, "--yes")
    assert cleaned["done"] == COUNT
    pair.stage.wait_until(lambda: count_twins(pair) == [0, 0], "both sides have forgotten the pairs")
    target = tmp_path / "again.csv"
    pair.public.node.command("clean-up", "file", str(cleaned["id"]), "--file", str(target))
    assert run_job(pair, "bulk-connect", pair.connection_id, str(target))["done"] == COUNT
    assert count_twins(pair) == [COUNT, COUNT]
    assert revisions(pair) == before
    check_that_changes_travel(pair, ours[9], theirs[9], "Again")
    assert [side.errors() for side in (pair.public, pair.private)] == [[], []]


def test_what_the_other_side_refuses_is_an_error_of_its_row(pair: Pair, tmp_path: Path) -> None:
    ours = pair.public.user.create("Task", {TITLE: "Without a partner"})
    file = write_file(tmp_path / "wrong.csv", [(ours, 987_654)])
    result = run_job(pair, "bulk-connect", pair.connection_id, file)
    assert result["failed"] == 1
    with pair.public.observer.new_unit_of_work() as work:
        (row,) = work.jobs.rows(str(result["id"]), limit=10)
    assert row.message.startswith("The node of ContosoCollection says: Work item 987654 can't be read.")
    assert pair.public.twin(ours) == {}
    assert [side.errors() for side in (pair.public, pair.private)] == [[], []]


def test_wrong_files_start_nothing(pair: Pair, tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    file.write_bytes(HEADER.encode() + "1,Grün\n".encode("cp1252"))
    refused = pair.public.node.try_command("bulk-connect", pair.connection_id, str(file))
    assert refused.returncode != 0
    assert "UTF-8" in refused.stdout
    missing = pair.public.node.try_command(
        "bulk-connect", pair.connection_id, write_file(tmp_path / "missing.csv", [(987_654, 1)])
    )
    assert missing.returncode != 0
    assert "Line 2" in missing.stdout
