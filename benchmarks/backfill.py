"""Existing work items brought under sync, beside a plain loop over the official client that makes the same copy."""

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.harness import ACCOUNT, Side

from benchmarks.report import Table, ratio
from benchmarks.stage import ConnectedSides, connected_sides

ITEMS = 2000
LATENCY_MS = 20.0
"""What every call takes longer, for both: about a near data centre."""
TITLE, DESCRIPTION = "System.Title", "System.Description"
QUERY = "SELECT [System.Id] FROM WorkItems WHERE [System.Title] CONTAINS 'Backfill'"


@dataclass(frozen=True, slots=True)
class Effort:
    """What a way of copying took."""

    calls: int
    seconds: float


def measure_backfill(directory: Path) -> list[Table]:
    """Copy the same work items both ways and compare."""
    with connected_sides(directory) as sides:
        item = {"type": "Task", "count": ITEMS, "fields": {TITLE: "Backfill {n}", DESCRIPTION: "<p>text {n}</p>"}}
        sides.public.seed([item])
        sides.delay(LATENCY_MS)
        ours = _by_adnode(sides)
        plain = _by_plain_loop(sides)
        _check_equal(sides)
    floor = -(-ITEMS // 1000) + 2 * -(-ITEMS // 200)
    table = Table(
        "Backfill",
        f"{ITEMS:,} plain work items, {LATENCY_MS:g} ms added to every call. The plain loop reads and creates one by "
        f"one with the official client; floor of the design: {floor} calls.",
        ("way", "calls", "seconds", "calls beside the floor", "calls beside the plain loop"),
    )
    for name, effort in (("adnode", ours), ("plain loop", plain)):
        figures = (str(effort.calls), f"{effort.seconds:.1f}", ratio(effort.calls, floor))
        table.rows.append((name, *figures, f"1/{plain.calls / effort.calls:.0f}"))
    return [table]


def _by_adnode(sides: ConnectedSides) -> Effort:
    before, began = len(sides.calls()), time.monotonic()
    sides.public.node.command(
        "work-item", "sync", sides.connection_id, "--wiql", QUERY, "--wait", "--timeout-seconds", "900"
    )
    seconds = time.monotonic() - began
    sides.rest()
    return Effort(len(sides.calls()) - before, seconds)


def _by_plain_loop(sides: ConnectedSides) -> Effort:
    source, destination = _client(sides.public), _client(sides.other)
    began = time.monotonic()
    found = source.query_by_wiql({"query": QUERY}).work_items
    calls = 1
    for reference in found:
        fields = source.get_work_item(reference.id).fields
        patch = [
            {"op": "add", "path": "/fields/System.Title", "value": f"Copy of {fields[TITLE]}"},
            {"op": "add", "path": "/fields/System.Description", "value": fields[DESCRIPTION]},
        ]
        destination.create_work_item(patch, sides.other.organization.project, "Task")
        calls += 2
    return Effort(calls, time.monotonic() - began)


def _client(side: Side) -> Any:
    os.environ.setdefault("AZURE_DEVOPS_CACHE_DIR", tempfile.mkdtemp(prefix="adnode-bench-cache-"))
    from azure.devops.connection import Connection
    from msrest.authentication import BasicAuthentication

    credentials = BasicAuthentication("", ACCOUNT["token"])
    connection = Connection(base_url=side.user.organization_url, creds=credentials)
    client = connection.clients.get_work_item_tracking_client()
    client.config.keep_alive = True
    return client


def _check_equal(sides: ConnectedSides) -> None:
    arrived = len(sides.other.user.find(QUERY))
    if arrived != 2 * ITEMS:
        raise RuntimeError(f"{arrived} of {2 * ITEMS} copies are there: the figures compare different work.")
