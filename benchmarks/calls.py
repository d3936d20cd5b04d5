"""Calls to Azure DevOps per operation, both sides together, beside the floors of the design."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.report import Table, ratio
from benchmarks.stage import ConnectedSides, connected_sides

TITLE = "System.Title"
FILES = 3
COMMENTS = 4
ITEMS = 200


@dataclass(frozen=True, slots=True)
class Operation:
    """Something people do, and the fewest calls that it can cost on both sides together."""

    name: str
    floor: int
    act: Callable[[], object]


def measure_calls(directory: Path) -> list[Table]:
    """Do one thing at a time and count what the nodes asked of the two Azure DevOps."""
    table = Table(
        "Calls to Azure DevOps",
        "Both sides together, echoes included, beyond the shared change feed and the work item types that are read "
        "once in minutes. The floor is that of the design; with F files and C comments: 2F + 2 + [C > 0] for reading "
        "the comments + [C > 1] for writing the others.",
        ("operation", "calls", "floor", "ratio"),
    )
    with connected_sides(directory) as sides:
        for operation in _operations(sides):
            calls = _count(sides, operation.act)
            table.rows.append((operation.name, str(calls), str(operation.floor), ratio(calls, operation.floor)))
    return [table]


def _operations(sides: ConnectedSides) -> list[Operation]:
    user = sides.public.user
    plain = user.create("Task", {TITLE: "Plain", "System.Description": "<p>text</p>"})
    rich = user.create("Task", {TITLE: "Rich"})
    for number in range(FILES):
        user.attach(rich, f"file-{number}.txt", b"content")
    for number in range(COMMENTS):
        user.add_comment(rich, f"<p>comment {number}</p>")
    many = sides.public.seed([{"type": "Task", "count": ITEMS, "fields": {TITLE: "Many {n}"}}])
    return [
        Operation("a new plain work item", 2, lambda: _share(sides, [plain])),
        Operation("an update of one field", 2, lambda: user.update(plain, {TITLE: "Changed"})),
        Operation("a new comment", 3, lambda: user.add_comment(plain, "<p>word</p>")),
        Operation("a new attachment", 4, lambda: user.attach(plain, "a.txt", b"content")),
        Operation(
            f"a new work item with {FILES} files and {COMMENTS} comments",
            2 * FILES + 2 + 1 + 1,
            lambda: _share(sides, [rich]),
        ),
        Operation(f"{ITEMS} new plain work items", 2, lambda: _share(sides, many)),
        Operation(f"{ITEMS} work items updated within one interval", 2, lambda: _touch_all(sides, many)),
    ]


def _share(sides: ConnectedSides, numbers: list[int]) -> None:
    # The command itself reads up to 200 typed ids to name a wrong one at once; a service call leaves that out.
    sides.public.observer.work_items.synchronize(sides.connection_id, numbers, check=False)


def _touch_all(sides: ConnectedSides, numbers: list[int]) -> None:
    public = sides.public
    entries = [
        {
            "method": "PATCH",
            "uri": f"/_apis/wit/workitems/{number}?api-version=7.1",
            "headers": {"Content-Type": "application/json-patch+json"},
            "body": [{"op": "add", "path": f"/fields/{TITLE}", "value": f"Touched {number}"}],
        }
        for number in numbers
    ]
    url = f"{public.user.organization_url}/_apis/wit/$batch"
    params = {"api-version": "7.1"}
    response = requests.patch(url, params=params, json=entries, auth=("", public.emulator.token), timeout=60)
    response.raise_for_status()


def _count(sides: ConnectedSides, act: Callable[[], object]) -> int:
    before = len(sides.calls())
    act()
    sides.rest()
    return len(sides.calls()) - before
