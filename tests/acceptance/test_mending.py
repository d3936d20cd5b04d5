"""Trouble from its beginning to its end: Errors says which, where and what to do; mended, both sides are equal."""

from dataclasses import replace
from typing import Any

import pytest
from tests.acceptance.conftest import Pair
from tests.acceptance.harness import NODE_CLIENT, Side

from adnode.cli.operator import operator_session
from adnode.ports.error_storage import ErrorFilter
from adnode.services.hub_errors import ErrorDetails, Wish

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE = "System.Title"
ACTIVITY = "Microsoft.VSTS.Common.Activity"


def told(side: Side, code: str) -> list[ErrorDetails]:
    """What the Errors tab of a side says about the open errors with that code."""
    session = operator_session(side.observer)
    errors = side.observer.console.errors
    views, _ = errors.list_views(session, ErrorFilter("", code=code), Wish())
    return [errors.show(session, view.record.id) for view in views]


def wait_for_error(pair: Pair, side: Side, code: str, *, is_remote: bool = False) -> ErrorDetails:
    def found() -> list[ErrorDetails]:
        return [one for one in told(side, code) if one.view.record.is_remote is is_remote]

    return pair.stage.wait_until(found, f"{side.node.name} tells of {code}")[0]


def history(side: Side) -> list[dict[str, Any]]:
    return [row for row in side.node.command("errors", "list", "--closed") if row["status"] == "closed"]


def retry_all(side: Side) -> int:
    return int(side.node.command("errors", "retry", "--all")["retried"])


def wait_for_peace(pair: Pair) -> None:
    def is_over() -> bool:
        return not pair.public.errors() and not pair.private.errors()

    pair.stage.wait_until(is_over, "all errors are closed")
    pair.rest()


def texts(side: Side, number: int) -> tuple[object, list[str]]:
    comments = [str(comment["text"]) for comment in side.user.comments(number)]
    return side.user.fields(number)[TITLE], sorted(
        word for text in comments for word in ("Before", "Meanwhile") if word in text
    )


def assert_equal(pair: Pair, number: int, other: int) -> None:
    assert texts(pair.public, number) == texts(pair.private, other)


def test_the_partner_was_away_for_a_while(pair: Pair) -> None:
    number = pair.public.user.create("Task", {TITLE: "Partner away"})
    other = pair.share(number)
    pair.public.node.kill()
    pair.private.user.update(other, {TITLE: "Changed while away"})
    pair.private.user.add_comment(other, "Meanwhile")
    away = wait_for_error(pair, pair.private, "peer_unreachable")
    record = away.view.record
    assert (record.impact, record.is_transient) == ("connection", True)
    assert f"127.0.0.1:{pair.public.node.port}" in record.message
    assert away.view.connection_name in away.blocks
    assert "administrator" in away.advice.step
    assert record.correlation_id
    assert "PeerUnreachableError" in record.technical
    assert "/peer/v1/" in record.technical
    pair.public.node.start()
    retry_all(pair.private)
    wait_for_peace(pair)
    assert texts(pair.public, number) == ("Changed while away", ["Meanwhile"])
    assert_equal(pair, number, other)
    assert "peer_unreachable" in {row["code"] for row in history(pair.private)}


def test_rights_were_taken_away_at_the_destination(pair: Pair) -> None:
    number = pair.public.user.create("Task", {TITLE: "Rights"})
    other = pair.share(number)
    pair.private.set_role("reader")
    pair.public.user.update(number, {TITLE: "Without rights"})
    pair.public.user.add_comment(number, "Meanwhile")
    here = wait_for_error(pair, pair.private, "azure_devops_missing_right")
    assert here.view.record.work_item_id == other
    assert "write work items" in here.view.record.message
    assert here.advice.place == "settings"
    assert f"work item {other}" in here.blocks
    assert "403" in here.view.record.technical
    there = wait_for_error(pair, pair.public, "azure_devops_missing_right", is_remote=True)
    assert there.advice.place == "partner"
    assert there.view.record.work_item_id == number
    pair.private.set_role("contributor")
    assert retry_all(pair.private) >= 1
    wait_for_peace(pair)
    assert texts(pair.private, other) == ("Without rights", ["Meanwhile"])
    assert_equal(pair, number, other)
    assert "retried" in {row["resolution"] for row in history(pair.private)}


def test_the_credential_stopped_working(pair: Pair) -> None:
    number = pair.public.user.create("Task", {TITLE: "Signed in"})
    other = pair.share(number)
    pair.private.faults({"status": 401, "route": "*/wit/*", "user_agent": f"*{NODE_CLIENT}*"})
    pair.public.user.update(number, {TITLE: "Signed out meanwhile"})
    feed = wait_for_error(pair, pair.private, "azure_devops_authentication")
    pair.stage.wait_until(
        lambda: "node" in {one.view.record.impact for one in told(pair.private, "azure_devops_authentication")},
        "that changes are not noticed is told",
    )
    assert feed.advice.place == "settings"
    pair.private.no_faults()
    wait_for_peace(pair)
    pair.stage.wait_until(
        lambda: texts(pair.private, other)[0] == "Signed out meanwhile", "the title arrives by itself"
    )
    assert_equal(pair, number, other)


def test_the_project_was_renamed(pair: Pair) -> None:
    number = pair.public.user.create("Task", {TITLE: "In a project"})
    other = pair.share(number)
    project = pair.private.organization.project
    pair.private.rename_project(project, "Renamed")
    late = pair.public.user.create("Task", {TITLE: "Too late"})
    pair.public.node.command("work-item", "sync", pair.connection_id, str(late))
    pair.public.user.add_comment(number, "Meanwhile")
    gone = wait_for_error(pair, pair.private, "project_not_found")
    assert project in gone.view.record.message
    assert gone.advice.place == "connection"
    assert "Edit" in gone.advice.step
    observer = pair.private.observer
    observer.connections.edit(pair.connection_id, lambda _work, connection: replace(connection, project="Renamed"))
    retry_all(pair.private)
    try:
        arrived = pair.stage.counterpart(pair.public, late, pair.connection_id)
        wait_for_peace(pair)
        renamed = pair.private.user_of("Renamed")
        assert renamed.fields(arrived)[TITLE] == "Too late"
        words = [str(comment["text"]) for comment in renamed.comments(other)]
        assert any("Meanwhile" in word for word in words)
    finally:
        pair.private.rename_project("Renamed", project)
        observer.connections.edit(pair.connection_id, lambda _work, connection: replace(connection, project=project))


def test_a_field_became_required_at_the_destination(pair: Pair) -> None:
    number = pair.public.user.create("Task", {TITLE: "Fields"})
    other = pair.share(number)
    project = pair.private.organization.project
    pair.private.require_field(project, "Task", ACTIVITY)
    pair.public.user.update(number, {TITLE: "Refused for a field"})
    late = pair.public.user.create("Task", {TITLE: "New one"})
    pair.public.node.command("work-item", "sync", pair.connection_id, str(late))
    pair.stage.wait_until(lambda: len(told(pair.private, "rule_violation")) == 2, "both work items are refused")
    refused = wait_for_error(pair, pair.private, "rule_violation")
    messages = [one.view.record.message for one in told(pair.private, "rule_violation")]
    assert all("Activity" in message for message in messages)
    assert any(f"create a Task in {project}" in message for message in messages)
    assert refused.advice.place == "work_item"
    assert "field" in refused.advice.step
    pair.private.require_field(project, "Task", ACTIVITY, "Design")
    pair.private.user.update(other, {ACTIVITY: "Design"})
    assert retry_all(pair.private) >= 1
    arrived = pair.stage.counterpart(pair.public, late, pair.connection_id)
    wait_for_peace(pair)
    assert texts(pair.private, other)[0] == "Refused for a field"
    assert_equal(pair, number, other)
    assert_equal(pair, late, arrived)
