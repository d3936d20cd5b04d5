"""Existing work items brought under sync by a query."""

import pytest
from tests.acceptance.conftest import Pair

pytestmark = pytest.mark.xdist_group("acceptance")
COUNT = 300
TITLE = "System.Title"


def test_300_work_items_come_under_sync_by_a_query_each_once(pair: Pair) -> None:
    pair.public.seed(
        [
            {"type": "Task", "fields": {TITLE: f"Backfill {number}", "System.Description": f"<p>text {number}</p>"}}
            for number in range(COUNT)
        ]
    )
    wiql = "SELECT [System.Id] FROM WorkItems WHERE [System.Title] CONTAINS 'Backfill'"
    assert len(pair.public.user.find(wiql)) == COUNT
    before = pair.private.calls()
    result = pair.public.node.command("work-item", "sync", pair.connection_id, "--wiql", wiql, "--wait")
    assert len(result["started"]) == COUNT
    assert result["progress"] == {"total": COUNT, "synchronized": COUNT, "failed": 0, "held": 0}
    arrived = pair.private.user.find(wiql)
    titles = {pair.private.user.fields(number)[TITLE] for number in arrived[:: COUNT // 20]}
    assert len(arrived) == COUNT
    assert all(title.startswith("Backfill ") for title in titles)
    pair.rest()
    writes = pair.private.calls() - before
    assert writes < COUNT / 2, "it was not written in batches"
    again = pair.public.node.command("work-item", "sync", pair.connection_id, "--wiql", wiql)
    assert (len(again["started"]), len(again["already"])) == (0, COUNT)


def test_a_query_that_is_wrong_or_matches_nothing_changes_nothing(pair: Pair) -> None:
    arguments = ("work-item", "sync", pair.connection_id, "--wiql")
    wrong = pair.public.node.try_command(*arguments, "SELECT [System.Id] FROM WorkItems WHERE [No.Such] = 1")
    assert wrong.returncode == 6
    assert "No.Such" in wrong.stdout
    nothing = pair.public.node.try_command(
        *arguments, "SELECT [System.Id] FROM WorkItems WHERE [System.Title] = 'no such title at all'"
    )
    assert nothing.returncode == 4
