"""Triggers on real nodes: what is made or changed and fits comes under sync by itself, on both kinds of nodes."""

import json
from typing import Any

import pytest
from tests.acceptance.conftest import Pair
from tests.acceptance.harness import Side

pytestmark = pytest.mark.xdist_group("acceptance")
TITLE, TAGS = "System.Title", "System.Tags"
WIQL = "*/wit/wiql"


def create(side: Side, pair: Pair, condition: str, *options: str) -> dict[str, Any]:
    return dict(side.node.command("trigger", "create", pair.connection_id, condition, *options))


def listed(side: Side, trigger: dict[str, Any]) -> dict[str, Any]:
    return next(one for one in side.node.command("trigger", "list") if one["id"] == trigger["id"])


def refused(side: Side, pair: Pair, condition: str) -> dict[str, Any]:
    result = side.node.try_command("trigger", "preview", pair.connection_id, condition)
    assert result.returncode != 0
    return dict(json.loads(result.stdout)["error"])


@pytest.mark.parametrize("name", ["public", "private"])
def test_what_fits_comes_under_sync_by_itself(pair: Pair, name: str) -> None:
    side: Side = getattr(pair, name)
    other = pair.private if side is pair.public else pair.public
    trigger = create(side, pair, f"[System.Tags] CONTAINS 'from {name}'", "--notes", "Acceptance")
    assert (trigger["matches"], trigger["is_active"]) == (0, True)
    fresh = side.user.create("Task", {TITLE: f"New and fitting on {name}", TAGS: f"from {name}"})
    later = side.user.create("Task", {TITLE: f"Comes to fit on {name}"})
    never = side.user.create("Task", {TITLE: f"Never fits on {name}"})
    remote = pair.stage.counterpart(side, fresh, pair.connection_id)
    assert other.user.fields(remote)[TITLE] == f"New and fitting on {name}"
    assert side.twin(later) == {}
    side.user.update(later, {TAGS: f"from {name}"})
    pair.stage.counterpart(side, later, pair.connection_id)
    pair.rest()
    assert side.twin(never) == {}
    assert listed(side, trigger)["exalated"] == 2
    assert side.errors() == []


def test_a_trigger_that_is_off_looks_at_nothing(pair: Pair) -> None:
    trigger = create(pair.public, pair, "[System.Tags] CONTAINS 'while off'")
    pair.public.node.command("trigger", "deactivate", trigger["id"])
    watched = create(pair.public, pair, "[System.Tags] CONTAINS 'while on'")
    off = pair.public.user.create("Task", {TITLE: "While off", TAGS: "while off"})
    on = pair.public.user.create("Task", {TITLE: "While on", TAGS: "while on"})
    pair.stage.counterpart(pair.public, on, pair.connection_id)
    assert pair.public.twin(off) == {}
    pair.public.node.command("trigger", "activate", trigger["id"])
    pair.public.user.update(off, {TITLE: "Changed while on"})
    pair.stage.counterpart(pair.public, off, pair.connection_id)
    for one in (trigger, watched):
        pair.public.node.command("trigger", "delete", one["id"], "--yes")
    assert pair.public.twin(off)["status"] == "synchronized"


def test_a_query_that_fails_is_told_and_loses_nothing(pair: Pair) -> None:
    trigger = create(pair.public, pair, "[System.Tags] CONTAINS 'patient'")
    pair.public.faults({"route": WIQL, "status": 400, "message": "VS402335: The query ran too long."})
    number = pair.public.user.create("Task", {TITLE: "Waits", TAGS: "patient"})

    def record() -> dict[str, Any] | None:
        return next((one for one in pair.public.errors() if one["subject"] == trigger["id"]), None)

    found = pair.stage.wait_until(record, "the trigger tells that it can't look")
    assert found is not None
    assert (found["impact"], found["code"], found["is_transient"]) == ("trigger", "query_too_slow", True)
    assert "Narrow it" in found["message"]
    assert listed(pair.public, trigger)["last_error"]
    pair.public.no_faults()
    # Refused where the trigger has looked again by itself meanwhile.
    pair.public.node.try_command("errors", "retry", found["id"])
    pair.stage.counterpart(pair.public, number, pair.connection_id)
    pair.stage.wait_until(lambda: record() is None, "the error closes itself")
    pair.public.node.command("trigger", "delete", trigger["id"], "--yes")


def test_what_a_condition_finds_is_shown_and_what_is_wrong_is_named(pair: Pair) -> None:
    pair.public.seed([{"project": "Fabrikam", "type": "Bug", "count": 25, "fields": {TITLE: "Seeded {n}"}}])
    shown = pair.public.node.command(
        "trigger", "preview", pair.connection_id, "[Title] CONTAINS 'Seeded'", "--type", "Bug"
    )
    assert (shown["count"]["matches"], shown["count"]["is_many"], len(shown["items"])) == (25, False, 20)
    assert shown["items"][0]["type_name"] == "Bug"
    assert refused(pair.public, pair, "[System.Id] > 1 ORDER BY [System.Id]")["code"] == "condition_refused"
    assert refused(pair.public, pair, "[System.Id] = 1) OR ([System.Id] = 2")["code"] == "condition_refused"
    wrong = refused(pair.public, pair, "[Custom.Nothing] = 1")
    assert wrong["code"] == "query_refused"
    assert "Custom.Nothing" in wrong["message"]
    pair.public.faults({"route": WIQL, "status": 400, "message": "VS402335: The query ran too long."})
    assert refused(pair.public, pair, "[System.Id] > 0")["code"] == "query_too_slow"
    pair.public.no_faults()


def test_more_than_azure_devops_lists_is_a_result(pair: Pair) -> None:
    pair.public.seed([{"project": "Fabrikam", "count": 20_001, "fields": {TITLE: "One of very many"}}])
    shown = pair.public.node.command("trigger", "preview", pair.connection_id, "[Title] = 'One of very many'")
    assert shown["count"] == {"matches": 20_000, "is_many": True}
    assert len(shown["items"]) == 20
