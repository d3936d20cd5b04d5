"""The disk of a node is full for a while: it says so, nothing dies, nothing is lost, and afterwards it tells."""

import resource
import time

import pytest
import requests
from tests.acceptance.conftest import Pair
from tests.acceptance.harness import Side, children

from adnode.adapters.storage.write_probe import TRUSTED_SECONDS
from adnode.services.storage_watch import WATCHED_SECONDS

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE = "System.Title"


def limit_files(side: Side, size: int) -> None:
    """Have the node's processes fail at every write behind that place of a file (setrlimit(2), RLIMIT_FSIZE)."""
    pid = side.node.child.pid
    assert pid is not None
    for process in [pid, *children(pid)]:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def readiness(side: Side) -> tuple[int, bool | None]:
    answer = requests.get(f"{side.node.url}/readyz", timeout=60)
    return answer.status_code, answer.json()["checks"].get("database_writable")


def test_a_full_disk_is_told_and_everything_goes_on_behind_it(pair: Pair) -> None:
    number = pair.public.user.create("Task", {TITLE: "Before"})
    other = pair.share(number)
    pair.rest()
    assert readiness(pair.public) == (200, True)
    limit_files(pair.public, 1)
    pair.stage.wait_until(lambda: readiness(pair.public) == (503, False), "the node says that it can't write")
    pair.public.user.update(number, {TITLE: "Changed here meanwhile"})
    pair.private.user.add_comment(other, "<p>Written there meanwhile</p>")
    later = pair.private.user.create("Product Backlog Item", {TITLE: "Made meanwhile"})
    pair.private.observer.work_items.synchronize(pair.connection_id, [later])
    # Its log is on the same disk: only time tells that the background work has looked.
    seen_at = time.monotonic() + WATCHED_SECONDS + TRUSTED_SECONDS
    pair.stage.wait_until(lambda: readiness(pair.public)[0] == 503 and time.monotonic() > seen_at, "both have looked")
    assert pair.public.node.child.is_running
    limit_files(pair.public, resource.RLIM_INFINITY)
    pair.stage.wait_until(lambda: readiness(pair.public) == (200, True), "the node says that it can write again")
    pair.stage.wait_until(
        lambda: pair.private.user.fields(other)[TITLE] == "Changed here meanwhile", "the title arrives"
    )
    pair.stage.counterpart(pair.private, later)
    pair.stage.wait_until(lambda: len(pair.public.user.comments(number)) == 1, "the comment arrives")
    pair.rest()
    for side in (pair.public, pair.private):
        found = side.user.find("SELECT [System.Id] FROM WorkItems")
        titles = [side.user.fields(each)[TITLE] for each in found]
        assert sorted(titles) == ["Changed here meanwhile", "Made meanwhile"]
    pair.stage.wait_until(lambda: not pair.private.errors(), "the other side's errors are over")
    pair.stage.wait_until(lambda: "log_lines_lost" in pair.public.node.child.log, "the log tells what it lost")
    [told] = pair.stage.wait_until(pair.public.errors, "what happened is told")
    assert told["code"] == "database_unwritable"
    assert "could not write its database from" in told["message"]
