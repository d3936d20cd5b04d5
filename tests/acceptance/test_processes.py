"""Nodes as processes: how they start, connect, and end."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import requests
from tests.acceptance.harness import Side, Stage, has_listening_port, list_sockets, open_stage

from adnode.adapters.system_clock import SystemClock

pytestmark = pytest.mark.xdist_group("acceptance")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with open_stage(tmp_path) as opened:
        yield opened


@pytest.fixture
def public(stage: Stage) -> Side:
    return stage.add_side("services")


@pytest.fixture
def private(stage: Stage) -> Side:
    return stage.add_side("collection", "Scrum", is_public=False, is_server=True)


def test_a_private_node_connects_and_has_no_listening_port(public: Side, private: Side) -> None:
    made = public.node.command("connection", "initiate", public.organization_id, "Fabrikam", "One")
    arguments = ("connection", "accept", private.organization_id, "Fabrikam", "--code-file", "-")
    connection_id = private.node.command(*arguments, given=made["code"])["id"]
    shown = private.node.command("connection", "show", connection_id)
    assert (shown["status"], shown["transport"]) == ("active", "poll")
    assert public.node.command("connection", "show", connection_id)["transport"] == "polled"
    for side, deed in ((public, "connection_initiated"), (private, "invitation_accepted")):
        done = [entry["action"] for entry in side.node.command("audit", "--connection", connection_id)]
        assert deed in done
    assert public.node.child.pid is not None
    assert private.node.child.pid is not None
    assert has_listening_port(public.node.child.pid)
    assert not has_listening_port(private.node.child.pid)


def test_the_public_node_calls_nobody_but_its_own_azure_devops(stage: Stage, public: Side, private: Side) -> None:
    connection_id = stage.connect(public, private)
    called: set[int] = set()

    def look() -> None:
        assert public.node.child.pid is not None
        sockets = [one for one in list_sockets(public.node.child.pid) if not one.is_listening]
        called.update(one.remote_port for one in sockets if one.local_port != public.node.port and one.remote_port)

    number = public.user.create("Task", {"System.Title": "Watched"})
    public.user.attach(number, "a.txt", b"content")
    other = stage.synchronize(public, connection_id, [number])[number]
    private.user.attach(other, "b.txt", b"content")

    def has_arrived() -> bool:
        look()
        return "b.txt" in public.user.attachments(number)

    stage.wait_until(has_arrived, "a file that the private side has to send arrives")
    look()
    assert called == {public.emulator.port}


def test_the_checks_pass_on_both_sides(stage: Stage, public: Side, private: Side) -> None:
    stage.connect(public, private)
    for side in (public, private):
        result = side.node.command("check")
        assert result["passed"], result


def test_nodes_end_politely_even_while_a_poll_is_parked(stage: Stage, public: Side, private: Side) -> None:
    connection_id = stage.connect(public, private)

    def contacted_at() -> datetime | None:
        with public.observer.new_unit_of_work() as work:
            return work.notes.get(connection_id).contacted_at

    connected_at = contacted_at()
    stage.wait_until(lambda: contacted_at() != connected_at, "the private side polls")
    for side in (public, private):
        side.node.stop()
        assert not side.node.child.is_running
        assert '"event": "worker_stopped"' in side.node.child.log
        assert side.node.child.exit_code == 0, "it had to be killed"


def test_a_killed_web_process_does_not_end_a_round(stage: Stage, public: Side, private: Side) -> None:
    connection_id = stage.connect(public, private)
    number = private.user.create("Product Backlog Item", {"System.Title": "Made while the web is gone"})
    public.faults({"method": "POST", "route": "*workitems/*", "latency_ms": 3000, "count": 1})
    private.observer.work_items.synchronize(connection_id, [number])
    stage.wait_until(lambda: has_struck(public), "the public node is in the middle of a write")
    os.kill(public.process_ids("web")[-1], signal.SIGKILL)
    stage.wait_until(lambda: len(public.process_ids("web")) == 2, "the web is started again")
    stage.counterpart(private, number, connection_id)
    stage.wait_for_rest(connection_id, public, private)
    assert len(public.process_ids("worker")) == 1
    assert "took_over" not in public.node.child.log
    assert len(public.user.find("SELECT [System.Id] FROM WorkItems")) == 1


def test_what_a_killed_web_process_held_is_free_with_the_next_one(stage: Stage, public: Side) -> None:
    other = stage.add_side("another")
    connection_id = stage.connect(public, other)
    number = public.user.create("Task", {"System.Title": "Hello"})
    there = stage.synchronize(public, connection_id, [number])[number]
    stage.wait_for_rest(connection_id, public, other)
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        dead = f"{socket.gethostname()}:{process.pid}:00000000"
    with public.observer.new_unit_of_work() as work:
        assert work.connections.claim_sender(connection_id, dead, SystemClock().now(), 3600.0)
        work.commit()
    public.user.update(number, {"System.Title": "Sent after all"})
    stage.wait_until(lambda: any(public.queue(connection_id).values()), "the message waits")
    os.kill(public.process_ids("web")[-1], signal.SIGKILL)
    stage.wait_until(lambda: other.user.fields(there)["System.Title"] == "Sent after all", "the message is sent")
    assert len(public.process_ids("worker")) == 1


def test_a_killed_worker_does_not_end_the_web_and_is_missed_until_it_is_back(
    stage: Stage, public: Side, private: Side
) -> None:
    connection_id = stage.connect(public, private)
    stage.wait_until(lambda: readiness(public) == WORKS, "everything works")
    web = public.process_ids("web")
    # What is missing shows for as long as the next one takes to start.
    os.kill(public.process_ids("worker")[-1], signal.SIGKILL)
    stage.wait_until(lambda: readiness(public) == {**WORKS, "worker": False}, "the worker is missed")
    stage.wait_until(lambda: readiness(public) == WORKS, "the worker is back")
    assert public.process_ids("web") == web
    number = public.user.create("Task", {"System.Title": "Hello"})
    assert stage.synchronize(public, connection_id, [number])[number]


def has_struck(side: Side) -> bool:
    """Say whether the disturbance of an emulator has met its call."""
    rules = requests.get(f"{side.emulator.url}/_emulator/faults", timeout=30).json()["faults"]
    return all(rule["remaining"] == 0 for rule in rules)


WORKS = {"database": True, "database_writable": True, "worker": True}


def readiness(side: Side) -> dict[str, bool]:
    """Return what a node says of itself."""
    return dict(requests.get(f"{side.node.url}/readyz", timeout=30).json()["checks"])


def test_files_of_a_node_are_for_its_own_account_alone(stage: Stage, public: Side) -> None:
    directory = public.node.directory
    public.node.stop()
    directory.chmod(0o755)
    for path in directory.glob("*.db*"):
        path.chmod(0o644)
    public.node.start()
    stage.wait_until(
        lambda: "worker_started" in public.node.child.log.rpartition("worker_stopped")[2], "it works again"
    )
    found = {path.relative_to(directory): path.stat().st_mode & 0o077 for path in directory.rglob("*")}
    assert {Path("adnode.db"), Path("adnode.db-wal"), Path("wakeups.db")} <= set(found)
    # The log was begun by whoever started the process.
    assert {str(path) for path, others in found.items() if others} <= {"node.log"}
    assert directory.stat().st_mode & 0o077 == 0
    assert '"event": "file_made_private"' in public.node.child.log


def test_a_code_is_good_for_one_node_only(stage: Stage, public: Side, private: Side) -> None:
    made = public.node.command("connection", "initiate", public.organization_id, "Fabrikam", "One")
    arguments = ("connection", "accept", private.organization_id, "Fabrikam", "--code-file", "-")
    assert private.node.try_command(*arguments, given=made["code"][:-20]).returncode == 4
    assert public.node.command("invitation", "revoke", made["invitation_id"])["status"] == "revoked"
    refused = private.node.try_command(*arguments, given=made["code"])
    assert refused.returncode == 4
    assert "invitation_revoked" in refused.stdout
    assert all(one["status"] != "active" for one in private.node.command("connection", "list"))
